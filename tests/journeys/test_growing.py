"""More processes over the same stores: whatever one of them does the others show, and any may end at any moment."""

import asyncio
import itertools
import re
import secrets
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from config import Settings
from datasources.postgres import jobs as queue
from domain.nodes import encode_node_id
from opening import Patience, open_sources
from services.indexing import SYNC_PROFILE
from tests.journeys.auction_market import SELLER, Client, Shop, another_web, another_worker
from tests.journeys.test_auction import BID, FEED, LOT, REGISTER, gapless
from tests.journeys.test_messages import CHAT, SEND, START, arrived
from tests.stores import until
from transport.options import Budgets

pytestmark = pytest.mark.alone

COUNTERS = "subscription ($ids: [ID!]!) { listingCounters(ids: $ids) { views likes } }"
SEE = "mutation ($id: ID!) { recordView(input: {id: $id}) { ... on RecordedView { isCounted } } }"
LIKE = "mutation ($id: ID!) { likeListing(input: {id: $id}) { __typename } }"
DONE = f'gavel_jobs_total{{job="{SYNC_PROFILE}",outcome="done"}}'
JOBS_AT_ONCE = 40
BOTH_SECONDS = 90
"""Within these each of two workers does something: the second has to start first."""


@pytest.fixture(scope="module")
def beside(market: Shop) -> Iterator[Shop]:
    """The market through a second web process."""
    with another_web(market) as (shop, _):
        yield shop


def newcomer(shop: Shop) -> Client:
    """Somebody whom no other test knows, with budgets of their own."""
    return Client(shop, shop.token(f"person-{uuid4().hex[:8]}"))


def at(shop: Shop, person: Client) -> Client:
    """The same person, led to another process."""
    return Client(shop, person.token)


async def a_lot(market: Shop) -> tuple[str, str, list[Client]]:
    """Global ids of a listing and of its lot, and two people who may bid."""
    listing, _ = await market.listing_to_sell()
    lot = await market.hold_auction(listing, lasts=timedelta(hours=2), extension=timedelta(seconds=1))
    people = [newcomer(market), newcomer(market)]
    await people[0].until(LOT, lambda data: data["auction"] is not None, lot=lot)
    for person in people:
        assert (await person.ask(REGISTER, lot=lot))["registerToBid"]["__typename"] == "Registration"
    return encode_node_id("Listing", listing), lot, people


async def bid(person: Client, lot: str, number: int) -> None:
    """The n-th bid of two people who outbid each other in turn: each is one event."""
    taken = await person.ask(BID, lot=lot, most=20_000 + 2_000 * number, key=str(uuid4()))
    assert taken["placeBid"]["__typename"] == "BidAccepted", taken


async def test_what_one_process_does_is_followed_at_another_in_order_and_without_a_hole(
    market: Shop, beside: Shop
) -> None:
    listing, lot, people = await a_lot(market)
    seller, buyer = Client(market, market.token(SELLER)), people[0]
    assert (await seller.ask("{ viewer { unreadCount } }"))["viewer"]  # who never came has no conversations
    begun = await buyer.ask(START, listing=listing, body="Text 0", key=str(uuid4()))
    chat = begun["startConversation"]["conversation"]["id"]
    async with (
        Client(beside).watching(FEED, lot=lot) as hall,
        at(beside, seller).watching(CHAT, id=chat) as letters,
        Client(beside).watching(COUNTERS, ids=[listing]) as board,
    ):
        for feed in (hall, letters, board):
            await feed.until(len)
        (before,) = board.events[0]
        for number in range(5):
            await bid(people[number % 2], lot, number)
            await buyer.ask(SEND, id=chat, body=f"Text {number + 1}", key=str(uuid4()))
        for person in people:
            assert (await person.ask(SEE, id=listing))["recordView"] == {"isCounted": True}
        await buyer.ask(LIKE, id=listing)
        await hall.until(lambda events: events[-1]["version"] == 5)
        await letters.until(lambda events: len(arrived(events)) == 5)
        wanted = {"views": before["views"] + 2, "likes": before["likes"] + 1}
        await board.until(lambda events: events[-1] == [wanted])
    gapless(hall.events)
    assert arrived(letters.events) == [f"Text {number + 1}" for number in range(5)]
    versions = [each["version"] for each in letters.events]
    assert versions == list(range(versions[0], versions[0] + len(versions)))
    shown = [each["views"] for (each,) in board.events]
    assert shown == sorted(shown)


