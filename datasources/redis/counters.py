"""Live counters of listings in Redis: totals with a limited life, viewers' marks, and views that wait to be flushed.

A total is only ever put here by a seed from the record, and every step that could make two of them disagree is one
script: a view is counted and queued together, a batch is moved aside together with its id, a seed is refused when the
record changed after it was read. Losing Redis loses at most the views since the last flush.
"""

import hashlib
import random
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from redis.asyncio import Redis

from datasources.redis import scripts
from datasources.redis.connections import LiveState
from datasources.redis.links import pack
from domain.counters import VIEW_WINDOW, ListingCounters

_WAITING = "gavel:views:waiting"
_IN_FLIGHT = "gavel:views:in-flight"
_LAST_BATCH = "gavel:views:last-batch"
_CHANGES = "gavel:counters:changes"
_BATCH_FIELD = "#batch"

_KEEP_SECONDS = 7_200
_JITTER_SECONDS = 1_800
"""Totals of one page were seeded together; the spread keeps them from being missed together."""
_TOUCH_SECONDS = 60
"""Far longer than any seed is under way."""
_SCRIPT_SECONDS = 2.0
LARGEST_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class FoundCounters:
    """What one read found, and what a seed of the rest must still find unchanged."""

    found: Mapping[str, ListingCounters]
    missing: Mapping[str, str]
    """Listing id to the touch that its last change left, '' for none."""
    batch_id: str
    """The batch in flight or last finished, '' for none."""


@dataclass(frozen=True, slots=True)
class ViewCount:
    """One recorded view: whether it counted, the totals after it, and what now waits to be flushed."""

    is_counted: bool
    counters: ListingCounters
    waiting_views: int
    """Of this listing."""
    waiting_listings: int


@dataclass(frozen=True, slots=True)
class ViewBatch:
    """Views moved aside to be added to the record."""

    batch_id: str
    views: Mapping[str, int]


async def read(live: LiveState, ids: Sequence[str]) -> FoundCounters:
    """The totals of the listings in one round trip."""
    in_flight, last, *rows = await live.ask("counters.read", [*_READ_BATCH, *map(_read_command, ids)])
    found: dict[str, ListingCounters] = {}
    missing: dict[str, str] = {}
    for listing_id, (views, likes, favourites, touch) in zip(ids, rows, strict=True):
        if views is None:
            missing[listing_id] = touch or ""
        else:
            found[listing_id] = ListingCounters(listing_id, int(views), int(likes), int(favourites))
    return FoundCounters(found, missing, in_flight or last or "")


_READ_BATCH: Final = (pack(("HGET", _IN_FLIGHT, _BATCH_FIELD)), pack(("GET", _LAST_BATCH)))


@lru_cache(maxsize=20_000)
def _read_command(listing_id: str) -> bytes:
    return pack(("HMGET", _key(listing_id), "views", "likes", "favourites", "touch"))


async def seed(
    live: LiveState, seen: FoundCounters, bases: Sequence[ListingCounters], *, is_applied: bool
) -> dict[str, ListingCounters]:
    """Put the record's totals in place, and give them with the views that still wait.

    `is_applied` says whether the snapshot that the bases were read from held the batch ``seen.batch_id``. Listings
    whose record changed in the meantime are left out of the answer: read them again.
    """
    arguments: list[scripts.Argument] = [seen.batch_id, int(is_applied)]
    for base in bases:
        keep = _KEEP_SECONDS + random.randrange(_JITTER_SECONDS)  # noqa: S311 - spreads load, guards nothing
        arguments += [base.listing_id, seen.missing[base.listing_id], base.views, base.likes, base.favourites, keep]
    keys = [_WAITING, _IN_FLIGHT, _LAST_BATCH, *(_key(each.listing_id) for each in bases)]

    async def work(redis: Redis) -> Any:
        return await scripts.run(redis, "seed_counters", keys=keys, arguments=arguments)

    replies = await live.call("counters.seed", work)
    return {
        base.listing_id: ListingCounters(base.listing_id, *map(int, reply.split()))
        for base, reply in zip(bases, replies, strict=True)
        if reply
    }


