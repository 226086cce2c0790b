"""What a socket session writes to: the socket's own protocol below ASGI, or any ASGI server's messages."""

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

from .exchanges import Receive, Send
from .socket_frames import TEXT, frame_of
from .socket_messages import Close

if TYPE_CHECKING:
    from .group_members import Frame
    from .socket_sessions import SocketSession

TAKE_OVER: Final = "gavel.socket"
"""The scope's extension under which a server of ours offers the socket itself."""
CLOSE_SECONDS: Final = 5.0
_MOST_UNSENT_BYTES: Final = 64 * 1024


class Wire(Protocol):
    """One open socket. Writing never waits: whoever writes much looks at `is_writable` first.

    `stalled_at` is the monotonic time since which nothing more could be written, None while it can.
    """

    is_writable: bool
    stalled_at: float | None

    def write(self, text: bytes) -> None:
        """Send one text message."""

    def write_shared(self, before: bytes, frame: "Frame") -> None:
        """Send a message of a group: what stands before its payload, the payload, a closing brace."""

    def pause(self) -> None:
        """Read no more until `resume`."""

    def resume(self) -> None:
        """Read on."""

    def close(self, close: Close) -> None:
        """End the connection after what was written."""


def tail_of(frame: "Frame", before: int) -> tuple[bytes, bytes]:
    """The head and the rest of a group's message after so many bytes; made once for each length."""
    made = frame.tails.get(before)
    if made is None:
        rest = (frame.answer.encoded or b"null") + b"}"
        whole = frame_of(TEXT, b" " * before + rest)
        made = frame.tails[before] = (whole[: len(whole) - before - len(rest)], rest)
    return made


class AsgiWire:
    """A socket of an ASGI server."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._unsent: deque[bytes] = deque()
        self._unsent_bytes = 0
        self._closing: Close | None = None
        self._speaker: asyncio.Task[None] | None = None
        self._arrived = asyncio.Event()
        self._reading = asyncio.Event()
        self._reading.set()
        self.is_writable = True
        self.stalled_at: float | None = None

    def write(self, text: bytes) -> None:
        """Send one text message."""
        self._unsent.append(text)
        self._unsent_bytes += len(text)
        if self._unsent_bytes > _MOST_UNSENT_BYTES and self.is_writable:
            self.is_writable = False
            self.stalled_at = time.monotonic()
        self._arrived.set()

    def write_shared(self, before: bytes, frame: "Frame") -> None:
        """Send a message of a group."""
        self.write(before + (frame.answer.encoded or b"null") + b"}")

    def pause(self) -> None:
        """Read no more until `resume`."""
        self._reading.clear()

    def resume(self) -> None:
        """Read on."""
        self._reading.set()

    def close(self, close: Close) -> None:
        """End the connection after what was written."""
        self._closing = self._closing or close
        self._reading.clear()
        self._arrived.set()
        if self._speaker is not None:
            # A client that reads nothing is not waited for.
            asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._speaker.cancel)

    async def serve(self, session: "SocketSession") -> None:
        """Carry messages both ways until either side ends the connection."""
        self._speaker = asyncio.ensure_future(self._say(session))
        tasks = (asyncio.ensure_future(self._hear(session)), self._speaker)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            session.lost()

    async def _hear(self, session: "SocketSession") -> None:
        while True:
            await self._reading.wait()
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            session.hear(text.encode("utf-8", "surrogatepass") if text is not None else None)

    async def _say(self, session: "SocketSession") -> None:
        while True:
            while self._unsent:
                text = self._unsent.popleft()
                try:
                    await self._send({"type": "websocket.send", "text": text.decode()})
                except Exception:  # noqa: BLE001  # however a server says that the client is gone
                    return
                self._unsent_bytes -= len(text)
                if not self.is_writable and self._unsent_bytes <= _MOST_UNSENT_BYTES // 4:
                    self.is_writable, self.stalled_at = True, None
                    session.writable()
            if self._closing is not None:
                message = {"type": "websocket.close", "code": self._closing.code, "reason": self._closing.reason}
                with suppress(Exception):
                    await self._send(message)
                return
            self._arrived.clear()
            await self._arrived.wait()
