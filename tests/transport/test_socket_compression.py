"""permessage-deflate byte by byte: what is agreed upon, what zlib and the library make of our bytes, and bombs."""

import tracemalloc
import zlib
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame as LibraryFrame
from websockets.frames import Opcode

from transport import socket_compression
from transport.answers import Answer
from transport.group_members import Frame
from transport.socket_compression import SHORTEST, agreement_of, deflated, inflated, packed_event
from transport.socket_frames import PACKED, PING, TEXT, FrameError, FrameReader, PackedFrameReader

WINDOWS = range(9, 16)
PLAIN = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
OFFERS = {
    "": None,
    "permessage-deflate": (PLAIN, 15),
    " permessage-deflate ": (PLAIN, 15),
    "permessage-deflate; client_max_window_bits": (PLAIN, 15),
    "permessage-deflate;client_max_window_bits=8": (PLAIN, 15),
    "permessage-deflate; client_max_window_bits=15; server_no_context_takeover": (PLAIN, 15),
    "permessage-deflate; client_no_context_takeover": (PLAIN, 15),
    "permessage-deflate; server_max_window_bits=15": (f"{PLAIN}; server_max_window_bits=15", 15),
    "permessage-deflate; server_max_window_bits=9": (f"{PLAIN}; server_max_window_bits=9", 9),
    'permessage-deflate; server_max_window_bits="10"': (f"{PLAIN}; server_max_window_bits=10", 10),
    'permessage-deflate; server_max_window_bits="1\\0"': (f"{PLAIN}; server_max_window_bits=10", 10),
    # No window of 8 bits, none that RFC 7692 does not know, and no value where it wants one or knows none.
    "permessage-deflate; server_max_window_bits=8": None,
    "permessage-deflate; server_max_window_bits=7": None,
    "permessage-deflate; server_max_window_bits=16": None,
    "permessage-deflate; server_max_window_bits=09": None,
    "permessage-deflate; server_max_window_bits": None,
    "permessage-deflate; server_max_window_bits=wide": None,
    "permessage-deflate; client_max_window_bits=7": None,
    "permessage-deflate; client_max_window_bits=012": None,
    "permessage-deflate; server_no_context_takeover=1": None,
    "permessage-deflate; client_no_context_takeover=true": None,
    # Nothing twice, nothing unknown.
    "permessage-deflate; client_max_window_bits; client_max_window_bits": None,
    "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10": None,
    "permessage-deflate; level=9": None,
    "x-webkit-deflate-frame": None,
    "permessage-bzip2, permessage-lzma; level=9": None,
    # The first that can be kept.
    "x-other; a=b, permessage-deflate": (PLAIN, 15),
    "permessage-deflate; server_max_window_bits=8, permessage-deflate; server_max_window_bits=12": (
        f"{PLAIN}; server_max_window_bits=12",
        12,
    ),
    "permessage-deflate; new=1, permessage-deflate; client_max_window_bits, permessage-deflate": (PLAIN, 15),
    ", permessage-deflate,,": (PLAIN, 15),
    # What is no list of extensions offers nothing.
    "permessage-deflate;": None,
    "permessage-deflate; =9": None,
    'permessage-deflate; server_max_window_bits="10': None,
    'permessage-deflate; server_max_window_bits="1 0"': None,
    "permessage-deflate permessage-deflate": None,
    "permessage-deflate; server_max_window_bits=\xe9": None,
    ",": None,
    ";": None,
    "\x00": None,
}


@pytest.mark.parametrize("offer", OFFERS)
def test_an_offer_is_kept_to_the_letter_or_declined(offer: str) -> None:
    assert agreement_of(offer) == OFFERS[offer]


@given(some.text('permsag-dflt;=, "\\_09158\x00\xff', max_size=200))
def test_no_header_of_a_client_is_a_fault(offer: str) -> None:
    agreement_of(offer)


def event(encoded: bytes) -> Frame:
    return Frame(Answer(body={"data": None}, status=200, encoded=encoded), 1, None, restarts=False)


def unpacked(payload: bytes, window: int) -> bytes:
    """What zlib makes of a payload with no more of a memory than the window."""
    unpacker = zlib.decompressobj(-window)
    rest, text = payload + b"\x00\x00\xff\xff", b""
    while rest:
        text += unpacker.decompress(rest, 64)
        rest = unpacker.unconsumed_tail
    return text + unpacker.flush()


