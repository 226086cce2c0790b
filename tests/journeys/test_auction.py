"""One auction as three people live it: registered, bid, outbid, extended, cut off, resumed, closed, paid, sold."""

import asyncio
import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from domain.nodes import encode_node_id
from tests.journeys.auction_market import SELLER, Client, Shop
from tests.transport.live_servers import require_node, run_node

pytestmark = pytest.mark.alone

LASTS = timedelta(seconds=12)
EXTENSION = timedelta(seconds=14)
"""Longer than the lot: any bid moves the end by whole seconds, however fast the machine is."""

REGISTER = "mutation ($lot: ID!) { registerToBid(input: {auctionId: $lot}) { __typename } }"
BID = """mutation ($lot: ID!, $most: MinorUnits!, $key: String!) {
  placeBid(input: {auctionId: $lot, maxAmountMinor: $most, currency: "ZAR", idempotencyKey: $key}) {
    __typename
    ... on BidAccepted { price { amountMinor } effectiveEndAt replayed }
    ... on BidOutbid { price { amountMinor } minimumNext { amountMinor } effectiveEndAt }
    ... on Problem { code message } } }"""
FEED = """subscription ($lot: ID!, $after: String) { auctionEvents(auctionId: $lot, after: $after) {
  __typename cursor version price { amountMinor } leader reserveStatus effectiveEndAt
  auction { version bidCount } ... on AuctionClosed { outcome } } }"""
MINE = "subscription { myBidUpdates { standing price { amountMinor } } }"
LOT = """query ($lot: ID!) { auction(id: $lot) {
  status bidCount scheduledEndAt effectiveEndAt price { amountMinor }
  result { outcome reason } listing { status } } }"""
ORDERS = """{ viewer { orders { edges { node { id kind status total { amountMinor } payment { status failure } } } }
  wallet { owed { amountMinor } available { amountMinor } pending { amountMinor }
           entries { edges { node { kind amount { amountMinor } } } } } } }"""
SAVE = """mutation ($key: String!) { savePaymentMethod(input: {token: "pm_card_visa", idempotencyKey: $key}) {
  __typename ... on PaymentMethod { brand last4 } ... on Problem { code message } } }"""
FOUND = "query ($words: String!) { search(text: $words, first: 100) { edges { node { id } } } }"
SHOWN = "query ($id: ID!) { listing(id: $id) { status } }"


async def bid(person: Client, lot: str, most: int) -> Any:
    return (await person.ask(BID, lot=lot, most=most, key=str(uuid4())))["placeBid"]


async def test_from_the_first_bid_to_the_money(market: Shop) -> None:
    listing, title = await market.listing_to_sell()
    lot = await market.hold_auction(listing, lasts=LASTS, extension=EXTENSION)
    ann, bob = Client(market, market.token("buyer-1")), Client(market, market.token("buyer-2"))
    visitor = Client(market)
    await visitor.until(LOT, lambda data: data["auction"] is not None, lot=lot)
    for person in (ann, bob):
        assert (await person.ask(REGISTER, lot=lot))["registerToBid"]["__typename"] == "Registration"

    async with (
        ann.watching(FEED, lot=lot) as hall,
        bob.watching(MINE) as news,
        visitor.watching(FEED, lot=lot) as gallery,
    ):
        await hall.until(lambda events: len(events) == 1)
        first = await bid(ann, lot, 50_000)
        assert (first["__typename"], first["price"]) == ("BidAccepted", {"amountMinor": 10_000})
        proxied = await bid(bob, lot, 30_000)
        assert (proxied["__typename"], proxied["price"]) == ("BidOutbid", {"amountMinor": 30_500})
        await gallery.until(lambda events: events and events[-1]["version"] == 2)

        gallery.cut()
        taken = await bid(bob, lot, 90_000)
        assert (taken["__typename"], taken["price"]) == ("BidAccepted", {"amountMinor": 55_000})
        assert (await bid(ann, lot, 60_000))["__typename"] == "BidOutbid"
        async with visitor.watching(FEED, lot=lot, after=gallery.events[-1]["cursor"]) as resumed:
            await resumed.until(lambda events: len(events) == 2)
            extended = (await visitor.ask(LOT, lot=lot))["auction"]
            assert extended["effectiveEndAt"] > extended["scheduledEndAt"], "a late bid moves the end"
            await asyncio.gather(*(feed.until(is_closed) for feed in (hall, resumed)))
            await news.until(lambda events: events and events[-1]["standing"] == "won")
            gapless(gallery.events + resumed.events)
            gapless(hall.events)
            assert [each["standing"] for each in news.events][-2:] == ["leading", "won"]
            assert hall.events[-1]["outcome"] == "sold"

    await paid(market, lot, bob)
    await sold_everywhere(visitor, lot, listing, title)
    await balanced(market, listing)


