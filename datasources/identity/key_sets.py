"""The keys one issuer publishes: fetched within a deadline, cached, refetched rarely, kept for an hour without it."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import orjson
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from datasources.identity.issuers import TrustedIssuer, require_safe_url

FETCH_SECONDS = 3.0
FRESH_FOR = timedelta(minutes=5)
USABLE_FOR = timedelta(hours=1)
REFETCH_PAUSE = timedelta(seconds=30)
FIRST_RETRY_PAUSE = timedelta(seconds=1)
MOST_BYTES = 262_144
MOST_KEYS = 100
UNCOMPRESSED = {"accept-encoding": "identity"}
SMALLEST_RSA_MODULUS = 342
"""Characters of a 2048-bit modulus in base64url."""

PublicKey = RSAKey | ECKey | OKPKey


class KeysUnavailableError(Exception):
    """The issuer could not be asked in time, or answered nonsense."""


@dataclass(slots=True)
class _Fetched:
    """The last key set that arrived, and when the issuer may be asked again."""

    keys: dict[str, PublicKey] = field(default_factory=dict)
    arrived_at: datetime | None = None
    ask_again_at: datetime | None = None
    failures: int = 0


class KeySetCache:
    """The keys of one issuer by `kid`. Every time is passed in; only the fetch itself has a real deadline."""

    def __init__(self, issuer: TrustedIssuer, http: httpx.AsyncClient, *, fetch_seconds: float = FETCH_SECONDS) -> None:
        self._issuer = issuer
        self._http = http
        self._fetch_seconds = fetch_seconds
        self._state = _Fetched()
        self._fetching: asyncio.Task[None] | None = None
        self._fetches = 0

    @property
    def fetches(self) -> int:
        """How often the issuer was asked, for metrics."""
        return self._fetches

    async def key(self, kid: str, now: datetime) -> PublicKey | None:
        """The key of that id, or None where the issuer does not publish it.

        A known key is answered at once, while a set older than five minutes is renewed behind the answer. An unknown
        id makes one shared request, at most every 30 seconds: in between, unknown ids are simply unknown.
        Raises KeysUnavailableError when there is no set younger than an hour and none can be had.
        """
        if self._is_usable(now) and kid in self._state.keys:
            if not self._is_fresh(now):
                self._begin_fetch(now)
            return self._state.keys[kid]
        fetching = self._begin_fetch(now)
        if fetching is not None:
            await asyncio.shield(fetching)
        if not self._is_usable(now):
            raise KeysUnavailableError(f"{self._issuer.issuer} gave no keys.")
        return self._state.keys.get(kid)

    async def close(self) -> None:
        """End a fetch that is under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)

    def _is_usable(self, now: datetime) -> bool:
        arrived_at = self._state.arrived_at
        return arrived_at is not None and now - arrived_at <= USABLE_FOR

    def _is_fresh(self, now: datetime) -> bool:
        arrived_at = self._state.arrived_at
        return arrived_at is not None and now - arrived_at <= FRESH_FOR

    def _begin_fetch(self, now: datetime) -> asyncio.Task[None] | None:
        """The fetch under way, a new one, or None while the issuer must be left in peace."""
        if self._fetching is not None and not self._fetching.done():
            return self._fetching
        if self._state.ask_again_at is not None and now < self._state.ask_again_at:
            return None
        self._fetching = asyncio.create_task(self._fetch(now), name=f"keys of {self._issuer.issuer}")
        return self._fetching

    async def _fetch(self, now: datetime) -> None:
        """Ask once; whatever goes wrong only delays the next attempt."""
        self._fetches += 1
        try:
            async with asyncio.timeout(self._fetch_seconds):
                keys = await self._request_keys()
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError):
            self._state.failures += 1
            self._state.ask_again_at = now + min(
                REFETCH_PAUSE, FIRST_RETRY_PAUSE * 2 ** min(self._state.failures - 1, 10)
            )
        else:
            self._state = _Fetched(keys=keys, arrived_at=now, ask_again_at=now + REFETCH_PAUSE)

    async def _request_keys(self) -> dict[str, PublicKey]:
        url = self._issuer.jwks_url
        if not url:
            metadata = await self._request_object(self._issuer.discovery_url)
            if metadata.get("issuer") != self._issuer.issuer:
                raise ValueError("The metadata is another issuer's.")
            url = str(metadata.get("jwks_uri"))
            require_safe_url(url)
        keys = usable_keys(await self._request_object(url))
        if not keys:
            raise ValueError("The key set holds no usable key.")
        return keys

    async def _request_object(self, url: str) -> dict[str, Any]:
        body = b""
        async with self._http.stream("GET", url, headers=UNCOMPRESSED) as answer:
            if answer.status_code != httpx.codes.OK:
                raise ValueError(f"{url} answered {answer.status_code}.")
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise ValueError(f"{url} answered too much.")
        parsed = orjson.loads(body)
        if not isinstance(parsed, dict):
            raise ValueError(f"{url} did not answer an object.")  # noqa: TRY004 - bad data from outside, not a bug
        return parsed


def usable_keys(key_set: dict[str, Any]) -> dict[str, PublicKey]:
    """The signature keys of a JWK set by `kid`; secrets, weak, encrypting, nameless and broken ones are passed over."""
    listed = key_set.get("keys")
    keys: dict[str, PublicKey] = {}
    for entry in listed[:MOST_KEYS] if isinstance(listed, list) else []:
        if not isinstance(entry, dict) or entry.get("kty") not in ("RSA", "EC", "OKP"):
            continue
        kid = entry.get("kid")
        if not isinstance(kid, str) or not kid or entry.get("use", "sig") != "sig":
            continue
        if entry["kty"] == "RSA" and len(str(entry.get("n"))) < SMALLEST_RSA_MODULUS:
            continue
        try:
            key = import_key(entry)
        except Exception:  # noqa: BLE001, S112 - whatever a foreign key provokes, the others are still good
            continue
        if isinstance(key, RSAKey | ECKey | OKPKey):
            keys[kid] = key
    return keys
