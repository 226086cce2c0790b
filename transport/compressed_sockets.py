"""WebSockets below ASGI, compressed where a client offers it; a class of its own, so that others pay nothing."""

import asyncio
from typing import Any, Final

from .group_members import Frame
from .socket_compression import SHORTEST, agreement_of, deflated, inflated, packed_event
from .socket_frames import PACKED, TEXT, FrameError, PackedFrameReader, close_frame, frame_of
from .socket_messages import Close
from .socket_protocols import SocketProtocol

_BYTES_A_MESSAGE: Final = 16 * 1024


class CompressedSocketProtocol(SocketProtocol):
    """One upgraded connection, compressed or not, as its client offered.

    A few bytes of a client can become many. They stay few while the session does not read, and a long message counts as
    several in the client's budget.
    """

    __slots__ = ("_held", "_window")

    def __init__(
        self, config: Any, server_state: Any, app_state: dict[str, Any], _loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._window = 0
        self._held: list[tuple[int, bytes]] | None = None

    def agree(self, offered: str) -> str | None:
        """Compress, where that was offered in a way that can be kept."""
        agreement = agreement_of(offered)
        if agreement is None:
            return None
        self._window = agreement.window
        self._reader = PackedFrameReader(self._reader.max_bytes)
        return agreement.told

    def data_received(self, data: bytes) -> None:
        """Bytes of the handshake, then frames."""
        if not self._window or self._handshake is not None:
            super().data_received(data)
            return
        try:
            arrived = self._reader.feed(data)
        except FrameError as error:
            self._end(close_frame(error.code, error.reason))
            return
        self._held = arrived if self._held is None else self._held + arrived
        self._hear_held()

    def write(self, text: bytes) -> None:
        """Send one text message."""
        if self._window and len(text) >= SHORTEST and not self._is_closing:
            packed = deflated(text, self._window)
            if len(packed) < len(text):
                self._transport.write(frame_of(TEXT | PACKED, packed))
                return
        super().write(text)

    def write_shared(self, before: bytes, frame: Frame) -> None:
        """Send a message of a group, which is compressed once."""
        if not self._window:
            super().write_shared(before, frame)
            return
        head, rest = packed_event(frame, self._window).tail(len(before))
        self._transport.write(head + before + rest)

    def resume(self) -> None:
        """Read on."""
        super().resume()
        self._hear_held()

    def close(self, close: Close) -> None:
        """Say why, and wait a moment for the client's own close, which may be there already."""
        super().close(close)
        self._hear_held()

    def _hear_held(self) -> None:
        """Hear what has arrived for as long as the session reads; the rest waits as it came."""
        held, self._held = self._held or [], None
        try:
            for number, (opcode, payload) in enumerate(held):
                if not self._is_closing and not self._transport.is_reading():
                    self._held = held[number:]
                    return
                self._hear(opcode, payload)
        except FrameError as error:
            self._end(close_frame(error.code, error.reason))

    def _hear(self, opcode: int, payload: bytes) -> None:
        session = self._session
        if opcode != TEXT | PACKED or session is None or self._is_closing:
            super()._hear(opcode, payload)
            return
        text = inflated(payload, self._reader.max_bytes)
        if all(session.heard() for _ in range(len(text) // _BYTES_A_MESSAGE)):
            super()._hear(TEXT, text)
