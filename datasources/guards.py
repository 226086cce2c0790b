"""What stands before every outside system: a total deadline, a bulkhead, a circuit breaker and a count of calls."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any, TypeVar

from datasources.telemetry import call_span, told_call
from domain.problems import UpstreamUnavailableError

T = TypeVar("T")

_WINDOW_SECONDS = 10.0
_LEAST_CALLS = 20
_OPEN_AT_FAILURE_RATE = 0.5
_PROBE_EVERY_SECONDS = 5.0

request_deadline: ContextVar[float | None] = ContextVar("request_deadline", default=None)
"""The running operation's deadline on the loop's monotonic clock; no call outlives it."""


@dataclass(slots=True)
class Spend:
    """How often each system was called while an operation ran, and for how long."""

    calls: dict[str, int] = field(default_factory=partial(defaultdict, int))
    operations: dict[str, int] = field(default_factory=partial(defaultdict, int))
    seconds: dict[str, float] = field(default_factory=dict)

    def add(self, system: str, operation: str, seconds: float) -> None:
        """Count one finished call."""
        self.calls[system] += 1
        self.operations[f"{system}.{operation}"] += 1
        self.seconds[system] = self.seconds.get(system, 0.0) + seconds

    def join(self, other: "Spend") -> None:
        """Count calls that were made for several."""
        for system, count in other.calls.items():
            self.calls[system] += count
        for operation, count in other.operations.items():
            self.operations[operation] += count
        for system, seconds in other.seconds.items():
            self.seconds[system] = self.seconds.get(system, 0.0) + seconds


current_spend: ContextVar[Spend | None] = ContextVar("current_spend", default=None)


class BreakerState(Enum):
    """Closed lets calls through, open refuses them, half-open lets one probe through."""

    CLOSED = "closed"
    HALF_OPEN = "half-open"
    OPEN = "open"


class Breaker:
    """Opens when half of at least twenty calls within ten seconds failed; probes every five seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._outcomes: deque[tuple[float, bool]] = deque(maxlen=500)
        self._opened_at: float | None = None
        self._is_probing = False

    @property
    def state(self) -> BreakerState:
        """What the next call would meet."""
        if self._opened_at is None:
            return BreakerState.CLOSED
        if self._clock() - self._opened_at >= _PROBE_EVERY_SECONDS and not self._is_probing:
            return BreakerState.HALF_OPEN
        return BreakerState.OPEN

    def admit(self) -> bool:
        """Whether a call may start now."""
        if self._opened_at is None:
            return True
        match self.state:
            case BreakerState.CLOSED:
                return True
            case BreakerState.HALF_OPEN:
                self._is_probing = True
                return True
            case BreakerState.OPEN:
                return False

    def succeeded(self) -> None:
        """Record a call that was answered."""
        if self._opened_at is not None:
            self._outcomes.clear()
        self._opened_at, self._is_probing = None, False
        self._outcomes.append((self._clock(), True))

    def failed(self) -> None:
        """Record a call that was not answered; enough of them open the breaker."""
        now = self._clock()
        self._outcomes.append((now, False))
        while self._outcomes and now - self._outcomes[0][0] > _WINDOW_SECONDS:
            self._outcomes.popleft()
        failures = sum(not is_ok for _, is_ok in self._outcomes)
        tripped = len(self._outcomes) >= _LEAST_CALLS and failures >= _OPEN_AT_FAILURE_RATE * len(self._outcomes)
        if self._is_probing or tripped:
            self._opened_at, self._is_probing = now, False

    def abandoned(self) -> None:
        """Record a call that its caller gave up: it says nothing about the system."""
        self._is_probing = False


_unfinished: set[asyncio.Future[Any]] = set()


class Guard:
    """The one way to call a system; every fault of it becomes ``UpstreamUnavailableError``.

    A cancelled driver may itself hang for a minute (a black-holed asyncpg does), so the work runs in a task
    of its own that is abandoned, not awaited, when its time is over.
    """

    def __init__(
        self, system: str, *, budget_seconds: float, concurrency: int, faults: tuple[type[Exception], ...]
    ) -> None:
        self.system = system
        self.breaker = Breaker()
        self._budget_seconds = budget_seconds
        self._slots = asyncio.Semaphore(concurrency)
        self._faults: tuple[type[Exception], ...] = (*faults, OSError, TimeoutError)

    async def call(
        self, operation: str, work: Callable[[], Coroutine[Any, Any, T]], *, budget_seconds: float | None = None
    ) -> T:
        """The result of ``work`` within the system's budget and the request's deadline, whichever ends first."""
        return await self.watch(operation, lambda ends_at: self._run(work, ends_at), budget_seconds=budget_seconds)

    async def watch(
        self, operation: str, work: Callable[[float], Awaitable[T]], *, budget_seconds: float | None = None
    ) -> T:
        """The same for a client that itself keeps the deadline it is given, and bears being cancelled: no task more."""
        loop = asyncio.get_running_loop()
        started_at = loop.time()
        ends_at = started_at + (budget_seconds or self._budget_seconds)
        if (deadline := request_deadline.get()) is not None and deadline < ends_at:
            ends_at = deadline
        if not self.breaker.admit():
            raise UpstreamUnavailableError(self.system)
        outcome = "failed"
        try:
            span = call_span(self.system, operation)
            if span is None:
                result = await work(ends_at)
            else:
                with span:
                    result = await work(ends_at)
            outcome = "answered"
        except self._faults as fault:
            self.breaker.failed()
            raise UpstreamUnavailableError(self.system) from fault
        except asyncio.CancelledError:
            self.breaker.abandoned()
            raise
        except Exception:
            self.breaker.succeeded()  # the system answered; what it said is the caller's business
            raise
        finally:
            seconds = loop.time() - started_at
            told_call(self.system, operation, outcome, seconds)
            if (spend := current_spend.get()) is not None:
                spend.add(self.system, operation, seconds)
        self.breaker.succeeded()
        return result

    async def _run(self, work: Callable[[], Coroutine[Any, Any, T]], ends_at: float) -> T:
        loop = asyncio.get_running_loop()
        if self._slots.locked():
            async with asyncio.timeout_at(ends_at):
                await self._slots.acquire()
        else:
            await self._slots.acquire()
        task = loop.create_task(work())
        task.add_done_callback(self._finished)
        _unfinished.add(task)
        try:
            done, _ = await asyncio.wait({task}, timeout=max(0.0, ends_at - loop.time()))
        except asyncio.CancelledError:
            task.cancel()
            raise
        if not done:
            task.cancel()
            raise TimeoutError
        return task.result()

    def _finished(self, task: asyncio.Future[Any]) -> None:
        _unfinished.discard(task)
        self._slots.release()
        if not task.cancelled():
            task.exception()  # read, so that an abandoned task's late fault is not reported as lost


async def settle(awaitables: list[Awaitable[None]]) -> None:
    """Wait for closers together and raise the first fault only after all have ended."""
    for outcome in await asyncio.gather(*awaitables, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
