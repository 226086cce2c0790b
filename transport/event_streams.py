"""Server-sent events: the frames of graphql-sse, and subscriptions carried one per connection."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from graphql import FieldNode, VariableNode

from .answers import Answer
from .documents import PreparedOperation
from .draining import Drain, retry_hint
from .errors import error_body
from .exchanges import Exchange
from .identities import Protocol
from .live_operations import live_answers
from .negotiation import Form
from .operations import Admitted, Operations
from .paced_streams import Pause, paced

JWT_EXPIRED: Final = "SUBSCRIPTION_JWT_EXPIRED"
HEARTBEAT: Final = b":\n\n"
_BOUNDARY: Final = b"\r\n--graphql"
"""Sent right behind each part: a client knows by it that the part is whole."""
_PART_HEAD: Final = b"\r\ncontent-type: application/json; charset=utf-8\r\n\r\n"
Write = Callable[[object], bytes]


@dataclass(frozen=True, slots=True)
class Streams:
    """Carries subscriptions over HTTP, as events or as Apollo's multipart."""

    operations: Operations
    drain: Drain

    async def carry(
        self, exchange: Exchange, admitted: Admitted, form: Form, *, headers: dict[str, str], write: Write
    ) -> None:
        """Stream a subscription until it ends, the client goes, the token expires or the server drains."""
        protocol: Protocol = "sse" if form is Form.EVENTS else "multipart"
        variables = resumed(admitted.operation, dict(admitted.variables), exchange.headers.get("last-event-id"))
        live = replace(admitted, variables=variables, facts=replace(admitted.facts, protocol=protocol))
        leaving = asyncio.Event()
        answers = self.paced(live, leaving)
        with self.drain.live(leaving.set):
            if form is Form.EVENTS:
                chunks = _events(answers, write)
            else:
                headers = {**headers, "content-type": 'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"'}
                chunks = _parts(answers, write)
            await exchange.stream(headers, chunks)

    def paced(self, admitted: Admitted, leaving: asyncio.Event) -> AsyncGenerator[Answer | Pause]:
        """The live answers of a subscription under this endpoint's clock."""
        options = self.operations.options
        return paced(
            live_answers(self.operations, admitted),
            leaving=leaving,
            heartbeat_seconds=options.heartbeat_seconds,
            lifetime_seconds=options.sockets.lifetime_seconds,
            expires_at=admitted.identity.expires_at,
        )


async def single_event(answer: Answer, write: Write) -> AsyncIterator[bytes]:
    """A complete answer for a client that takes nothing but events."""
    yield event("next", write(answer.body)) + event("complete", b"")


def event(name: str, data: bytes, *, event_id: str | None = None) -> bytes:
    """One server-sent event; JSON has no raw line breaks, so the data is one line."""
    head = b"event: " + name.encode() + b"\n"
    if event_id is not None:
        head += b"id: " + event_id.encode() + b"\n"
    return head + b"data: " + data + b"\n\n"


def payload_of(answer: Answer, write: Write) -> bytes:
    """An answer as JSON; what a group made for all is not made again."""
    return answer.encoded if answer.encoded is not None else write(answer.body)


def retry_event() -> bytes:
    """Tell the browser's EventSource when to come back; jittered."""
    return f"retry: {retry_hint()}\n\n".encode()


def cursor_of(answer: Answer) -> str | None:
    """The cursor of a log topic's event, which is its id on the stream (see `Last-Event-ID`)."""
    data = answer.body.get("data")
    if not isinstance(data, dict):
        return None
    for value in data.values():
        cursor = value.get("cursor") if isinstance(value, dict) else None
        if isinstance(cursor, str) and cursor.isprintable():
            return cursor
    return None


def resumed(operation: PreparedOperation, variables: dict[str, Any], last_event_id: str | None) -> dict[str, Any]:
    """The variables with the browser's last event as the cursor of the root field's `after`."""
    if not last_event_id:
        return variables
    for selection in operation.definition.selection_set.selections:
        if isinstance(selection, FieldNode):
            for argument in selection.arguments or ():
                if argument.name.value == "after" and isinstance(argument.value, VariableNode):
                    return {**variables, argument.value.name.value: last_event_id}
    return variables


def expired_answer() -> Answer:
    """The last word to a client whose token ended."""
    body = error_body(JWT_EXPIRED, "The token has expired: sign in again and resume.")
    return Answer(body={"errors": [body]}, status=200, codes=(JWT_EXPIRED,))


async def _events(answers: AsyncGenerator[Answer | Pause], write: Write) -> AsyncIterator[bytes]:
    try:
        yield HEARTBEAT
        async for answer in answers:
            if isinstance(answer, Answer):
                yield event("next", payload_of(answer, write), event_id=cursor_of(answer))
            elif answer is Pause.HEARTBEAT:
                yield HEARTBEAT
            elif answer is Pause.DRAINED:
                yield retry_event()
                return
            else:
                yield event("next", write(expired_answer().body))
        yield event("complete", b"")
    finally:
        await answers.aclose()


async def _parts(answers: AsyncGenerator[Answer | Pause], write: Write) -> AsyncIterator[bytes]:
    try:
        yield _BOUNDARY + _PART_HEAD + b"{}" + _BOUNDARY
        async for answer in answers:
            if isinstance(answer, Answer):
                yield _PART_HEAD + b'{"payload":' + payload_of(answer, write) + b"}" + _BOUNDARY
            elif answer is Pause.HEARTBEAT:
                yield _PART_HEAD + b"{}" + _BOUNDARY
            elif answer is Pause.EXPIRED:
                yield _PART_HEAD + write({"payload": None, "errors": expired_answer().body["errors"]}) + _BOUNDARY
        yield b"--\r\n"
    finally:
        await answers.aclose()
