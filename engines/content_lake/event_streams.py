"""Server-sent events: how a stream is written, kept alive, and ended when the server stops."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import orjson
from starlette.responses import StreamingResponse

KEEP_ALIVE_SECONDS = 15.0
LIFETIME_SECONDS = 30 * 60.0
HEADERS = {"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}
COMMENT = b":\n\n"


def event(name: str, data: object, *, event_id: str = "") -> bytes:
    """One event; without a name it is the default `message`."""
    lines = [b"event: " + name.encode()] if name else []
    if event_id:
        lines.append(b"id: " + event_id.encode())
    lines.append(b"data: " + orjson.dumps(data))
    return b"\n".join(lines) + b"\n\n"


def event_response(events: AsyncIterator[bytes]) -> StreamingResponse:
    """The response that carries a stream of events."""
    return StreamingResponse(events, media_type="text/event-stream", headers=HEADERS)


@contextmanager
def ending_with_process(end_streams: Callable[[], None]) -> Iterator[None]:
    """Calls `end_streams` in this event loop on SIGTERM and SIGINT, before whoever handled them until now.

    A web server that stops waits for open responses, and streams would keep it waiting until it kills them.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def stop(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(end_streams)
        earlier = before[signal.Signals(number)]
        if callable(earlier):
            earlier(number, frame)

    for number in before:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
