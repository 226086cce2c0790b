"""Fields of auctions and sales, and the lists of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry
from strawberry import Parent

from datasources.postgres import auctions as recorded
from datasources.postgres.auctions import AuctionOrder, AuctionWhere
from datasources.redis import auctions as live_lots
from datasources.redis.auctions import LiveLot
from domain.auctions import Auction, AuctionKind, AuctionStatus, ReserveStatus, Sale
from domain.bids import Registration, has_buy_now, minimum_for, pseudonym
from domain.increments import IncrementRow
from domain.listings import Listing
from domain.lots import LotEntry, opening_state
from domain.money import Money
from domain.nodes import encode_node_id, record_id_of
from domain.pages import Page, keyed_page, slice_of
from domain.results import AuctionResult
from resolvers.arguments import After, First
from resolvers.auction_context import AuctionContext, AuctionInfo
from resolvers.listings import visible_listing
from resolvers.reading import reads

IdArgument = Annotated[strawberry.ID, strawberry.argument(description="A global id.")]
CountArgument = Annotated[int, strawberry.argument(description="How many amounts, 1 to 20.")]


@strawberry.enum(description="Which auctions to list.")
class AuctionPhase(Enum):
    """Coming, running or ended ones."""

    COMING = "coming"
    RUNNING = "running"
    ENDED = "ended"


@strawberry.input(description="Which auctions to list; every field given narrows the list.")
class AuctionFilter:
    """Narrowing of `auctions`."""

    phase: AuctionPhase | None = strawberry.field(default=None, description="Coming, running or ended ones.")
    seller_id: strawberry.ID | None = strawberry.field(default=None, description="The profile that sells.")
    sale_id: strawberry.ID | None = strawberry.field(default=None, description="The sale they belong to.")


FilterArgument = Annotated[AuctionFilter | None, strawberry.argument(description="Which auctions to list.")]
SortArgument = Annotated[AuctionOrder, strawberry.argument(description="The order.")]

_PHASES = {
    AuctionPhase.COMING: (AuctionStatus.SCHEDULED,),
    AuctionPhase.RUNNING: (AuctionStatus.OPEN, AuctionStatus.PAUSED),
    AuctionPhase.ENDED: (
        AuctionStatus.CLOSING,
        AuctionStatus.SOLD,
        AuctionStatus.PASSED,
        AuctionStatus.PAYMENT_DUE,
        AuctionStatus.PAID,
        AuctionStatus.DEFAULTED,
    ),
}


@reads({})
async def auction(info: AuctionInfo, id: IdArgument) -> Auction | None:  # noqa: A002 - Relay's name
    """One auction; drafts are nobody's."""
    found = await info.context.auctions.auction_by_id.load(record_id_of(id, "Auction"))
    return found if found is not None and found.status is not AuctionStatus.DRAFT else None


@reads({})
async def auctions(
    info: AuctionInfo,
    filter: FilterArgument = None,  # noqa: A002 - the usual name of this argument
    sort: SortArgument = AuctionOrder.ENDING_SOONEST,
    first: First = 20,
    after: After = None,
) -> Page[Auction]:
    """A page of auctions from the record; live fields of the whole page are one Redis pipeline."""
    wanted = slice_of(first, after, arity=2)
    asked = filter or AuctionFilter()
    where = AuctionWhere(
        statuses=_PHASES[asked.phase] if asked.phase else (),
        seller_id=record_id_of(asked.seller_id, "PublicUser") if asked.seller_id else None,
        sale_id=record_id_of(asked.sale_id, "Sale") if asked.sale_id else None,
    )
    fields = info.context.selection.of(Auction)
    return keyed_page(await recorded.page(info.context.sources.database, where, sort, wanted, fields=fields), wanted)


@reads({})
async def sale(info: AuctionInfo, id: IdArgument) -> Sale | None:  # noqa: A002 - Relay's name
    """One sale."""
    return await info.context.auctions.sale_by_id.load(record_id_of(id, "Sale"))


