"""Auctions of the demo's listings for tests of the API: defined in content, taken over as a worker does."""

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from config import Settings
from domain.nodes import encode_node_id
from opening import Patience, open_sources
from services.auctions import sync_auctions, sync_sale
from services.closing import close_auction
from services.listing_documents import timestamp
from services.salerooms import Saleroom

_numbers = count()
_LISTINGS = '*[_type == "listing" && status == "active"] | order(_id asc)[$number]{_id, "seller": seller._ref}'


class AuctionHouse:
    """Defines auctions and closes them; the clock is the stores' own."""

    def __init__(self, settings: Settings) -> None:
        self.sources = open_sources(settings, Patience.OF_JOBS)
        self.saleroom = Saleroom(self.sources)

    async def listing(self) -> tuple[str, str]:
        """A listing that no other test uses, and its seller."""
        found = await self.sources.sanity.query(_LISTINGS, {"number": next(_numbers)}, tag="test.listing")
        return found["_id"], found["seller"]

    async def hold(self, *, lasts: timedelta = timedelta(days=2), **changes: Any) -> tuple[str, str]:
        """The record ids of an open auction and of its listing; keywords change the document."""
        listing_id, _ = await self.listing()
        auction_id, now = f"auction-{uuid4().hex[:12]}", self.sources.clock()
        document = {
            "_id": auction_id,
            "_type": "auction",
            "listing": {"_type": "reference", "_ref": listing_id},
            "startsAt": timestamp(now - timedelta(hours=1)),
            "endsAt": timestamp(now + lasts),
            "startPriceMinor": 10_000,
            "currency": "ZAR",
            "status": "scheduled",
        }
        await self.sources.sanity.mutate([{"create": document | changes}], tag="test.auction")
        assert await sync_auctions(self.saleroom, [auction_id]) == 1
        return auction_id, listing_id

    async def sale_of(self, lots: int) -> str:
        """The record id of a sale with that many lots."""
        sale_id, now = f"sale-{uuid4().hex[:12]}", self.sources.clock()
        sale = {
            "_id": sale_id,
            "_type": "sale",
            "title": "An evening sale",
            "startsAt": timestamp(now - timedelta(hours=1)),
            "endsAt": timestamp(now + timedelta(hours=2)),
            "gapSeconds": 60,
            "currency": "ZAR",
        }
        await self.sources.sanity.mutate([{"create": sale}], tag="test.sale")
        reference = {"_type": "reference", "_ref": sale_id}
        for number in range(1, lots + 1):
            await self.hold(sale=reference, lotNumber=number)
        await sync_sale(self.saleroom, sale_id)
        return sale_id

    async def close(self, auction_id: str) -> None:
        """Write the result of a lot that is over."""
        await close_auction(self.saleroom, auction_id)

    async def leave(self) -> None:
        await self.saleroom.close()
        await self.sources.close()


def global_id(auction_id: str) -> str:
    return encode_node_id("Auction", auction_id)
