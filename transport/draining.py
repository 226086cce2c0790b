"""Leaving without losing anything: finish what is in flight, send live clients elsewhere in waves, then exit."""

import asyncio
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

RETRY_SPREAD_MS: Final = 5_000


class Drain:
    """Counts work in flight and knows every live connection.

    Live connections are told to leave at random moments of `wave_seconds`, so that they do not all arrive at the next
    process at once; work in flight, which is what runs `with` this, gets `finish_seconds`.
    """

    def __init__(self, *, wave_seconds: float = 3.0, finish_seconds: float = 5.0) -> None:
        self._wave_seconds = wave_seconds
        self._finish_seconds = finish_seconds
        self._leave: set[Callable[[], None]] = set()
        self._connections = 0
        self._in_flight = 0
        self._empty = asyncio.Event()
        self.is_draining = False

    def __enter__(self) -> None:
        """Hold the exit for the time of the block, while one request is answered."""
        self._in_flight += 1

    def __exit__(self, *_: object) -> None:
        self._in_flight -= 1
        if self.is_draining:
            self._judge_empty()

    @contextmanager
    def live(self, leave: Callable[[], None]) -> Iterator[None]:
        """Keep a live connection on the list; `leave` is called at most once, in some wave of the drain."""
        part = self.join(leave)
        try:
            yield
        finally:
            part()

    def join(self, leave: Callable[[], None]) -> Callable[[], None]:
        """Put a live connection on the list, as `live` does; the answer takes it off again, once."""
        self._leave.add(leave)
        self._connections += 1
        return partial(self._part, leave)

    def _part(self, leave: Callable[[], None]) -> None:
        self._leave.discard(leave)
        self._connections -= 1
        if self.is_draining:
            self._judge_empty()

    @property
    def live_count(self) -> int:
        """Live connections now."""
        return self._connections

    async def run(self) -> None:
        """Refuse new work, empty the endpoint, return when it is empty or the time is up."""
        self.is_draining = True
        self._judge_empty()
        loop = asyncio.get_running_loop()
        for leave in list(self._leave):
            loop.call_later(random.uniform(0, self._wave_seconds), self._tell, leave)  # noqa: S311  # jitter, no secret
        try:
            async with asyncio.timeout(self._finish_seconds):
                await self._empty.wait()
        except TimeoutError:
            for leave in list(self._leave):
                self._tell(leave)
            await asyncio.sleep(0.2)

    def _judge_empty(self) -> None:
        if self._in_flight == 0 and self._connections == 0:
            self._empty.set()
        else:
            self._empty.clear()

    def _tell(self, leave: Callable[[], None]) -> None:
        if leave in self._leave:
            self._leave.discard(leave)
            leave()


def retry_hint() -> int:
    """Milliseconds after which a client should come back: jittered, so that a fleet does not return as one."""
    return random.randint(500, RETRY_SPREAD_MS)  # noqa: S311  # jitter, no secret


def drain_before_exit(drain: Drain, *, before: Callable[[], None] = lambda: None) -> None:
    """On SIGTERM, drain first and then do what the server had installed for it; a second SIGTERM does not wait.

    Call it from the application's start-up, on the main thread. `before` runs at once: flip readiness there.
    """
    loop = asyncio.get_running_loop()
    server_handler = signal.getsignal(signal.SIGTERM)

    def hand_over() -> None:
        loop.remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, server_handler)
        signal.raise_signal(signal.SIGTERM)

    async def leave() -> None:
        try:
            await drain.run()
        finally:
            hand_over()

    def on_term() -> None:
        if drain.is_draining:
            hand_over()
            return
        before()
        tasks.add(loop.create_task(leave()))

    tasks: set[asyncio.Task[None]] = set()
    loop.add_signal_handler(signal.SIGTERM, on_term)