@reads({Sale: ("auction_ids",)})
async def sale_lots(info: AuctionInfo, root: Parent[Sale]) -> list[Auction]:
    """The lots in their order, at most a hundred."""
    found = await info.context.auctions.auction_by_id.load_many(list(root.auction_ids[:100]))
    return [each for each in found if each is not None]


@reads({Auction: ("auction_id",)})
def auction_id(root: Parent[Auction]) -> strawberry.ID:
    """The global id of an auction."""
    return strawberry.ID(encode_node_id("Auction", root.auction_id))


@reads({Sale: ("sale_id",)})
def sale_id(root: Parent[Sale]) -> strawberry.ID:
    """The global id of a sale."""
    return strawberry.ID(encode_node_id("Sale", root.sale_id))


@reads({Auction: ("terms.kind",)})
def kind(root: Parent[Auction]) -> AuctionKind:
    """How the price is found."""
    return root.terms.kind


@reads({Auction: ("sale_id",)})
async def sale_of(info: AuctionInfo, root: Parent[Auction]) -> Sale | None:
    """The sale the lot belongs to."""
    return await info.context.auctions.sale_by_id.load(root.sale_id) if root.sale_id else None


@reads({Auction: ("listing_id",)})
async def listing_of(info: AuctionInfo, root: Parent[Auction]) -> Listing | None:
    """The thing that is sold."""
    return await visible_listing(info.context, root.listing_id)


@reads({Listing: ("listing_id",)})
async def auction_of(info: AuctionInfo, root: Parent[Listing]) -> Auction | None:
    """The auction in which a listing is sold."""
    return await info.context.auctions.auction_by_listing.load(root.listing_id)


async def _lot(context: AuctionContext, auction: Auction) -> LiveLot | None:
    """The live lot; one that Redis lost is rebuilt on the way."""
    found = await context.auctions.lot_by_id.load(auction.auction_id)
    if found is None and auction.status in recorded.RUNNING:
        await context.saleroom.rebuild(auction.auction_id, newer_than=0)
        found = (await live_lots.read_lots(context.sources.live, [auction.auction_id]))[0]
    return found


@reads({Auction: ("auction_id", "status", "terms.starts_at")})
async def status(info: AuctionInfo, root: Parent[Auction]) -> AuctionStatus:
    """Where it stands by the clock: the record follows within seconds."""
    lot = await info.context.auctions.lot_by_id.load(root.auction_id)
    if root.status is AuctionStatus.SCHEDULED and root.starts_at <= info.context.now:
        return AuctionStatus.OPEN if lot is None or info.context.now < lot.state.ends_at else AuctionStatus.CLOSING
    if root.status is AuctionStatus.OPEN and lot is not None and info.context.now >= lot.state.ends_at:
        return AuctionStatus.CLOSING
    return root.status


@reads({Auction: ("auction_id", "status", "terms.currency")})
async def price(info: AuctionInfo, root: Parent[Auction]) -> Money | None:
    """The price as recorded; None before the first bid."""
    shown, result = await _shown(info.context, root)
    amount = shown.price_minor if shown is not None else result.price_minor if result is not None else None
    return None if amount is None else Money(amount, root.terms.currency)


async def _shown(context: AuctionContext, auction: Auction) -> tuple[LotEntry | None, AuctionResult | None]:
    lot = await _lot(context, auction)
    if lot is not None:
        return lot.shown, None
    return None, await context.auctions.result_by_id.load(auction.auction_id)


@reads({Auction: ("auction_id", "status")})
async def version(info: AuctionInfo, root: Parent[Auction]) -> int:
    """The sequence of the newest shown line."""
    shown, result = await _shown(info.context, root)
    return shown.seq if shown is not None else result.closing_seq if result is not None else 0


@reads({Auction: ("auction_id", "status")})
async def bid_count(info: AuctionInfo, root: Parent[Auction]) -> int:
    """How many bids stand."""
    shown, result = await _shown(info.context, root)
    return shown.bid_count if shown is not None else result.bid_count if result is not None else 0


