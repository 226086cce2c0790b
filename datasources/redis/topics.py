"""Topics: one upstream reader per process, fan-out by reference, and the resume protocol on top of it.

A log topic shows every event once and in order: a subscriber joins the live stream first, then reads the snapshot or
the replay, then drops what it has seen. A state topic shows the newest event of each key and skips the rest.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass
from enum import Enum

import structlog

from datasources.guards import request_deadline
from datasources.redis.connections import LiveState
from datasources.redis.streams import StreamEvent, StreamReader
from domain.problems import GavelError

_MOST_WAITING = 1_000
MOST_REPLAYED = 1_000
_RECHECK_SECONDS = 10.0
_RECHECK_SECONDS_EACH = 0.02

_log = structlog.get_logger(__name__)


class ResumeRequiredError(GavelError):
    """The subscriber reads too slowly; it resumes from its newest cursor when it can."""

    public_code = "RESUME_REQUIRED"
    public_message = "This stream was read too slowly; subscribe again after your newest cursor."


class GapReason(Enum):
    """Why events in between cannot be shown."""

    TRIMMED = "trimmed"
    """They are no longer kept."""
    GENERATION = "generation"
    """The topic was numbered anew."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Events are missing here; what follows starts from a fresh snapshot."""

    reason: GapReason


@dataclass(frozen=True, slots=True)
class Started:
    """Everything after this sequence follows; the snapshot read by `start` may be shown now."""

    seq: int


Replay = Callable[[int, int], Awaitable[Sequence[StreamEvent]]]
"""Up to so many events after a sequence, in order, from wherever they are kept."""


@dataclass(slots=True)
class _Log:
    """A log topic that is followed: where it is kept, and the newest event that was handed out."""

    replay: Replay
    newest: int


class _Listener:
    """What one subscriber has not taken yet, bounded."""

    def __init__(self, *, is_coalescing: bool) -> None:
        self._is_coalescing = is_coalescing
        self._waiting: deque[StreamEvent] = deque()
        self._newest: dict[str, StreamEvent] = {}
        self._arrived = asyncio.Event()
        self.has_overflowed = False

    def put(self, event: StreamEvent) -> None:
        if self._is_coalescing:
            self._newest[event.key] = event
        elif len(self._waiting) >= _MOST_WAITING:
            self.has_overflowed = True
        else:
            self._waiting.append(event)
        self._arrived.set()

    async def take(self) -> list[StreamEvent]:
        """Everything that waits, at least one event."""
        while not self._waiting and not self._newest:
            if self.has_overflowed:
                raise ResumeRequiredError
            self._arrived.clear()
            await self._arrived.wait()
        # A stream outlives the operation that opened it, and each event the one before: their deadlines are not its.
        request_deadline.set(None)
        taken = [*self._waiting, *self._newest.values()]
        self._waiting.clear()
        self._newest.clear()
        return taken


