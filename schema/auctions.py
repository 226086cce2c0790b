"""Auctions and sales as clients see them."""

from datetime import datetime

import strawberry

from domain import auctions as domain
from domain import results as domain_results
from resolvers import auctions as resolve
from resolvers import bid_views as resolve_shown
from resolvers import bids as resolve_bids
from resolvers.arguments import MinorUnits
from schema.connections import Connection
from schema.fields import attribute, resolved
from schema.lifetimes import ALWAYS, LIVE
from schema.money import Money
from schema.nodes import Node, view
from schema.refs import AuctionRef, ListingRef, SaleRef


@strawberry.type(description="From this price on, the next bid is at least one step higher.")
class IncrementRow:
    """A view of `domain.increments.IncrementRow`."""

    from_minor: MinorUnits = attribute("The lowest price of the row.")
    step_minor: MinorUnits = attribute("The step.")


@view(of=domain_results.AuctionResult, description="What the lot led to.")
class AuctionResult:
    """A view of `domain.results.AuctionResult`."""

    outcome: domain_results.Outcome = attribute("Sold or passed.")
    reason: domain_results.OutcomeReason = attribute("Why.")
    ended_at: datetime = attribute("The effective end.")


@view(of=resolve.MyStanding, description="How the viewer stands on the lot; nobody else sees it.")
class MyStanding:
    """A view of `resolvers.auctions.MyStanding`."""

    is_registered: bool = resolved(by=resolve.is_registered, description="Whether the viewer may bid.")
    is_leading: bool = attribute("Whether the viewer leads.")
    my_max: Money | None = resolved(by=resolve.my_maximum, description="The viewer's greatest standing offer.")


@view(of=resolve_shown.ShownBid, description="A recorded bid.")
class Bid:
    """A view of `resolvers.bid_views.ShownBid`."""

    seq: int = resolved(by=resolve_shown.bid_seq, description="Its place in the lot's log.")
    bidder: str = attribute("The bidder's pseudonym on this lot.")
    is_mine: bool = attribute("Whether it is the viewer's.")
    price: Money = resolved(by=resolve_shown.price_after, description="The price after it.")
    my_max: Money | None = resolved(by=resolve_shown.own_maximum, description="Its maximum, for its bidder alone.")
    at: datetime = resolved(by=resolve_shown.bid_at, description="When the bid store took it.")
    auction: AuctionRef | None = resolved(by=resolve_shown.bid_auction, description="The lot it was placed on.")


@view(of=domain.Auction, description="A lot: something that is sold to the highest bidder.")
class Auction(Node):
    """A view of `domain.auctions.Auction`; live fields of many lots are read in one pipeline."""

    id: strawberry.ID = resolved(
        by=resolve.auction_id, description="An opaque id, unique over the whole API.", kept=ALWAYS
    )
    title: str = attribute("The headline of what is sold.")
    kind: domain.AuctionKind = resolved(by=resolve.kind, description="How the price is found.")
    sale: SaleRef | None = resolved(by=resolve.sale_of, description="The sale it belongs to.")
    lot_number: int | None = attribute("Its number within the sale.")
    status: domain.AuctionStatus = resolved(by=resolve.status, description="Where it stands.", kept=LIVE)
    start_price: Money = attribute("The least first bid.", reads=("terms.start_minor", "terms.currency"))
    buy_now_price: Money | None = attribute(
        "What buying at once costs, where it was ever offered.", reads=("terms.buy_now_minor", "terms.currency")
    )
    offers_buy_now: bool | None = resolved(
        by=resolve.offers_buy_now, description="Whether it can be bought now.", kept=LIVE
    )
    starts_at: datetime = attribute("When bidding opens.", reads=("terms.starts_at",))
    scheduled_end_at: datetime = attribute("The end as planned.", reads=("terms.ends_at",))
    effective_end_at: datetime | None = resolved(
        by=resolve.effective_end_at, description="The end as late bids have moved it.", kept=LIVE
    )
    server_time: datetime | None = resolved(
        by=resolve.server_time, description="The clock that decides; show countdowns by it.", kept=LIVE
    )
    price: Money | None = resolved(
        by=resolve.price, description="The recorded price; null before the first bid.", kept=LIVE
    )
    version: int | None = resolved(by=resolve.version, description="Rises with every event of the lot.", kept=LIVE)
    bid_count: int | None = resolved(by=resolve.bid_count, description="How many bids stand.", kept=LIVE)
    leader: str | None = resolved(by=resolve.leader, description="The pseudonym of who leads.", kept=LIVE)
    reserve_status: domain.ReserveStatus | None = resolved(
        by=resolve.reserve_status, description="Whether the reserve is met; its amount is never shown.", kept=LIVE
    )
    minimum_next: Money | None = resolved(by=resolve.minimum_next, description="The least the viewer may offer next.")
    next_bids: list[Money] | None = resolved(by=resolve.next_bids, description="The next amounts, for buttons.")
    increments: list[IncrementRow] = resolved(by=resolve.increments, description="The table of steps.", kept=ALWAYS)
    bids: Connection[Bid] | None = resolved(by=resolve_bids.bids_of, description="Standing bids, newest first.")
    my_standing: MyStanding | None = resolved(
        by=resolve.my_standing, description="How the viewer stands; null for visitors."
    )
    result: AuctionResult | None = resolved(
        by=resolve.result, description="What it led to, once it has ended.", kept=LIVE
    )
    listing: ListingRef | None = resolved(by=resolve.listing_of, description="What is sold.")


@view(of=domain.Sale, description="Several lots whose ends follow each other.")
class Sale(Node):
    """A view of `domain.auctions.Sale`."""

    id: strawberry.ID = resolved(by=resolve.sale_id, description="An opaque id, unique over the whole API.")
    title: str = attribute("Its name.")
    starts_at: datetime = attribute("When bidding opens.")
    ends_at: datetime = attribute("When its first lot is planned to end.")
    lots: list[Auction] | None = resolved(
        by=resolve.sale_lots, description="Its lots in order, at most a hundred.", list_size=20
    )
