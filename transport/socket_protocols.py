"""WebSockets below ASGI, for uvicorn: the application judges the handshake, then its session has the socket itself."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .group_members import Frame
from .socket_frames import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    FrameError,
    FrameReader,
    close_frame,
    echo_of,
    frame_of,
)
from .socket_handshakes import Handshake
from .socket_messages import DRAINED, Close
from .wires import CLOSE_SECONDS, Wire, tail_of

if TYPE_CHECKING:
    from .socket_sessions import SocketSession

_NOT_TEXT = 1007


class SocketProtocol(asyncio.Protocol):
    """One upgraded connection, and the `Wire` of the session that takes it over.

    uvicorn makes one for each where this class is its `ws`; its other sockets are handed out by ASGI's handshake alone.
    """

    __slots__ = (
        "_connections",
        "_handshake",
        "_is_closing",
        "_reader",
        "_session",
        "_timer",
        "_transport",
        "is_writable",
        "stalled_at",
    )

    def __init__(
        self, config: Any, server_state: Any, app_state: dict[str, Any], _loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        self._connections: set[Any] = server_state.connections
        self._handshake: Handshake | None = Handshake(self, config, server_state.tasks, app_state)
        self._reader = FrameReader(config.ws_max_size)
        self._session: SocketSession | None = None
        self._transport: Any = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_closing = False
        self.is_writable = True
        self.stalled_at: float | None = None

    def connection_made(self, transport: Any) -> None:
        """The HTTP protocol hands its connection over."""
        self._transport = transport
        self._connections.add(self)
        if self._handshake is not None:
            self._handshake.begin(transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        """However it ended, it is over."""
        self._connections.discard(self)
        self._is_closing, self.is_writable = True, False
        if self._timer is not None:
            self._timer.cancel()
        if self._handshake is not None:
            self._handshake.lost()
            self._handshake = None
        session, self._session = self._session, None
        if session is not None:
            session.lost()

    def data_received(self, data: bytes) -> None:
        """Bytes of the handshake, then frames."""
        if self._handshake is not None:
            self._handshake.feed(data)
            return
        try:
            for opcode, payload in self._reader.feed(data):
                self._hear(opcode, payload)
        except FrameError as error:
            self._end(close_frame(error.code, error.reason))

    def eof_received(self) -> bool:
        """A client that closes its side only is gone."""
        return False

    def pause_writing(self) -> None:
        """The client reads too slowly."""
        self.is_writable = False
        self.stalled_at = time.monotonic()

    def resume_writing(self) -> None:
        """It has caught up."""
        self.stalled_at = None
        self.is_writable = not self._is_closing
        if self._session is not None and self.is_writable:
            self._session.writable()

    def shutdown(self) -> None:
        """The server ends."""
        if self._handshake is not None:
            self._transport.close()
        elif self._session is not None:
            self._session.close(DRAINED)
        else:
            self.close(DRAINED)

    def agree(self, offered: str) -> str | None:  # noqa: ARG002  # compressed sockets, a subclass, look at it
        """Which of the extensions that a client offers are used, as the handshake says it; None for none."""
        return None

    def take_over(self, begin: Callable[[Wire], "SocketSession"]) -> None:
        """From now on a session has this socket."""
        handshake, self._handshake = self._handshake, None
        session = begin(self)
        if handshake is None or self._transport.is_closing():
            session.lost()
            return
        self._session = session
        self._transport.resume_reading()
        if rest := handshake.rest():
            self.data_received(rest)

    def end_handshake(self, close: Close) -> None:
        """The application has accepted the socket only to say why it closes it."""
        self._handshake = None
        self.close(close)

    def write(self, text: bytes) -> None:
        """Send one text message."""
        if not self._is_closing:
            self._transport.write(frame_of(TEXT, text))

    def write_shared(self, before: bytes, frame: Frame) -> None:
        """Send a message of a group, whose bytes are made once."""
        made = frame.tails.get(len(before))
        head, rest = made if made is not None else tail_of(frame, len(before))
        self._transport.write(head + before + rest)

    def pause(self) -> None:
        """Read no more."""
        if not self._is_closing:
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if not self._is_closing:
            self._transport.resume_reading()

    def close(self, close: Close) -> None:
        """Say why, and wait a moment for the client's own close."""
        if not self._is_closing:
            self._transport.resume_reading()
            self._say_last(close_frame(close.code, close.reason))

    def _hear(self, opcode: int, payload: bytes) -> None:
        session = self._session
        if opcode == CLOSE:
            if self._is_closing:
                self._transport.close()
            else:
                self._end(echo_of(payload))
        elif self._is_closing or session is None:
            return
        elif opcode == TEXT:
            if payload.isascii() or _is_utf8(payload):
                session.hear(payload)
            else:
                raise FrameError(_NOT_TEXT, "Text is UTF-8")
        elif opcode == PING:
            if session.heard():
                self._transport.write(frame_of(PONG, payload))
        elif opcode == PONG:
            session.heard()
        else:
            session.hear(None)

    def _end(self, last: bytes) -> None:
        """Say the last word and hang up."""
        if not self._is_closing:
            self._say_last(last)
            self._transport.close()

    def _say_last(self, last: bytes) -> None:
        self._is_closing, self.is_writable = True, False
        self._transport.write(last)
        # Whoever does not read, or does not close in turn, is cut off.
        self._timer = asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._transport.abort)


def _is_utf8(payload: bytes) -> bool:
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True
