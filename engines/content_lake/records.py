"""What a committed transaction is made of; shared by storage, listeners, live events and webhooks."""

import secrets
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]

_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Change:
    """What a transaction did to one document; `before` or `after` is None when it did not exist then."""

    document_id: str
    before: Document | None
    after: Document | None

    @property
    def operation(self) -> str:
        """`create`, `update` or `delete`, as webhooks and listeners name it."""
        if self.before is None:
            return "create"
        return "delete" if self.after is None else "update"


@dataclass(frozen=True, slots=True)
class Transaction:
    """One atomic step of a dataset. `sequence` is 0 until it is stored."""

    transaction_id: str
    at: datetime
    author: str
    mutations: list[Document]
    changes: tuple[Change, ...]
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook call that is owed: stored with the transaction that caused it, removed when it is settled."""

    webhook_id: str
    idempotency_key: str
    headers: dict[str, str]
    body: bytes
    due_at: float
    created_at: float
    attempts: int = 0
    delivery_id: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to a transaction: (document id, operation, document) of each mutation in request order."""

    transaction: Transaction
    results: list[tuple[str, str, Document | None]] = field(default_factory=list)


def new_transaction_id() -> str:
    """A random id of 22 letters and digits, the form that Sanity's own revisions have."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(22))


def timestamp(at: datetime) -> str:
    """The form of `_createdAt` and `_updatedAt`: RFC 3339 in UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def precise_timestamp(at: datetime) -> str:
    """The form of a transaction's own time: RFC 3339 in UTC with microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
