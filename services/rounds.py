"""Rounds: what many ask at about the same time is answered together, at the cost of one."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Generic, TypeVar

from domain.problems import UpstreamUnavailableError

Q = TypeVar("Q")
A = TypeVar("A")

_MOST_IN_ROUND = 100
_MOST_WAITING = 5_000


@dataclass(slots=True, eq=False)
class _Asked(Generic[Q, A]):
    question: Q
    answer: asyncio.Future[A]


class Rounds(Generic[Q, A]):
    """Runs one round at a time; what is asked meanwhile is the next one. Nobody waits for company.

    `run` answers all questions in their order. A fault of one round is everybody's if the system behind it is away;
    any other is found again by running each question alone, and is only that one's.
    """

    def __init__(
        self, run: Callable[[Sequence[Q]], Awaitable[Sequence[A]]], *, apart: Callable[[Q], Hashable] = id
    ) -> None:
        self._run_round = run
        self._apart = apart
        """Questions with the same value of it are never in one round; the first asked goes first."""
        self._waiting: list[_Asked[Q, A]] = []
        self._task: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        """The answer. UpstreamUnavailableError: not known; it may have been carried out."""
        if len(self._waiting) >= _MOST_WAITING:
            raise UpstreamUnavailableError("postgres")
        asked: _Asked[Q, A] = _Asked(question, asyncio.get_running_loop().create_future())
        self._waiting.append(asked)
        if self._task is None:
            # An empty context: the round must not live under the deadline of whoever came first.
            self._task = asyncio.create_task(self._run(), context=Context())
        return await asked.answer

    async def _run(self) -> None:
        try:
            await asyncio.sleep(0)  # let everything of this turn of the loop join the first round
            while self._waiting:
                together = self._next_round()
                if together:
                    await self._answer(together)
        finally:
            self._task = None

    def _next_round(self) -> list[_Asked[Q, A]]:
        taken: dict[Hashable, _Asked[Q, A]] = {}
        left = []
        for each in self._waiting:
            if each.answer.done():
                continue  # who asked is gone
            place = self._apart(each.question)
            if place in taken or len(taken) >= _MOST_IN_ROUND:
                left.append(each)
            else:
                taken[place] = each
        self._waiting = left
        return list(taken.values())

    async def _answer(self, together: list[_Asked[Q, A]]) -> None:
        try:
            answers = await self._run_round([each.question for each in together])
        except UpstreamUnavailableError as fault:
            for each in together:
                _fail(each, UpstreamUnavailableError(fault.system))
        except Exception as fault:  # noqa: BLE001 - it belongs to whoever asked
            if len(together) == 1:
                _fail(together[0], fault)
            else:
                for each in together:
                    await self._answer([each])
        else:
            for each, answer in zip(together, answers, strict=True):
                if not each.answer.done():
                    each.answer.set_result(answer)

    async def close(self) -> None:
        """Wait for what is under way."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=2.0)


def _fail(asked: _Asked[Q, A], fault: Exception) -> None:
    if not asked.answer.done():
        asked.answer.set_exception(fault)
