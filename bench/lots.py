"""A lot to measure with: English, open since an hour ago and until tomorrow, each bid one step above the last."""

from datetime import UTC, datetime, timedelta

from datasources.postgres import auctions as auction_rows
from domain.auctions import Auction, AuctionKind, AuctionStatus, BuyNowUntil, LotTerms, SoftClose
from domain.increments import IncrementPolicy, IncrementRow
from services.salerooms import Saleroom


async def put_up(saleroom: Saleroom, auction_id: str) -> None:
    """Make the lot known to the record and to the live state."""
    now = datetime.now(UTC).replace(microsecond=0)
    terms = LotTerms(
        auction_id=auction_id,
        kind=AuctionKind.ENGLISH_TIMED,
        currency="ZAR",
        seller_id="seller",
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(days=1),
        start_minor=1_000,
        reserve_minor=None,
        buy_now_minor=None,
        buy_now_until=BuyNowUntil.FIRST_BID,
        policy=IncrementPolicy("bench", (IncrementRow(0, 1),)),
        soft_close=SoftClose(),
    )
    auction = Auction(
        auction_id=auction_id,
        revision="r",
        listing_id="l",
        sale_id=None,
        lot_number=None,
        title="Lot",
        terms=terms,
        status=AuctionStatus.OPEN,
        epoch=1,
        updated_at=now,
    )
    await saleroom.sources.database.write("bench", lambda it: auction_rows.upsert(it, auction))
    await saleroom.rebuild(auction_id)
