"""Answers of the content store, shared by every process and made unusable by their sync tags (S4-018..022)."""

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from redis.asyncio import Redis

from datasources.redis import scripts
from datasources.redis.connections import LiveState
from domain.problems import UpstreamUnavailableError

_MOST_BYTES = 1024 * 1024
_MOST_SECONDS = 4 * 3_600
"""Notes of changed tags must outlive every answer, so no answer lives longer than this."""
_TAGS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Lookup:
    """What was found, and Redis' own time in microseconds; no stamp means that Redis is away."""

    body: bytes | None
    stamp: str | None


class ContentCache:
    """Compressed answers of one dataset under their keys. While Redis is away nothing is found and nothing kept.

    An answer is valid while no tag of it changed after the stamp of its lookup, which was taken before the content
    store was asked; both times are Redis' own. `dataset` is any text that tells datasets apart.
    """

    def __init__(self, live: LiveState, dataset: str) -> None:
        self._live = live
        self._prefix = f"gavel:content:{dataset}:"
        self._everything = f"{self._prefix}forgotten"
        self._position = f"{self._prefix}position"

    async def find(self, key: str) -> Lookup:
        """The body, unless one of its tags changed."""

        async def work(redis: Redis) -> Any:
            keys = [self._key(key), self._everything]
            return await scripts.run(redis, "find_content", keys=keys, arguments=[f"{self._prefix}tag:"])

        try:
            found = await self._live.call("content.find", work)
        except UpstreamUnavailableError:
            return Lookup(None, None)
        return Lookup(_unpacked(found[1]) if len(found) > 1 else None, str(found[0]))

    async def keep(self, key: str, body: bytes, *, tags: Sequence[str], stamp: str, seconds: int) -> None:
        """Remember a body that was asked for after `stamp`; one that is too large is not kept."""
        if len(body) > _MOST_BYTES or seconds < 1:
            return
        row: dict[Any, str] = {"stamp": stamp, "tags": orjson.dumps(list(tags)).decode(), "body": _packed(body)}

        async def work(redis: Redis) -> Any:
            pipeline = redis.pipeline(transaction=True)
            pipeline.hset(self._key(key), mapping=row)
            pipeline.expire(self._key(key), min(seconds, _MOST_SECONDS))
            return await pipeline.execute()

        try:
            await self._live.call("content.keep", work)
        except UpstreamUnavailableError:
            return

    async def forget(self, tags: Sequence[str], *, position: str) -> bool:
        """Make what is under these tags unusable and remember the place; False when Redis did not answer."""
        names = [f"{self._prefix}tag:{tag}" for tag in tags]
        parts = [names[start : start + _TAGS_AT_ONCE] for start in range(0, len(names), _TAGS_AT_ONCE)]
        return all([await self._note(part, position) for part in parts])

    async def forget_everything(self, *, position: str) -> bool:
        """Make everything unusable; False when Redis did not answer."""
        return await self._note([], position)

    async def _note(self, names: Sequence[str], position: str) -> bool:
        async def work(redis: Redis) -> Any:
            arguments: list[scripts.Argument] = [position, _MOST_SECONDS * 2, *names]
            keys = [self._everything, self._position]
            return await scripts.run(redis, "forget_content", keys=keys, arguments=arguments)

        try:
            await self._live.call("content.forget", work)
        except UpstreamUnavailableError:
            return False
        return True

    async def position(self) -> str:
        """The place in the stream of events up to which changes are noted here; '' where it is not known."""

        async def work(redis: Redis) -> Any:
            return await redis.get(self._position)

        try:
            return str(await self._live.call("content.position", work) or "")
        except UpstreamUnavailableError:
            return ""

    def _key(self, key: str) -> str:
        return f"{self._prefix}answer:{key}"


def _packed(body: bytes) -> str:
    return base64.b64encode(zlib.compress(body, 1)).decode()


def _unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))
