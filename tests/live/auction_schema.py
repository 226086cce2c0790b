"""A schema of the auction fields alone, with the lines that the product's roots have."""

from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from datasources.guards import Spend
from datasources.redis.topics import TopicHub
from datasources.sanity.staleness import Staleness
from domain.users import Viewer
from loaders import Loaders
from loaders.categories import CategoryTrees
from loaders.sharing import PublicReads
from resolvers import auctions as resolve_auctions
from resolvers import bids as resolve_bids
from resolvers import orders as resolve_orders
from resolvers.auction_context import AuctionContext
from resolvers.permissions import Needs
from schema.auctions import Auction, Bid, Sale
from schema.bids import LotStepResult, OrderResult, PlaceBidResult, RegisterResult
from schema.connections import Connection
from schema.fields import mutation, resolved
from schema.lot_events import (
    AuctionChanged,
    AuctionClosed,
    AuctionEvent,
    AuctionSnapshot,
    BidPlaced,
    BidsRemoved,
    GapEvent,
    MyBidUpdate,
)
from schema.orders import Order, Wallet
from schema.scalars import SCALARS
from services.salerooms import Saleroom
from subscriptions import auction_fields as live


def subscription(by: Callable[..., AsyncGenerator[Any]], *, description: str) -> Any:
    """A live field; the class annotation decides its type."""
    return strawberry.subscription(resolver=by, description=description)


@strawberry.type
class Query:
    auction: Auction | None = resolved(by=resolve_auctions.auction, description="One auction.")
    auctions: Connection[Auction] | None = resolved(by=resolve_auctions.auctions, description="Auctions.")
    sale: Sale | None = resolved(by=resolve_auctions.sale, description="One sale.")
    my_bids: Connection[Bid] | None = resolved(by=resolve_bids.viewer_bids, description="The viewer's bids.")
    my_orders: Connection[Order] | None = resolved(by=resolve_orders.viewer_orders, description="What was bought.")
    wallet: Wallet | None = resolved(by=resolve_orders.viewer_wallet, description="The viewer's money.")


@strawberry.type
class Mutation:
    register_to_bid: RegisterResult = mutation(
        by=resolve_bids.register_to_bid, needs=Needs.SIGNED_IN, description="Be admitted to a lot."
    )
    place_bid: PlaceBidResult = mutation(
        by=resolve_bids.place_bid, needs=Needs.SIGNED_IN, description="Bid up to a maximum."
    )
    buy_now: PlaceBidResult = mutation(
        by=resolve_bids.buy_now, needs=Needs.SIGNED_IN, description="End the lot at its buy-now price."
    )
    retract_bid: LotStepResult = mutation(
        by=resolve_bids.retract_bid, needs=Needs.SIGNED_IN, description="Take the viewer's own bids back."
    )
    void_bid: LotStepResult = mutation(by=resolve_bids.void_bid, needs=Needs.STAFF, description="Strike a bid.")
    pause_lot: LotStepResult = mutation(by=resolve_bids.pause_lot, needs=Needs.STAFF, description="Stop taking bids.")
    resume_lot: LotStepResult = mutation(by=resolve_bids.resume_lot, needs=Needs.STAFF, description="Take bids again.")
    cancel_lot: LotStepResult = mutation(by=resolve_bids.cancel_lot, needs=Needs.STAFF, description="Withdraw a lot.")
    lower_reserve: LotStepResult = mutation(
        by=resolve_bids.lower_reserve, needs=Needs.SIGNED_IN, description="Lower or remove the reserve."
    )
    checkout: OrderResult = mutation(
        by=resolve_bids.checkout, needs=Needs.SIGNED_IN, description="Order a fixed-price listing."
    )
    accept_second_chance: OrderResult = mutation(
        by=resolve_bids.accept_second_chance, needs=Needs.SIGNED_IN, description="Take up a second chance."
    )


@strawberry.type
class Subscription:
    auction_events: AsyncGenerator[AuctionEvent] = subscription(
        by=live.auction_events, description="One lot, live: a snapshot or the replay after a cursor, then all."
    )
    auction_ticker: AsyncGenerator[list[AuctionSnapshot]] = subscription(
        by=live.auction_ticker, description="Prices and ends of up to 100 lots; newer ones replace older ones."
    )
    my_bid_updates: AsyncGenerator[MyBidUpdate] = subscription(
        by=live.my_bid_updates, description="Leading, outbid, won and lost."
    )


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[GapEvent, BidPlaced, BidsRemoved, AuctionChanged, AuctionClosed],
    config=StrawberryConfig(scalar_map=SCALARS),
)


def context_for(saleroom: Saleroom, hub: TopicHub, viewer: Viewer) -> AuctionContext:
    """A context as the composition root makes it for each operation and event."""
    sources: Any = saleroom.sources
    return AuctionContext(
        viewer=viewer,
        sources=sources,
        loaders=Loaders(sources, viewer, CategoryTrees(sources.sanity)),
        request_id="test",
        now=datetime.now(UTC),
        spend=Spend(),
        staleness=Staleness(),
        saleroom=saleroom,
        hub=hub,
        public=PublicReads(sources),
    )
