"""Orders beside their payments: fixed-price checkout, defaults, second chances, and the listing that follows."""

import hashlib
import secrets
from uuid import UUID

from datasources.postgres import auctions as recorded_auctions
from datasources.postgres import idempotency, jobs, opening, orders, results
from datasources.postgres import listings as recorded_listings
from datasources.postgres import payments as recorded_payments
from datasources.postgres.notifications import Connection
from datasources.postgres.payments import Job, OrderChange
from datasources.sanity.client import ContentRejectedError
from datasources.sources import Sources
from domain.auctions import AuctionStatus
from domain.ids import RANDOM_BITS, uuid7
from domain.ledger import fallen_through
from domain.listings import ListingStatus
from domain.orders import (
    MOST_SECOND_CHANCES,
    SECOND_CHANCE_TERM,
    Deal,
    Order,
    OrderKind,
    OrderStatus,
    open_order,
)
from domain.problems import (
    IdempotencyConflict,
    NotAllowed,
    NotFound,
    RetryLater,
    UpstreamUnavailableError,
    WrongState,
)
from domain.results import runner_ups
from domain.users import User
from services.auctions import SYNC_AUCTION
from services.closing import CHARGE_ORDER

DEFAULT_OVERDUE = "orders.default-overdue"
OFFER_SECOND_CHANCE = "orders.offer-second-chance"
LAPSE_SECOND_CHANCE = "orders.lapse-second-chance"
_MOST_OVERDUE = 200
_MOST_TRIES = 5
_SOLD = frozenset({OrderStatus.PAID, OrderStatus.COMPLETED, OrderStatus.PARTLY_REFUNDED})


def new_order_id(sources: Sources) -> str:
    """An order id that sorts by the time it was made."""
    return str(uuid7(sources.clock(), secrets.randbits(RANDOM_BITS)))


async def checkout(
    sources: Sources, user: User, listing_id: str, *, idempotency_key: str
) -> Order | NotFound | NotAllowed | WrongState | IdempotencyConflict | RetryLater:
    """Order a fixed-price listing; one order stands per listing, and the same key gives the same order."""
    now = sources.clock()
    try:
        meta = (await sources.database.read("listings.by-ids", lambda it: recorded_listings.by_ids(it, [listing_id])))[
            0
        ]
        if meta is None or meta.price is None or meta.seller_profile_id is None:
            return NotFound("There is no such listing for sale.")
        if user.profile_id is not None and user.profile_id == meta.seller_profile_id:
            return NotAllowed("Sellers cannot buy their own things.")
        order_id = await idempotency.claim(
            sources.database,
            user_id=user.user_id,
            operation="checkout",
            key=idempotency_key,
            input_hash=hashlib.sha256(listing_id.encode()).hexdigest(),
            subject_id=new_order_id(sources),
            now=now,
        )
        if order_id is None:
            return IdempotencyConflict()
        before = (await orders.by_ids(sources.database, [order_id]))[0]
        if before is not None:
            return before
        if await _is_in_auction(sources, listing_id):
            return _IN_AUCTION
        if meta.status is not ListingStatus.ACTIVE or meta.price.amount_minor < 1:
            return WrongState(meta.status.name, "This listing cannot be bought now.")
        deal = Deal(
            kind=OrderKind.FIXED_PRICE,
            listing_id=listing_id,
            auction_id=None,
            buyer_id=str(user.user_id),
            seller_id=meta.seller_profile_id,
            total=meta.price,
        )
        order = open_order(deal, order_id, now=now)
        if not await _open(sources, order, round_number=0):
            # The database lets a thing be sold in one way at a time, whatever was read above.
            standing = (await orders.by_ids(sources.database, [order_id]))[0]
            return standing or (_IN_AUCTION if await _is_in_auction(sources, listing_id) else _RESERVED)
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    return order


_IN_AUCTION = WrongState("IN_AUCTION", "This is sold to the highest bidder of its auction.")
_RESERVED = WrongState("RESERVED", "Somebody else is buying this listing.")


async def _is_in_auction(sources: Sources, listing_id: str) -> bool:
    lot = (await recorded_auctions.of_listings(sources.database, [listing_id]))[0]
    return lot is not None and lot.status in recorded_auctions.RUNNING


async def _open(sources: Sources, order: Order, *, round_number: int) -> bool:
    """Write the order, what it puts in the ledger, and the job that collects it, all at once."""
    return await sources.database.write(
        "orders.open",
        lambda it: opening.open_order(
            it, order, round_number=round_number, charge_job=CHARGE_ORDER, now=sources.clock()
        ),
    )


async def default_overdue(sources: Sources) -> int:
    """Let orders whose term has passed fall through; how many did."""
    overdue = await orders.overdue(sources.database, now=sources.clock(), most=_MOST_OVERDUE)
    return sum([await default_order(sources, each) for each in overdue])


