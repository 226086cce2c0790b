"""The auction fields through GraphQL: register, bid, outbid, watch, page, and what nobody else may see."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from datasources.guards import Spend, current_spend
from datasources.postgres import flags
from datasources.redis.topics import TopicHub
from domain.flags import LAUNCH_AUCTIONS, FlagChange
from domain.nodes import encode_node_id
from domain.users import Role, User, Viewer
from services.salerooms import Saleroom
from tests.live.auction_schema import context_for, schema
from tests.lots import an_auction, now_ms, open_saleroom, put_up
from tests.stores import add_user

LOT = encode_node_id("Auction", "lot-1")
BID = """mutation ($lot: ID!, $amount: MinorUnits!, $key: String!) {
  placeBid(input: {auctionId: $lot, maxAmountMinor: $amount, currency: "ZAR", confirmLargeBid: true,
                   idempotencyKey: $key}) {
    __typename
    ... on BidAccepted { seq price { amountMinor } myMax { amountMinor } replayed }
    ... on BidOutbid { price { amountMinor } minimumNext { amountMinor } }
    ... on BidRejected { rejected: code minimumNext { amountMinor } }
    ... on BidKeyConflict { code }
    ... on NotSignedIn { code }
  }
}"""
REGISTER = "mutation ($lot: ID!) { registerToBid(input: {auctionId: $lot}) { __typename } }"


class Market:
    """A process with its saleroom, and people asking it."""

    def __init__(self, saleroom: Saleroom, hub: TopicHub) -> None:
        self.saleroom, self.hub = saleroom, hub

    async def ask(self, viewer: Viewer, document: str, **variables: Any) -> dict[str, Any]:
        context = context_for(self.saleroom, self.hub, viewer)
        result = await schema.execute(document, variable_values=variables, context_value=context)
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    async def watch(self, viewer: Viewer, document: str, **variables: Any) -> Any:
        context = context_for(self.saleroom, self.hub, viewer)
        return await schema.subscribe(document, variable_values=variables, context_value=context)


@pytest.fixture
async def market(database_url: str, redis_url: str) -> AsyncIterator[Market]:
    async with open_saleroom(database_url, redis_url) as saleroom:
        hub = TopicHub(saleroom.sources.live, secret=b"secret")
        await put_up(saleroom, an_auction(reserve_minor=60_007))
        yield Market(saleroom, hub)
        await hub.close()


@pytest.fixture
async def ann(database_url: str) -> Viewer:
    return signed_in(await add_user(database_url))


@pytest.fixture
async def bob(database_url: str) -> Viewer:
    return signed_in(await add_user(database_url))


def signed_in(user: User, *roles: Role) -> Viewer:
    return Viewer(user=user, roles=frozenset(roles or (Role.USER,)), visitor_key=str(user.user_id))


VISITOR = Viewer(user=None, roles=frozenset(), visitor_key="v")


async def test_two_bidders_register_bid_and_outbid_each_other(market: Market, ann: Viewer, bob: Viewer) -> None:
    refused = await market.ask(ann, BID, lot=LOT, amount=20_000, key="key-00000000")
    assert refused["placeBid"]["rejected"] == "NOT_REGISTERED"
    for viewer in (ann, bob):
        admitted = await market.ask(viewer, REGISTER, lot=LOT)
        assert admitted["registerToBid"]["__typename"] == "Registration"
    first = await market.ask(ann, BID, lot=LOT, amount=50_000, key="key-00000001")
    assert first["placeBid"] == {
        "__typename": "BidAccepted", "seq": 1, "price": {"amountMinor": 10_000}, "myMax": {"amountMinor": 50_000},
        "replayed": False,
    }  # fmt: skip
    again = await market.ask(ann, BID, lot=LOT, amount=50_000, key="key-00000001")
    assert again["placeBid"]["replayed"] is True
    second = await market.ask(bob, BID, lot=LOT, amount=20_000, key="key-00000001")
    assert second["placeBid"]["__typename"] == "BidOutbid"
    conflict = await market.ask(ann, BID, lot=LOT, amount=60_000, key="key-00000001")
    assert conflict["placeBid"]["code"] == "IDEMPOTENCY_CONFLICT"


async def test_visitors_are_told_to_sign_in(market: Market) -> None:
    answer = await market.ask(VISITOR, BID, lot=LOT, amount=20_000, key="key-00000000")
    assert answer["placeBid"] == {"__typename": "NotSignedIn", "code": "NOT_SIGNED_IN"}


READ = """query ($lot: ID!) { auction(id: $lot) {
  id title status price { amountMinor } bidCount version leader reserveStatus minimumNext { amountMinor }
  nextBids(count: 3) { amountMinor } offersBuyNow serverTime effectiveEndAt
  myStanding { isRegistered isLeading myMax { amountMinor } }
  bids(first: 1) { edges { node { seq bidder isMine myMax { amountMinor } } } pageInfo { hasNextPage } }
} }"""


async def test_an_auction_shows_prices_to_all_and_maxima_to_their_owner(
    market: Market, ann: Viewer, bob: Viewer
) -> None:
    for viewer in (ann, bob):
        await market.ask(viewer, REGISTER, lot=LOT)
    await market.ask(ann, BID, lot=LOT, amount=50_003, key="key-00000001")
    await market.ask(bob, BID, lot=LOT, amount=20_000, key="key-00000002")
    mine = (await market.ask(ann, READ, lot=LOT))["auction"]
    theirs = (await market.ask(VISITOR, READ, lot=LOT))["auction"]
    assert mine["price"] == theirs["price"] == {"amountMinor": 20_250}
    assert (mine["bidCount"], mine["version"], mine["reserveStatus"], mine["status"]) == (2, 2, "NOT_MET", "OPEN")
    assert mine["myStanding"] == {"isRegistered": True, "isLeading": True, "myMax": {"amountMinor": 50_003}}
    assert theirs["myStanding"] is None
    assert [each["amountMinor"] for each in theirs["nextBids"]] == [20_500, 20_750, 21_000]
    assert theirs["bids"]["pageInfo"]["hasNextPage"] is True
    assert theirs["bids"]["edges"][0]["node"]["myMax"] is None
    assert "50003" not in str(theirs)
    assert "60007" not in str(theirs)
    assert mine["leader"].startswith("Bidder ")


async def test_a_page_of_auctions_is_one_round_trip_per_system(market: Market) -> None:
    for number in range(2, 8):
        await put_up(market.saleroom, an_auction(f"lot-{number}"))
    spend = Spend()
    current_spend.set(spend)
    document = "{ auctions(first: 7) { edges { node { title price { amountMinor } version bidCount leader } } } }"
    found = await market.ask(VISITOR, document)
    assert len(found["auctions"]["edges"]) == 7
    assert dict(spend.operations) == {"postgres.auctions.page": 1, "redis.lots.read": 1}


WATCH = """subscription ($lot: ID!, $after: String) { auctionEvents(auctionId: $lot, after: $after) {
  __typename version cursor price { amountMinor } ... on BidPlaced { bidder hasNewLeader } auction { version } } }"""


async def test_a_subscription_shows_the_snapshot_then_bids_and_resumes(market: Market, ann: Viewer) -> None:
    await market.ask(ann, REGISTER, lot=LOT)
    stream = await market.watch(VISITOR, WATCH, lot=LOT)
    first = (await anext(stream)).data["auctionEvents"]
    assert (first["__typename"], first["version"]) == ("AuctionSnapshot", 0)
    await market.ask(ann, BID, lot=LOT, amount=20_000, key="key-00000001")
    event = (await asyncio.wait_for(anext(stream), 10)).data["auctionEvents"]
    assert (event["__typename"], event["version"], event["hasNewLeader"]) == ("BidPlaced", 1, True)
    await stream.aclose()
    resumed = await market.watch(VISITOR, WATCH, lot=LOT, after=first["cursor"])
    again = (await asyncio.wait_for(anext(resumed), 10)).data["auctionEvents"]
    assert (again["__typename"], again["version"]) == ("BidPlaced", 1)
    await resumed.aclose()


async def test_the_flag_switches_bidding_off_and_on_at_run_time(
    market: Market, ann: Viewer, bob: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.flags._FRESH_SECONDS", -1.0)
    database = market.saleroom.sources.database
    assert bob.user is not None
    off = FlagChange(name=LAUNCH_AUCTIONS, is_on=False)
    for_bob = FlagChange(name=LAUNCH_AUCTIONS, is_on=True, user_id=str(bob.user.user_id))
    for each in (off, for_bob):
        await flags.change(database, each, actor="test", now=now_ms())
    refused = await market.ask(ann, BID, lot=LOT, amount=20_000, key="key-00000001")
    assert refused["placeBid"]["rejected"] == "DISABLED_BY_FLAG"
    let_in = await market.ask(bob, BID, lot=LOT, amount=20_000, key="key-00000001")
    assert let_in["placeBid"]["rejected"] == "NOT_REGISTERED"
    await flags.change(database, replace(off, is_on=True), actor="test", now=now_ms())
    open_again = await market.ask(ann, BID, lot=LOT, amount=20_000, key="key-00000001")
    assert open_again["placeBid"]["rejected"] == "NOT_REGISTERED"


async def test_the_viewer_reads_own_bids_orders_and_wallet(market: Market, ann: Viewer) -> None:
    await market.ask(ann, REGISTER, lot=LOT)
    await market.ask(ann, BID, lot=LOT, amount=20_000, key="key-00000001")
    document = """{ myBids(first: 5) { edges { node { seq isMine myMax { amountMinor } price { amountMinor } } } }
      myOrders(first: 5) { edges { node { status } } }
      wallet { available { amountMinor } owed { amountMinor } entries(first: 5) { edges { node { kind } } } } }"""
    found = await market.ask(ann, document)
    assert found["myBids"]["edges"][0]["node"]["myMax"] == {"amountMinor": 20_000}
    assert found["wallet"] == {"available": [], "owed": [], "entries": {"edges": []}}


async def test_only_staff_pause(market: Market, ann: Viewer) -> None:
    document = "mutation ($lot: ID!) { pauseLot(input: {auctionId: $lot}) { __typename ... on LotStepped { phase } } }"
    assert (await market.ask(ann, document, lot=LOT))["pauseLot"]["__typename"] == "NotAllowed"
    staff = signed_in(User(UUID(int=1), "i", "x", None, now_ms()), Role.ADMIN)
    assert (await market.ask(staff, document, lot=LOT))["pauseLot"] == {"__typename": "LotStepped", "phase": "PAUSED"}
