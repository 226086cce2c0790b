"""Counters of listings across both stores: read from Redis, seeded there from the record where they are missing."""

from collections.abc import Sequence

from datasources.postgres import counters as recorded_counters
from datasources.postgres.connections import Database
from datasources.redis import counters as live_counters
from datasources.redis.connections import LiveState
from domain.counters import ListingCounters

_SEED_ATTEMPTS = 3


async def by_ids(database: Database, live: LiveState, ids: Sequence[str]) -> list[ListingCounters]:
    """Counters in the order of the ids, zero for a listing nobody touched; one call to Redis when all are there.

    A seed is refused when a flush or a mark changed the record while it was read; after a few refusals the record's
    totals are given as they were read, and nothing is kept.
    """
    counters: dict[str, ListingCounters] = {}
    missing = list(dict.fromkeys(ids))
    for _ in range(_SEED_ATTEMPTS):
        seen = await live_counters.read(live, missing)
        counters |= seen.found
        if not seen.missing:
            break
        recorded = await _recorded(database, seen)
        seeded = await live_counters.seed(live, seen, recorded.counters, is_applied=recorded.is_applied)
        counters |= {each.listing_id: each for each in recorded.counters} | seeded
        missing = [each for each in seen.missing if each not in seeded]
        if not missing:
            break
    return [counters[each] for each in ids]


async def _recorded(database: Database, seen: live_counters.FoundCounters) -> recorded_counters.RecordedCounters:
    ids = list(seen.missing)
    return await database.read(
        "counters.read", lambda connection: recorded_counters.read(connection, ids, batch_id=seen.batch_id)
    )
