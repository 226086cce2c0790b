"""Reads compact signed tokens and judges their claims, without any I/O."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from datasources.identity.issuers import TrustedIssuer
from datasources.identity.records import Identity, TokenProblem, TokenRefused

LEEWAY = timedelta(seconds=30)
LONGEST_TOKEN = 8_192
LONGEST_ID = 255
MOST_ROLES = 50
LAST_MOMENT = 253_402_300_799
"""The last second of the year 9999: later ones are no dates."""

SEGMENT = re.compile(r"[A-Za-z0-9_-]+")
HEADER_PARAMETERS = frozenset({"alg", "kid", "typ", "cty", "cat"})
"""Everything else is refused: crit, b64, jku, jwk, x5u, x5c and x5t try to change how or with what we verify."""
TOKEN_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """What a token says of itself before anything is known to be true."""

    algorithm: str
    kid: str
    issuer: str


def read_unverified(token: str) -> UnverifiedToken | TokenRefused:
    """Who claims to have signed it, and how; refuses every shape and header parameter that is not needed."""
    segments = token.split(".") if len(token) <= LONGEST_TOKEN else []
    if len(segments) != 3 or not all(SEGMENT.fullmatch(segment) for segment in segments[:2]):
        return TokenRefused(TokenProblem.MALFORMED)
    header, claims = (_json_object(segment) for segment in segments[:2])
    if header is None or claims is None:
        return TokenRefused(TokenProblem.MALFORMED)
    if set(header) - HEADER_PARAMETERS or not all(isinstance(value, str) for value in header.values()):
        return TokenRefused(TokenProblem.FORBIDDEN_HEADER)
    if "alg" not in header or header.get("typ", "JWT").lower() not in TOKEN_TYPES:
        return TokenRefused(TokenProblem.MALFORMED)
    issuer, kid = claims.get("iss"), header.get("kid", "")
    if not isinstance(issuer, str):
        return TokenRefused(TokenProblem.UNKNOWN_ISSUER)
    if not 0 < len(kid) <= LONGEST_ID:
        return TokenRefused(TokenProblem.UNKNOWN_KEY)
    return UnverifiedToken(algorithm=header["alg"], kid=kid, issuer=issuer)


def judge_claims(claims: Claims, issuer: TrustedIssuer, now: datetime) -> Identity | TokenRefused:
    """The identity in the claims of a token whose signature is good (RFC 7519 section 4.1), with 30 s of leeway."""
    expires_at, subject = _moment(claims.get("exp")), claims.get("sub")
    starts = [_moment(claims[name]) for name in ("nbf", "iat") if name in claims]
    if expires_at is None or None in starts:
        return TokenRefused(TokenProblem.MALFORMED)
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_ID:
        return TokenRefused(TokenProblem.MALFORMED)
    if claims.get("iss") != issuer.issuer:
        return TokenRefused(TokenProblem.UNKNOWN_ISSUER)
    if not _is_for_us(claims, issuer):
        return TokenRefused(TokenProblem.WRONG_AUDIENCE)
    if now - LEEWAY >= expires_at:
        return TokenRefused(TokenProblem.EXPIRED)
    if any(start is not None and now + LEEWAY < start for start in starts):
        return TokenRefused(TokenProblem.NOT_YET_VALID)
    return Identity(
        issuer=issuer.issuer,
        subject=subject,
        roles=_roles(claims, issuer.roles_path),
        expires_at=expires_at,
        # An address that the issuer itself has not verified may be somebody else's.
        email=_text(claims.get(issuer.email_claim)) if claims.get("email_verified") is not False else None,
        name=_text(claims.get(issuer.name_claim)),
    )


def _json_object(segment: str) -> dict[str, Any] | None:
    try:
        parsed = orjson.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (binascii.Error, ValueError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _moment(seconds: object) -> datetime | None:
    """A NumericDate as a time, or None where it is none."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    if not 0 <= seconds <= LAST_MOMENT:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _is_for_us(claims: Claims, issuer: TrustedIssuer) -> bool:
    named = claims.get("aud")
    audiences: Sequence[object] = named if isinstance(named, list) else [named]
    is_audience_right = not issuer.audiences or any(audience in issuer.audiences for audience in audiences)
    return is_audience_right and (not issuer.authorized_parties or claims.get("azp") in issuer.authorized_parties)


def _roles(claims: Claims, path: tuple[str, ...]) -> tuple[str, ...]:
    """The roles found at that path: a list of texts or one text with spaces; anything else gives no role at all."""
    found: object = claims
    for step in path:
        found = found.get(step) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        found = found.split()
    if not isinstance(found, list):
        return ()
    return tuple(role for role in found[:MOST_ROLES] if isinstance(role, str) and 0 < len(role) <= LONGEST_ID)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_ID else None
