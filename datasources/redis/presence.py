"""Who is online and who is typing: keys that expire by themselves, and streams that only say "look again"."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from redis.asyncio import Redis

from datasources.redis.connections import LiveState
from domain.presence import ONLINE_SECONDS, TYPING_EVERY_SECONDS, Presence, rounded

_SEEN_SECONDS = 30 * 86_400
_STREAM_SECONDS = 86_400
_TYPING_STREAM_SECONDS = 60


def presence_key(user_id: UUID) -> str:
    """The stream of somebody's coming and going."""
    return f"gavel:presence:{user_id}"


def typing_key(conversation_id: str, user_id: UUID) -> str:
    """The stream of somebody's typing in a conversation."""
    return f"gavel:typing:{conversation_id}:{user_id}"


async def beat(live: LiveState, user_id: UUID, *, at: datetime) -> None:
    """Somebody is there; those who follow are told when that is new."""

    async def work(redis: Redis) -> Any:
        async with redis.pipeline(transaction=False) as pipeline:
            pipeline.set(_online(user_id), "1", ex=ONLINE_SECONDS, get=True)
            pipeline.set(_seen(user_id), rounded(at).isoformat(), ex=_SEEN_SECONDS)
            return await pipeline.execute()

    if (await live.call("presence.beat", work))[0] is None:
        await announce(live, user_id)


async def forget(live: LiveState, user_id: UUID) -> None:
    """Somebody does not want to be seen."""

    async def work(redis: Redis) -> Any:
        return await redis.delete(_online(user_id), _seen(user_id))

    await live.call("presence.forget", work)
    await announce(live, user_id)


async def announce(live: LiveState, user_id: UUID) -> None:
    """Let those who follow somebody look again."""
    await _tell(live, presence_key(user_id), "", seconds=_STREAM_SECONDS)


async def read(live: LiveState, ids: Sequence[UUID]) -> list[Presence]:
    """Who is there, in the order of the ids."""
    if not ids:
        return []

    async def work(redis: Redis) -> Any:
        return await redis.mget([key for each in ids for key in (_online(each), _seen(each))])

    found = await live.call("presence.read", work)
    return [
        Presence(each, online is not None, datetime.fromisoformat(seen) if seen else None)
        for each, online, seen in zip(ids, found[::2], found[1::2], strict=True)
    ]


async def show_typing(live: LiveState, conversation_id: str, user_id: UUID, *, is_typing: bool) -> None:
    """Somebody is typing or has stopped; told at most every three seconds, stored nowhere."""
    mark = f"gavel:typed:{conversation_id}:{user_id}"

    async def work(redis: Redis) -> Any:
        if not is_typing:
            return await redis.delete(mark)
        return await redis.set(mark, "1", nx=True, px=int(TYPING_EVERY_SECONDS * 1_000))

    if await live.call("typing.mark", work):
        await _tell(
            live, typing_key(conversation_id, user_id), "1" if is_typing else "", seconds=_TYPING_STREAM_SECONDS
        )


async def _tell(live: LiveState, key: str, line: str, *, seconds: int) -> None:
    async def work(redis: Redis) -> Any:
        async with redis.pipeline(transaction=False) as pipeline:
            pipeline.xadd(key, {"e": line}, maxlen=1)
            pipeline.expire(key, seconds)
            return await pipeline.execute()

    await live.call("presence.tell", work)


def _online(user_id: UUID) -> str:
    return f"gavel:online:{user_id}"


def _seen(user_id: UUID) -> str:
    return f"gavel:seen:{user_id}"
