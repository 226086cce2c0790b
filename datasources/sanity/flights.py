"""Equal questions at one time become one call, and whoever gives up waiting leaves the others undisturbed."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from contextvars import copy_context
from functools import partial
from typing import Any, Generic, TypeVar

from datasources.guards import request_deadline
from domain.problems import UpstreamUnavailableError

T = TypeVar("T")


class Flights(Generic[T]):
    """Running calls by key. A call has its system's budget, not the deadline of whoever happened to ask first."""

    def __init__(self, system: str) -> None:
        self._system = system
        self._joinable: dict[Hashable, asyncio.Task[T]] = {}
        self._tasks: set[asyncio.Task[T]] = set()

    async def join(self, key: Hashable, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The result of the call that is under way for this key, or of a new one."""
        task = self.begin(key, start)
        deadline = request_deadline.get()
        seconds = None if deadline is None else max(0.0, deadline - asyncio.get_running_loop().time())
        await asyncio.wait({task}, timeout=seconds)
        if not task.done():
            raise UpstreamUnavailableError(self._system)
        return task.result()

    def begin(self, key: Hashable, start: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
        """The call that is under way for this key, or a new one."""
        task = self._joinable.get(key)
        if task is None:
            context = copy_context()
            context.run(request_deadline.set, None)
            task = asyncio.get_running_loop().create_task(start(), context=context)
            self._joinable[key] = task
            self._tasks.add(task)
            task.add_done_callback(partial(self._landed, key))
        return task

    def close_doors(self) -> None:
        """Let nobody join what is under way: something was written that it may not see."""
        self._joinable.clear()

    async def cancel(self) -> None:
        """End every call."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _landed(self, key: Hashable, task: asyncio.Task[T]) -> None:
        self._tasks.discard(task)
        if self._joinable.get(key) is task:
            del self._joinable[key]
        if not task.cancelled():
            task.exception()  # read, so that a fault nobody waited for is not reported as lost
