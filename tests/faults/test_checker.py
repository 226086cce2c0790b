"""The judge is worth its word: a run in order passes, and each of five planted faults is found."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from datasources.postgres import results
from datasources.postgres.tables.auctions import auction_results
from datasources.redis import auctions as live_lots
from datasources.redis.bids import BidDecision, lot_keys
from datasources.redis.lot_lines import to_ms
from datasources.redis.lot_scripts import PLACE_BID
from datasources.redis.pipelines import ScriptPipeline
from datasources.redis.scripts import Script
from datasources.redis.topics import TopicHub
from domain.lots import LotEntry, LotState, Offer, resolve
from services.closing import ClosingMismatchError, close_auction
from services.journal import Journal, Recorded
from services.salerooms import Saleroom
from subscriptions.auctions import LiveAuctions
from tests.faults.checker import Run, violations
from tests.faults.crowds import bid_around, collect, prepare, watch
from tests.faults.nodes import answer
from tests.lots import open_saleroom
from tests.stores import rows

SECONDS = 2.0


@dataclass(slots=True)
class Stage:
    """A saleroom in this process, its database, and the random choices of the run."""

    saleroom: Saleroom
    database_url: str
    rng: Random


@pytest.fixture
async def stage(database_url: str, redis_url: str) -> AsyncIterator[Stage]:
    async with open_saleroom(database_url, redis_url) as saleroom:
        yield Stage(saleroom, database_url, Random(7))


async def play(stage: Stage, *, midway: Callable[[], Any] | None = None, bid_past_end: float = 0.3) -> Run:
    """Bidding on two lots by twelve bidders, watched by four, then closed twice at once."""
    saleroom, rng = stage.saleroom, stage.rng
    run, bidders = await prepare(saleroom, stage.database_url, lots=2, bidders=12, seconds=SECONDS)
    hub = TopicHub(saleroom.sources.live, secret=b"secret")
    live = LiveAuctions(saleroom, hub)
    watchers = [asyncio.create_task(watch(live, lot, run, Random(n))) for n in range(2) for lot in run.terms]
    ends = time.monotonic() + SECONDS + bid_past_end
    crowd = [
        bid_around(lambda call: answer(saleroom, call), run, each, Random(n), ends=ends, until=ends + 5)
        for n, each in enumerate(bidders)
    ]
    crowded = asyncio.gather(*crowd)
    if midway is not None:
        await asyncio.sleep(SECONDS / 2)
        await midway()
    await crowded
    await asyncio.sleep(max(0.0, ends + 2.0 - time.monotonic()))
    for lot in run.terms:
        # The product stops of itself where live state and journal differ; the judge has to see it without that help.
        await asyncio.gather(*(close_auction(saleroom, lot) for _ in range(2)), return_exceptions=True)
        with contextlib.suppress(ClosingMismatchError):
            await close_auction(saleroom, lot)
    await asyncio.wait(watchers, timeout=5)
    for each in watchers:
        each.cancel()
    await asyncio.gather(*watchers, return_exceptions=True)
    await hub.close()
    await collect(run, stage.database_url, saleroom)
    assert sum(call.is_taken for call in run.calls) > 20, "hardly any bid was taken: the run shows nothing"
    rng.random()
    return run


async def test_a_run_in_order_breaks_no_promise(stage: Stage) -> None:
    run = await play(stage)
    assert violations(run) == []


def without_a_line(run: Run) -> None:
    run.entries.pop()


def with_a_transfer_twice(run: Run) -> None:
    run.entries += [
        each | {"transfer_id": "again:sold"} for each in run.entries if each["transfer_id"].endswith(":sold")
    ]


def with_a_line_in_another_currency(run: Run) -> None:
    run.entries[0]["currency"] = "USD"


def with_another_amount_that_balances(run: Run) -> None:
    for each in run.entries:
        each["amount_minor"] *= 2


def with_an_order_twice(run: Run) -> None:
    run.orders.append(run.orders[0] | {"order_id": "another"})


def with_a_refused_bid_in_the_record(run: Run) -> None:
    taken = next(call for call in run.calls if call.is_taken)
    taken.answer = {"kind": "rejected", "code": "BELOW_MINIMUM", "replayed": False}


def with_a_line_seen_twice(run: Run) -> None:
    run.watched[0][1].append(run.watched[0][1][-1])


async def test_faults_written_into_the_history_of_a_run_are_found(stage: Stage) -> None:
    run = await play(stage)
    assert violations(run) == []
    faults: list[tuple[Callable[[Run], None], str]] = [
        (without_a_line, "L1"),
        (with_a_transfer_twice, "L2"),
        (with_a_line_in_another_currency, "L1"),
        (with_another_amount_that_balances, "L2"),
        (with_an_order_twice, "A3"),
        (with_a_refused_bid_in_the_record, "A7"),
        (with_a_line_seen_twice, "A9"),
    ]
    for plant, promise in faults:
        copy = deepcopy(run)
        plant(copy)
        assert promise in broken(copy), plant.__name__


async def test_a_run_through_a_lost_redis_breaks_no_promise(stage: Stage) -> None:
    run = await play(stage, midway=stage.saleroom.sources.live.redis.flushdb)
    assert violations(run) == []


def broken(run: Run) -> set[str]:
    return {each.partition(":")[0] for each in violations(run)}


async def test_an_answer_before_the_journal_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    true_record = Journal.record
    late: set[asyncio.Task[Any]] = set()

    async def hasty(self: Journal, entry: LotEntry, *, journalled_seq: int) -> Recorded:
        async def write() -> None:
            await asyncio.sleep(0.2)
            await true_record(self, entry, journalled_seq=journalled_seq)

        late.add(asyncio.create_task(write()))
        return Recorded.HELD

    async def at_once(self: Journal, auction_id: str, decision: BidDecision) -> Recorded:
        return Recorded.HELD

    monkeypatch.setattr(Journal, "record", hasty)
    monkeypatch.setattr(Journal, "settle", at_once)
    run = await play(stage, midway=stage.saleroom.sources.live.redis.flushdb)
    await asyncio.gather(*late, return_exceptions=True)
    assert "A1" in broken(run)


WRITE_UNCHECKED = Script(
    "local seq = redis.call('HINCRBY', KEYS[1], 'seq', 1) "
    "redis.call('HSET', KEYS[1], 'price', ARGV[1], 'leader', ARGV[2], 'max', ARGV[3]) "
    "redis.call('HINCRBY', KEYS[1], 'bids', 1) "
    "local line = seq .. ARGV[4] .. redis.call('HGET', KEYS[1], 'tip') .. '|' "
    "redis.call('HSET', KEYS[1], 'tip', ARGV[6]) redis.call('XADD', KEYS[2], seq .. '-0', 'e', line) "
    "return {'judged', redis.call('HGET', KEYS[1], 'journalled'), '0', ARGV[5] .. line, ARGV[7], seq}"
)


async def test_a_comparison_apart_from_its_write_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    true_run = ScriptPipeline.run

    async def torn(self: ScriptPipeline, script: Script, keys: tuple[str, ...], arguments: tuple[str, ...]) -> Any:
        if script is not PLACE_BID:
            return await true_run(self, script, keys, arguments)
        auction_id = keys[0].partition("{")[2].partition("}")[0]
        lot = (await live_lots.read_lots(stage.saleroom.sources.live, [auction_id]))[0]
        assert lot is not None
        bidder, _, amount, _, key, *_ = arguments
        await asyncio.sleep(0.01)  # long enough for another bid to be compared with the same state
        state = lot.state
        now = await live_lots.store_time(stage.saleroom.sources.live)
        least = lot.terms.policy.next_minimum(state.price_minor) if state.price_minor is not None else 1_000
        if int(amount) < least or now >= state.ends_at:
            return ["judged", "0", "0", f"BELOW_MINIMUM|{to_ms(now)}|{least}||", "0", "0"]
        after: LotState = resolve(
            state, lot.terms.policy, lot.terms.start_minor, Offer(bidder, int(amount), is_exact=False)
        )
        rest = f"|{lot.epoch}|bid|{to_ms(now)}|{bidder}|{amount}|0|{key}|{after.price_minor}|{after.leader_id}||"
        rest += f"{to_ms(state.ends_at)}|none|{after.bid_count}|"
        outcome = "leading" if after.leader_id == bidder else "outbid"
        said = f"{outcome}|{to_ms(now)}|{least}|{amount}|"
        mark = f"{to_ms(now)}:{bidder}"
        values = (str(after.price_minor), after.leader_id or "", str(after.max_minor), rest, said, mark, str(lot.epoch))
        return await true_run(self, WRITE_UNCHECKED, keys, values)

    monkeypatch.setattr(ScriptPipeline, "run", torn)
    found = broken(await play(stage, bid_past_end=-0.2))
    assert "A5" in found


async def test_a_bid_taken_after_the_end_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    lenient = Script(PLACE_BID.text.replace("now >= lot.ends", "now >= lot.ends + 60000"))
    monkeypatch.setattr("datasources.redis.bids.PLACE_BID", lenient)
    assert "A4" in broken(await play(stage, bid_past_end=1.0))


async def test_finalising_twice_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for statement in (
        "alter table orders drop constraint uq_orders_auction_id_round",
        "drop index uq_orders_listing_id_live",
        "alter table auction_results drop constraint pk_auction_results",
    ):
        await rows(stage.database_url, statement)
    monkeypatch.setattr(results, "_by_ids", lambda _ids: sa.select(auction_results).where(sa.false()))
    assert "A3" in broken(await play(stage))


async def test_an_event_lost_on_the_way_to_watchers_is_found(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    true_deliver = TopicHub._deliver

    def leaky(self: TopicHub, event: Any) -> None:
        if event.seq % 5 != 3:
            true_deliver(self, event)

    def without_filling(_self: LiveAuctions, _auction_id: str) -> Any:
        async def nothing(_after: int, _most: int) -> list[Any]:
            return []

        return nothing

    monkeypatch.setattr(TopicHub, "_deliver", leaky)
    monkeypatch.setattr(LiveAuctions, "_replay", without_filling)
    assert "A9" in broken(await play(stage))


async def test_the_keys_of_a_lot_share_one_slot() -> None:
    tags = {key.partition("{")[2].partition("}")[0] for key in lot_keys("lot-1")}
    assert tags == {"lot-1"}
