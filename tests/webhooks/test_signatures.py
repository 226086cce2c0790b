"""Which webhook calls count as signed (W2, W3)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.signatures import TOLERANCE, is_signed, sign

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
BODY = b'{"_id":"listing-1","_type":"listing"}'
SECRET = "s3cret"


def test_a_signature_made_by_the_senders_own_library_is_accepted() -> None:
    # From @sanity/webhook: encodeSignatureHeader('{"_id":"resume"}', 1633519811129, 'test')
    header = "t=1633519811129,v1=tLa470fx7qkLLEcMOcEUFuBbRSkGujyskxrNXcoh0N0"
    body = b'{"_id":"resume"}'
    now = datetime.fromtimestamp(1633519811.129, UTC)
    assert is_signed(header, body, ["test"], now=now)
    assert sign(body, "test", at=now) == header


@given(body=st.binary(min_size=1, max_size=200), secret=st.text(min_size=1, max_size=40), skew=st.integers(-300, 300))
def test_what_was_signed_within_five_minutes_is_accepted(body: bytes, secret: str, skew: int) -> None:
    secret = secret.encode(errors="replace").decode()
    header = sign(body, secret, at=NOW + timedelta(seconds=skew))
    assert is_signed(header, body, [secret], now=NOW)


@given(position=st.integers(0, len(BODY) - 1), flip=st.integers(1, 255))
def test_a_changed_byte_is_refused(position: int, flip: int) -> None:
    changed = bytearray(BODY)
    changed[position] ^= flip
    assert not is_signed(sign(BODY, SECRET, at=NOW), bytes(changed), [SECRET], now=NOW)


@pytest.mark.parametrize("skew", [timedelta(seconds=301), timedelta(seconds=-301), timedelta(days=400)])
def test_a_signature_further_off_than_the_tolerance_is_refused(skew: timedelta) -> None:
    assert abs(skew) > TOLERANCE
    assert not is_signed(sign(BODY, SECRET, at=NOW + skew), BODY, [SECRET], now=NOW)


def test_both_secrets_are_valid_while_one_replaces_the_other() -> None:
    old, new = sign(BODY, "old", at=NOW), sign(BODY, "new", at=NOW)
    assert is_signed(old, BODY, ["new", "old"], now=NOW)
    assert is_signed(new, BODY, ["new", "old"], now=NOW)
    assert not is_signed(old, BODY, ["new"], now=NOW)


def test_an_empty_secret_signs_nothing() -> None:
    assert not is_signed(sign(BODY, "", at=NOW), BODY, [""], now=NOW)


def _variants(header: str) -> list[str]:
    stamp, digest = header.split(",")
    return [
        "",
        stamp,
        digest,
        f"{stamp}, {digest}",
        f"{stamp},{digest}=",
        f"{stamp},{digest[:-1]}",
        f"{stamp},{digest}{digest[-1]}",
        f" {header}",
        f"{header}\n",
        f"{digest},{stamp}",
        f"{stamp},v2{digest[2:]}",
        f"{stamp.replace('=', '=+')},{digest}",
        f"{stamp.replace('=', '=0')},{digest}",
        header.upper(),
        f"{stamp},{digest},{digest}",
        header.replace("1", "\u0661"),
    ]


@pytest.mark.parametrize("header", _variants(sign(BODY, SECRET, at=NOW)))
def test_a_header_of_another_form_is_refused(header: str) -> None:
    assert not is_signed(header, BODY, [SECRET], now=NOW)


def test_a_missing_header_and_an_empty_body_are_refused() -> None:
    assert not is_signed(None, BODY, [SECRET], now=NOW)
    assert not is_signed(sign(b"", SECRET, at=NOW), b"", [SECRET], now=NOW)
