"""The jobs of auctions: lots open, close and are announced by the clock, and no crash leaves a lot behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from datasources.postgres import auctions as recorded
from datasources.postgres import jobs as queue
from datasources.redis import auctions as live_lots
from datasources.redis.bids import place_call
from datasources.sources import Sources
from domain.auctions import AuctionStatus, SoftClose
from domain.lots import EntryKind, LotPhase
from jobs import auctions as jobs
from jobs.kinds import UnusablePayloadError
from services import closing
from services.bids import place_bid
from services.salerooms import Saleroom
from tests.jobs.test_runner import worker
from tests.lots import a_bidder, an_ask, an_auction, now_ms, open_saleroom, put_up
from tests.stores import rows, until

NEVER_EXTENDED = SoftClose(window=timedelta(0), extension=timedelta(0))


@pytest.fixture
async def saleroom(database_url: str, redis_url: str) -> AsyncIterator[Saleroom]:
    async with open_saleroom(database_url, redis_url) as opened:
        yield opened


async def phase_of(saleroom: Saleroom, lot: str = "lot-1") -> LotPhase | None:
    found = (await live_lots.read_lots(saleroom.sources.live, [lot]))[0]
    return None if found is None else found.state.phase


async def status_of(saleroom: Saleroom, lot: str = "lot-1") -> AuctionStatus | None:
    found = (await recorded.by_ids(saleroom.sources.database, [lot]))[0]
    return None if found is None else found.status


@asynccontextmanager
async def the_worker(sources: Sources, database_url: str) -> AsyncIterator[None]:
    async with worker(sources, database_url, *jobs.kinds()):
        yield


async def test_a_lot_is_closed_and_announced_by_the_clock_alone(saleroom: Saleroom, database_url: str) -> None:
    await put_up(saleroom, an_auction(ends_at=now_ms() + timedelta(seconds=1), soft_close=NEVER_EXTENDED))
    ann = await a_bidder(saleroom, database_url, "lot-1")
    await place_bid(saleroom, an_ask(ann, 20_000))

    async def is_announced() -> bool:
        return await phase_of(saleroom) is LotPhase.CLOSED

    async with the_worker(saleroom.sources, database_url):
        await until(is_announced)
    assert await status_of(saleroom) is AuctionStatus.PAYMENT_DUE
    assert [row["winner_id"] for row in await rows(database_url, "select * from auction_results")]


async def test_tending_opens_what_has_started_and_asks_once_for_what_has_ended(
    saleroom: Saleroom, database_url: str
) -> None:
    await put_up(saleroom, an_auction("lot-1", ends_at=now_ms() - timedelta(seconds=1), soft_close=NEVER_EXTENDED))
    await put_up(saleroom, an_auction("lot-2"))
    await rows(database_url, "update auctions set status = 'scheduled' where auction_id = 'lot-2'")
    for _ in range(3):
        await jobs.tend_lots(saleroom.sources, {})
    assert await status_of(saleroom, "lot-2") is AuctionStatus.OPEN
    asked = await rows(database_url, "select payload from pgqueuer where entrypoint = $1", closing.CLOSE_AUCTION)
    assert [bytes(row["payload"]) for row in asked] == [b'{"id":"lot-1"}']


async def test_tending_journals_what_a_dead_process_left(saleroom: Saleroom, database_url: str) -> None:
    await put_up(saleroom, an_auction())
    ann = await a_bidder(saleroom, database_url, "lot-1")
    await saleroom.pipeline.run(*place_call(an_ask(ann, 20_000)))
    assert await rows(database_url, "select 1 from bids") == []
    await jobs.tend_lots(saleroom.sources, {})
    assert len(await rows(database_url, "select 1 from bids")) == 1


async def test_tending_brings_lots_back_that_redis_lost(saleroom: Saleroom, database_url: str) -> None:
    await put_up(saleroom, an_auction())
    ann = await a_bidder(saleroom, database_url, "lot-1")
    await place_bid(saleroom, an_ask(ann, 20_000))
    await saleroom.sources.live.redis.flushdb()
    await jobs.tend_lots(saleroom.sources, {})
    lot = (await live_lots.read_lots(saleroom.sources.live, ["lot-1"]))[0]
    assert lot is not None
    assert (lot.state.leader_id, lot.journalled_seq) == (ann, 1)


async def test_closing_and_announcing_twice_changes_nothing(saleroom: Saleroom, database_url: str) -> None:
    await put_up(saleroom, an_auction(ends_at=now_ms() + timedelta(seconds=1), soft_close=NEVER_EXTENDED))
    ann = await a_bidder(saleroom, database_url, "lot-1")
    await place_bid(saleroom, an_ask(ann, 20_000))
    await asyncio.sleep(1.0)
    for _ in range(2):
        await jobs.close_auction(saleroom.sources, {"id": "lot-1"})
        await jobs.announce_result(saleroom.sources, {"id": "lot-1"})
    log = await rows(database_url, "select kind from bids order by seq")
    assert [row["kind"] for row in log] == [EntryKind.BID.value, EntryKind.CLOSING.value, EntryKind.CLOSED.value]
    for table in ("auction_results", "orders", "ledger_transfers"):
        assert len(await rows(database_url, f"select 1 from {table}")) == 1


async def test_jobs_of_lots_that_are_not_there_end_and_those_without_an_id_are_unusable(
    saleroom: Saleroom, database_url: str
) -> None:
    await jobs.close_auction(saleroom.sources, {"id": "nothing"})
    await jobs.announce_result(saleroom.sources, {"id": "nothing"})
    for work in (jobs.close_auction, jobs.announce_result, jobs.sync_auction, jobs.sync_sale):
        with pytest.raises(UnusablePayloadError):
            await work(saleroom.sources, {})
    assert await rows(database_url, "select 1 from auction_results") == []


async def test_asking_again_for_a_closing_that_waits_adds_no_job(saleroom: Saleroom, database_url: str) -> None:
    for _ in range(3):
        await closing.request_close(saleroom, "lot-1")

    async def enqueue_other() -> None:
        await saleroom.sources.database.write("test", lambda it: queue.enqueue(it, closing.CLOSE_AUCTION, {"id": "b"}))

    await enqueue_other()
    assert len(await rows(database_url, "select 1 from pgqueuer")) == 2