async def test_a_budget_spent_at_one_process_is_missing_at_the_other(market: Shop, beside: Shop) -> None:
    budget = Budgets().anonymous_requests
    lease, began = budget.burst // 20, time.monotonic()
    address = f"203.0.113.{secrets.randbelow(250) + 1}"
    granted = [await granted_until_refused(shop, address) for shop in (market, beside)]
    refilled = (time.monotonic() - began) * budget.per_minute / 60
    assert budget.burst - lease <= sum(granted) <= budget.burst + refilled + 2 * lease


async def granted_until_refused(shop: Shop, address: str) -> int:
    """How many requests of a visitor from this address are answered."""
    async with httpx.AsyncClient(timeout=10, headers={"x-forwarded-for": address}) as http:
        for number in itertools.count():
            reply = await http.post(f"http://{shop.address}/graphql", json={"query": "{ __typename }"})
            if reply.status_code == 429:
                return number
            assert reply.status_code == 200, reply.text
            assert number < 3 * Budgets().anonymous_requests.burst, "never refused"
    raise AssertionError


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 1012), (signal.SIGKILL, None)], ids=["drained", "killed"])
async def test_who_follows_a_lot_at_a_process_that_ends_goes_on_at_another_where_it_was(
    market: Shop, beside: Shop, how: signal.Signals, code: int | None
) -> None:
    _, lot, people = await a_lot(market)
    numbers = itertools.count()
    is_over = asyncio.Event()

    async def bid_on() -> None:
        while not is_over.is_set():
            number = next(numbers)
            await bid(people[number % 2], lot, number)
            await asyncio.sleep(0.05)  # nobody's budget allows for more

    with another_web(market) as (ending, server):
        async with Client(ending).watching(FEED, lot=lot) as feed:
            await feed.until(len)
            bidding = asyncio.create_task(bid_on())
            await feed.until(lambda events: events[-1]["version"] >= 2)
            server.send_signal(how)
            assert await feed.ended() == code
        heard = feed.events[-1]
        await people[0].until(LOT, lambda data: data["auction"]["bidCount"] >= heard["version"] + 2, lot=lot)
        async with Client(beside).watching(FEED, lot=lot, after=heard["cursor"]) as resumed:
            await resumed.until(lambda events: len(events) > 2)
            is_over.set()
            await bidding
            last = next(numbers)
            await resumed.until(lambda events: events[-1]["version"] == last)
        assert {each["__typename"] for each in resumed.events} == {"BidPlaced"}, "no new start and no gap"
        gapless(feed.events + resumed.events)
        await asyncio.to_thread(server.wait, 15)


async def test_two_workers_do_each_job_once(market: Shop) -> None:
    jobs = [({"id": f"nobody-{number}"}, timedelta()) for number in range(JOBS_AT_ONCE)]
    sources = open_sources(market.settings, Patience.OF_JOBS)

    async def is_done() -> bool:
        backlog = await sources.database.read("test", queue.backlog)
        return SYNC_PROFILE not in {each.entrypoint for each in backlog}

    try:
        with another_worker(market) as other:
            ends = time.monotonic() + BOTH_SECONDS
            workers = (market.settings, other)
            before, asked = await done_by(market.settings), 0
            done = [before, 0]
            while before == done[0] or done[1] == 0:
                assert time.monotonic() < ends, f"one of the workers did nothing: {done}"
                await sources.database.write("test", lambda each: queue.enqueue_all(each, SYNC_PROFILE, jobs))
                asked += JOBS_AT_ONCE
                await until(is_done)
                done = [await done_by(each) for each in workers]
            assert sum(done) == before + asked
    finally:
        await sources.close()


async def done_by(worker: Settings) -> int:
    """How many jobs of the kind a worker has done, as it says itself; none while it is still starting."""
    try:
        async with httpx.AsyncClient(timeout=5) as http:
            told = (await http.get(f"http://{worker.host}:{worker.worker_metrics_port}/metrics")).text
    except httpx.ConnectError:
        return 0
    found = re.search(rf"^{re.escape(DONE)} (\S+)$", told, re.MULTILINE)
    return int(float(found[1])) if found else 0
