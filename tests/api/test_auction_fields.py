"""Every field and mutation of auctions as clients ask for them: shown, refused, batched."""

import itertools
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from config import Settings
from domain.nodes import encode_node_id
from tests.api.auction_house import AuctionHouse, global_id
from tests.api.conftest import Asker

REGISTER = "mutation ($lot: ID!) { registerToBid(input: {auctionId: $lot}) { __typename } }"
BID = """mutation ($lot: ID!, $most: MinorUnits!, $key: String!, $exact: Boolean! = false) {
  placeBid(input: {auctionId: $lot, maxAmountMinor: $most, currency: "ZAR", idempotencyKey: $key, isExact: $exact,
                   confirmLargeBid: true}) {
    __typename ... on BidAccepted { seq price { amountMinor } } ... on BidOutbid { seq } ... on Problem { code } } }"""
STEP = """mutation ($lot: ID!) { %s(input: {auctionId: $lot%s}) {
  __typename ... on LotStepped { phase auction { price { amountMinor } bidCount reserveStatus } }
  ... on WrongState { state } ... on Problem { code } } }"""
BUY = """mutation ($lot: ID!, $key: String!) { buyNow(input: {auctionId: $lot, idempotencyKey: $key}) {
  __typename ... on BidAccepted { hasBought price { amountMinor } } ... on Problem { code } } }"""
LOT = """query ($lot: ID!) { auction(id: $lot) {
  kind title status startPrice { amountMinor } buyNowPrice { amountMinor } offersBuyNow scheduledEndAt effectiveEndAt
  serverTime price { amountMinor } version bidCount leader reserveStatus minimumNext { amountMinor }
  nextBids(count: 3) { amountMinor } increments { fromMinor stepMinor } sale { id } listing { id auction { id } }
  bids { edges { node { seq bidder isMine price { amountMinor } myMax { amountMinor } auction { id } } } }
  myStanding { isRegistered isLeading myMax { amountMinor } } result { outcome reason endedAt } } }"""


@pytest.fixture
async def house(marketplace: Settings) -> AsyncIterator[AuctionHouse]:
    opened = AuctionHouse(marketplace)
    yield opened
    await opened.leave()


async def a_lot(house: AuctionHouse, **changes: Any) -> str:
    return global_id((await house.hold(**changes))[0])


async def bid(ask: Asker, lot: str, person: str, most: int, *, exact: bool = False) -> Any:
    await ask(REGISTER, {"lot": lot}, by=person)
    variables = {"lot": lot, "most": most, "key": str(uuid4()), "exact": exact}
    return (await ask(BID, variables, by=person)).data["placeBid"]


async def step(ask: Asker, name: str, lot: str, *, by: str | None, more: str = "") -> Any:
    return (await ask(STEP % (name, f", {more}" if more else ""), {"lot": lot}, by=by)).data[name]


async def test_a_lot_shows_prices_steps_and_times_to_all_and_standing_to_its_owner(
    ask: Asker, house: AuctionHouse
) -> None:
    auction_id, listing_id = await house.hold(reserveMinor=60_000, buyNowMinor=500_000)
    lot = global_id(auction_id)
    before = (await ask(LOT, {"lot": lot})).data["auction"]
    assert (before["kind"], before["status"], before["price"], before["leader"]) == (
        "ENGLISH_TIMED", "OPEN", None, None
    )  # fmt: skip
    assert (before["offersBuyNow"], before["reserveStatus"], before["minimumNext"]["amountMinor"]) == (
        True, "NOT_MET", 10_000
    )  # fmt: skip
    assert before["listing"] == {"id": encode_node_id("Listing", listing_id), "auction": {"id": lot}}
    assert [each["amountMinor"] for each in before["nextBids"]] == [10_000, 10_250, 10_500]
    assert before["increments"][0] == {"fromMinor": 0, "stepMinor": 5}
    clock = datetime.fromisoformat(before["serverTime"])
    assert abs(clock - house.sources.clock()) < timedelta(minutes=1)

    await bid(ask, lot, "buyer-1", 40_000)
    await bid(ask, lot, "buyer-2", 70_000)
    mine = (await ask(LOT, {"lot": lot}, by="buyer-2")).data["auction"]
    assert (mine["price"]["amountMinor"], mine["reserveStatus"], mine["offersBuyNow"]) == (60_000, "MET", False)
    assert mine["myStanding"] == {"isRegistered": True, "isLeading": True, "myMax": {"amountMinor": 70_000}}
    assert mine["minimumNext"]["amountMinor"] == 70_001, "the leader may only raise the own maximum"
    newest = mine["bids"]["edges"][0]["node"]
    assert (newest["isMine"], newest["myMax"], newest["auction"]) == (True, {"amountMinor": 70_000}, {"id": lot})
    assert newest["bidder"] == mine["leader"]
    others = (await ask(LOT, {"lot": lot})).data["auction"]
    assert others["myStanding"] is None
    assert "70000" not in str(others)
    assert [each["node"]["myMax"] for each in others["bids"]["edges"]] == [None, None]


