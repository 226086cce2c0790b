"""The ledger's laws are the database's: balance, permanence, coverage, one posting per id."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from datasources.postgres import ledger
from datasources.postgres.connections import Database
from datasources.sources import Sources
from domain.ledger import LedgerLine, Transfer, seller_available
from domain.money import Money
from domain.pages import Slice
from tests.lots import now_ms
from tests.stores import open_sources, rows


@pytest.fixture
async def sources(database_url: str, redis_url: str) -> AsyncIterator[Sources]:
    async with open_sources(database_url, redis_url) as opened:
        yield opened


def move(transfer_id: str, amount: int, *, source: str = "a", target: str = "b", kind: str = "t") -> Transfer:
    lines = (LedgerLine(source, Money(-amount, "ZAR")), LedgerLine(target, Money(amount, "ZAR")))
    return Transfer(transfer_id, kind, None, lines)


async def post(database: Database, transfer: Transfer) -> bool:
    return await database.write("test.post", lambda it: ledger.post(it, transfer, now=now_ms()))


async def test_a_transfer_is_posted_once_per_id(sources: Sources) -> None:
    assert await post(sources.database, move("t1", 500))
    assert not await post(sources.database, move("t1", 500))
    held = await ledger.balances(sources.database, ["a", "b"])
    assert [(each.account_id, each.amount.amount_minor) for each in held] == [("a", -500), ("b", 500)]


async def insert(connection: asyncpg.Connection, *lines: tuple[str, int, str]) -> None:
    await connection.execute("insert into ledger_transfers (transfer_id, kind, posted_at) values ('x', 't', now())")
    for account, amount, currency in lines:
        await connection.execute(
            "insert into ledger_entries (transfer_id, account_id, amount_minor, currency) values ('x', $1, $2, $3)",
            account,
            amount,
            currency,
        )


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (("a", 5, "ZAR"),),
        (("a", 5, "ZAR"), ("b", -4, "ZAR")),
        (("a", 5, "ZAR"), ("b", -5, "USD")),
    ],
)
async def test_the_database_refuses_what_does_not_balance_per_currency(
    sources: Sources, database_url: str, lines: tuple[tuple[str, int, str], ...]
) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        with pytest.raises(asyncpg.CheckViolationError, match="does not balance"):
            async with connection.transaction():
                await insert(connection, *lines)
    finally:
        await connection.close()


@pytest.mark.parametrize("table", ["ledger_transfers", "ledger_entries"])
async def test_posted_lines_are_permanent(sources: Sources, database_url: str, table: str) -> None:
    await post(sources.database, move("t1", 500))
    for statement in (f"delete from {table}", f"update {table} set transfer_id = 'y'"):
        with pytest.raises(asyncpg.PostgresError, match="append-only"):
            await rows(database_url, statement)


async def test_a_posted_transfer_takes_no_more_lines(sources: Sources, database_url: str) -> None:
    await post(sources.database, move("x", 500))
    with pytest.raises(asyncpg.PostgresError, match="is closed"):
        await rows(
            database_url,
            "insert into ledger_entries (transfer_id, account_id, amount_minor, currency) "
            "values ('x', 'a', 1, 'ZAR'), ('x', 'b', -1, 'ZAR')",
        )


async def test_fifty_withdrawals_at_once_never_overdraw(sources: Sources) -> None:
    wallet = seller_available("p")
    await post(sources.database, move("in", 1_000, target=wallet))
    outcomes = await asyncio.gather(
        *(post(sources.database, move(f"out-{n}", 100, source=wallet, target="bank")) for n in range(50)),
        return_exceptions=True,
    )
    assert sum(outcome is True for outcome in outcomes) <= 10
    held = await ledger.balances(sources.database, [wallet])
    assert held[0].amount.amount_minor >= 0
    assert held[0].amount.amount_minor == 1_000 - 100 * sum(outcome is True for outcome in outcomes)


async def test_a_refund_may_leave_a_debt(sources: Sources) -> None:
    wallet = seller_available("p")
    assert await post(sources.database, move("back", 100, source=wallet, target="clearing", kind="refund"))
    assert (await ledger.balances(sources.database, [wallet]))[0].amount.amount_minor == -100


async def test_balances_are_the_fold_of_all_entries(sources: Sources) -> None:
    for n in range(20):
        await post(sources.database, move(f"t{n}", n * 7 + 1, source="abc"[n % 3], target="bca"[n % 3]))
    entries = await ledger.entries_of(sources.database, ["a", "b", "c"], Slice(100))
    folded: dict[str, int] = {}
    for entry in entries:
        folded[entry.account_id] = folded.get(entry.account_id, 0) + entry.amount.amount_minor
    held = {each.account_id: each.amount.amount_minor for each in await ledger.balances(sources.database, list(folded))}
    assert held == folded
    assert sum(folded.values()) == 0
