"""Enqueueing in the caller's transaction, and deleting what is old."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres import jobs
from datasources.postgres.connections import Database
from datasources.postgres.deliveries import Delivery, receive
from services.upkeep import delete_expired_rows
from tests.stores import open_sources, rows

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


async def queued(database_url: str) -> list[str]:
    return [row["entrypoint"] for row in await rows(database_url, "select entrypoint from pgqueuer order by id")]


async def test_a_job_exists_exactly_when_its_transaction_commits(database: Database, database_url: str) -> None:
    async def change(connection: AsyncConnection) -> None:
        await jobs.enqueue(connection, "follow-up", {"id": 1})
        assert await queued(database_url) == []
        await connection.execute(sa.text("create table witness ()"))

    await database.write("test", change)
    assert await queued(database_url) == ["follow-up"]


@pytest.mark.parametrize("is_first", [True, False])
async def test_a_rolled_back_transaction_leaves_no_job(
    database: Database, database_url: str, *, is_first: bool
) -> None:
    """J1; a job enqueued as the very first statement is the case that would slip out of the transaction."""

    async def fail(connection: AsyncConnection) -> None:
        if not is_first:
            await connection.execute(sa.text("select 1"))
        await jobs.enqueue(connection, "ghost", {})
        raise ValueError("changed my mind")

    with pytest.raises(ValueError, match="changed my mind"):
        await database.write("test", fail)
    assert await queued(database_url) == []


async def test_a_duplicate_key_is_skipped_and_the_transaction_goes_on(database: Database, database_url: str) -> None:
    async def twice(connection: AsyncConnection) -> tuple[bool, bool]:
        first = await jobs.enqueue(connection, "once", {"n": 1}, dedupe_key="k")
        second = await jobs.enqueue(connection, "once", {"n": 2}, dedupe_key="k")
        await connection.execute(sa.text("create table witness ()"))
        return first, second

    assert await database.write("test", twice) == (True, False)
    assert await queued(database_url) == ["once"]
    assert await rows(database_url, "select to_regclass('witness') as name where to_regclass('witness') is not null")


async def test_a_key_stands_for_one_job_of_each_kind(database: Database, database_url: str) -> None:
    async def both(connection: AsyncConnection) -> tuple[bool, bool]:
        charged = await jobs.enqueue(connection, "charge", {}, dedupe_key="order-1")
        return charged, await jobs.enqueue(connection, "tell", {}, dedupe_key="order-1")

    assert await database.write("test", both) == (True, True)
    assert sorted(await queued(database_url)) == ["charge", "tell"]
    wanted = {"order-1": "charge", "order-2": "charge"}
    assert await database.read("test", lambda connection: jobs.known_keys(connection, wanted)) == {"order-1"}


async def test_the_same_key_from_many_transactions_at_once_makes_one_job(database: Database, database_url: str) -> None:
    made = await asyncio.gather(
        *(
            database.write("test", lambda connection: jobs.enqueue(connection, "once", {}, dedupe_key="k"))
            for _ in range(8)
        )
    )
    assert sorted(made) == [False] * 7 + [True]
    assert await queued(database_url) == ["once"]


async def test_a_delayed_job_waits(database: Database, database_url: str) -> None:
    await database.write("test", lambda connection: jobs.enqueue(connection, "later", {}, delay=timedelta(hours=1)))
    (row,) = await rows(database_url, "select execute_after - now() as wait from pgqueuer")
    assert timedelta(minutes=59) < row["wait"] <= timedelta(hours=1)


async def test_a_delivery_is_stored_with_its_job_or_not_at_all(database: Database, database_url: str) -> None:
    delivery = Delivery("sanity", "d1", "update", {"id": "x"}, NOW)

    async def fail(connection: AsyncConnection) -> None:
        await receive(connection, delivery, entrypoint="work")
        raise ValueError("killed between the two")

    with pytest.raises(ValueError, match="killed"):
        await database.write("test", fail)
    assert await queued(database_url) == []
    assert await rows(database_url, "select 1 from webhook_deliveries") == []
    assert await database.write("test", lambda connection: receive(connection, delivery, entrypoint="work"))
    assert not await database.write("test", lambda connection: receive(connection, delivery, entrypoint="work"))
    assert await queued(database_url) == ["work"]


async def test_upkeep_deletes_what_is_old_and_keeps_what_is_needed(database_url: str, redis_url: str) -> None:
    old, new = NOW - timedelta(days=100), NOW - timedelta(hours=1)
    for at, name in ((old, "old"), (new, "new")):
        await rows(database_url, "insert into webhook_deliveries values ('sanity', $1, $2, 'update', '{}')", name, at)
    await rows(
        database_url,
        "insert into pgqueuer_log (job_id, status, entrypoint, priority, created, aggregated) "
        "select n, 'successful', 'x', 0, $1, n % 2 = 0 from generate_series(1, 12000) n",
        old,
    )
    await rows(
        database_url, "insert into counter_flushes values ('older', $1), ('newest', $2)", old, old + timedelta(1)
    )
    async with open_sources(database_url, redis_url, clock=lambda: NOW) as sources:
        deleted = await delete_expired_rows(sources)
        assert await delete_expired_rows(sources) == 0
    assert deleted == 1 + 6_000 + 1
    assert [row[0] for row in await rows(database_url, "select delivery_id from webhook_deliveries")] == ["new"]
    assert [row[0] for row in await rows(database_url, "select batch_id from counter_flushes")] == ["newest"]
    (log,) = await rows(database_url, "select count(*) as unsummed from pgqueuer_log")
    assert log["unsummed"] == 6_000
