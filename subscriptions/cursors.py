"""Cursors of live streams: opaque and signed, naming a topic, the generation of its numbering, and a sequence."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from domain.problems import BadInputError

_SIGNATURE_BYTES = 12
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class StreamCursor:
    """A place in a topic: everything up to and including `seq` has been seen."""

    topic: str
    generation: int
    seq: int


def write_cursor(cursor: StreamCursor, secret: bytes) -> str:
    """The cursor as a client keeps it."""
    body = f"{cursor.topic}|{cursor.generation}|{cursor.seq}".encode()
    return base64.urlsafe_b64encode(_sign(body, secret) + body).decode().rstrip("=")


def read_cursor(text: str, secret: bytes, *, topic: str) -> StreamCursor:
    """The cursor a client sends back; BAD_CURSOR for one that we did not make for this topic."""
    problem = BadInputError("BAD_CURSOR", "The cursor was not made by this stream; leave it out to start anew.")
    if len(text) > _LONGEST:
        raise problem
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        found_topic, generation, seq = body.decode().rsplit("|", 2)
        cursor = StreamCursor(found_topic, int(generation), int(seq))
    except (binascii.Error, ValueError):
        raise problem from None
    if not hmac.compare_digest(signature, _sign(body, secret)) or cursor.topic != topic or cursor.seq < 0:
        raise problem
    return cursor


def _sign(body: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, b"cursor|" + body, hashlib.sha256)[:_SIGNATURE_BYTES]
