"""Work begun without a task: it cannot tell, whatever it waits for, and however it ends."""

import asyncio
import contextvars
from collections.abc import Coroutine
from typing import Any

import pytest

from transport.first_steps import FirstSteps, first_steps_in

number: contextvars.ContextVar[int] = contextvars.ContextVar("number", default=0)


async def begun(steps: FirstSteps, work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """Begin work as an event loop does: outside of any task."""
    loop = asyncio.get_running_loop()
    told: asyncio.Future[Any] = loop.create_future()

    def begin() -> None:
        try:
            told.set_result(steps.begin(work, loop))
        except Exception as error:  # noqa: BLE001  # handed to the test
            told.set_exception(error)

    loop.call_soon(begin)
    found: asyncio.Task[None] | None = await told
    return found


async def test_work_that_waits_for_nothing_leaves_no_task() -> None:
    steps, done = FirstSteps(), []

    async def work(item: int) -> None:
        assert asyncio.current_task() is not None
        done.append(item)

    before = len(asyncio.all_tasks())
    for item in range(5):
        assert await begun(steps, work(item)) is None
    assert done == list(range(5))
    assert len(asyncio.all_tasks()) == before + 1, "one task waits for work that will need it"


async def test_one_task_is_current_from_the_first_step_to_the_last() -> None:
    seen: list[Any] = []

    async def work() -> None:
        seen.append(asyncio.current_task())
        await asyncio.sleep(0)
        seen.append(asyncio.current_task())
        await asyncio.sleep(0.001)
        seen.append(asyncio.current_task())

    task = await begun(FirstSteps(), work())
    assert task is not None
    await task
    assert seen == [task, task, task]


async def test_time_outs_and_groups_that_begin_in_the_first_step_end_their_own_work_only() -> None:
    steps, ended = FirstSteps(), []

    async def late() -> None:
        try:
            async with asyncio.timeout(0.01):
                await asyncio.Event().wait()
        except TimeoutError:
            ended.append("late")

    async def grouped() -> None:
        async def one() -> None:
            await asyncio.sleep(0.001)
            ended.append("member")

        async with asyncio.TaskGroup() as group:
            group.create_task(one())
            group.create_task(one())
        ended.append("group")

    async def patient() -> None:
        await asyncio.sleep(0.3)
        ended.append("patient")

    tasks = [await begun(steps, each()) for each in (late, grouped, patient)]
    await asyncio.gather(*[each for each in tasks if each is not None])
    assert ended[-1] == "patient"
    assert sorted(ended) == ["group", "late", "member", "member", "patient"]
    assert ended.index("group") > max(at for at, each in enumerate(ended) if each == "member")


async def test_each_work_has_a_context_of_its_own_for_all_its_steps() -> None:
    steps, seen = FirstSteps(), []

    async def work(mine: int, *, waits: bool) -> None:
        seen.append(number.get())
        token = number.set(mine)
        if waits:
            await asyncio.sleep(0.001)
        assert number.get() == mine
        number.reset(token)

    tasks = [await begun(steps, work(mine, waits=mine % 2 == 0)) for mine in range(1, 7)]
    await asyncio.gather(*[each for each in tasks if each is not None])
    assert seen == [0] * 6
    assert number.get() == 0


@pytest.mark.parametrize("turns", [0, 1, 3])
async def test_a_cancelled_task_cancels_what_its_work_waits_for(turns: int) -> None:
    ended: list[str] = []

    async def inner() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("inner")
            raise

    async def work() -> None:
        try:
            await asyncio.gather(inner())
        finally:
            ended.append("outer")

    loop, steps = asyncio.get_running_loop(), FirstSteps()
    told: asyncio.Future[asyncio.Task[None]] = loop.create_future()

    def begin() -> None:
        task = steps.begin(work(), loop)
        assert task is not None
        if turns == 0:
            task.cancel()
        told.set_result(task)

    # The child has to have begun, or there is nothing of it to end.
    loop.call_soon(begin)
    task = await told
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended[-1] == "outer"
    assert "inner" in ended or turns < 2


async def test_work_that_cancels_itself_takes_nobody_with_it() -> None:
    steps, ended = FirstSteps(), []

    async def suicidal() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    async def other() -> None:
        await asyncio.sleep(0)
        ended.append("other")

    assert await begun(steps, suicidal()) is None
    task = await begun(steps, other())
    assert task is not None
    await task
    assert ended == ["other"]


async def test_what_the_first_step_raises_is_raised_and_later_steps_fail_their_task() -> None:
    steps = FirstSteps()

    async def fails(*, late: bool) -> None:
        if late:
            await asyncio.sleep(0)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await begun(steps, fails(late=False))
    task = await begun(steps, fails(late=True))
    assert task is not None
    with pytest.raises(ValueError, match="no"):
        await task


def test_a_loop_that_has_ended_is_not_kept() -> None:
    async def use() -> None:
        async def work() -> None:
            pass

        steps = first_steps_in(asyncio.get_running_loop())
        assert steps is first_steps_in(asyncio.get_running_loop())
        await begun(steps, work())
        assert steps._spare is not None  # what this test is about

    loop = asyncio.new_event_loop()
    loop.run_until_complete(use())
    steps = first_steps_in(loop)
    for task in asyncio.all_tasks(loop):
        task.cancel()
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
    assert steps._spare is None  # as above
