"""What the transport tells the outside about its work: one record per operation, one call per fault or socket."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from graphql import GraphQLError


@dataclass(slots=True, kw_only=True)
class OperationRecord:
    """One finished operation; `codes` are its error codes, `seconds` its time in the transport."""

    request_id: str
    protocol: str
    kind: str
    name: str | None
    viewer_key: str | None
    seconds: float
    codes: Sequence[str] = ()
    cost: int = 0
    is_cached: bool = False


class Observer(Protocol):
    """Receives what happened; must be quick and must not raise."""

    def operation_finished(self, record: OperationRecord) -> None:
        """An operation was answered (for a subscription: it ended)."""

    def request_refused(self, protocol: str, code: str, request_id: str) -> None:
        """A request was answered without reaching an operation."""

    def fault(self, cause: BaseException, error: GraphQLError | None, request_id: str) -> None:
        """Something went wrong that the client only knows by its request id."""

    def subscription_started(self, protocol: str, name: str | None) -> None:
        """A subscription is live."""

    def subscription_ended(self, protocol: str, reason: str) -> None:
        """A live subscription ended: completed, client, expired, drained, limit, error."""

    def subscription_rejected(self, protocol: str, reason: str) -> None:
        """A subscription was refused before it was live."""


class Observers:
    """Several observers as one."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def operation_finished(self, record: OperationRecord) -> None:
        """Tell every observer."""
        for observer in self._observers:
            observer.operation_finished(record)

    def request_refused(self, protocol: str, code: str, request_id: str) -> None:
        """Tell every observer."""
        for observer in self._observers:
            observer.request_refused(protocol, code, request_id)

    def fault(self, cause: BaseException, error: GraphQLError | None, request_id: str) -> None:
        """Tell every observer."""
        for observer in self._observers:
            observer.fault(cause, error, request_id)

    def subscription_started(self, protocol: str, name: str | None) -> None:
        """Tell every observer."""
        for observer in self._observers:
            observer.subscription_started(protocol, name)

    def subscription_ended(self, protocol: str, reason: str) -> None:
        """Tell every observer."""
        for observer in self._observers:
            observer.subscription_ended(protocol, reason)

    def subscription_rejected(self, protocol: str, reason: str) -> None:
        """Tell every observer."""
        for observer in self._observers:
            observer.subscription_rejected(protocol, reason)
