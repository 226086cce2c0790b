"""Bids of auctions, and the mutations of bidders, sellers and staff."""

import strawberry
from strawberry import Parent

from datasources.postgres import bids as journal_rows
from datasources.redis.lot_lines import to_ms
from domain.auctions import Auction
from domain.bids import (
    REJECTION_SENTENCES,
    BidAsk,
    BidOutcome,
    BidRejected,
    BuyNowAsk,
    Registration,
    RejectionCode,
)
from domain.flags import LAUNCH_AUCTIONS, LAUNCH_PAYMENTS
from domain.lots import LotEntry
from domain.nodes import record_id_of
from domain.orders import Order
from domain.pages import Page, keyed_page, slice_of
from domain.problems import IdempotencyConflict, NotAllowed, NotFound, RetryLater, WrongState
from domain.retractions import RetractionReason
from resolvers.arguments import After, First, MinorUnits
from resolvers.auction_context import AuctionContext, AuctionInfo
from resolvers.bid_views import ShownBid, shown
from resolvers.flags import refusal_without
from resolvers.reading import reads
from services import auctions, bids, lot_steps, orders
from services.lot_steps import StepOutcome

_KEY = "A UUID made by the client; repeating the call with it gives the first answer and never a second bid."
_AUCTION = "Id of the auction."


@strawberry.input(description="A bid.")
class PlaceBidInput:
    """Input of `placeBid`."""

    auction_id: strawberry.ID = strawberry.field(description=_AUCTION)
    max_amount_minor: MinorUnits = strawberry.field(
        description="The most the bidder would pay, in minor units; the lot bids for them as far as it must."
    )
    currency: str = strawberry.field(description="ISO currency of the amount; must be the lot's.")
    is_exact: bool = strawberry.field(default=False, description="Go to exactly this price at once.")
    confirm_large_bid: bool = strawberry.field(
        default=False, description="Needed for an offer above ten times the minimum."
    )
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.input(description="A wish to buy a lot at once.")
class BuyNowInput:
    """Input of `buyNow`."""

    auction_id: strawberry.ID = strawberry.field(description=_AUCTION)
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.input(description="An auction.")
class AuctionInput:
    """Input of mutations that need nothing but an auction."""

    auction_id: strawberry.ID = strawberry.field(description=_AUCTION)


@strawberry.input(description="A wish to take the viewer's own bids back.")
class RetractBidInput:
    """Input of `retractBid`."""

    auction_id: strawberry.ID = strawberry.field(description=_AUCTION)
    reason: RetractionReason = strawberry.field(description="Why; there are no other reasons.")


@strawberry.input(description="A bid to strike.")
class VoidBidInput:
    """Input of `voidBid`."""

    auction_id: strawberry.ID = strawberry.field(description=_AUCTION)
    seq: int = strawberry.field(description="The bid's place in the lot's log.")
    reason: str = strawberry.field(description="Why, for everybody to read.")


@strawberry.input(description="A lower reserve.")
class LowerReserveInput:
    """Input of `lowerReserve`."""

    auction_id: strawberry.ID = strawberry.field(description=_AUCTION)
    reserve_minor: MinorUnits | None = strawberry.field(
        default=None, description="The new reserve in minor units of the lot's currency; null removes it."
    )


@strawberry.input(description="A listing to buy.")
class CheckoutInput:
    """Input of `checkout`."""

    listing_id: strawberry.ID = strawberry.field(description="Id of the listing.")
    idempotency_key: str = strawberry.field(description=_KEY)


@reads({Auction: ("auction_id", "terms.currency"), LotEntry: ("auction_id", "seq", "bidder_id")})
async def bids_of(info: AuctionInfo, root: Parent[Auction], first: First = 20, after: After = None) -> Page[ShownBid]:
    """The lot's standing bids, newest first."""
    wanted = slice_of(first, after, arity=1)
    place = wanted.after[0] if wanted.after else None
    key = (root.auction_id, first, place if isinstance(place, int) else None)
    found = await info.context.auctions.bids_by_auction.load(key)
    currency = root.terms.currency
    return keyed_page([((each.seq,), shown(info.context, each, currency)) for each in found], wanted)


@reads({Auction: ("terms.currency",), LotEntry: ("auction_id", "seq", "at", "bidder_id")})
async def viewer_bids(info: AuctionInfo, first: First = 20, after: After = None) -> Page[ShownBid]:
    """The viewer's own bids over all lots, newest first."""
    wanted = slice_of(first, after, arity=3)
    context = info.context
    found = await journal_rows.bids_of(context.sources.database, str(context.user.user_id), wanted)
    lots = await context.auctions.auction_by_id.load_many([each.auction_id for each in found])
    pairs = [(entry, lot) for entry, lot in zip(found, lots, strict=True) if lot is not None]
    return keyed_page(
        [
            ((to_ms(entry.at), entry.auction_id, entry.seq), shown(context, entry, lot.terms.currency))
            for entry, lot in pairs
        ],
        wanted,
    )


