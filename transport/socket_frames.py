"""WebSocket frames (RFC 6455) as bytes: strict reading of a client's frames, and the frames that we send."""

from typing import ClassVar, Final

from websockets.frames import CloseCode
from websockets.utils import apply_mask

CONTINUATION: Final = 0
TEXT: Final = 1
BINARY: Final = 2
CLOSE: Final = 8
PING: Final = 9
PONG: Final = 10
PACKED: Final = 0x40
"""Added to a kind where RSV1 stands at its first frame: what is said is compressed."""
_LONGEST_CONTROL: Final = 125
_FIN: Final = 0x80


class FrameError(Exception):
    """Bytes that end the connection, with the close code that says why."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class FrameReader:
    """Takes bytes as they arrive and gives whole messages and control frames; keeps only what is incomplete."""

    __slots__ = ("_buffer", "_kind", "_message", "max_bytes")

    _kinds: ClassVar = frozenset({CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG})
    """What a first byte may say beside whether its frame is the last one."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._buffer: bytearray | None = None
        self._message: bytearray | None = None
        self._kind = CONTINUATION

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """The messages and control frames that are complete now; FrameError for what no client may send."""
        arrived: bytes | bytearray = data
        if self._buffer is not None:
            self._buffer += data
            arrived = self._buffer
        found: list[tuple[int, bytes]] = []
        at = 0
        while (frame := self._frame(arrived, at)) is not None:
            opcode, is_final, start, at = frame
            payload = apply_mask(bytes(arrived[start + 4 : at]), bytes(arrived[start : start + 4]))
            if opcode & CLOSE:
                found.append((opcode, payload))
            elif (message := self._join(opcode, payload, is_final=is_final)) is not None:
                found.append(message)
        if at == len(arrived):
            self._buffer = None
        elif self._buffer is not None:
            del self._buffer[:at]
        else:
            self._buffer = bytearray(arrived[at:])
        return found

    def _frame(self, data: bytes | bytearray, at: int) -> tuple[int, bool, int, int] | None:
        """Opcode, whether it is final, where its mask starts and where it ends; None for one that is incomplete."""
        if len(data) - at < 2:
            return None
        first, size, start = data[at], data[at + 1], at + 2
        opcode, is_final = first & 0x7F, bool(first & _FIN)
        if opcode not in self._kinds or not size & 0x80:
            raise FrameError(CloseCode.PROTOCOL_ERROR, "Invalid frame")
        size &= 0x7F
        if opcode & CLOSE and (not is_final or size > _LONGEST_CONTROL):
            raise FrameError(CloseCode.PROTOCOL_ERROR, "Invalid control frame")
        if size > _LONGEST_CONTROL:
            width = 2 if size == 126 else 8
            if len(data) < start + width:
                return None
            size = int.from_bytes(data[start : start + width])
            start += width
        if size + (len(self._message) if self._message is not None else 0) > self.max_bytes:
            raise FrameError(CloseCode.MESSAGE_TOO_BIG, "Message too big")
        end = start + 4 + size
        return (opcode, is_final, start, end) if len(data) >= end else None

    def _join(self, opcode: int, payload: bytes, *, is_final: bool) -> tuple[int, bytes] | None:
        if (opcode == CONTINUATION) != (self._message is not None):
            raise FrameError(CloseCode.PROTOCOL_ERROR, "Invalid continuation")
        if opcode != CONTINUATION:
            if is_final:
                return opcode, payload
            self._kind, self._message = opcode, bytearray()
        message = self._message
        if message is None:
            return None
        message += payload
        if not is_final:
            return None
        self._message = None
        return self._kind, bytes(message)


class PackedFrameReader(FrameReader):
    """Lets whole messages be compressed, and gives them as they came: their kind says so."""

    __slots__ = ()

    _kinds: ClassVar = FrameReader._kinds | {TEXT | PACKED, BINARY | PACKED}  # noqa: SLF001  # its own base


def head_of(opcode: int, size: int) -> bytes:
    """What stands before a payload of ours: one final, unmasked frame."""
    if size <= _LONGEST_CONTROL:
        return bytes((_FIN | opcode, size))
    if size < 1 << 16:
        return bytes((_FIN | opcode, 126)) + size.to_bytes(2)
    return bytes((_FIN | opcode, 127)) + size.to_bytes(8)


def frame_of(opcode: int, payload: bytes) -> bytes:
    """One frame."""
    return head_of(opcode, len(payload)) + payload


def close_frame(code: int, reason: str) -> bytes:
    """The frame that says why we close."""
    return frame_of(CLOSE, code.to_bytes(2) + reason.encode()[: _LONGEST_CONTROL - 2])


def echo_of(payload: bytes) -> bytes:
    """The answer to a client's close frame; FrameError for one that is malformed."""
    if not payload:
        return frame_of(CLOSE, b"")
    code = int.from_bytes(payload[:2])
    is_ours_to_use = 1000 <= code < 5000 and code not in {1004, 1005, 1006, 1015} and not 1015 < code < 3000
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        is_ours_to_use = False
    if len(payload) < 2 or not is_ours_to_use:
        raise FrameError(CloseCode.PROTOCOL_ERROR, "Invalid close frame")
    return frame_of(CLOSE, payload[:2])