@pytest.mark.node
async def test_the_client_that_people_use_follows_an_auction_through_a_cut_line(market: Shop) -> None:
    require_node()
    listing, title = await market.listing_to_sell()
    lot = await market.hold_auction(listing, lasts=LASTS, extension=EXTENSION)
    visitor, bob = Client(market), Client(market, market.token("buyer-2"))
    await visitor.until(LOT, lambda data: data["auction"] is not None, lot=lot)
    said = await run_node("auction.mjs", market.address, lot, market.token("buyer-1"), market.token("buyer-2"))
    assert [each["said"] for each in said if "said" in each] == ["BidAccepted", "BidAccepted", "BidOutbid"]
    assert {"cut": "gallery"} in said
    for feed in ("hall", "gallery"):
        events = [each["event"] for each in said if each.get("feed") == feed]
        gapless(events)
        assert (events[-1]["__typename"], events[-1]["outcome"]) == ("AuctionClosed", "sold")
    await bob.ask(SAVE, key=str(uuid4()))
    await sold_everywhere(visitor, lot, listing, title)


def is_closed(events: list[Any]) -> bool:
    return bool(events) and events[-1]["__typename"] == "AuctionClosed"


def gapless(events: list[Any]) -> None:
    """Every version once and in order, each with the lot as it stood then or later, prices never falling."""
    versions = [each["version"] for each in events]
    assert versions == list(range(versions[0], versions[0] + len(versions)))
    assert all(each["auction"]["version"] >= each["version"] for each in events)
    assert len({each["cursor"] for each in events}) == len(events)
    prices = [each["price"]["amountMinor"] for each in events if each["price"]]
    assert prices == sorted(prices)


async def paid(market: Shop, lot: str, bob: Client) -> None:
    """The winner owes, saves a card, and the worker collects: authorise, capture, and what Stripe's webhook says."""
    owing = (await bob.until(ORDERS, lambda data: data["viewer"]["orders"]["edges"]))["viewer"]
    order = owing["orders"]["edges"][0]["node"]
    assert (order["kind"], order["status"], order["total"]) == ("AUCTION", "PAYMENT_DUE", {"amountMinor": 61_000})
    assert owing["wallet"]["owed"] == [{"amountMinor": 61_000}]
    saved = (await bob.ask(SAVE, key=str(uuid4())))["savePaymentMethod"]
    assert saved == {"__typename": "PaymentMethod", "brand": "visa", "last4": "4242"}
    after = await bob.until(ORDERS, lambda data: data["viewer"]["orders"]["edges"][0]["node"]["status"] == "PAID")
    assert after["viewer"]["orders"]["edges"][0]["node"]["payment"] == {"status": "SUCCEEDED", "failure": None}
    assert after["viewer"]["wallet"]["owed"] == [{"amountMinor": 0}]
    kinds = [each["node"]["kind"] for each in after["viewer"]["wallet"]["entries"]["edges"]]
    assert kinds == ["captured", "sold"]
    seller = (await Client(market, market.token(SELLER)).ask(ORDERS))["viewer"]["wallet"]
    assert seller["available"] == [{"amountMinor": 56_000}], "the price less the commission"


async def sold_everywhere(visitor: Client, lot: str, listing: str, title: str) -> None:
    """Record, content and search agree."""
    done = (await visitor.until(LOT, lambda data: data["auction"]["status"] == "PAID", lot=lot))["auction"]
    assert done["result"] == {"outcome": "SOLD", "reason": "HIGHEST_BID"}
    listing_id = encode_node_id("Listing", listing)
    await visitor.until(SHOWN, lambda data: data["listing"]["status"] == "SOLD", id=listing_id)
    await visitor.until(FOUND, lambda data: listing_id not in ids_of(data["search"]), words=title)


def ids_of(found: Any) -> set[str]:
    return {each["node"]["id"] for each in found["edges"]}


async def balanced(market: Shop, listing: str) -> None:
    """Every transfer adds up to nothing, and one order stands for the lot."""
    record = await asyncpg.connect(market.settings.database_url.get_secret_value())
    try:
        orders = "select count(*) from orders where listing_id = $1"
        assert await record.fetchval(orders, listing) == 1
        open_sums = (
            "select transfer_id from ledger_entries group by transfer_id, currency having sum(amount_minor) <> 0"
        )
        assert await record.fetch(open_sums) == []
        heard = "select count(*) from webhook_deliveries where source = 'stripe'"
        ends = time.monotonic() + 10
        while await record.fetchval(heard) == 0:
            assert time.monotonic() < ends, "Stripe's webhook never came"
            await asyncio.sleep(0.1)
    finally:
        await record.close()