async def place_bid(info: AuctionInfo, input: PlaceBidInput) -> BidOutcome | NotFound:  # noqa: A002 - the customary name of a mutation's one argument
    """Place a bid."""
    context = info.context
    ask = BidAsk(
        auction_id=record_id_of(input.auction_id, "Auction"),
        bidder_id=str(context.user.user_id),
        profile_id=context.user.profile_id,
        max_minor=input.max_amount_minor,
        currency=input.currency,
        idempotency_key=input.idempotency_key,
        is_exact=input.is_exact,
        is_confirmed=input.confirm_large_bid,
    )
    refusal = await _disabled(context, ask.auction_id, ask.idempotency_key)
    return refusal or await bids.place_bid(context.saleroom, ask)


async def buy_now(info: AuctionInfo, input: BuyNowInput) -> BidOutcome | NotFound:  # noqa: A002 - as above
    """Buy a lot at once."""
    context = info.context
    ask = BuyNowAsk(
        auction_id=record_id_of(input.auction_id, "Auction"),
        bidder_id=str(context.user.user_id),
        profile_id=context.user.profile_id,
        idempotency_key=input.idempotency_key,
    )
    auction = await context.auctions.auction_by_id.load(ask.auction_id)
    if auction is None:
        return NotFound("There is no such auction.")
    refusal = await _disabled(context, ask.auction_id, ask.idempotency_key)
    return refusal or await bids.buy_now(context.saleroom, ask, currency=auction.terms.currency)


async def _disabled(context: AuctionContext, auction_id: str, key: str) -> BidRejected | None:
    if await context.saleroom.flags.is_on(LAUNCH_AUCTIONS, context.viewer):
        return None
    code = RejectionCode.DISABLED_BY_FLAG
    return BidRejected(
        auction_id=auction_id,
        idempotency_key=key,
        code=code,
        message=REJECTION_SENTENCES[code],
        minimum_next=None,
        server_time=None,
    )


async def register_to_bid(
    info: AuctionInfo,
    input: AuctionInput,  # noqa: A002 - as above
) -> Registration | NotFound | NotAllowed | WrongState | RetryLater:
    """Admit the viewer to a lot."""
    refusal = await refusal_without(LAUNCH_AUCTIONS, info.context)
    auction_id = record_id_of(input.auction_id, "Auction")
    return refusal or await auctions.register_to_bid(info.context.saleroom, info.context.user, auction_id)


async def retract_bid(info: AuctionInfo, input: RetractBidInput) -> StepOutcome:  # noqa: A002 - as above
    """Take the viewer's own bids back."""
    auction_id = record_id_of(input.auction_id, "Auction")
    return await lot_steps.retract_bid(info.context.saleroom, info.context.user, auction_id, input.reason)


async def void_bid(info: AuctionInfo, input: VoidBidInput) -> StepOutcome:  # noqa: A002 - as above
    """Strike a bid."""
    auction_id = record_id_of(input.auction_id, "Auction")
    context = info.context
    return await lot_steps.void_bid(context.saleroom, context.viewer, auction_id, seq=input.seq, reason=input.reason)


async def pause_lot(info: AuctionInfo, input: AuctionInput) -> StepOutcome:  # noqa: A002 - as above
    """Stop taking bids."""
    auction_id = record_id_of(input.auction_id, "Auction")
    return await lot_steps.pause_lot(info.context.saleroom, info.context.viewer, auction_id)


async def resume_lot(info: AuctionInfo, input: AuctionInput) -> StepOutcome:  # noqa: A002 - as above
    """Take bids again."""
    auction_id = record_id_of(input.auction_id, "Auction")
    return await lot_steps.resume_lot(info.context.saleroom, info.context.viewer, auction_id)


async def cancel_lot(info: AuctionInfo, input: AuctionInput) -> StepOutcome:  # noqa: A002 - as above
    """Withdraw a lot."""
    auction_id = record_id_of(input.auction_id, "Auction")
    return await lot_steps.cancel_lot(info.context.saleroom, info.context.viewer, auction_id)


async def lower_reserve(info: AuctionInfo, input: LowerReserveInput) -> StepOutcome:  # noqa: A002 - as above
    """Lower or remove the reserve."""
    context = info.context
    auction_id = record_id_of(input.auction_id, "Auction")
    return await lot_steps.lower_reserve(
        context.saleroom, context.viewer, context.user, auction_id, input.reserve_minor
    )


async def checkout(
    info: AuctionInfo,
    input: CheckoutInput,  # noqa: A002 - as above
) -> Order | NotFound | NotAllowed | WrongState | IdempotencyConflict | RetryLater:
    """Order a fixed-price listing."""
    listing_id = record_id_of(input.listing_id, "Listing")
    context = info.context
    if refusal := await refusal_without(LAUNCH_PAYMENTS, context):
        return refusal
    return await orders.checkout(context.sources, context.user, listing_id, idempotency_key=input.idempotency_key)


async def accept_second_chance(
    info: AuctionInfo,
    input: AuctionInput,  # noqa: A002 - as above
) -> Order | NotFound | NotAllowed | WrongState | RetryLater:
    """Take up the offer of a lot whose winner did not pay."""
    if refusal := await refusal_without(LAUNCH_PAYMENTS, info.context):
        return refusal
    auction_id = record_id_of(input.auction_id, "Auction")
    return await orders.accept_second_chance(info.context.sources, info.context.user, auction_id)


async def stepped_auction(info: AuctionInfo, root: Parent[lot_steps.LotStepped]) -> Auction | None:
    """The auction after the step."""
    return await info.context.auctions.auction_by_id.load(root.auction_id)