@reads({Auction: ("auction_id", "status")})
async def leader(info: AuctionInfo, root: Parent[Auction]) -> str | None:
    """The pseudonym of who leads."""
    shown, _ = await _shown(info.context, root)
    if shown is None or shown.leader_id is None:
        return None
    return pseudonym(info.context.hub.secret, root.auction_id, shown.leader_id)


@reads({Auction: ("auction_id", "status", "terms.reserve_minor", "terms.ends_at", "terms.soft_close")})
async def reserve_status(info: AuctionInfo, root: Parent[Auction]) -> ReserveStatus:
    """Whether the reserve is met; its amount is never shown."""
    shown, _ = await _shown(info.context, root)
    return shown.reserve_status if shown is not None else opening_state(root.terms).reserve_status


@reads({Auction: ("auction_id", "status", "terms.ends_at")})
async def effective_end_at(info: AuctionInfo, root: Parent[Auction]) -> datetime:
    """The end as late bids have moved it."""
    shown, result = await _shown(info.context, root)
    if shown is not None:
        return shown.ends_at
    return result.ended_at if result is not None else root.scheduled_end_at


@reads({})
async def server_time(info: AuctionInfo) -> datetime:
    """The bid store's clock, by which everything is decided."""
    return await live_lots.store_time(info.context.sources.live)


@reads({Auction: ("auction_id", "status", "terms")})
async def minimum_next(info: AuctionInfo, root: Parent[Auction]) -> Money:
    """The least amount the viewer may offer next."""
    lot = await _lot(info.context, root)
    state = lot.state if lot is not None else opening_state(root.terms)
    user = info.context.viewer.user
    return Money(minimum_for(root.terms, state, str(user.user_id) if user else ""), root.terms.currency)


@reads({Auction: ("auction_id", "status", "terms")})
async def next_bids(info: AuctionInfo, root: Parent[Auction], count: CountArgument = 5) -> list[Money]:
    """The next amounts, for buttons."""
    return list(root.terms.policy.next_amounts(await minimum_next(info, root), count))


@reads({Auction: ("auction_id", "status", "terms.buy_now_minor", "terms.buy_now_until")})
async def offers_buy_now(info: AuctionInfo, root: Parent[Auction]) -> bool:
    """Whether it can be bought at once now."""
    lot = await _lot(info.context, root)
    return lot is not None and has_buy_now(root.terms, lot.state)


@reads({Auction: ("terms.policy",)})
def increments(root: Parent[Auction]) -> list[IncrementRow]:
    """The table of steps."""
    return list(root.terms.policy.rows)


@reads({Auction: ("auction_id",)})
async def result(info: AuctionInfo, root: Parent[Auction]) -> AuctionResult | None:
    """The canonical result, once it has one."""
    return await info.context.auctions.result_by_id.load(root.auction_id)


@dataclass(frozen=True, slots=True)
class MyStanding:
    """How the viewer stands on a lot; only the viewer sees it."""

    auction: Auction
    registration: Registration | None
    max_minor: int | None
    is_leading: bool


@reads({Auction: ("auction_id", "status")})
async def my_standing(info: AuctionInfo, root: Parent[Auction]) -> MyStanding | None:
    """The viewer's own admission, maximum and lead; None for visitors."""
    user = info.context.viewer.user
    if user is None:
        return None
    lot = await _lot(info.context, root)
    own, registration = (
        await info.context.auctions.own_maximum.load(root.auction_id),
        await info.context.auctions.own_registration.load(root.auction_id),
    )
    leads = lot is not None and lot.shown is not None and lot.shown.leader_id == str(user.user_id)
    return MyStanding(root, registration, own, leads)


@reads({MyStanding: ("auction", "max_minor"), Auction: ("terms.currency",)})
def my_maximum(root: Parent[MyStanding]) -> Money | None:
    """The viewer's own maximum."""
    return None if root.max_minor is None else Money(root.max_minor, root.auction.terms.currency)


@reads({MyStanding: ("registration",)})
def is_registered(root: Parent[MyStanding]) -> bool:
    """Whether the viewer is admitted."""
    return root.registration is not None