async def test_an_exact_bid_goes_to_its_price_at_once(ask: Asker, house: AuctionHouse) -> None:
    lot = await a_lot(house)
    assert (await bid(ask, lot, "buyer-1", 33_300, exact=True))["price"] == {"amountMinor": 33_300}


async def test_buying_at_once_ends_the_lot(ask: Asker, house: AuctionHouse) -> None:
    auction_id, _ = await house.hold(buyNowMinor=500_000)
    lot = global_id(auction_id)
    await ask(REGISTER, {"lot": lot}, by="buyer-3")
    bought = (await ask(BUY, {"lot": lot, "key": str(uuid4())}, by="buyer-3")).data["buyNow"]
    assert bought == {"__typename": "BidAccepted", "hasBought": True, "price": {"amountMinor": 500_000}}
    assert (await bid(ask, lot, "buyer-4", 900_000))["code"] == "ENDED"
    await house.close(auction_id)
    done = (await ask(LOT, {"lot": lot})).data["auction"]
    assert (done["status"], done["result"]["reason"]) == ("PAYMENT_DUE", "BOUGHT_AT_ONCE")
    elsewhere = await a_lot(house)
    await ask(REGISTER, {"lot": elsewhere}, by="buyer-3")
    never = (await ask(BUY, {"lot": elsewhere, "key": str(uuid4())}, by="buyer-3")).data["buyNow"]
    assert never["code"] == "NOT_OFFERED"


async def test_staff_pause_resume_and_cancel(ask: Asker, house: AuctionHouse) -> None:
    lot = await a_lot(house)
    assert (await step(ask, "pauseLot", lot, by=None))["code"] == "NOT_SIGNED_IN"
    assert (await step(ask, "pauseLot", lot, by="buyer-1"))["code"] == "NOT_ALLOWED"
    assert (await step(ask, "pauseLot", lot, by="editor-1"))["phase"] == "PAUSED"
    assert (await bid(ask, lot, "buyer-1", 20_000))["code"] == "NOT_OPEN"
    assert (await step(ask, "resumeLot", lot, by="admin-1"))["phase"] == "OPEN"
    assert (await bid(ask, lot, "buyer-1", 20_000))["__typename"] == "BidAccepted"
    assert (await step(ask, "resumeLot", lot, by="admin-1"))["code"] == "WRONG_STATE"
    assert (await step(ask, "cancelLot", lot, by="admin-1"))["phase"] == "CANCELLED"
    assert (await step(ask, "pauseLot", global_id("no-such-lot"), by="admin-1"))["code"] == "NOT_FOUND"