async def record_view(live: LiveState, listing_id: str, viewer_key: str) -> ViewCount | None:
    """Count a view once per viewer and window (S0-033); None when the listing's totals must be seeded first.

    A repeated call counts nothing, so a lost reply may be retried. Only a hash of the viewer's key is kept.
    """
    keys = [_key(listing_id), _viewer_mark(listing_id, viewer_key), _WAITING, _CHANGES]
    window = int(VIEW_WINDOW.total_seconds())

    async def work(redis: Redis) -> Any:
        return await scripts.run(redis, "record_view", keys=keys, arguments=[listing_id, window])

    reply = await live.call("counters.record-view", work)
    if int(reply[0]) < 0:
        return None
    is_counted, views, likes, favourites, waiting_views, waiting_listings = map(int, reply)
    counters = ListingCounters(listing_id, views, likes, favourites)
    return ViewCount(bool(is_counted), counters, waiting_views, waiting_listings)


async def touch(live: LiveState, ids: Sequence[str]) -> None:
    """Forget totals whose likes or favourites changed in the record, so that the next read seeds them anew."""
    await _touch(live, dict.fromkeys(ids, ""))


async def touch_differing(live: LiveState, recorded: Sequence[ListingCounters]) -> int:
    """Forget totals whose likes or favourites are not the recorded ones; how many were not."""
    return await _touch(live, {each.listing_id: f"{each.likes} {each.favourites}" for each in recorded})


async def _touch(live: LiveState, expected: Mapping[str, str]) -> int:
    if not expected:
        return 0
    arguments: list[scripts.Argument] = [secrets.token_hex(8), _TOUCH_SECONDS]
    arguments += [value for pair in expected.items() for value in pair]

    async def work(redis: Redis) -> Any:
        keys = [_CHANGES, *(_key(each) for each in expected)]
        return await scripts.run(redis, "touch_counters", keys=keys, arguments=arguments)

    return int(await live.call("counters.touch", work))


async def changes_after(live: LiveState, place: str, *, most: int) -> tuple[str, list[str]]:
    """Listings whose counters changed after a place of the stream of changes, and the place behind them."""

    async def work(redis: Redis) -> Any:
        return await redis.xrange(_CHANGES, min=f"({place}", count=most)

    found = await live.call("counters.changes", work)
    return (found[-1][0] if found else place), [fields["e"] for _, fields in found]


async def newest_change(live: LiveState) -> str:
    """The place behind every change so far."""

    async def work(redis: Redis) -> Any:
        return await redis.xrevrange(_CHANGES, count=1)

    found = await live.call("counters.changes", work)
    return str(found[0][0]) if found else "0-0"


async def take_views(live: LiveState, new_batch_id: str) -> ViewBatch | None:
    """The batch to add to the record: one that a crash left in flight, else a new one; None when nothing waits."""

    async def work(redis: Redis) -> Any:
        arguments: list[scripts.Argument] = [new_batch_id, LARGEST_BATCH]
        return await scripts.run(redis, "take_views", keys=[_WAITING, _IN_FLIGHT], arguments=arguments)

    flat = await live.call("counters.take-views", work, call_seconds=_SCRIPT_SECONDS)
    fields: dict[str, str] = dict(zip(flat[::2], flat[1::2], strict=True))
    batch_id = fields.pop(_BATCH_FIELD, None)
    return ViewBatch(batch_id, {each: int(views) for each, views in fields.items()}) if batch_id else None


async def finish_views(live: LiveState, batch_id: str) -> None:
    """Forget a batch that the record holds."""

    async def work(redis: Redis) -> Any:
        return await scripts.run(redis, "finish_views", keys=[_IN_FLIGHT, _LAST_BATCH], arguments=[batch_id])

    await live.call("counters.finish-views", work, call_seconds=_SCRIPT_SECONDS)


def _key(listing_id: str) -> str:
    return f"gavel:counters:{listing_id}"


def _viewer_mark(listing_id: str, viewer_key: str) -> str:
    digest = hashlib.blake2b(f"{viewer_key}\0{listing_id}".encode(), digest_size=16, person=b"gavel.view").digest()
    return f"gavel:viewed:{urlsafe_b64encode(digest).decode().rstrip('=')}"
