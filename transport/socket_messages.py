"""The messages of graphql-transport-ws: strict reading, and the close codes that answer mistakes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from .errors import Refused
from .options import Limits
from .requests import GraphQLRequest, read_json, read_parameters

SUBPROTOCOL: Final = "graphql-transport-ws"
_ID_LENGTH: Final = 128

ClientType = Literal["connection_init", "ping", "pong", "subscribe", "complete"]


@dataclass(frozen=True, slots=True)
class Close:
    """The end of a connection: a close code and a reason of at most 123 bytes."""

    code: int
    reason: str


INVALID: Final = 4400
UNAUTHORIZED: Final = Close(4401, "Unauthorized")
FORBIDDEN: Final = Close(4403, "Forbidden")
EXPIRED: Final = Close(4403, "SUBSCRIPTION_JWT_EXPIRED")
BAD_SUBPROTOCOL: Final = Close(4406, "Subprotocol not acceptable")
INIT_TIMEOUT: Final = Close(4408, "Connection initialisation timeout")
TOO_MANY_INITS: Final = Close(4429, "Too many initialisation requests")
TOO_MANY_MESSAGES: Final = Close(4429, "Too many messages")
TOO_BIG: Final = Close(1009, "Message too big")
IDLE: Final = Close(1001, "Idle for too long")
LIFETIME_OVER: Final = Close(1012, "Reconnect")
DRAINED: Final = Close(1012, "Service restart")
TRY_LATER: Final = Close(1013, "Too many connections")
FAULT: Final = Close(1011, "Internal error")


@dataclass(frozen=True, slots=True)
class Message:
    """One valid message from a client."""

    type: ClientType
    id: str = ""
    payload: Mapping[str, object] | None = None
    request: GraphQLRequest | None = None


def read_message(text: bytes | None, *, max_bytes: int, limits: Limits) -> Message | Close:
    """One text frame as a message, or the close it deserves; None stands for a binary frame."""
    if text is None:
        return Close(INVALID, "Messages are text frames")
    if len(text) > max_bytes:
        return TOO_BIG
    value = read_json(text, limits)
    if isinstance(value, Refused):
        return Close(INVALID, "Invalid message: not JSON within bounds")
    if not isinstance(value, dict):
        return Close(INVALID, "Invalid message: not an object")
    return _read_typed(value)


def duplicate(operation_id: str) -> Close:
    """The close for an id that is in use."""
    return Close(4409, f"Subscriber for {operation_id[:60]} already exists".encode()[:120].decode(errors="ignore"))


def _read_typed(value: Mapping[str, object]) -> Message | Close:
    kind = value.get("type")
    if kind == "connection_init" or kind == "ping" or kind == "pong":  # noqa: PLR1714  # narrows the literal
        payload = value.get("payload")
        if payload is not None and not isinstance(payload, dict):
            return Close(INVALID, "Invalid message: payload is not an object")
        return Message(kind, payload=payload)
    if kind != "subscribe" and kind != "complete":  # noqa: PLR1714  # narrows the literal
        return Close(INVALID, "Invalid message: unknown type")
    operation_id = value.get("id")
    if not isinstance(operation_id, str) or not 1 <= len(operation_id) <= _ID_LENGTH:
        return Close(INVALID, "Invalid message: id is not a string of 1 to 128 characters")
    if kind == "complete":
        return Message(kind, id=operation_id)
    request = read_parameters(value.get("payload"))
    if isinstance(request, Refused):
        return Close(INVALID, f"Invalid message: {request.errors[0]['message']}"[:120])
    if request.query is None and request.document_id is None and "persistedQuery" not in request.extensions:
        return Close(INVALID, "Invalid message: payload has no query")
    return Message(kind, id=operation_id, request=request)
