"""Public event streams in Redis: ranges for replay, and one blocking reader per process for everything that is live."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from redis import exceptions
from redis.asyncio import Redis

from datasources.redis.connections import LiveState

_BLOCK_MS = 2_000
_SOCKET_SECONDS = 5.0
_MOST_AT_ONCE = 500
_LONGEST_PAUSE_SECONDS = 5.0
_WAKE_SECONDS = 60


def _word(text: str | int) -> bytes:
    """A word of a command in the protocol's form."""
    raw = str(text).encode()
    return b"$%d\r\n%s\r\n" % (len(raw), raw)


_READ = tuple(_word(each) for each in ("XREAD", "COUNT", _MOST_AT_ONCE, "BLOCK", _BLOCK_MS, "STREAMS"))

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One line of a stream; sequences of a stream rise by one."""

    key: str
    seq: int
    line: str


Deliver = Callable[[StreamEvent], None]


async def read_range(live: LiveState, key: str, *, after: int, most: int) -> list[StreamEvent]:
    """Up to so many lines after a sequence, in order."""

    async def work(redis: Redis) -> Any:
        return await redis.xrange(key, min=f"{after + 1}-0", count=most)

    return [_event(key, each) for each in await live.call("streams.range", work)]


async def last_seq(live: LiveState, key: str) -> int:
    """The sequence of the newest line, 0 for an empty stream."""

    async def work(redis: Redis) -> Any:
        return await redis.xrevrange(key, count=1)

    found = await live.call("streams.last", work)
    return _event(key, found[0]).seq if found else 0


class StreamReader:
    """Follows every stream that somebody in this process watches, over one connection.

    A wake stream of the reader's own ends the wait when a stream joins. Losing Redis loses nothing: positions are
    sequences, which a rebuilt stream continues. A thousand streams are asked for by joining words that are kept in
    the protocol's form: packing them anew for each read cost more than everything else about an event.
    """

    def __init__(self, live: LiveState, deliver: Deliver) -> None:
        self._live = live
        self._deliver = deliver
        self._wake_key = f"gavel:wake:{secrets.token_hex(8)}"
        self._keys: dict[str, bytes] = {}
        self._positions: dict[str, bytes] = {}
        """Both in the same order: a read names all keys, then all positions."""
        self._task: asyncio.Task[None] | None = None
        self._add(self._wake_key, "0-0")

    def _add(self, key: str, position: str) -> None:
        if key not in self._keys:
            self._keys[key], self._positions[key] = _word(key), _word(position)

    async def follow(self, key: str) -> None:
        """Deliver what is added to this stream from now on."""
        position = await last_seq(self._live, key)
        self._add(key, f"{position}-0")
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        else:
            await self._wake()

    def leave(self, key: str) -> None:
        """Stop following this stream."""
        self._keys.pop(key, None)
        self._positions.pop(key, None)

    async def _wake(self) -> None:
        async def work(redis: Redis) -> Any:
            async with redis.pipeline(transaction=False) as pipeline:
                pipeline.xadd(self._wake_key, {"e": ""}, maxlen=1)
                pipeline.expire(self._wake_key, _WAKE_SECONDS)
                return await pipeline.execute()

        await self._live.call("streams.wake", work)

    async def _run(self) -> None:
        pool = self._live.redis.connection_pool
        kwargs: Mapping[str, Any] = {**pool.connection_kwargs, "socket_timeout": _SOCKET_SECONDS, "retry": None}
        connection: Any = pool.connection_class(**kwargs)
        pause = 0.05
        try:
            while len(self._keys) > 1:
                try:
                    await connection.send_packed_command(self._read_command(), check_health=False)
                    found = await connection.read_response()
                    pause = 0.05
                except (exceptions.RedisError, OSError) as fault:
                    _log.warning("live streams interrupted", reason=type(fault).__name__)
                    await connection.disconnect(nowait=True)
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
                    continue
                self._hand_out(found)
        finally:
            await connection.disconnect(nowait=True)

    def _read_command(self) -> bytes:
        count = 2 * len(self._keys) + len(_READ)
        return b"".join((b"*%d\r\n" % count, *_READ, *self._keys.values(), *self._positions.values()))

    def _hand_out(self, found: Any) -> None:
        for key, lines in found.items() if isinstance(found, dict) else found or ():
            for stream_id, fields in lines:
                if key in self._positions:
                    self._positions[key] = _word(stream_id)
                if key != self._wake_key:
                    self._deliver(_event(key, (stream_id, dict(zip(fields[::2], fields[1::2], strict=True)))))

    async def close(self) -> None:
        """Stop reading."""
        self._keys.clear()
        self._positions.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})


def _event(key: str, found: Any) -> StreamEvent:
    stream_id, fields = found
    return StreamEvent(key, int(stream_id.partition("-")[0]), fields["e"])
