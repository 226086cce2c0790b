"""What people may ask about their own data: a file of all of it, and that it be erased."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import orjson

from datasources.postgres import jobs, orders, personal_data
from datasources.redis import presence
from datasources.sources import Sources

ERASE = "personal-data.erase"
"""The job that runs :func:`erase`; its payload is `{user}`."""

_MOST_STEPS = 100_000


async def export_lines(sources: Sources, user_id: UUID) -> AsyncIterator[bytes]:
    """Everything that is somebody's, one JSON object on each line, with the name of what it is."""
    async for kind, row in personal_data.rows_of(sources.database, user_id):
        yield orjson.dumps({"record": kind, **row}, default=str, option=orjson.OPT_NON_STR_KEYS) + b"\n"


async def request_erasure(sources: Sources, user_id: UUID, *, actor: str) -> bool:
    """Have somebody's data erased by a worker; False when that is asked already. Audited."""
    now = sources.clock()

    async def run(connection: Any) -> bool:
        is_new = await jobs.enqueue(connection, ERASE, {"user": str(user_id)}, dedupe_key=f"{ERASE}:{user_id}")
        if is_new:
            await orders.audit(
                connection,
                actor=actor,
                action="personal-data.erase",
                subject=f"user:{user_id}",
                detail={},
                now=now,
            )
        return is_new

    return await sources.database.write("personal-data.request", run)


async def erase(sources: Sources, user_id: UUID, *, most_steps: int = _MOST_STEPS) -> int:
    """Erase step by step; wherever it is stopped, the next call goes on. How many rows were anonymised or deleted."""
    total = 0
    for _ in range(most_steps):
        done = await personal_data.erase_step(sources.database, user_id, at=sources.clock())
        total += done
        if not done:
            break
    await presence.forget(sources.live, user_id)
    return total
