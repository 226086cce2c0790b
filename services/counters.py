"""Counting views, marking listings, and flushing what Redis counted into the record."""

import asyncio
import contextlib
import secrets
from dataclasses import dataclass

from datasources import counters
from datasources.postgres import counters as recorded_counters
from datasources.postgres import jobs, listings, marks
from datasources.postgres.marks import Mark
from datasources.redis import counters as live_counters
from datasources.sanity import listings as content_listings
from datasources.sources import Sources
from domain.counters import ListingCounters, ViewerListingState
from domain.problems import NotFound, UpstreamUnavailableError
from domain.users import User, Viewer

FLUSH_COUNTERS = "counters.flush"
"""The job that runs :func:`flush_counters`; one waiting job is enough for everybody."""

CORRECT_COUNTERS = "counters.correct"
"""The job that runs :func:`correct_counters`."""

_FLUSH_AT_VIEWS = 1_000
_FLUSH_AT_LISTINGS = 2_000
_MOST_ROUNDS = 100
_SETTLE_SECONDS = 1.1
"""Redis writes its log to disk once a second: a batch that old survives a crash, so its id is met again after it."""

_NO_SUCH_LISTING = NotFound("There is no such listing, or it is no longer shown.")


@dataclass(frozen=True, slots=True)
class RecordedView:
    """Whether the view counted (once per viewer and window), and the counters after it."""

    is_counted: bool
    counters: ListingCounters


@dataclass(frozen=True, slots=True)
class FlushedCounters:
    """What one flush moved into the record."""

    views: int
    marked_listings: int


async def record_view(sources: Sources, viewer: Viewer, listing_id: str) -> RecordedView | NotFound:
    """Count the viewer's view of a listing; safe to repeat (S0-033)."""
    view = await live_counters.record_view(sources.live, listing_id, viewer.visitor_key)
    if view is None:
        if not await _is_shown(sources, listing_id):
            return _NO_SUCH_LISTING
        (seeded,) = await counters.by_ids(sources.database, sources.live, [listing_id])
        view = await live_counters.record_view(sources.live, listing_id, viewer.visitor_key)
        if view is None:  # a mark forgot the counters again; the view may be sent again
            return RecordedView(is_counted=False, counters=seeded)
    if view.is_counted and _is_flush_due(view):
        with contextlib.suppress(UpstreamUnavailableError):  # the scheduled flush comes anyway
            await sources.database.write(
                "counters.request-flush",
                lambda connection: jobs.enqueue(connection, FLUSH_COUNTERS, {}, dedupe_key=FLUSH_COUNTERS),
            )
    return RecordedView(view.is_counted, view.counters)


def _is_flush_due(view: live_counters.ViewCount) -> bool:
    """Whether this very view crossed a threshold, so that one request among thousands asks for a flush."""
    is_first_of_listing = view.waiting_views == 1
    return view.waiting_views % _FLUSH_AT_VIEWS == 0 or (
        is_first_of_listing and view.waiting_listings % _FLUSH_AT_LISTINGS == 0
    )


async def like_listing(sources: Sources, user: User, listing_id: str) -> ViewerListingState | NotFound:
    """Like a listing once; liking it again changes nothing."""
    return await _mark(sources, Mark.LIKE, user, listing_id)


async def favourite_listing(sources: Sources, user: User, listing_id: str) -> ViewerListingState | NotFound:
    """Keep a listing among the favourites; keeping it again changes nothing."""
    return await _mark(sources, Mark.FAVOURITE, user, listing_id)


async def unlike_listing(sources: Sources, user: User, listing_id: str) -> ViewerListingState:
    """Take a like back; without one nothing changes, and a listing that is gone may still be unliked."""
    return await _unmark(sources, Mark.LIKE, user, listing_id)


async def unfavourite_listing(sources: Sources, user: User, listing_id: str) -> ViewerListingState:
    """Take a listing out of the favourites; without it there nothing changes."""
    return await _unmark(sources, Mark.FAVOURITE, user, listing_id)


async def _mark(sources: Sources, mark: Mark, user: User, listing_id: str) -> ViewerListingState | NotFound:
    if not await _is_shown(sources, listing_id):
        return _NO_SUCH_LISTING
    at = sources.clock()
    change = await sources.database.write(
        f"marks.add-{mark.value}",
        lambda connection: marks.add(connection, mark, user_id=user.user_id, listing_id=listing_id, at=at),
    )
    return await _marked(sources, change, listing_id)


async def _unmark(sources: Sources, mark: Mark, user: User, listing_id: str) -> ViewerListingState:
    change = await sources.database.write(
        f"marks.remove-{mark.value}",
        lambda connection: marks.remove(connection, mark, user_id=user.user_id, listing_id=listing_id),
    )
    return await _marked(sources, change, listing_id)


async def _marked(sources: Sources, change: marks.MarkChange, listing_id: str) -> ViewerListingState:
    """Let the counters be read anew. They are not added to: a seed under way might hold this change already."""
    if change.is_changed:
        with contextlib.suppress(UpstreamUnavailableError):  # the next flush, or their limited life, mends them
            await live_counters.touch(sources.live, [listing_id])
    return change.state


async def _is_shown(sources: Sources, listing_id: str) -> bool:
    """Whether strangers may see the listing; content is asked only where its reference row does not say yes."""
    if await sources.database.read(
        "listings.is-visible", lambda connection: listings.is_visible(connection, listing_id)
    ):
        return True
    (listing,) = await content_listings.newest(sources.sanity, [listing_id])
    return listing is not None and listing.is_open_to_strangers()


async def flush_counters(sources: Sources, *, settle_seconds: float = _SETTLE_SECONDS) -> FlushedCounters:
    """Move waiting views and changed marks into the record, each exactly once (S0-033, S0-070).

    A batch keeps its id from the moment it is moved aside, and the record holds each id once: whatever a crash or a
    second worker repeats, nothing is added twice, and a batch left behind is finished before a new one begins.
    """
    marked = 0
    for _ in range(_MOST_ROUNDS):
        folded = await _fold(sources)
        if not folded:
            break
        marked += folded
    views = 0
    for _ in range(_MOST_ROUNDS):
        batch = await live_counters.take_views(sources.live, secrets.token_hex(16))
        if batch is None:
            break
        await asyncio.sleep(settle_seconds)
        if await _add(sources, batch):
            views += sum(batch.views.values())
        await live_counters.finish_views(sources.live, batch.batch_id)
    return FlushedCounters(views, marked)


async def _fold(sources: Sources) -> int:
    """Fold a batch of changes into the totals; how many listings they concerned.

    Cached totals are compared before the log forgets the changes: whoever made one may have died before telling Redis.
    """
    changes = await sources.database.read("counters.waiting-changes", recorded_counters.waiting_changes)
    ids, at = sorted(set(changes.values())), sources.clock()
    if not ids:
        return 0
    recorded = await sources.database.read(
        "counters.read", lambda connection: recorded_counters.read(connection, ids, batch_id="")
    )
    await live_counters.touch_differing(sources.live, recorded.counters)
    await sources.database.write(
        "counters.fold", lambda connection: recorded_counters.fold_changes(connection, list(changes), at=at)
    )
    return len(ids)


async def _add(sources: Sources, batch: live_counters.ViewBatch) -> bool:
    at = sources.clock()
    return await sources.database.write(
        "counters.add-views",
        lambda connection: recorded_counters.add_views(connection, batch.batch_id, batch.views, at=at),
    )


async def correct_counters(sources: Sources) -> int:
    """Compare totals with the marks they count and log what differs for the next flush; how many differed."""
    return await sources.database.write("counters.correct", recorded_counters.correct)
