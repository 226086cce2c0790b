"""Persisted GraphQL documents: a bounded store that forgets, and the trusted list that does not."""

import hashlib
from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis

from datasources.redis import scripts
from datasources.redis.connections import LiveState
from domain.problems import UpstreamUnavailableError

_PREFIX = "gavel:documents:auto:"
_INDEX = "gavel:documents:index"
_TRUSTED = "gavel:documents:trusted"
_DAY = 86_400


class AutomaticDocuments:
    """Texts that clients registered by their hash; an outage is a miss, since a client then sends its text.

    Bounded three ways: a document unused for `days` goes, the oldest go beyond `most`, and one owner may add only
    `quota` a day, so that nobody can push out everybody else's.
    """

    def __init__(self, live: LiveState, *, days: int = 7, most: int = 10_000, quota: int = 1_000) -> None:
        self._live = live
        self._seconds = days * _DAY
        self._most = most
        self._quota = quota

    async def find(self, digest: str) -> str | None:
        """The text of a hash, or None; a text that is found lives on."""

        async def work(redis: Redis) -> Any:
            return await redis.getex(_PREFIX + digest, ex=self._seconds)

        try:
            found = await self._live.call("documents.find", work)
        except UpstreamUnavailableError:
            return None
        return str(found) if found is not None else None

    async def keep(self, digest: str, source: str, *, owner: str) -> None:
        """Remember a text whose hash the caller has verified."""
        quota = f"gavel:documents:quota:{hashlib.sha256(owner.encode()).hexdigest()[:32]}"
        arguments: list[scripts.Argument] = [source, self._seconds, self._most, self._quota, _PREFIX, digest]

        async def work(redis: Redis) -> Any:
            keys = [_PREFIX + digest, _INDEX, quota]
            return await scripts.run(redis, "keep_document", keys=keys, arguments=arguments)

        try:
            await self._live.call("documents.keep", work)
        except UpstreamUnavailableError:
            return


class TrustedList:
    """Documents that were pushed on purpose; what was found once is known to this process for good."""

    def __init__(self, live: LiveState, *, most_known: int = 10_000) -> None:
        self._live = live
        self._known: dict[str, str] = {}
        self._most_known = most_known

    async def find(self, digest: str) -> str | None:
        """The text of an id, or None. Raises UpstreamUnavailableError when Redis does not answer in time."""
        known = self._known.get(digest)
        if known is not None:
            return known

        async def work(redis: Redis) -> Any:
            call: Any = redis
            return await call.hget(_TRUSTED, digest)

        found = await self._live.call("documents.trusted", work)
        if found is None:
            return None
        if len(self._known) < self._most_known:
            self._known[digest] = str(found)
        return str(found)

    async def keep_trusted(self, documents: Mapping[str, str]) -> int:
        """Add documents by id; how many were new. A known id keeps its first text."""

        async def work(redis: Redis) -> list[Any]:
            pipeline = redis.pipeline(transaction=True)
            for key, text in documents.items():
                pipeline.hsetnx(_TRUSTED, key, text)
            return await pipeline.execute()

        return sum(int(added) for added in await self._live.call("documents.push", work, call_seconds=5.0))
