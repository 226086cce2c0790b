"""Whole answers to public queries, shared by every process and dropped by the tags of their content (S4-020..022)."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
from redis.asyncio import Redis

from datasources.redis import scripts
from datasources.redis.connections import LiveState
from domain.problems import UpstreamUnavailableError

_PREFIX = "gavel:answers:"
_VERSIONS = "gavel:answers:tags"


class Answer(Protocol):
    """What is kept of an answer."""

    @property
    def body(self) -> bytes: ...  # noqa: D102 - the bytes as they were sent
    @property
    def etag(self) -> str: ...  # noqa: D102 - their validator
    @property
    def expires_at(self) -> float: ...  # noqa: D102 - Unix seconds


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer as it was found."""

    body: bytes
    etag: str
    expires_at: float


class SharedAnswers:
    """Answers in Redis; an outage is a miss. One longer than `most_bytes` is not kept, none for over `most_seconds`."""

    def __init__(
        self,
        live: LiveState,
        *,
        most_bytes: int = 256 * 1024,
        most_seconds: int = 3_600,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._live = live
        self._most_bytes = most_bytes
        self._most_seconds = most_seconds
        self._clock = clock

    async def find(self, key: str) -> KeptAnswer | None:
        """A live answer whose tags are unchanged."""

        async def work(redis: Redis) -> Any:
            return await scripts.run(redis, "find_answer", keys=[_PREFIX + key, _VERSIONS])

        try:
            found = await self._live.call("answers.find", work)
        except UpstreamUnavailableError:
            return None
        return KeptAnswer(found[0].encode(), found[1], float(found[2])) if found else None

    async def mark(self, tags: Sequence[str]) -> Mapping[str, int]:
        """The versions of some tags; -1, which never matches, when Redis does not answer."""

        async def work(redis: Redis) -> Any:
            call: Any = redis
            return await call.hmget(_VERSIONS, list(tags))

        if not tags:
            return {}
        try:
            versions = await self._live.call("answers.mark", work)
        except UpstreamUnavailableError:
            return dict.fromkeys(tags, -1)
        return {tag: int(version or 0) for tag, version in zip(tags, versions, strict=True)}

    async def keep(self, key: str, answer: Answer, mark: Mapping[str, int]) -> None:
        """Remember an answer computed since `mark`."""
        seconds = min(self._most_seconds, math.floor(answer.expires_at - self._clock()))
        if len(answer.body) > self._most_bytes or seconds < 1:
            return
        row: Mapping[Any, str] = {
            "mark": orjson.dumps(mark).decode(),
            "body": answer.body.decode(),
            "etag": answer.etag,
            "expires_at": repr(answer.expires_at),
        }

        async def work(redis: Redis) -> Any:
            pipeline = redis.pipeline(transaction=True)
            pipeline.hset(_PREFIX + key, mapping=row)
            pipeline.expire(_PREFIX + key, seconds)
            return await pipeline.execute()

        try:
            await self._live.call("answers.keep", work)
        except UpstreamUnavailableError:
            return

    async def invalidate(self, tags: Sequence[str]) -> None:
        """Make every answer under these tags unusable. Raises UpstreamUnavailableError: try again, or they live on."""

        async def work(redis: Redis) -> Any:
            pipeline = redis.pipeline(transaction=True)
            for tag in tags:
                pipeline.hincrby(_VERSIONS, tag, 1)
            return await pipeline.execute()

        if tags:
            await self._live.call("answers.invalidate", work)
