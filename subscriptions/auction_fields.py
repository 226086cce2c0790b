"""The event sources behind the live fields of auctions."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry
from strawberry import Parent

from domain.auctions import Auction
from domain.lot_events import LotEvent, LotSnapshot, MyBidUpdate
from domain.nodes import record_id_of
from resolvers.auction_context import AuctionInfo
from subscriptions.auctions import LiveAuctions
from subscriptions.bids import LiveBids

AuctionArgument = Annotated[strawberry.ID, strawberry.argument(description="Id of the auction.")]
AuctionsArgument = Annotated[list[strawberry.ID], strawberry.argument(description="Up to a hundred ids of auctions.")]
CursorArgument = Annotated[
    str | None, strawberry.argument(description="The newest cursor the client has; what came after it follows first.")
]


def _live(info: AuctionInfo) -> LiveAuctions:
    return LiveAuctions(info.context.saleroom, info.context.hub)


async def auction_events(
    info: AuctionInfo, auction_id: AuctionArgument, after: CursorArgument = None
) -> AsyncGenerator[LotEvent]:
    """One lot, live and without holes."""
    stream = _live(info).events(record_id_of(auction_id, "Auction"), after)
    try:
        async for event in stream:
            yield event
    finally:
        await stream.aclose()


async def auction_ticker(info: AuctionInfo, ids: AuctionsArgument) -> AsyncGenerator[list[LotSnapshot]]:
    """Prices and ends of many lots, coalesced."""
    stream = _live(info).ticker([record_id_of(each, "Auction") for each in ids])
    try:
        async for changed in stream:
            yield changed
    finally:
        await stream.aclose()


async def my_bid_updates(info: AuctionInfo) -> AsyncGenerator[MyBidUpdate]:
    """Taking and losing the lead, winning and losing."""
    stream = LiveBids(info.context.saleroom, info.context.hub, str(info.context.user.user_id)).updates()
    try:
        async for update in stream:
            yield update
    finally:
        await stream.aclose()


async def event_auction(info: AuctionInfo, root: Parent[LotEvent]) -> Auction | None:
    """The auction as it stands when the event is shown, by loaders that are new for each event."""
    return await info.context.auctions.auction_by_id.load(root.auction_id)


async def update_auction(info: AuctionInfo, root: Parent[MyBidUpdate]) -> Auction | None:
    """The auction the update is about."""
    return await info.context.auctions.auction_by_id.load(root.auction_id)