async def test_bids_are_struck_by_staff_and_taken_back_by_their_bidders(ask: Asker, house: AuctionHouse) -> None:
    lot = await a_lot(house)
    await bid(ask, lot, "buyer-1", 20_000)
    struck = await bid(ask, lot, "buyer-2", 90_000)
    await bid(ask, lot, "buyer-3", 40_000)
    more = f'seq: {struck["seq"]}, reason: "a shill"'
    assert (await step(ask, "voidBid", lot, by="buyer-1", more=more))["code"] == "NOT_ALLOWED"
    voided = await step(ask, "voidBid", lot, by="admin-1", more=more)
    assert voided["auction"] == {"price": {"amountMinor": 20_250}, "bidCount": 2, "reserveStatus": "NO_RESERVE"}
    back = await step(ask, "retractBid", lot, by="buyer-3", more="reason: TYPING_ERROR")
    assert back["auction"]["price"] == {"amountMinor": 10_000}
    again = await step(ask, "retractBid", lot, by="buyer-3", more="reason: TYPING_ERROR")
    assert again["code"] == "WRONG_STATE"


async def test_only_the_seller_and_staff_lower_a_reserve_and_nobody_raises_it(ask: Asker, house: AuctionHouse) -> None:
    lot = await a_lot(house, reserveMinor=90_000)
    await bid(ask, lot, "buyer-1", 50_000)
    assert (await step(ask, "lowerReserve", lot, by="buyer-1", more="reserveMinor: 1"))["code"] == "NOT_ALLOWED"
    assert (await step(ask, "lowerReserve", lot, by="admin-1", more="reserveMinor: 95000"))["code"] == "WRONG_STATE"
    lowered = await step(ask, "lowerReserve", lot, by="admin-1", more="reserveMinor: 45000")
    assert lowered["auction"] == {"price": {"amountMinor": 45_000}, "bidCount": 1, "reserveStatus": "MET"}
    removed = await step(ask, "lowerReserve", lot, by="admin-1")
    assert removed["auction"]["reserveStatus"] == "NO_RESERVE"


async def test_the_viewer_reads_own_bids_over_all_lots(ask: Asker, house: AuctionHouse) -> None:
    lots = [await a_lot(house), await a_lot(house)]
    for each in lots:
        await bid(ask, each, "buyer-5", 20_000)
    query = "{ viewer { bids(first: 2) { edges { node { isMine myMax { amountMinor } auction { id } } } } } }"
    found = (await ask(query, by="buyer-5")).data["viewer"]["bids"]["edges"]
    assert [each["node"]["auction"]["id"] for each in found] == [lots[1], lots[0]]
    assert {each["node"]["myMax"]["amountMinor"] for each in found} == {20_000}


SALE = """query ($id: ID!) { sale(id: $id) { title endsAt lots {
  id lotNumber status scheduledEndAt effectiveEndAt bidCount reserveStatus minimumNext { amountMinor }
  myStanding { isRegistered isLeading } listing { id auction { id } } sale { id } } } }"""


async def test_a_sale_shows_its_lots_in_order_with_ends_that_follow_each_other(ask: Asker, house: AuctionHouse) -> None:
    sale_id = encode_node_id("Sale", await house.sale_of(5))
    answer = await ask(SALE, {"id": sale_id}, by="buyer-1")
    lots = answer.data["sale"]["lots"]
    assert [each["lotNumber"] for each in lots] == [1, 2, 3, 4, 5]
    ends = [datetime.fromisoformat(each["effectiveEndAt"]) for each in lots]
    assert [later - sooner for sooner, later in itertools.pairwise(ends)] == [timedelta(seconds=60)] * 4
    assert all(each["sale"]["id"] == sale_id and each["listing"]["auction"]["id"] == each["id"] for each in lots)


async def test_five_lots_cost_as_many_calls_as_one(ask: Asker, house: AuctionHouse) -> None:
    one, five = [encode_node_id("Sale", await house.sale_of(count)) for count in (1, 5)]
    await ask(SALE, {"id": one}, by="buyer-1")  # whatever is read once per process
    spent = [(await ask(SALE, {"id": each}, by="buyer-1")).calls for each in (one, five)]
    assert spent[0] == spent[1]
    assert spent[1]["redis"] <= 4
