"""The bytes of RFC 6455, strictly: whatever way they are cut, and whatever a client must not send."""

import struct
from random import Random

import pytest
from websockets.frames import Frame, Opcode

from transport.socket_frames import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    FrameError,
    FrameReader,
    close_frame,
    echo_of,
    frame_of,
    head_of,
)


def masked(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    return Frame(Opcode(opcode), payload, fin).serialize(mask=True)


def read(data: bytes, *, step: int, most: int = 100_000) -> list[tuple[int, bytes]]:
    reader = FrameReader(most)
    return [found for at in range(0, len(data), step) for found in reader.feed(data[at : at + step])]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 64, 10_000_000])
def test_messages_are_read_however_the_bytes_are_cut(step: int) -> None:
    chance = Random(step)
    sent: list[tuple[int, bytes]] = []
    data = b""
    for size in (0, 1, 125, 126, 127, 1000, 65_535, 65_536, 70_000) if step > 3 else (0, 1, 125, 126, 300):
        payload = chance.randbytes(size)
        kind = chance.choice((TEXT, BINARY))
        sent.append((kind, payload))
        data += masked(kind, payload)
    assert read(data, step=step) == sent


@pytest.mark.parametrize("step", [1, 5, 100_000])
def test_fragments_are_joined_around_control_frames(step: int) -> None:
    data = masked(TEXT, b"one ", fin=False) + masked(PING, b"?") + masked(0, b"two ", fin=False)
    data += masked(PONG, b"!") + masked(0, b"three") + masked(TEXT, b"next")
    assert read(data, step=step) == [(PING, b"?"), (PONG, b"!"), (TEXT, b"one two three"), (TEXT, b"next")]


INVALID = {
    "unmasked": (Frame(Opcode.TEXT, b"x").serialize(mask=False), 1002),
    "reserved bits": (b"\xc1\x80\0\0\0\0", 1002),
    "unknown data opcode": (b"\x83\x80\0\0\0\0", 1002),
    "unknown control opcode": (b"\x8b\x80\0\0\0\0", 1002),
    "fragmented ping": (b"\x09\x80\0\0\0\0", 1002),
    "long ping": (b"\x89\xfe\x00\x7e\0\0\0\0", 1002),
    "continuation of nothing": (masked(0, b"x"), 1002),
    "text within text": (masked(TEXT, b"a", fin=False) + masked(TEXT, b"b"), 1002),
    "too long": (b"\x81\xff" + struct.pack("!Q", 2**62), 1009),
    "too long in fragments": (masked(TEXT, b"a" * 60_000, fin=False) + masked(0, b"a" * 60_000), 1009),
}


@pytest.mark.parametrize("case", INVALID)
def test_what_no_client_may_send_ends_the_connection_before_it_is_kept(case: str) -> None:
    data, code = INVALID[case]
    with pytest.raises(FrameError) as refused:
        read(data, step=100_000)
    assert refused.value.code == code


def test_an_incomplete_frame_is_kept_without_being_copied_again_and_again() -> None:
    reader = FrameReader(300_000)
    data = masked(TEXT, b"x" * 200_000)
    assert [found for at in range(len(data)) for found in reader.feed(data[at : at + 1])] == [(TEXT, b"x" * 200_000)]


def test_empty_fragments_take_no_memory() -> None:
    reader = FrameReader(1000)
    assert reader.feed(masked(TEXT, b"", fin=False) + masked(0, b"", fin=False) * 10_000) == []
    assert reader.feed(masked(0, b"end")) == [(TEXT, b"end")]


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_our_frames_are_those_of_the_library(size: int) -> None:
    payload = b"x" * size
    assert frame_of(TEXT, payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)
    assert head_of(TEXT, size) + payload == frame_of(TEXT, payload)


def test_a_close_is_echoed_with_its_code_and_a_malformed_one_refused() -> None:
    assert echo_of(b"") == b"\x88\x00"
    assert echo_of(struct.pack("!H", 4409) + b"x") == b"\x88\x02" + struct.pack("!H", 4409)
    assert close_frame(1012, "x" * 200) == frame_of(CLOSE, struct.pack("!H", 1012) + b"x" * 123)
    for payload in (b"\x03", struct.pack("!H", 999), struct.pack("!H", 1005), struct.pack("!H", 1000) + b"\xff"):
        with pytest.raises(FrameError):
            echo_of(payload)
