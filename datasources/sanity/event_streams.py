"""Server-sent events of the content store, read with every wait and every event bounded."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import httpx

from datasources.sanity.wire import body_of

_SILENCE_SECONDS = 35.0
"""The store writes a comment at least every fifteen seconds."""
_LARGEST_EVENT = 40 * 1024 * 1024
"""A document may have 32 MB."""


class BrokenStreamError(Exception):
    """The stream ended, or is not one."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event; a comment that keeps the stream alive is one without data."""

    name: str
    event_id: str
    data: bytes


async def events(
    http: httpx.AsyncClient, path: str, params: Mapping[str, str], *, last_event_id: str = ""
) -> AsyncIterator[Event]:
    """The events of a stream until it ends; raises BrokenStreamError, httpx.HTTPError, or what `body_of` raises."""
    headers = {"accept": "text/event-stream"} | ({"last-event-id": last_event_id} if last_event_id else {})
    timeout = httpx.Timeout(_SILENCE_SECONDS, connect=5.0, pool=5.0)
    async with http.stream("GET", path, params=params, headers=headers, timeout=timeout) as reply:
        if not reply.headers.get("content-type", "").startswith("text/event-stream"):
            await reply.aread()
            body_of(reply)
            raise BrokenStreamError("the reply is not a stream of events")
        waiting = bytearray()
        async for chunk in reply.aiter_bytes():
            waiting += chunk.replace(b"\r\n", b"\n")
            while (end := waiting.find(b"\n\n")) >= 0:
                block = bytes(waiting[:end])
                del waiting[: end + 2]
                yield _event(block)
            if len(waiting) > _LARGEST_EVENT:
                raise BrokenStreamError("an event is too large")


def _event(block: bytes) -> Event:
    fields: dict[bytes, bytes] = {}
    for line in block.split(b"\n"):
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        fields[name] = fields[name] + b"\n" + value if name == b"data" and name in fields else value
    return Event(fields.get(b"event", b"").decode(), fields.get(b"id", b"").decode(), fields.get(b"data", b""))
