"""Who is calling: tokens, their roles, and what each role may do."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from engines.content_lake.faults import LakeError, MutationFailedError, items_fault, plain_fault

ROLES = ("viewer", "editor", "administrator")
_ALIASES = {"admin": "administrator", "developer": "administrator", "contributor": "editor", "write": "editor"}


class TokensError(Exception):
    """The tokens file cannot be used; the text says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The identity behind a request; `role` is None for an anonymous one."""

    identity: str
    role: str | None = None

    @property
    def is_anonymous(self) -> bool:
        """Whether the caller showed no token: such a caller never sees an id with a dot."""
        return self.role is None

    @property
    def can_write(self) -> bool:
        """Whether the caller may change documents and upload assets."""
        return self.role in ("editor", "administrator")

    @property
    def can_administer(self) -> bool:
        """Whether the caller may change webhooks and datasets and import."""
        return self.role == "administrator"


ANONYMOUS = Caller("<anonymous>")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The known tokens. Without a file (`known` is None) every token is an administrator's: local use."""

    known: Mapping[str, Caller] | None = None

    def caller(self, authorization: str) -> Caller:
        """Who shows this `Authorization` header; raises 401 for a token that is not known."""
        if not authorization:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() == "bearer" and token:
            if self.known is None:
                return Caller("local", "administrator")
            for secret, caller in self.known.items():
                if hmac.compare_digest(secret.encode(), token.encode()):
                    return caller
        raise plain_fault(401, "Session not found")


def load_tokens(path: Path | None) -> Tokens:
    """Reads `{"<token>": "<role>" | {"role": ..., "name": ...}}`; raises TokensError with one sentence."""
    if path is None:
        return Tokens()
    try:
        entries = orjson.loads(path.read_bytes())
    except OSError as fault:
        raise TokensError(f"The tokens file {path} cannot be read: {fault.strerror}") from fault
    except orjson.JSONDecodeError as fault:
        raise TokensError(f"The tokens file {path} is not JSON: {fault}") from fault
    if not isinstance(entries, dict):
        raise TokensError(f"The tokens file {path} must hold an object of token to role")
    known: dict[str, Caller] = {}
    for number, (token, entry) in enumerate(entries.items(), start=1):
        described = entry if isinstance(entry, dict) else {"role": entry}
        role = _ALIASES.get(str(described.get("role")), str(described.get("role")))
        if role not in ROLES or not token:
            raise TokensError(f"Token {number} of {path} needs a role: viewer, editor or administrator")
        known[token] = Caller(str(described.get("name") or f"robot-{number}"), role)
    return Tokens(known)


def require_token(caller: Caller) -> None:
    """Refuses an anonymous caller."""
    if caller.is_anonymous:
        raise plain_fault(401, "A token is required")


def require_administrator(caller: Caller) -> None:
    """Refuses everybody but an administrator."""
    require_token(caller)
    if not caller.can_administer:
        raise plain_fault(403, "An administrator's token is required")


def forbidden_write(permission: str, *, kind: str = "mutationError") -> LakeError:
    """The refusal of a write by somebody who may only read."""
    description = f'Insufficient permissions; permission "{permission}" required'
    failure = MutationFailedError("insufficientPermissionsError", description, permission=permission)
    return items_fault(kind, [(0, failure)])
