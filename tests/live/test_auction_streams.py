"""Live auctions over real stores: snapshot, replay and live without hole or double, through losses and slow readers."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import timedelta

import pytest

from datasources.redis import auctions as live_lots
from datasources.redis import topics
from datasources.redis.bids import lot_keys
from datasources.redis.streams import StreamEvent
from datasources.redis.topics import ResumeRequiredError, TopicHub
from domain.auctions import SoftClose
from domain.lot_events import LotBid, LotClosed, LotEvent, LotGap, LotSnapshot, LotStatusChanged
from domain.problems import BadInputError
from services.bids import place_bid
from services.closing import close_auction
from services.lot_steps import pause_lot
from services.salerooms import Saleroom
from subscriptions.auctions import LiveAuctions
from subscriptions.bids import LiveBids
from subscriptions.cursors import StreamCursor, read_cursor, write_cursor
from tests.lots import a_bidder, an_ask, an_auction, now_ms, open_saleroom, put_up
from tests.services.test_lot_steps import STAFF

pytestmark = pytest.mark.alone


@pytest.fixture
async def saleroom(database_url: str, redis_url: str) -> AsyncIterator[Saleroom]:
    async with open_saleroom(database_url, redis_url) as opened:
        await put_up(opened, an_auction())
        yield opened


@pytest.fixture
async def auctions(saleroom: Saleroom) -> AsyncIterator[LiveAuctions]:
    hub = TopicHub(saleroom.sources.live, secret=b"secret")
    yield LiveAuctions(saleroom, hub)
    await hub.close()


async def take(stream: AsyncGenerator[LotEvent], count: int) -> list[LotEvent]:
    async with asyncio.timeout(10):
        return [await anext(stream) for _ in range(count)]


async def until(stream: AsyncGenerator[LotEvent], version: int) -> list[LotEvent]:
    """Events up to this version."""
    found: list[LotEvent] = []
    async with asyncio.timeout(10):
        async for event in stream:
            found.append(event)
            if event.version >= version:
                break
    return found


def versions(events: list[LotEvent]) -> list[int]:
    return [event.version for event in events]


async def bid_times(saleroom: Saleroom, database_url: str, count: int, *, start: int = 10_000) -> int:
    """Recorded bids by fresh bidders, each higher; the version after them."""
    bidders = [await a_bidder(saleroom, database_url, "lot-1") for _ in range(2)]
    amount = start
    for n in range(count):
        await place_bid(saleroom, an_ask(bidders[n % 2], amount))
        amount += max(20_000, amount // 10)
    lot = (await live_lots.read_lots(saleroom.sources.live, ["lot-1"]))[0]
    assert lot is not None
    return lot.state.version


async def test_a_watcher_sees_the_snapshot_then_every_bid(
    saleroom: Saleroom, auctions: LiveAuctions, database_url: str
) -> None:
    await bid_times(saleroom, database_url, 2)
    stream = auctions.events("lot-1")
    first = (await take(stream, 1))[0]
    assert isinstance(first, LotSnapshot)
    assert first.version == 2
    last = await bid_times(saleroom, database_url, 3, start=200_000)
    events = await until(stream, last)
    assert versions(events) == [3, 4, 5]
    assert all(isinstance(event, LotBid) for event in events)
    assert {event.leader for event in events if event.leader}.isdisjoint({None, ""})
    await stream.aclose()
    assert auctions.hub.listener_count == 0


async def test_resuming_by_cursor_has_no_hole_and_no_double(
    saleroom: Saleroom, auctions: LiveAuctions, database_url: str
) -> None:
    stream = auctions.events("lot-1")
    await take(stream, 1)
    await bid_times(saleroom, database_url, 2)
    seen = await take(stream, 2)
    await stream.aclose()
    await bid_times(saleroom, database_url, 2, start=200_000)
    resumed = auctions.events("lot-1", seen[0].cursor)
    replayed = await take(resumed, 3)
    last = await bid_times(saleroom, database_url, 2, start=900_000)
    assert versions(replayed + await until(resumed, last)) == [2, 3, 4, 5, 6]
    await resumed.aclose()


async def test_a_reader_that_joins_amid_bidding_misses_and_doubles_nothing(
    saleroom: Saleroom, auctions: LiveAuctions, database_url: str
) -> None:
    bidding = asyncio.create_task(bid_times(saleroom, database_url, 30))
    streams = []
    for _ in range(6):
        await asyncio.sleep(0.03)
        stream = auctions.events("lot-1")
        streams.append((stream, await anext(stream)))
    last = await bidding
    for stream, snapshot in streams:
        # Whoever joined after the last bid has seen it in the snapshot.
        found = versions(await until(stream, last)) if snapshot.version < last else []
        assert found == list(range(snapshot.version + 1, last + 1))
        await stream.aclose()


async def test_a_lost_redis_changes_nothing_for_a_watcher(
    saleroom: Saleroom, auctions: LiveAuctions, database_url: str
) -> None:
    stream = auctions.events("lot-1")
    await take(stream, 1)
    await bid_times(saleroom, database_url, 2)
    before = await take(stream, 2)
    await saleroom.sources.live.redis.flushdb()
    last = await bid_times(saleroom, database_url, 2, start=200_000)
    assert versions(before + await until(stream, last)) == [1, 2, 3, 4]
    await stream.aclose()


async def test_lines_that_the_stream_no_longer_has_come_from_the_journal(
    saleroom: Saleroom, auctions: LiveAuctions, database_url: str
) -> None:
    await bid_times(saleroom, database_url, 4)
    await saleroom.sources.live.redis.xtrim(lot_keys("lot-1")[5], maxlen=1, approximate=False)
    cursor = write_cursor(StreamCursor("lot:lot-1", 1, 1), b"secret")
    stream = auctions.events("lot-1", cursor)
    assert versions(await take(stream, 3)) == [2, 3, 4]
    await stream.aclose()


@pytest.mark.parametrize(("generation", "seq"), [(2, 0), (1, 999)])
async def test_a_cursor_of_another_numbering_gets_a_gap_with_the_present_state(
    saleroom: Saleroom, auctions: LiveAuctions, database_url: str, generation: int, seq: int
) -> None:
    await bid_times(saleroom, database_url, 1)
    stream = auctions.events("lot-1", write_cursor(StreamCursor("lot:lot-1", generation, seq), b"secret"))
    gap = (await take(stream, 1))[0]
    assert isinstance(gap, LotGap)
    assert gap.version == 1
    await stream.aclose()


async def test_more_lost_lines_than_are_kept_are_a_gap_and_never_silence(
    saleroom: Saleroom, auctions: LiveAuctions, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = auctions.events("lot-1")
    await take(stream, 1)
    await bid_times(saleroom, database_url, 2)
    await take(stream, 2)

    async def nothing_kept(*_arguments: object, **_named: object) -> list[object]:
        return []

    monkeypatch.setattr("datasources.redis.streams.read_range", nothing_kept)
    auctions.hub._deliver(StreamEvent(lot_keys("lot-1")[5], 9, "unused"))
    gap = (await take(stream, 1))[0]
    assert isinstance(gap, LotGap)
    assert gap.version == 2
    await stream.aclose()


async def test_a_forged_cursor_is_refused(auctions: LiveAuctions) -> None:
    forged = write_cursor(StreamCursor("lot:lot-1", 1, 0), b"another secret")
    with pytest.raises(BadInputError):
        await anext(auctions.events("lot-1", forged))
    with pytest.raises(BadInputError):
        read_cursor(write_cursor(StreamCursor("lot:a", 1, 0), b"s"), b"s", topic="lot:b")


async def test_a_thousand_watchers_cost_one_stream(
    saleroom: Saleroom, auctions: LiveAuctions, database_url: str
) -> None:
    streams = [auctions.events("lot-1") for _ in range(1_000)]
    for start in range(0, 1_000, 50):
        await asyncio.gather(*(anext(stream) for stream in streams[start : start + 50]))
    assert (auctions.hub.listener_count, auctions.hub.stream_count) == (1_000, 1)
    await bid_times(saleroom, database_url, 1)
    found: list[LotEvent] = []
    for start in range(0, 1_000, 50):
        found += await asyncio.gather(*(anext(stream) for stream in streams[start : start + 50]))
    assert versions(found) == [1] * 1_000
    for stream in streams:
        await stream.aclose()


async def test_a_reader_that_does_not_read_is_told_to_resume(
    saleroom: Saleroom, auctions: LiveAuctions, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "_MOST_WAITING", 3)
    stream = auctions.events("lot-1")
    await take(stream, 1)
    await bid_times(saleroom, database_url, 1)
    seen = await take(stream, 1)
    last = await bid_times(saleroom, database_url, 6, start=200_000)
    await asyncio.sleep(0.2)
    seen += await take(stream, 2)
    with pytest.raises(ResumeRequiredError):
        await take(stream, 1)
    resumed = auctions.events("lot-1", seen[-1].cursor)
    assert versions(seen + await until(resumed, last)) == [1, 2, 3, 4, 5, 6, 7]
    await resumed.aclose()


async def test_the_stream_tells_of_steps_and_ends_with_the_result(
    saleroom: Saleroom, auctions: LiveAuctions, database_url: str
) -> None:
    never_extended = SoftClose(window=timedelta(0), extension=timedelta(0))
    await put_up(saleroom, an_auction("lot-2", ends_at=now_ms() + timedelta(seconds=1), soft_close=never_extended))
    stream = auctions.events("lot-2")
    await take(stream, 1)
    await asyncio.sleep(1.0)
    await close_auction(saleroom, "lot-2")
    found = [event async for event in stream]
    assert [type(event) for event in found] == [LotStatusChanged, LotClosed]
    again = [event async for event in auctions.events("lot-2")]
    assert [type(event) for event in again] == [LotSnapshot]
    await pause_lot(saleroom, STAFF, "lot-1")


async def test_the_ticker_coalesces_and_covers_every_lot(
    saleroom: Saleroom, auctions: LiveAuctions, database_url: str
) -> None:
    await put_up(saleroom, an_auction("lot-2"))
    stream = auctions.ticker(["lot-1", "lot-2"])
    first = await anext(stream)
    assert {each.auction_id for each in first} == {"lot-1", "lot-2"}
    last = await bid_times(saleroom, database_url, 10)
    groups = 0
    async with asyncio.timeout(10):
        async for changed in stream:
            groups += 1
            assert [each.auction_id for each in changed] == ["lot-1"]
            if changed[0].version == last:
                break
    assert groups < 10
    await stream.aclose()


async def test_bidders_hear_when_they_lead_and_when_they_are_outbid(
    saleroom: Saleroom, auctions: LiveAuctions, database_url: str
) -> None:
    ann = await a_bidder(saleroom, database_url, "lot-1")
    bob = await a_bidder(saleroom, database_url, "lot-1")
    stream = LiveBids(saleroom, auctions.hub, ann).updates()
    waiting = asyncio.create_task(anext(stream))
    await asyncio.sleep(0.2)
    await place_bid(saleroom, an_ask(ann, 20_000))
    assert (await asyncio.wait_for(waiting, 10)).standing == "leading"
    waiting = asyncio.create_task(anext(stream))
    await place_bid(saleroom, an_ask(bob, 50_000))
    assert (await asyncio.wait_for(waiting, 10)).standing == "outbid"
    with contextlib.suppress(StopAsyncIteration):
        await stream.aclose()
