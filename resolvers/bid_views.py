"""Bids as they are shown: to everybody under a pseudonym, with their maximum to their own bidder alone."""

from dataclasses import dataclass
from datetime import datetime

from strawberry import Parent

from domain.auctions import Auction
from domain.bids import pseudonym
from domain.lots import LotEntry
from domain.money import Money
from resolvers.auction_context import AuctionContext, AuctionInfo
from resolvers.reading import reads


@dataclass(frozen=True, slots=True)
class ShownBid:
    """A bid as others see it: a pseudonym and the price it led to; the maximum only for its own bidder."""

    entry: LotEntry
    currency: str
    bidder: str
    is_mine: bool


def shown(context: AuctionContext, entry: LotEntry, currency: str) -> ShownBid:
    """A line of a lot's log as the viewer may see it."""
    user = context.viewer.user
    is_mine = user is not None and entry.bidder_id == str(user.user_id)
    name = pseudonym(context.hub.secret, entry.auction_id, entry.bidder_id or "")
    return ShownBid(entry, currency, name, is_mine)


@reads({ShownBid: ("entry", "currency"), LotEntry: ("price_minor",)})
def price_after(root: Parent[ShownBid]) -> Money:
    """The price after the bid."""
    return Money(root.entry.price_minor or 0, root.currency)


@reads({ShownBid: ("entry", "currency", "is_mine"), LotEntry: ("max_minor",)})
def own_maximum(root: Parent[ShownBid]) -> Money | None:
    """The maximum, for its own bidder alone."""
    return Money(root.entry.max_minor or 0, root.currency) if root.is_mine else None


@reads({ShownBid: ("entry",), LotEntry: ("auction_id",)})
async def bid_auction(info: AuctionInfo, root: Parent[ShownBid]) -> Auction | None:
    """The auction it was placed on."""
    return await info.context.auctions.auction_by_id.load(root.entry.auction_id)


@reads({ShownBid: ("entry",), LotEntry: ("seq",)})
def bid_seq(root: Parent[ShownBid]) -> int:
    """The bid's place in the log."""
    return root.entry.seq


@reads({ShownBid: ("entry",), LotEntry: ("at",)})
def bid_at(root: Parent[ShownBid]) -> datetime:
    """When it was taken."""
    return root.entry.at
