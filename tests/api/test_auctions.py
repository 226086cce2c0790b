"""An auction as clients meet it: from its definition in content to the bids of two people."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest

from config import Settings
from domain.nodes import decode_node_id, encode_node_id
from opening import Patience, open_sources
from services.auctions import sync_auctions
from services.listing_documents import timestamp
from services.salerooms import Saleroom
from tests.api.conftest import Asker

PLACE = """mutation ($id: ID!, $most: MinorUnits!, $key: String!) {
  placeBid(input: {auctionId: $id, maxAmountMinor: $most, currency: "ZAR", idempotencyKey: $key}) {
    __typename
    ... on BidAccepted { price { amountMinor } replayed }
    ... on BidOutbid { price { amountMinor } }
    ... on Problem { code message }
  } }"""
REGISTER = """mutation ($id: ID!) { registerToBid(input: {auctionId: $id}) {
  __typename ... on Registration { standing } ... on Problem { code } } }"""
SHOWN = """query ($id: ID!) { auction(id: $id) {
  status bidCount price { amountMinor } leader reserveStatus listing { id }
  bids(first: 10) { edges { node { price { amountMinor } } } }
  myStanding { isLeading myMax { amountMinor } } } }"""


@pytest.fixture
async def auction(marketplace: Settings, ask: Asker) -> AsyncIterator[str]:
    """The global id of an open auction of one of the demo's listings, defined in content."""
    found = await ask("{ listings(first: 1, sort: PRICE_LOW_TO_HIGH) { edges { node { id } } } }")
    listing = found.data["listings"]["edges"][0]["node"]["id"]
    sources = open_sources(marketplace, Patience.OF_JOBS)
    saleroom = Saleroom(sources)
    auction_id, now = f"auction-{uuid4().hex[:12]}", sources.clock()
    document = {
        "_id": auction_id,
        "_type": "auction",
        "listing": {"_type": "reference", "_ref": decode_node_id(listing).record_id},
        "startsAt": timestamp(now - timedelta(hours=1)),
        "endsAt": timestamp(now + timedelta(days=2)),
        "startPriceMinor": 10_000,
        "currency": "ZAR",
        "status": "scheduled",
    }
    await sources.sanity.mutate([{"create": document}], tag="test.auction")
    assert await sync_auctions(saleroom, [auction_id]) == 1
    yield encode_node_id("Auction", auction_id)
    await saleroom.close()
    await sources.close()


async def test_two_people_bid_and_everybody_sees_the_price_but_nobody_the_maximum(ask: Asker, auction: str) -> None:
    for person in ("buyer-3", "buyer-4"):
        admitted = (await ask(REGISTER, {"id": auction}, by=person)).data["registerToBid"]
        assert admitted["standing"] == "REGISTERED"
    key = str(uuid4())
    first = (await ask(PLACE, {"id": auction, "most": 50_000, "key": key}, by="buyer-3")).data["placeBid"]
    assert first == {"__typename": "BidAccepted", "price": {"amountMinor": 10_000}, "replayed": False}
    again = (await ask(PLACE, {"id": auction, "most": 50_000, "key": key}, by="buyer-3")).data["placeBid"]
    assert again == first | {"replayed": True}
    other = (await ask(PLACE, {"id": auction, "most": 30_000, "key": str(uuid4())}, by="buyer-4")).data["placeBid"]
    assert other["__typename"] == "BidOutbid"
    shown = (await ask(SHOWN, {"id": auction})).data["auction"]
    assert (shown["status"], shown["bidCount"], shown["myStanding"]) == ("OPEN", 2, None)
    assert shown["price"] == other["price"]
    assert shown["leader"].startswith("Bidder ")
    assert "50000" not in str(shown)
    own = (await ask(SHOWN, {"id": auction}, by="buyer-3")).data["auction"]["myStanding"]
    assert own == {"isLeading": True, "myMax": {"amountMinor": 50_000}}


async def test_refused_bids_say_why_and_leave_no_trace(ask: Asker, auction: str) -> None:
    def bid(most: int, key: str | None = None) -> dict[str, object]:
        return {"id": auction, "most": most, "key": key or str(uuid4())}

    assert (await ask(PLACE, bid(20_000))).data["placeBid"]["code"] == "NOT_SIGNED_IN"
    assert (await ask(PLACE, bid(20_000), by="buyer-5")).data["placeBid"]["code"] == "NOT_REGISTERED"
    await ask(REGISTER, {"id": auction}, by="buyer-5")
    assert (await ask(PLACE, bid(9_999), by="buyer-5")).data["placeBid"]["code"] == "BELOW_MINIMUM"
    assert (await ask(PLACE, bid(20_000, "x"), by="buyer-5")).codes == ["BAD_IDEMPOTENCY_KEY"]
    key = str(uuid4())
    await ask(PLACE, bid(20_000, key), by="buyer-5")
    conflict = (await ask(PLACE, bid(30_000, key), by="buyer-5")).data["placeBid"]
    assert conflict["code"] == "IDEMPOTENCY_CONFLICT"
    assert (await ask(SHOWN, {"id": auction})).data["auction"]["bidCount"] == 1
