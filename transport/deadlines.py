"""Deadlines that cost nothing where nothing has to be waited for."""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class _Rest(Generic[T]):
    """What is left of a coroutine after its first step, which waits for `awaited`."""

    __slots__ = ("_awaited", "_work")

    def __init__(self, work: Coroutine[Any, Any, T], awaited: Any) -> None:
        self._work = work
        self._awaited = awaited

    def __await__(self) -> Generator[Any, Any, T]:
        work, awaited = self._work, self._awaited
        try:
            while True:
                try:
                    sent = yield awaited
                except BaseException as error:  # noqa: BLE001 - a cancellation too is the coroutine's to know
                    awaited = work.throw(error)
                else:
                    awaited = work.send(sent)
        except StopIteration as done:
            value: T = done.value
            return value


def stepped(work: Coroutine[Any, Any, T]) -> tuple[bool, Any]:
    """Take a coroutine's first step: True and its result, or False and what is to be awaited for it.

    Only for work that does not mind if the rest of it runs in another task: a time-out that it starts in its first
    step would cancel this one.
    """
    try:
        return False, _Rest(work, work.send(None))
    except StopIteration as done:
        return True, done.value


async def finish_by(ends_at: float, work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine; TimeoutError if it still waits for something when the loop's time is `ends_at`.

    It runs in the caller's task, and a timer is only started if its first step does not finish it.
    """
    try:
        awaited = work.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    async with asyncio.timeout_at(ends_at):
        return await _Rest(work, awaited)
