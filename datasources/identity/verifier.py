"""Verifies bearer tokens of several issuers side by side."""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

import httpx
import orjson
from joserfc import jws
from joserfc.errors import JoseError

from datasources.identity.issuers import TrustedIssuer
from datasources.identity.key_sets import FETCH_SECONDS, KeySetCache, KeysUnavailableError, PublicKey
from datasources.identity.records import Identity, TokenProblem, TokenRefused
from datasources.identity.tokens import UnverifiedToken, judge_claims, read_unverified

_MOST_KNOWN = 4_096


class TokenVerifier:
    """Tokens in, identities or refusals out. Close it to release its connections."""

    def __init__(self, issuers: Iterable[TrustedIssuer], *, fetch_seconds: float = FETCH_SECONDS) -> None:
        self._issuers = {issuer.issuer: issuer for issuer in issuers}
        self._http = httpx.AsyncClient(timeout=fetch_seconds, limits=httpx.Limits(max_connections=8), trust_env=False)
        self._key_sets = {
            name: KeySetCache(issuer, self._http, fetch_seconds=fetch_seconds) for name, issuer in self._issuers.items()
        }

        self._known: OrderedDict[bytes, tuple[PublicKey, dict[str, object]]] = OrderedDict()
        """Claims of tokens whose signature was proved, by the token's digest: no token is kept."""

    async def verify(self, token: str, now: datetime) -> Identity | TokenRefused:
        """Who the bearer is at this moment, or why the token is refused; never raises on any text.

        Rules (RFC 8725): the algorithm is one its issuer is known to use and never a shared secret; issuer, audience,
        expiry and start are checked; keys come from the issuer's published set alone, never from the token.
        """
        claimed = read_unverified(token)
        if isinstance(claimed, TokenRefused):
            return claimed
        issuer = self._issuers.get(claimed.issuer)
        if issuer is None:
            return TokenRefused(TokenProblem.UNKNOWN_ISSUER)
        if claimed.algorithm not in issuer.algorithms:
            return TokenRefused(TokenProblem.FORBIDDEN_ALGORITHM)
        try:
            key = await self._key_sets[claimed.issuer].key(claimed.kid, now)
        except KeysUnavailableError:
            return TokenRefused(TokenProblem.ISSUER_UNAVAILABLE)
        if key is None:
            return TokenRefused(TokenProblem.UNKNOWN_KEY)
        claims = self._proven(token, claimed, key)
        return claims if isinstance(claims, TokenRefused) else judge_claims(claims, issuer, now)

    def _proven(self, token: str, claimed: UnverifiedToken, key: PublicKey) -> dict[str, object] | TokenRefused:
        """The claims, proved once for as long as the issuer publishes the same key; all else is judged each time."""
        name = sha256(token.encode()).digest()
        known = self._known.get(name)
        if known is not None and known[0] is key:
            self._known.move_to_end(name)
            return known[1]
        claims = _verified_claims(token, claimed, key)
        if isinstance(claims, dict):
            self._known[name] = key, claims
            if len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        return claims

    def fetch_counts(self) -> dict[str, int]:
        """How often each issuer was asked for its keys, for metrics."""
        return {name: key_set.fetches for name, key_set in self._key_sets.items()}

    async def close(self) -> None:
        """End fetches under way and release the connections."""
        for key_set in self._key_sets.values():
            await key_set.close()
        await self._http.aclose()


def _verified_claims(token: str, claimed: UnverifiedToken, key: PublicKey) -> dict[str, object] | TokenRefused:
    """The claims once the signature is proved, by the algorithm that was checked and no other."""
    if key.alg is not None and key.alg != claimed.algorithm:
        return TokenRefused(TokenProblem.FORBIDDEN_ALGORITHM)
    try:
        payload = jws.deserialize_compact(token, key, algorithms=[claimed.algorithm]).payload
        claims = orjson.loads(payload)
    except (JoseError, ValueError, TypeError):
        return TokenRefused(TokenProblem.BAD_SIGNATURE)
    return claims if isinstance(claims, dict) else TokenRefused(TokenProblem.MALFORMED)
