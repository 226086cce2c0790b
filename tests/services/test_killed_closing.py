"""Closing is killed before and after each of its calls to the stores, and run again: the end is always the same."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from datasources.redis import auctions as live_lots
from domain.auctions import SoftClose
from domain.bids import BidAccepted
from services.bids import place_bid
from services.closing import Closed, announce_result, close_auction
from services.salerooms import Saleroom
from tests.lots import admit, an_ask, an_auction, now_ms, open_saleroom, put_up
from tests.mortality import Fate, KilledError, Mortal
from tests.stores import add_user, rows

MOST_CALLS = 24


def mortal(saleroom: Saleroom, fate: Fate) -> Saleroom:
    """Another process's saleroom, with its fate."""
    sources: Any = saleroom.sources
    doomed = Saleroom(replace(sources, database=Mortal(sources.database, fate), live=Mortal(sources.live, fate)))
    setattr(doomed.journal, "_pipeline", Mortal(doomed.pipeline, fate))  # noqa: B010 - planted from inside
    return doomed


@pytest.fixture
async def saleroom(database_url: str, redis_url: str) -> AsyncIterator[Saleroom]:
    async with open_saleroom(database_url, redis_url) as opened:
        yield opened


async def ended_lots(saleroom: Saleroom, database_url: str, names: list[str]) -> str:
    """Lots that have just ended, each with the same two bids; who leads on all of them."""
    users = [await add_user(database_url) for _ in range(2)]
    ends_at = now_ms() + timedelta(seconds=6)
    never_extended = SoftClose(window=timedelta(0), extension=timedelta(0))

    async def put_up_with_bids(name: str) -> None:
        await put_up(saleroom, an_auction(name, ends_at=ends_at, soft_close=never_extended))
        for user, amount in zip(users, (20_000, 50_000), strict=True):
            await admit(saleroom, name, user.user_id)
            answer = await place_bid(saleroom, an_ask(str(user.user_id), amount, lot=name))
            assert isinstance(answer, BidAccepted)

    for start in range(0, len(names), 8):
        await asyncio.gather(*(put_up_with_bids(name) for name in names[start : start + 8]))
    await saleroom.journal.close()
    await asyncio.sleep(max(0.0, (ends_at - now_ms()).total_seconds()) + 0.002)
    return str(users[1].user_id)


async def end_state(saleroom: Saleroom, database_url: str, name: str) -> dict[str, Any]:
    """Everything that closing leaves behind."""
    lot = (await live_lots.read_lots(saleroom.sources.live, [name]))[0]
    assert lot is not None
    assert lot.shown is not None
    order = await rows(database_url, "select order_id, total_minor, status from orders where auction_id = $1", name)
    entries = "select account_id, amount_minor from ledger_entries where transfer_id like $1 order by 1"
    job = "select count(*) from pgqueuer where convert_from(payload, 'utf8') like $1"
    results = "select outcome, winner_id::text, price_minor from auction_results where auction_id = $1"
    return {
        "results": [tuple(each) for each in await rows(database_url, results, name)],
        "orders": [(each["total_minor"], each["status"]) for each in order],
        "entries": [tuple(each) for each in await rows(database_url, entries, f"{order[0]['order_id']}%")],
        "log": [
            row[0] for row in await rows(database_url, "select kind from bids where auction_id = $1 order by seq", name)
        ],
        "status": (await rows(database_url, "select status from auctions where auction_id = $1", name))[0][0],
        "jobs": [(await rows(database_url, job, f'%"{each}"%'))[0][0] for each in (name, str(order[0]["order_id"]))],
        "live": (lot.state.phase.value, lot.shown.kind.value, lot.shown.seq, lot.journalled_seq),
    }


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
async def test_closing_may_be_killed_at_any_point_and_run_again(
    saleroom: Saleroom, database_url: str, *, is_after: bool
) -> None:
    names = [f"lot-{number}" for number in range(MOST_CALLS + 1)]
    winner = await ended_lots(saleroom, database_url, names)
    closed = await close_auction(saleroom, names[0])
    assert isinstance(closed, Closed)
    assert closed.result.winner_id == winner
    wanted = await end_state(saleroom, database_url, names[0])
    died = 0
    for number, name in enumerate(names[1:], start=1):
        fate = Fate(number, is_after=is_after)
        doomed = mortal(saleroom, fate)
        try:
            await close_auction(doomed, name)
        except KilledError:
            died += 1
        await doomed.pipeline.close()  # as the system does with the connections of a dead process
        assert isinstance(await close_auction(saleroom, name), Closed)
        await announce_result(saleroom, name)
        assert await end_state(saleroom, database_url, name) == wanted, f"killed at call {number}"
        if not fate.has_come:
            break
    assert died > 5, "hardly any call was cut short: the run shows nothing"
    assert died < MOST_CALLS, "closing makes more calls than were tried"
