"""Processes that die at a chosen call to another system, so that whatever is left behind can be run again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

_STORES = {"call", "read", "write", "run"}
_CONTENT = {"documents", "mutate", "query", "records"}
_SEARCH = {"put_documents", "delete_documents", "fetch_documents", "multi_search", "wait_for"}
_PROVIDER = {"authorise", "capture", "cancel", "refund"}
_CALLS = frozenset(_STORES | _CONTENT | _SEARCH | _PROVIDER)


class KilledError(BaseException):
    """The process ends here; nothing catches it on the way."""


@dataclass
class Fate:
    """When a process dies: before its n-th call to a store leaves, or after it has had its effect."""

    at: int
    is_after: bool
    calls: int = 0

    @property
    def has_come(self) -> bool:
        return self.calls >= self.at

    async def meet(self, work: Callable[[], Awaitable[T]]) -> T:
        self.calls += 1
        if self.calls == self.at and not self.is_after:
            raise KilledError
        done = await work()
        if self.calls == self.at:
            raise KilledError
        return done


class Mortal:
    """A client (of a store, of content, of search, of the payment provider) whose calls are counted and cut short."""

    def __init__(self, client: Any, fate: Fate) -> None:
        self._client = client
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in _CALLS:
            return found

        async def call(*arguments: Any, **named: Any) -> Any:
            return await self._fate.meet(lambda: found(*arguments, **named))

        return call
