"""permessage-deflate (RFC 7692) without a memory between messages: what is agreed, and messages packed and unpacked."""

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from websockets.exceptions import InvalidHeaderFormat
from websockets.frames import CloseCode
from websockets.headers import parse_extension

from .socket_frames import PACKED, TEXT, FrameError, head_of

if TYPE_CHECKING:
    from .group_members import Frame

SHORTEST: Final = 256
"""Shorter messages stay as they are: packing would save a fifth of them at most, and less of their packets."""
_EXTENSION: Final = "permessage-deflate"
_WIDEST: Final = 15
_NARROWEST: Final = 9
_WINDOWS: Final = frozenset(str(bits) for bits in range(8, _WIDEST + 1))
_PARAMETERS: Final = {
    "server_no_context_takeover": frozenset({None}),
    "client_no_context_takeover": frozenset({None}),
    # zlib packs no bare deflate for a window of 8 bits; it unpacks all.
    "server_max_window_bits": _WINDOWS - {"8"},
    "client_max_window_bits": _WINDOWS | {None},
}
# Level 6 packs 4 kB by two hundredths more, 100 kB by three, and takes up to 2.6 times as long. The tables of zlib are
# small enough to be had from the heap; it would ask the system for larger ones each time.
_LEVEL: Final = 3
_MEMORY: Final = 5
_FLUSHED: Final = b"\x00\x00\xff\xff"
_FINAL_BLOCK: Final = b"\x03\x00"
_MOST_FINAL_BLOCKS: Final = 16
_WINDOW_BYTES: Final = 1 << _WIDEST


class Agreement(NamedTuple):
    """What the handshake answers, and how wide a window we may use."""

    told: str
    window: int


def agreement_of(offered: str) -> Agreement | None:
    """The first of a client's offers that can be kept; None where there is none, and the socket is not compressed."""
    try:
        offers = parse_extension(offered.strip())
    except InvalidHeaderFormat:
        return None
    for name, parameters in offers:
        if name == _EXTENSION and _can_be_kept(parameters):
            told = f"{_EXTENSION}; server_no_context_takeover; client_no_context_takeover"
            asked = dict(parameters).get("server_max_window_bits")
            if asked is None:
                return Agreement(told, _WIDEST)
            return Agreement(f"{told}; server_max_window_bits={asked}", int(asked))
    return None


def _can_be_kept(parameters: Sequence[tuple[str, str | None]]) -> bool:
    is_known = all(value in _PARAMETERS.get(name, ()) for name, value in parameters)
    return is_known and len(dict(parameters)) == len(parameters)


def deflated(text: bytes, window: int) -> bytes:
    """A message compressed by itself, as frames carry it."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -_bits(text, window), _MEMORY)
    return (packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH)).removesuffix(_FLUSHED)


def _bits(text: bytes, window: int) -> int:
    """The narrowest window that holds a whole text, within the one that was agreed: a wider one only costs memory."""
    return min(window, max(_NARROWEST, (len(text) - 1).bit_length()))


def inflated(payload: bytes, most: int) -> bytes:
    """A client's message of at most so many bytes, of which no more than one too many is ever made.

    FrameError for a longer one and for what is no whole message. Blocks of any kind may follow each other; after one
    that says to be the last of its stream zlib begins anew, which is only done so often.
    """
    text = b""
    # A last block of ours is found by zlib only behind a message that is whole.
    rest = payload + _FLUSHED + _FINAL_BLOCK
    for _ in range(_MOST_FINAL_BLOCKS):
        unpacker = zlib.decompressobj(-_WIDEST, text[-_WINDOW_BYTES:])
        try:
            more = unpacker.decompress(rest, most + 1 - len(text))
        except zlib.error:
            break
        text = text + more if text else more
        if len(text) > most:
            raise FrameError(CloseCode.MESSAGE_TOO_BIG, "Message too big")
        rest = unpacker.unused_data
        if not rest:
            if unpacker.eof:
                return text
            break
    raise FrameError(CloseCode.INVALID_DATA, "Invalid compressed message")


class PackedEvent:
    """A group's event, compressed once for all sockets of a window.

    What stands before its payload differs from socket to socket and precedes it as a block that is only stored: a
    message's compressed form is a row of blocks, each of which may be made by itself.
    """

    __slots__ = ("_body", "_heads", "_is_packed")

    def __init__(self, rest: bytes, bits: int) -> None:
        packed = deflated(rest, bits) if len(rest) >= SHORTEST else rest
        self._is_packed = len(packed) + len(_stored(0)) < len(rest)
        self._body = packed if self._is_packed else rest
        self._heads: dict[int, bytes] = {}

    def tail(self, before: int) -> tuple[bytes, bytes]:
        """What precedes and what follows so many bytes of a socket's own; made once for each length."""
        head = self._heads.get(before)
        if head is None:
            head = self._heads[before] = self._head(before)
        return head, self._body

    def _head(self, before: int) -> bytes:
        if not self._is_packed:
            return head_of(TEXT, before + len(self._body))
        stored = _stored(before)
        return head_of(TEXT | PACKED, len(stored) + before + len(self._body)) + stored


def packed_event(frame: "Frame", window: int) -> PackedEvent:
    """The event of a frame for sockets of this window; those whose windows make no difference share one."""
    known = frame.packed
    if known is None:
        known = frame.packed = {}
    made = known.get(window)
    if made is None:
        rest = (frame.answer.encoded or b"null") + b"}"
        bits = _bits(rest, window)
        made = known.get(bits)
        if made is None:
            made = known[bits] = PackedEvent(rest, bits)
        known[window] = made
    return made


def _stored(size: int) -> bytes:
    """The head of a block that holds so many bytes as they are."""
    return b"\x00" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little")