class TopicHub:
    """Every live stream of the process; one per application."""

    def __init__(self, live: LiveState, *, secret: bytes) -> None:
        self.secret = secret
        self._listeners: dict[str, set[_Listener]] = {}
        self._followed: dict[str, asyncio.Task[None]] = {}
        self._reader = StreamReader(live, self._deliver)
        self._logs: dict[str, _Log] = {}
        self._rechecking: asyncio.Task[None] | None = None

    @property
    def listener_count(self) -> int:
        """How many subscriptions listen; a stream with many viewers is still read once."""
        return sum(len(each) for each in self._listeners.values())

    @property
    def stream_count(self) -> int:
        """How many streams are read."""
        return len(self._listeners)

    def _deliver(self, event: StreamEvent) -> None:
        if (log := self._logs.get(event.key)) is not None:
            log.newest = max(log.newest, event.seq)
        for listener in self._listeners.get(event.key, ()):
            listener.put(event)

    async def _join(self, keys: Sequence[str], listener: _Listener) -> None:
        for key in keys:
            self._listeners.setdefault(key, set()).add(listener)
            if key not in self._followed:
                self._followed[key] = asyncio.create_task(self._reader.follow(key), context=Context())
        for key in keys:
            # Also those that came second wait: only what is added after this is sure to be delivered.
            try:
                await asyncio.shield(self._followed[key])
            except Exception:
                self._followed.pop(key, None)
                raise

    def _leave(self, keys: Sequence[str], listener: _Listener) -> None:
        for key in keys:
            others = self._listeners.get(key, set())
            others.discard(listener)
            if not others:
                self._listeners.pop(key, None)
                self._followed.pop(key, None)
                self._logs.pop(key, None)
                self._reader.leave(key)

    async def follow_log(
        self, key: str, replay: Replay, start: Callable[[], Awaitable[int]]
    ) -> AsyncGenerator[StreamEvent | Started | Gap]:
        """Every event of a log topic after the sequence that `start` gives once the stream is joined.

        A hole (an event lost on the way, a trimmed stream) is filled by `replay`; one that cannot be filled is a Gap,
        after which `start` is asked again.
        """
        listener = _Listener(is_coalescing=False)
        try:
            await self._join([key], listener)
            seen = await start()
            self._recheck(key, replay, seen)
            yield Started(seen)
            batch: Sequence[StreamEvent] = await replay(seen, MOST_REPLAYED)
            while True:
                for event in batch:
                    if event.seq <= seen:
                        continue
                    if event.seq != seen + 1:
                        filling = await replay(seen, MOST_REPLAYED)
                        if not filling or filling[0].seq != seen + 1:
                            yield Gap(GapReason.TRIMMED)
                            seen = await start()
                            yield Started(seen)
                            continue
                        for missed in filling:
                            seen = missed.seq
                            yield missed
                        continue
                    seen = event.seq
                    yield event
                batch = await listener.take()
        finally:
            self._leave([key], listener)

    def _recheck(self, key: str, replay: Replay, seen: int) -> None:
        """From time to time look whether the log holds more than was shown.

        What shows an event may die between recording it and showing it; its followers must not wait for the next one.
        """
        log = self._logs.setdefault(key, _Log(replay, seen))
        log.newest = max(log.newest, seen)
        if self._rechecking is None or self._rechecking.done():
            self._rechecking = asyncio.create_task(self._recheck_logs(), context=Context())

    async def _recheck_logs(self) -> None:
        while self._logs:
            await asyncio.sleep(max(_RECHECK_SECONDS, _RECHECK_SECONDS_EACH * len(self._logs)))
            for key, log in list(self._logs.items()):
                try:
                    for event in await log.replay(log.newest, MOST_REPLAYED):
                        self._deliver(event)
                except GavelError:
                    continue  # looked at again next time
                except Exception:  # noqa: BLE001 - one topic's fault must not end the checks of the others
                    _log.exception("a topic could not be checked", key=key)

    async def follow_state(self, keys: Sequence[str], *, pace_seconds: float) -> AsyncGenerator[list[StreamEvent]]:
        """The newest event of each changed key, in groups no more often than the pace; older ones are skipped."""
        listener = _Listener(is_coalescing=True)
        try:
            await self._join(keys, listener)
            yield []  # joined: what is read from now on cannot be missed
            while True:
                yield await listener.take()
                await asyncio.sleep(pace_seconds)
        finally:
            self._leave(keys, listener)

    async def follow_some(
        self, keys: Callable[[], Awaitable[Sequence[str]]], *, pace_seconds: float, every_seconds: float
    ) -> AsyncGenerator[list[StreamEvent]]:
        """As `follow_state`, over topics that are asked for again from time to time and after each event of the first.

        An empty group says that they were asked for: what is read from now on cannot be missed.
        """
        listener = _Listener(is_coalescing=True)
        joined: set[str] = set()
        loop = asyncio.get_running_loop()
        try:
            while True:
                wanted = list(await keys())
                before, joined = joined, joined | set(wanted)
                await self._join([key for key in wanted if key not in before], listener)
                self._leave([key for key in before if key not in wanted], listener)
                joined = set(wanted)
                yield []
                ask_at = loop.time() + every_seconds
                while loop.time() < ask_at:
                    try:
                        async with asyncio.timeout_at(ask_at):
                            events = await listener.take()
                    except TimeoutError:
                        request_deadline.set(None)
                        break
                    yield events
                    if any(event.key == wanted[0] for event in events):
                        break
                    await asyncio.sleep(pace_seconds)
        finally:
            self._leave(list(joined), listener)

    async def close(self) -> None:
        """Stop reading."""
        if self._rechecking is not None:
            self._rechecking.cancel()
        await self._reader.close()
