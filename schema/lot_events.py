"""Live events of auctions as clients see them."""

from datetime import datetime

import strawberry

from domain import auctions as domain_auctions
from domain import lot_events as domain
from schema.auctions import Auction
from schema.fields import attribute, resolved
from schema.lifetimes import LIVE
from schema.money import Money
from schema.nodes import view
from subscriptions import auction_fields as resolve


@strawberry.interface(description="Something that happened on a lot, and how it stood afterwards.")
class AuctionEvent:
    """A view of `domain.lot_events.LotEvent`."""

    cursor: str = attribute("Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too.")
    version: int = attribute("Rises by one with every event.")
    at: datetime = attribute("When it was decided.")
    price: Money | None = attribute("The price after it; null before the first bid.")
    leader: str | None = attribute("The pseudonym of who leads after it.")
    bid_count: int = attribute("How many bids stand after it.")
    reserve_status: domain_auctions.ReserveStatus = attribute("Whether the reserve is met after it.")
    effective_end_at: datetime = attribute("The end after it.")
    auction: Auction | None = resolved(by=resolve.event_auction, description="The auction as it stands now.", kept=LIVE)


@view(of=domain.LotSnapshot, description="How the lot stands; what follows are changes of it.", name="AuctionSnapshot")
class AuctionSnapshot(AuctionEvent):
    """A view of `domain.lot_events.LotSnapshot`."""


@view(of=domain.LotGap, description="Earlier events cannot be shown any more; this is how the lot stands now.")
class GapEvent(AuctionEvent):
    """A view of `domain.lot_events.LotGap`."""

    reason: str = attribute("Why: `trimmed` or `generation`.")


@view(of=domain.LotBid, description="A bid was recorded.")
class BidPlaced(AuctionEvent):
    """A view of `domain.lot_events.LotBid`."""

    bidder: str = attribute("The bidder's pseudonym.")
    has_new_leader: bool = attribute("Whether the lead changed hands.")
    has_bought: bool = attribute("Whether it bought the lot at once.")


@view(of=domain.LotBidsRemoved, description="Bids were taken back or struck; price and leader follow anew.")
class BidsRemoved(AuctionEvent):
    """A view of `domain.lot_events.LotBidsRemoved`."""

    bidder: str = attribute("The pseudonym of their bidder.")
    removed: list[int] = attribute("The places of the bids in the log.")
    reason: str = attribute("Why.")
    is_void: bool = attribute("Whether staff struck them.")


@view(of=domain.LotStatusChanged, description="The lot was paused, resumed, cancelled, frozen, or its reserve lowered.")
class AuctionChanged(AuctionEvent):
    """A view of `domain.lot_events.LotStatusChanged`."""

    change: str = attribute("paused, resumed, cancelled, closing or reserve-lowered.")


@view(of=domain.LotClosed, description="The result stands; the stream ends.")
class AuctionClosed(AuctionEvent):
    """A view of `domain.lot_events.LotClosed`."""

    outcome: str = attribute("sold or passed.")
    reason: str = attribute("Why.")


@view(of=domain.MyBidUpdate, description="What changed for the viewer on a lot.")
class MyBidUpdate:
    """A view of `domain.lot_events.MyBidUpdate`."""

    version: int = attribute("The lot's version.")
    at: datetime = attribute("When it was decided.")
    standing: str = attribute("leading, outbid, won or lost.")
    price: Money | None = attribute("The price after it.")
    effective_end_at: datetime = attribute("The end after it.")
    auction: Auction | None = resolved(by=resolve.update_auction, description="The auction.")
