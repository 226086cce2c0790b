"""Auctions from content into the record and the live state, and their opening by the clock (S0-022)."""

from collections.abc import Sequence

import structlog

from datasources.postgres import auctions as recorded
from datasources.postgres import jobs, registrations
from datasources.postgres import sales as recorded_sales
from datasources.redis import auctions as live_lots
from datasources.sanity import auctions as content
from datasources.sanity.auctions import UnusableAuction
from datasources.sources import Sources
from domain.auctions import Auction, AuctionStatus
from domain.bids import Registration, Standing, is_auction_id
from domain.problems import NotAllowed, NotFound, RetryLater, UpstreamUnavailableError, WrongState
from domain.users import User
from services.journal import Recorded
from services.salerooms import Saleroom

SYNC_AUCTION = "auctions.sync"
SYNC_SALE = "auctions.sync-sale"
TEND_LOTS = "auctions.tend"
_BATCH = 50
_MOST_LOTS = 10_000

_log = structlog.get_logger(__name__)

_JOINABLE = frozenset({AuctionStatus.SCHEDULED, AuctionStatus.OPEN, AuctionStatus.PAUSED})


async def sync_auctions(saleroom: Saleroom, ids: Sequence[str]) -> int:
    """Cache these auctions as content defines them now; how many were taken over.

    Terms are frozen when a lot opens: an opened one keeps those it opened with, whatever an editor writes (X-03).
    """
    sources, now = saleroom.sources, saleroom.sources.clock()
    taken = 0
    for found in await content.newest(sources.sanity, [each for each in ids if is_auction_id(each)], now=now):
        if isinstance(found, UnusableAuction):
            _log.warning("auction not taken over", auction_id=found.auction_id, reason=found.reason)
            continue
        taken += await _take_over(saleroom, found)
    return taken


async def _take_over(saleroom: Saleroom, found: Auction) -> bool:
    before = (await recorded.by_ids(saleroom.sources.database, [found.auction_id]))[0]
    is_held_back = before is not None and (before.status, found.status) == (
        AuctionStatus.DRAFT,
        AuctionStatus.SCHEDULED,
    )
    if before is not None and before.revision == found.revision and before.terms == found.terms and not is_held_back:
        return False
    if before is not None and _is_frozen(before, saleroom):
        return False
    status = await saleroom.sources.database.write(
        "auctions.upsert", lambda connection: recorded.upsert(connection, found)
    )
    if status is AuctionStatus.SCHEDULED:
        await saleroom.rebuild(found.auction_id)
    elif status is AuctionStatus.DRAFT and found.status is AuctionStatus.SCHEDULED:
        _log.warning("auction held back: its listing is on order", auction_id=found.auction_id)
    return status is not None


def _is_known(before: Auction, found: Auction) -> bool:
    """Whether nothing is new; one that was held back as a draft is tried again."""
    is_held_back = before.status is AuctionStatus.DRAFT and found.status is AuctionStatus.SCHEDULED
    return before.revision == found.revision and before.terms == found.terms and not is_held_back


def _is_frozen(auction: Auction, saleroom: Saleroom) -> bool:
    has_opened = auction.status is AuctionStatus.SCHEDULED and auction.starts_at <= saleroom.sources.clock()
    return has_opened or auction.status not in {AuctionStatus.DRAFT, AuctionStatus.SCHEDULED}


async def sync_sale(saleroom: Saleroom, sale_id: str) -> int:
    """Cache a sale and, as its end gives theirs, its lots; how many lots were taken over."""
    sources = saleroom.sources
    sale = await content.newest_sale(sources.sanity, sale_id)
    if sale is None:
        return 0
    await sources.database.write(
        "sales.upsert", lambda connection: recorded_sales.upsert(connection, sale, now=sources.clock())
    )
    taken, after = 0, ""
    for _ in range(_MOST_LOTS // _BATCH):
        ids = await content.lots_of_sale(sources.sanity, sale_id, after=after, limit=_BATCH)
        taken += await sync_auctions(saleroom, ids)
        if len(ids) < _BATCH:
            break
        after = ids[-1]
    return taken


async def sync_every_auction(saleroom: Saleroom) -> int:
    """Take over whatever content defines; for the first import and for reconciliation."""
    taken, after = 0, ""
    for _ in range(_MOST_LOTS // _BATCH):
        ids = await content.ids_after(saleroom.sources.sanity, after=after, limit=_BATCH)
        taken += await sync_auctions(saleroom, ids)
        if len(ids) < _BATCH:
            break
        after = ids[-1]
    return taken


async def request_sync(sources: Sources, auction_id: str) -> None:
    """Have a worker take the auction over."""
    await sources.database.write(
        "auctions.request-sync",
        lambda connection: jobs.enqueue(connection, SYNC_AUCTION, {"id": auction_id}, dedupe_key=auction_id),
    )


async def open_due(sources: Sources) -> int:
    """Say in the record what the clock has already done: lots whose start has passed are open."""
    return await sources.database.write(
        "auctions.open-due", lambda connection: recorded.open_due(connection, now=sources.clock())
    )


async def register_to_bid(
    saleroom: Saleroom, user: User, auction_id: str
) -> Registration | NotFound | NotAllowed | WrongState | RetryLater:
    """Admit the account to a lot; again changes nothing."""
    sources = saleroom.sources
    try:
        auction = (await recorded.by_ids(sources.database, [auction_id]))[0]
        if auction is None or auction.status is AuctionStatus.DRAFT:
            return NotFound("There is no such auction.")
        if user.profile_id is not None and user.profile_id == auction.terms.seller_id:
            return NotAllowed("Sellers cannot bid on their own lots.")
        if auction.status not in _JOINABLE:
            return WrongState(auction.status.name, "This auction takes no more bidders.")
        wanted = Registration(auction_id, str(user.user_id), Standing.REGISTERED)
        admitted = await sources.database.write(
            "auctions.register",
            lambda connection: registrations.add(connection, wanted, now=sources.clock()),
        )
        await live_lots.register(sources.live, admitted)
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    return admitted


async def rebuild_auctions(saleroom: Saleroom, ids: Sequence[str] | None = None) -> int:
    """Rebuild these lots, or every running one, from the journal; how many were."""
    if ids is not None:
        return sum([await saleroom.rebuild(each) for each in ids])
    rebuilt, after = 0, ""
    for _ in range(_MOST_LOTS // _BATCH):
        found = await recorded.running(saleroom.sources.database, after=after, most=_BATCH)
        rebuilt += sum([await saleroom.rebuild(each) for each in found])
        if len(found) < _BATCH:
            break
        after = found[-1]
    return rebuilt


async def catch_up_running(saleroom: Saleroom) -> int:
    """Journal what running lots have pending: bids whose process died before it could; how many lots had some.

    A lot whose live state is gone is rebuilt, so that its watchers see what was journalled without being shown.
    """
    database, live = saleroom.sources.database, saleroom.sources.live
    behind, after = 0, ""
    for _ in range(_MOST_LOTS // _BATCH):
        ids = await recorded.running(database, after=after, most=_BATCH)
        for auction_id, lot in zip(ids, await live_lots.read_lots(live, ids), strict=True):
            if lot is None:
                await saleroom.rebuild(auction_id, newer_than=0)
            elif lot.journalled_seq == lot.state.version:
                continue
            elif await saleroom.journal.catch_up(auction_id) is Recorded.REFUSED:
                await saleroom.rebuild(auction_id, newer_than=lot.epoch)
            behind += 1
        if len(ids) < _BATCH:
            break
        after = ids[-1]
    return behind