TEXTS = some.builds(
    lambda parts, times: b"".join(parts) * times,
    some.lists(some.binary(max_size=300) | some.sampled_from((b'{"data":{"lines":', b"a" * 700)), max_size=12),
    some.integers(0, 8),
)


@given(some.binary(max_size=800), TEXTS, some.sampled_from(WINDOWS))
@settings(deadline=None)
def test_whatever_stands_before_whatever_event_arrives_as_it_was(before: bytes, encoded: bytes, window: int) -> None:
    head, rest = packed_event(event(encoded), window).tail(len(before))
    data = head + before + rest
    whole = before + (encoded or b"null") + b"}"
    is_packed = bool(data[0] & PACKED)
    assert len(data) <= len(whole) + 10
    size = {126: 4, 127: 10}.get(data[1], 2)
    payload = data[size:]
    assert int.from_bytes(data[2:size]) in (0, len(payload)), "the length is that of the payload"
    assert (unpacked(payload, window) if is_packed else payload) == whole
    judge = PerMessageDeflate(
        remote_no_context_takeover=True,
        local_no_context_takeover=True,
        remote_max_window_bits=window,
        local_max_window_bits=15,
    )
    assert judge.decode(LibraryFrame(Opcode.TEXT, payload, rsv1=is_packed)).data == whole


@given(TEXTS, some.sampled_from(WINDOWS))
@settings(deadline=None)
def test_what_is_packed_within_a_window_is_unpacked_within_it_and_by_ourselves(text: bytes, window: int) -> None:
    packed = deflated(text, window)
    assert unpacked(packed, window) == text
    assert inflated(packed, len(text)) == text


def test_a_window_that_is_too_narrow_for_a_message_is_noticed_by_these_tests() -> None:
    text = Random(1).randbytes(5_000) * 2
    with pytest.raises(zlib.error):
        unpacked(deflated(text, 15), 9)
    assert unpacked(deflated(text, 9), 9) == text


def test_an_event_is_compressed_once_whatever_the_ids_and_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def counted(text: bytes, window: int) -> bytes:
        made.append(window)
        return deflated(text, window)

    monkeypatch.setattr(socket_compression, "deflated", counted)
    frame = event(b'{"data":"' + b"x" * 1_000 + b'"}')
    bodies = {
        id(packed_event(frame, window).tail(before)[1]) for window in (15, 12, 15, 11) for before in range(60, 90)
    }
    assert (len(bodies), len(made)) == (1, 1)
    packed_event(frame, 9).tail(60)
    assert made == [10, 9], "only a window that does not hold the event has it compressed for itself"


def test_what_is_short_or_cannot_be_packed_stays_as_it_is() -> None:
    for encoded in (b"x" * (SHORTEST - 2), zlib.compress(b"".join(b"%d" % each for each in range(900)))):
        head, rest = packed_event(event(encoded), 15).tail(70)
        assert head[0] == 0x80 | TEXT
        assert rest == encoded + b"}"
    head, _ = packed_event(event(b"x" * (SHORTEST - 1)), 15).tail(70)
    assert head[0] == 0x80 | TEXT | PACKED


def finished(text: bytes) -> bytes:
    return zlib.compress(text, wbits=-15)


HELLO = {
    "one block": bytes.fromhex("f248cdc9c90700"),
    "stored": bytes.fromhex("000500faff48656c6c6f00"),
    "a last block": bytes.fromhex("f348cdc9c9070000"),
    "two blocks": bytes.fromhex("f248050000 00ffffcac9c90700"),
    "last blocks that follow each other": finished(b"He") + finished(b"") + finished(b"llo") + b"\0",
}


@pytest.mark.parametrize("case", HELLO)
def test_every_form_that_the_rfc_shows_is_read(case: str) -> None:
    assert inflated(HELLO[case], 5) == b"Hello"


def test_a_block_behind_a_last_one_may_point_back_before_it() -> None:
    first = zlib.compressobj(6, zlib.DEFLATED, -15)
    start = first.compress(b"a long way back " * 4) + first.flush(zlib.Z_FINISH)
    second = zlib.compressobj(6, zlib.DEFLATED, -15, zdict=b"a long way back " * 4)
    end = second.compress(b"a long way back ") + second.flush(zlib.Z_SYNC_FLUSH)
    assert inflated(start + end.removesuffix(b"\x00\x00\xff\xff"), 1_000) == b"a long way back " * 5


def refused(payload: bytes, most: int = 1_000) -> int:
    with pytest.raises(FrameError) as told:
        inflated(payload, most)
    return told.value.code


