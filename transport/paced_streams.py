"""A live stream with a clock: heartbeats while it is silent, an end when the token, the server or its life ends."""

import asyncio
import time
from collections.abc import AsyncGenerator
from enum import Enum

from .answers import Answer


class Pause(Enum):
    """What happens on a stream that is not an answer."""

    HEARTBEAT = "heartbeat"
    EXPIRED = "expired"
    DRAINED = "drained"


async def paced(
    source: AsyncGenerator[Answer],
    *,
    leaving: asyncio.Event,
    heartbeat_seconds: float,
    lifetime_seconds: float,
    expires_at: float | None,
) -> AsyncGenerator[Answer | Pause]:
    """Answers as they come, a heartbeat after each silence; EXPIRED and DRAINED are last. The source is closed."""
    gone = asyncio.ensure_future(leaving.wait())
    coming: asyncio.Task[Answer] | None = None
    ends_at = time.monotonic() + lifetime_seconds
    try:
        while True:
            coming = coming or asyncio.ensure_future(_next_of(source))
            left = min(ends_at - time.monotonic(), expires_at - time.time() if expires_at is not None else ends_at)
            waiting = min(heartbeat_seconds, max(left, 0.0))
            done, _ = await asyncio.wait({coming, gone}, timeout=waiting, return_when=asyncio.FIRST_COMPLETED)
            if coming in done:
                try:
                    yield coming.result()
                except StopAsyncIteration:
                    return
                coming = None
            elif gone in done:
                yield Pause.DRAINED
                return
            elif expires_at is not None and time.time() >= expires_at:
                yield Pause.EXPIRED
                return
            elif time.monotonic() >= ends_at:
                yield Pause.DRAINED
                return
            else:
                yield Pause.HEARTBEAT
    finally:
        tasks = [task for task in (coming, gone) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await source.aclose()


async def _next_of(source: AsyncGenerator[Answer]) -> Answer:
    return await anext(source)
