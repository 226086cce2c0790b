"""Work begun within the call that brought it: its first step is taken at once, as the task that would take the others.

Most requests are answered without waiting for anything, and then no task was made, scheduled or ended for them.
"""

import asyncio
from asyncio import tasks
from collections.abc import Coroutine, Generator
from contextvars import Context, copy_context
from typing import Any
from weakref import WeakKeyDictionary

_tasks: Any = tasks
"""asyncio's functions for other implementations of tasks, which type stubs leave out."""


class _Spare:
    """A task that waits for the rest of some work; until then it stands for the task of first steps."""

    __slots__ = ("_awaited", "_context", "_wake", "_work", "task")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._wake: asyncio.Future[None] = loop.create_future()
        self._work: Coroutine[Any, Any, None] | None = None
        self._context: Context | None = None
        self._awaited: Any = None
        self.task: asyncio.Task[None] = loop.create_task(self._serve(), context=Context())

    def take(self, work: Coroutine[Any, Any, None], context: Context, awaited: Any) -> None:
        """From now on this is the work's task."""
        self._work, self._context, self._awaited = work, context, awaited
        if not self._wake.done():
            self._wake.set_result(None)

    async def _serve(self) -> None:
        try:
            await self._wake
        except asyncio.CancelledError as cancelled:
            if self._work is None:
                raise
            await _Rest(self._work, self._context or Context(), self._awaited, cancelled)
        else:
            if self._work is not None:
                await _Rest(self._work, self._context or Context(), self._awaited, None)


class _Rest:
    """What is left of work after its first step, in the context of that step."""

    __slots__ = ("_awaited", "_cancelled", "_context", "_work")

    def __init__(
        self,
        work: Coroutine[Any, Any, None],
        context: Context,
        awaited: Any,
        cancelled: asyncio.CancelledError | None,
    ) -> None:
        self._work = work
        self._context = context
        self._awaited = awaited
        self._cancelled = cancelled

    def __await__(self) -> Generator[Any, Any, None]:
        run, work, awaited = self._context.run, self._work, self._awaited
        try:
            if self._cancelled is not None and not (isinstance(awaited, asyncio.Future) and awaited.cancel()):
                awaited = run(work.throw, self._cancelled)
            while True:
                try:
                    sent = yield awaited
                except BaseException as error:  # noqa: BLE001 - a cancellation too is the work's to know
                    awaited = run(work.throw, error)
                else:
                    awaited = run(work.send, sent)
        except StopIteration:
            return


class FirstSteps:
    """Begins work in one event loop, of which it keeps nothing once the loop has ended."""

    def __init__(self) -> None:
        self._spare: _Spare | None = None

    def begin(self, work: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop) -> asyncio.Task[None] | None:
        """Take the first step, in a context of its own; the task of the rest where there is one.

        Only to be called by the loop itself, not from within a task. What the first step raises is raised here.
        """
        spare = self._spare
        if spare is None or spare.task.cancelling():
            spare = self._spare = _Spare(loop)
            spare.task.add_done_callback(self._forget)
        context = copy_context()
        _tasks._enter_task(loop, spare.task)  # noqa: SLF001  # documented for such as this
        try:
            awaited = context.run(work.send, None)
        except StopIteration:
            return None
        finally:
            _tasks._leave_task(loop, spare.task)  # noqa: SLF001  # as above
        self._spare = None
        spare.take(work, context, awaited)
        return spare.task

    def _forget(self, task: asyncio.Task[None]) -> None:
        if self._spare is not None and self._spare.task is task:
            self._spare = None


_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, FirstSteps] = WeakKeyDictionary()


def first_steps_in(loop: asyncio.AbstractEventLoop) -> FirstSteps:
    """The one of a loop, shared by all who begin work there."""
    found = _of_loops.get(loop)
    if found is None:
        found = _of_loops[loop] = FirstSteps()
    return found