@given(TEXTS.filter(bool), some.data())
@settings(deadline=None)
def test_half_a_message_is_none(text: bytes, data: some.DataObject) -> None:
    packed = deflated(text, 15)
    assert refused(packed[: data.draw(some.integers(0, len(packed) - 1))], 100_000_000) == 1007


BROKEN = {
    "nothing": b"",
    "no such block": b"\xff\xff\xff",
    "points before its beginning": bytes.fromhex("4a040a00"),
    "a last block without the octet behind it": bytes.fromhex("f348cdc9c90700"),
    "last blocks without end": b"\x03\x00" * 5_000 + b"\x00",
    "gzip": zlib.compress(b"Hello" * 100, wbits=31),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_compressed_message_is_refused(case: str) -> None:
    assert refused(BROKEN[case]) == 1007


@given(some.binary(min_size=1, max_size=400))
def test_random_bytes_are_a_message_within_the_bound_or_refused(payload: bytes) -> None:
    with suppress(FrameError):
        assert len(inflated(payload, 1_000)) <= 1_000


@pytest.mark.parametrize("size", [1, 999, 1_000, 65_536])
def test_the_bound_is_exact(size: int) -> None:
    packed = deflated(b"x" * size, 15)
    assert inflated(packed, size) == b"x" * size
    assert refused(packed, size - 1) == 1009


def test_a_bomb_never_becomes_more_than_the_bound() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = bytes(1 << 20)
    bomb = b"".join(packer.compress(block) for _ in range(200)) + packer.flush(zlib.Z_SYNC_FLUSH)
    assert len(bomb) < 250_000, "200 MB"
    tracemalloc.start()
    try:
        assert refused(bomb[:-4], 500_000) == 1009
        assert tracemalloc.get_traced_memory()[1] < 3 * (500_000 + len(bomb)), "pieces, and the whole of them"
    finally:
        tracemalloc.stop()


def masked(opcode: Opcode, payload: bytes, *, fin: bool = True, rsv1: bool = False) -> bytes:
    data = LibraryFrame(opcode, payload, fin).serialize(mask=True)
    return bytes((data[0] | rsv1 << 6,)) + data[1:]


@pytest.mark.parametrize("step", [1, 5, 100_000])
def test_fragments_of_a_compressed_message_are_joined_around_control_frames(step: int) -> None:
    packed = deflated(b"one two three " * 30, 15)
    data = masked(Opcode.TEXT, packed[:7], fin=False, rsv1=True) + masked(Opcode.PING, b"?")
    data += masked(Opcode.CONT, packed[7:20], fin=False) + masked(Opcode.CONT, packed[20:])
    data += masked(Opcode.TEXT, b"plain") + masked(Opcode.TEXT, packed, rsv1=True)
    reader = PackedFrameReader(1_000)
    read = [found for at in range(0, len(data), step) for found in reader.feed(data[at : at + step])]
    assert read == [(PING, b"?"), (TEXT | PACKED, packed), (TEXT, b"plain"), (TEXT | PACKED, packed)]


FORBIDDEN = {
    "on a continuation": masked(Opcode.TEXT, b"a", fin=False, rsv1=True) + masked(Opcode.CONT, b"b", rsv1=True),
    "on a continuation of nothing": masked(Opcode.CONT, b"b", rsv1=True),
    "on a continuation of a plain message": masked(Opcode.TEXT, b"a", fin=False) + masked(Opcode.CONT, b"b", rsv1=True),
    "on a ping": masked(Opcode.PING, b"", rsv1=True),
    "on a close": masked(Opcode.CLOSE, b"", rsv1=True),
    "on an unknown kind": b"\xc3\x80\0\0\0\0",
    "beside others": b"\xe1\x80\0\0\0\0",
    "another": b"\xa1\x80\0\0\0\0",
}


@pytest.mark.parametrize("case", FORBIDDEN)
def test_the_bit_of_compression_stands_at_a_messages_beginning_only(case: str) -> None:
    with pytest.raises(FrameError) as told:
        PackedFrameReader(1_000).feed(FORBIDDEN[case])
    assert told.value.code == 1002


def test_nobody_is_read_who_did_not_agree_upon_compression() -> None:
    with pytest.raises(FrameError) as told:
        FrameReader(1_000).feed(masked(Opcode.TEXT, deflated(b"x", 15), rsv1=True))
    assert told.value.code == 1002
