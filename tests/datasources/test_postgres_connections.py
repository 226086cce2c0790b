"""Connections to Postgres: what was broken off on one of them never answers, or breaks, whoever has it next."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.guards import request_deadline
from datasources.postgres.connections import Database, bare_driver_of
from domain.problems import UpstreamUnavailableError


async def test_work_broken_off_in_the_driver_leaves_no_busy_connection_behind(database_url: str) -> None:
    database = Database(database_url, pool_size=1)

    async def slow(connection: AsyncConnection) -> int:
        raw = await bare_driver_of(connection)
        async with raw.transaction():
            found: int = await raw.fetchval("select 1 from pg_sleep(0.4)")
        return found

    async def quick(connection: AsyncConnection) -> int:
        raw = await bare_driver_of(connection)
        async with raw.transaction():
            found: int = await raw.fetchval("select 2")
        return found

    used = set()
    for turn in range(6):
        request_deadline.set(asyncio.get_running_loop().time() + 0.01 * turn)
        with pytest.raises(UpstreamUnavailableError):
            await database.write("slow", slow)
        database.guard.breaker.succeeded()
        request_deadline.set(None)
        assert await database.write("quick", quick) == 2
        used.add(await database.read("pid", server_process))
    assert len(used) > 1, "a connection that may still be answering was handed out again"
    await database.close()


async def server_process(connection: AsyncConnection) -> int:
    found: int = await (await bare_driver_of(connection)).fetchval("select pg_backend_pid()")
    return found