async def default_order(sources: Sources, order_id: str) -> bool:
    """Let an unpaid order fall through: nobody owes anything, and the lot's runner-up is asked.

    An auction that was held back because the thing was on order is taken over anew.
    """
    order = (await orders.by_ids(sources.database, [order_id]))[0]
    if order is None:
        return False
    follow_up: tuple[Job, ...] = ()
    if order.auction_id is not None:
        follow_up = ((OFFER_SECOND_CHANCE, {"id": order.auction_id}, f"{order.auction_id}:{order_id}"),)
    change = OrderChange(
        OrderStatus.DEFAULTED,
        transfer=fallen_through(order),
        auction_status=AuctionStatus.DEFAULTED,
        follow_up=follow_up,
    )
    now = sources.clock()
    freed = order.listing_id if order.kind is OrderKind.FIXED_PRICE else None

    async def run(connection: Connection) -> bool:
        waiting = await recorded_auctions.drafts_of(connection, freed) if freed is not None else []
        done = await recorded_payments.step_order(connection, order_id, change, actor="scheduler", now=now)
        for auction_id in waiting if done is not None else []:
            await jobs.enqueue(connection, SYNC_AUCTION, {"id": auction_id}, dedupe_key=auction_id)
        return done is not None

    return await sources.database.write("orders.default", run)


async def offer_second_chance(sources: Sources, auction_id: str) -> bool:
    """Offer a defaulted lot to the next runner-up for the own maximum, up to three of them in turn."""
    found = await recorded_auctions.recorded_lot(sources.database, auction_id)
    if found is None or found.auction.status is not AuctionStatus.DEFAULTED:
        return False
    offers = await orders.second_chances_of(sources.database, auction_id)
    if len(offers) >= MOST_SECOND_CHANCES or any(status == "offered" for _, _, status in offers):
        return False
    result = (await results.by_ids(sources.database, [auction_id]))[0]
    asked = frozenset(bidder for _, bidder, _ in offers) | {result.winner_id if result and result.winner_id else ""}
    candidates = runner_ups(found.log, without=asked)
    if not candidates:
        return False
    expires_at = sources.clock() + SECOND_CHANCE_TERM
    return await sources.database.write(
        "orders.offer",
        lambda it: opening.offer(
            it,
            auction_id=auction_id,
            round_number=len(offers) + 1,
            runner_up=candidates[0],
            expires_at=expires_at,
            lapse_job=LAPSE_SECOND_CHANCE,
        ),
    )


async def accept_second_chance(
    sources: Sources, user: User, auction_id: str
) -> Order | NotFound | WrongState | RetryLater:
    """Take an offer up: the runner-up owes the own maximum."""
    try:
        auction = (await recorded_auctions.by_ids(sources.database, [auction_id]))[0]
        if auction is None:
            return NotFound("There is no such auction.")
        order = await sources.database.write(
            "orders.accept-second-chance",
            lambda it: opening.accept(
                it, auction, user.user_id, new_order_id(sources), charge_job=CHARGE_ORDER, now=sources.clock()
            ),
        )
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    return order or WrongState(auction.status.name, "There is no offer for you on this lot any more.")


async def lapse_second_chance(sources: Sources, auction_id: str, bidder_id: str) -> bool:
    """Let an offer lapse and ask the next runner-up, also when only the first of the two was done before."""
    await sources.database.write(
        "orders.lapse",
        lambda it: orders.take_second_chance(
            it, auction_id=auction_id, bidder_id=UUID(bidder_id), wanted="lapsed", now=sources.clock()
        ),
    )
    return await offer_second_chance(sources, auction_id)


async def settle_listing(sources: Sources, order_id: str) -> bool:
    """Say in content that the thing is sold; its webhook brings search after it (S0-027, S0-028)."""
    order = (await orders.by_ids(sources.database, [order_id]))[0]
    if order is None or order.status not in _SOLD:
        return False
    for _ in range(_MOST_TRIES):
        document = (await sources.sanity.documents([order.listing_id], tag="listing.settle"))[0]
        if document is None:
            return False
        if document.get("status") in {ListingStatus.SOLD.value, ListingStatus.PAID.value}:
            return True
        patch = {
            "id": order.listing_id,
            "ifRevisionID": document["_rev"],
            "set": {"status": ListingStatus.SOLD.value},
        }
        try:
            await sources.sanity.mutate([{"patch": patch}], tag="listing.settle")
        except ContentRejectedError as error:
            if not error.is_conflict:
                raise
            continue
        return True
    # Somebody keeps writing the document; the job comes again.
    raise UpstreamUnavailableError("sanity")
