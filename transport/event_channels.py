"""graphql-sse's single connection mode: one event stream that carries many operations, for HTTP/1 browsers.

PUT reserves a channel and returns its token, GET opens the stream, POST starts an operation on it, DELETE ends one.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import parse_qs

from .answers import Answer
from .draining import Drain
from .errors import BAD_REQUEST, LIMIT_EXCEEDED, Refused, refuse
from .event_streams import HEARTBEAT, Streams, Write, event, expired_answer, payload_of, retry_event
from .exchanges import Exchange
from .identities import Identity
from .operations import Admitted
from .paced_streams import Pause

CHANNEL_HEADER: Final = "x-graphql-event-stream-token"
_RESERVATION_SECONDS: Final = 15.0
_MAX_CHANNELS: Final = 10_000
_QUEUE: Final = 64
_END: Final = b""


@dataclass(slots=True, eq=False)
class Channel:
    """One reserved stream, its viewer, and the operations that write to it; a full queue slows them down."""

    token: str
    identity: Identity
    frames: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(_QUEUE))
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    is_open: bool = False
    running: dict[str, asyncio.Task[None]] = field(default_factory=dict)


class Channels:
    """All channels of this process, by token; an unopened one is forgotten after 15 seconds."""

    def __init__(self, streams: Streams, drain: Drain) -> None:
        self._streams = streams
        self._drain = drain
        self._channels: dict[str, Channel] = {}

    def reserve(self, identity: Identity) -> str | Refused:
        """A new channel's token."""
        if len(self._channels) >= _MAX_CHANNELS:
            return refuse(503, LIMIT_EXCEEDED, "Too many event streams.", headers={"retry-after": "5"})
        channel = Channel(secrets.token_urlsafe(24), identity)
        self._channels[channel.token] = channel
        asyncio.get_running_loop().call_later(_RESERVATION_SECONDS, self._forget_unopened, channel)
        return channel.token

    def find(self, exchange: Exchange, identity: Identity) -> Channel | Refused | None:
        """The channel that a request names, None where it names none; other viewers' channels do not exist."""
        token = exchange.headers.get(CHANNEL_HEADER) or _parameter(exchange, "token")
        if token is None:
            return None
        channel = self._channels.get(token)
        if channel is None or channel.identity.key != identity.key:
            return refuse(404, BAD_REQUEST, "There is no such event stream.")
        return channel

    async def open(self, exchange: Exchange, channel: Channel, headers: dict[str, str]) -> Refused | None:
        """Stream a channel until its client goes or the server drains; its operations end with it."""
        if channel.is_open:
            return refuse(409, BAD_REQUEST, "The event stream is already open.")
        channel.is_open = True
        try:
            with self._drain.live(channel.leaving.set):
                await exchange.stream(headers, self._frames(channel))
        finally:
            self._channels.pop(channel.token, None)
            tasks = list(channel.running.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return None

    def start(self, channel: Channel, operation_id: str, admitted: Admitted, write: Write) -> Refused | None:
        """Run an operation on a channel."""
        if operation_id in channel.running:
            return refuse(409, BAD_REQUEST, "An operation with this id is already running.")
        if len(channel.running) >= self._streams.operations.options.sockets.operations:
            return refuse(429, LIMIT_EXCEEDED, "Too many operations on one event stream.")
        live = replace(admitted, facts=replace(admitted.facts, protocol="sse"))
        channel.running[operation_id] = asyncio.ensure_future(self._run(channel, operation_id, live, write))
        return None

    def stop(self, channel: Channel, exchange: Exchange) -> Refused | None:
        """End the operation that a DELETE names."""
        operation_id = _parameter(exchange, "operationId")
        if operation_id is None:
            return refuse(400, BAD_REQUEST, "operationId is missing.")
        task = channel.running.pop(operation_id, None)
        if task is not None:
            task.cancel()
        return None

    async def _run(self, channel: Channel, operation_id: str, admitted: Admitted, write: Write) -> None:
        async def say(answer: Answer) -> None:
            payload = payload_of(answer, write)
            await channel.frames.put(event("next", b'{"id":' + write(operation_id) + b',"payload":' + payload + b"}"))

        try:
            if admitted.operation.kind == "subscription":
                answers = self._streams.paced(admitted, channel.leaving)
                try:
                    async for answer in answers:
                        if answer is Pause.EXPIRED:
                            await say(expired_answer())
                        elif isinstance(answer, Answer):
                            await say(answer)
                finally:
                    await answers.aclose()
            else:
                complete = await asyncio.shield(asyncio.ensure_future(self._streams.operations.run(admitted)))
                if isinstance(complete, Answer):
                    await say(complete)
            await channel.frames.put(event("complete", write({"id": operation_id})))
        finally:
            if channel.running.get(operation_id) is asyncio.current_task():
                del channel.running[operation_id]

    async def _frames(self, channel: Channel) -> AsyncIterator[bytes]:
        yield HEARTBEAT
        seconds = self._streams.operations.options.heartbeat_seconds
        leaving = asyncio.ensure_future(channel.leaving.wait())
        leaving.add_done_callback(lambda _: _wake(channel))
        try:
            while True:
                try:
                    async with asyncio.timeout(seconds):
                        frame = await channel.frames.get()
                except TimeoutError:
                    yield HEARTBEAT
                    continue
                if frame:
                    yield frame
                if channel.leaving.is_set() and channel.frames.empty():
                    yield retry_event()
                    return
        finally:
            leaving.cancel()

    def _forget_unopened(self, channel: Channel) -> None:
        if not channel.is_open:
            self._channels.pop(channel.token, None)
            for task in channel.running.values():
                task.cancel()


def _wake(channel: Channel) -> None:
    if not channel.frames.full():
        channel.frames.put_nowait(_END)


def _parameter(exchange: Exchange, name: str) -> str | None:
    try:
        values = parse_qs(exchange.query_string.decode("ascii"), max_num_fields=20).get(name)
    except ValueError:
        return None
    return values[0] if values else None
