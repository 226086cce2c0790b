"""Auctions as content defines them: taken over, frozen when they open, with the ends their sale gives them."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from datasources.postgres import auctions as recorded
from datasources.postgres import sales
from datasources.redis import auctions as live_lots
from datasources.redis.bids import place_call
from domain.auctions import Auction, AuctionStatus
from domain.bids import BidAccepted, Registration
from domain.problems import NotAllowed, NotFound, WrongState
from domain.users import User
from services.auctions import (
    catch_up_running,
    open_due,
    rebuild_auctions,
    register_to_bid,
    sync_auctions,
    sync_every_auction,
    sync_sale,
)
from services.bids import place_bid
from services.salerooms import Saleroom
from tests.lots import a_bidder, an_ask, now_ms, open_saleroom
from tests.stores import add_user

NOW = now_ms()


@pytest.fixture
async def saleroom(database_url: str, redis_url: str, lake_url: str) -> AsyncIterator[Saleroom]:
    async with open_saleroom(database_url, redis_url, sanity_url=lake_url) as opened:
        await write(opened, {"_id": "tractor", "_type": "listing", "title": "A tractor", "seller": ref("seller")})
        yield opened


def ref(document_id: str) -> dict[str, Any]:
    return {"_type": "reference", "_ref": document_id, "_weak": True}


async def write(saleroom: Saleroom, *documents: dict[str, Any]) -> None:
    await saleroom.sources.sanity.mutate([{"createOrReplace": each} for each in documents], tag="test")


def a_document(document_id: str = "auction-1", **changes: Any) -> dict[str, Any]:
    document = {
        "_id": document_id,
        "_type": "auction",
        "listing": ref("tractor"),
        "startsAt": text(NOW + timedelta(hours=1)),
        "endsAt": text(NOW + timedelta(days=1)),
        "startPriceMinor": 50_000,
        "reserveMinor": 90_000,
        "currency": "ZAR",
        "status": "scheduled",
    }
    return {name: value for name, value in (document | changes).items() if value is not None}


def text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


async def cached(saleroom: Saleroom, auction_id: str = "auction-1") -> Auction | None:
    return (await recorded.by_ids(saleroom.sources.database, [auction_id]))[0]


async def test_an_auction_is_cached_with_its_seller_and_made_live(saleroom: Saleroom) -> None:
    await write(saleroom, a_document(incrementMinor=5_000))
    assert await sync_auctions(saleroom, ["auction-1"]) == 1
    assert await sync_auctions(saleroom, ["auction-1"]) == 0
    auction = await cached(saleroom)
    assert auction is not None
    terms = auction.terms
    assert (auction.title, terms.seller_id, terms.start_minor, terms.reserve_minor) == (
        "A tractor", "seller", 50_000, 90_000
    )  # fmt: skip
    assert terms.policy.step(10**6) == 5_000
    lot = (await live_lots.read_lots(saleroom.sources.live, ["auction-1"]))[0]
    assert lot is not None
    assert lot.terms == terms


async def test_terms_may_change_until_the_lot_opens_and_not_after(saleroom: Saleroom) -> None:
    await write(saleroom, a_document())
    await sync_auctions(saleroom, ["auction-1"])
    await write(saleroom, a_document(startPriceMinor=60_000, startsAt=text(NOW - timedelta(hours=1))))
    assert await sync_auctions(saleroom, ["auction-1"]) == 1
    assert await open_due(saleroom.sources) == 1
    await write(saleroom, a_document(startPriceMinor=1, startsAt=text(NOW - timedelta(hours=1))))
    assert await sync_auctions(saleroom, ["auction-1"]) == 0
    auction = await cached(saleroom)
    assert auction is not None
    assert (auction.terms.start_minor, auction.status) == (60_000, AuctionStatus.OPEN)


@pytest.mark.parametrize(
    "changes",
    [
        {"listing": ref("nothing")},
        {"currency": "rand"},
        {"endsAt": text(NOW)},
        {"startsAt": None},
        {"startPriceMinor": 2**60},
    ],
)
async def test_a_document_that_cannot_be_an_auction_is_left_out(saleroom: Saleroom, changes: dict[str, Any]) -> None:
    await write(saleroom, a_document("broken", **changes), a_document("whole"))
    assert await sync_auctions(saleroom, ["broken", "whole", "missing"]) == 1
    assert await cached(saleroom, "broken") is None


async def test_the_lots_of_a_sale_end_one_after_another_and_follow_its_end(saleroom: Saleroom) -> None:
    base = NOW + timedelta(days=2)
    sale = {"_id": "sale-1", "_type": "sale", "title": "Evening sale", "startsAt": text(NOW), "gapSeconds": 120}
    lots = [a_document(f"auction-{n}", sale=ref("sale-1"), lotNumber=n) for n in (1, 2, 3)]
    await write(saleroom, sale | {"endsAt": text(base)}, *lots)
    assert await sync_sale(saleroom, "sale-1") == 3
    await write(saleroom, sale | {"endsAt": text(base + timedelta(hours=1))})
    assert await sync_sale(saleroom, "sale-1") == 3
    found = (await sales.by_ids(saleroom.sources.database, ["sale-1"]))[0]
    assert found is not None
    assert found.auction_ids == ("auction-1", "auction-2", "auction-3")
    ends = [auction.scheduled_end_at for n in (1, 2, 3) if (auction := await cached(saleroom, f"auction-{n}"))]
    assert ends == [base + timedelta(hours=1, minutes=2 * n) for n in range(3)]


async def test_only_people_who_may_are_admitted(saleroom: Saleroom, database_url: str) -> None:
    await write(saleroom, a_document(), a_document("gone", status="cancelled"), a_document("draft", status="draft"))
    await sync_every_auction(saleroom)
    ann = await add_user(database_url)
    admitted = await register_to_bid(saleroom, ann, "auction-1")
    assert isinstance(admitted, Registration)
    assert await register_to_bid(saleroom, ann, "auction-1") == admitted
    seller = User(ann.user_id, ann.issuer, ann.external_id, "seller", ann.created_at)
    assert isinstance(await register_to_bid(saleroom, seller, "auction-1"), NotAllowed)
    assert isinstance(await register_to_bid(saleroom, ann, "gone"), WrongState)
    for unknown in ("draft", "nothing"):
        assert isinstance(await register_to_bid(saleroom, ann, unknown), NotFound)


async def test_a_bid_whose_process_died_is_journalled_by_the_job(saleroom: Saleroom, database_url: str) -> None:
    await write(saleroom, a_document(startsAt=text(NOW - timedelta(hours=1))))
    await sync_auctions(saleroom, ["auction-1"])
    ann = await a_bidder(saleroom, database_url, "auction-1")
    ask = an_ask(ann, 60_000, lot="auction-1")
    await saleroom.pipeline.run(*place_call(ask))  # decided, and nobody lived to journal it
    assert await catch_up_running(saleroom) == 1
    assert await catch_up_running(saleroom) == 0
    await saleroom.sources.live.redis.flushdb()
    assert await rebuild_auctions(saleroom) == 1
    again = await place_bid(saleroom, ask)
    assert isinstance(again, BidAccepted)
    assert again.replayed
