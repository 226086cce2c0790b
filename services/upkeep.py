"""Deleting rows that nobody needs any more: old deliveries, idempotency keys, flushes and finished jobs."""

from datasources.postgres.expiry import EXPIRIES, LARGEST_STEP, Expiry, delete_expired
from datasources.sources import Sources

DELETE_EXPIRED = "upkeep.delete-expired"
"""The job that runs :func:`delete_expired_rows`."""

_MOST_STEPS = 200


async def delete_expired_rows(sources: Sources) -> int:
    """Delete what is too old in every table, in steps that hold no lock for long; how many rows went."""
    return sum([await _delete(sources, each) for each in EXPIRIES])


async def _delete(sources: Sources, expiry: Expiry) -> int:
    total, now = 0, sources.clock()
    for _ in range(_MOST_STEPS):
        deleted = await sources.database.write(
            "upkeep.delete-expired", lambda connection: delete_expired(connection, expiry, now=now)
        )
        total += deleted
        if deleted < LARGEST_STEP:
            break
    return total
