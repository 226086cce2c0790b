"""Bringing what content publishes into the record and the search index, whatever order its deliveries come in.

A delivery only names a document. What is written is what the content store says when the job runs, and it is asked
again after each write until nothing newer is found: so duplicates, any order, and several workers at once end in the
same state (W1, S0-053).
"""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from datasources import counters
from datasources.postgres import jobs, profiles
from datasources.postgres import listings as recorded
from datasources.sanity import categories, users, walks
from datasources.sanity import listings as content
from datasources.search import listing_index
from datasources.search.listing_documents import ListingDocument, listing_document
from datasources.search.listing_index import Synchronised
from datasources.sources import Sources
from domain.listings import Listing, ListingMeta
from domain.portable_text import plain_text
from domain.problems import UpstreamUnavailableError
from services.answers import forget_answers
from services.auctions import SYNC_AUCTION, SYNC_SALE
from services.listing_notices import listing_jobs

SYNC_LISTING = "listings.sync"
SYNC_CATEGORY = "listings.sync-category"
SYNC_BATCH = "listings.sync-batch"
SYNC_PROFILE = "profiles.sync"
SYNC_JOBS: Mapping[str, str] = {
    "auction": SYNC_AUCTION,
    "category": SYNC_CATEGORY,
    "listing": SYNC_LISTING,
    "publicUser": SYNC_PROFILE,
    "sale": SYNC_SALE,
}
"""The job for a change of a document, by its type; other types need none."""

BATCH = 50
"""Listings per step: their ids fit one address of the content store."""

_log = structlog.get_logger(__name__)


async def sync_listings(sources: Sources, ids: Sequence[str]) -> Synchronised:
    """Bring up to 50 listings into the record and the index, or take them out, as they are published now."""

    async def read_current(wanted: Sequence[str]) -> list[ListingDocument | None]:
        found = await content.newest(sources.sanity, wanted)
        await _record(sources, dict(zip(wanted, found, strict=True)))
        return await documents_of(sources, found)

    done = await listing_index.synchronise(sources.search, ids, read_current)
    with contextlib.suppress(UpstreamUnavailableError):  # whoever reads them first seeds them (S0-020)
        await counters.by_ids(sources.database, sources.live, ids)
    # Again, beside the delivery's own: an answer kept in between holds what the index said before.
    await forget_answers(sources, "listing")
    return done


async def _record(sources: Sources, found: Mapping[str, Listing | None]) -> None:
    """Copy published listings into the record and leave tombstones on the others (S0-068)."""
    published = [each for each in found.values() if each is not None]
    await _upsert(sources, published)
    gone, at = [each for each, listing in found.items() if listing is None], sources.clock()
    if not gone:
        return
    marked = await sources.database.write(
        "listings.mark-deleted", lambda connection: recorded.mark_deleted(connection, gone, at=at)
    )
    if marked:  # one may have been published again while its tombstone was written
        await _upsert(sources, [each for each in await content.newest(sources.sanity, marked) if each is not None])


async def _upsert(sources: Sources, listings: Sequence[Listing]) -> None:
    metas, now = [meta_of(each) for each in listings], sources.clock()
    if metas:
        await sources.database.write("listings.upsert", lambda connection: _upsert_and_tell(connection, metas))
    for each in listings:
        if each.promoted_until is not None and each.promoted_until > now:
            await _sync_at(sources, each.listing_id, each.promoted_until)


async def _upsert_and_tell(connection: recorded.Connection, metas: Sequence[ListingMeta]) -> None:
    """Copy listings, with the jobs that tell people what changed."""
    before = await recorded.standing_of(connection, [each.listing_id for each in metas])
    await recorded.upsert(connection, metas)
    for each in sorted(metas, key=lambda each: each.listing_id):
        for name, payload, key in listing_jobs(before.get(each.listing_id), each):
            await jobs.enqueue(connection, name, payload, dedupe_key=key)


async def _sync_at(sources: Sources, listing_id: str, at: datetime) -> None:
    """Have a listing synced again when its promotion ends; nothing else would tell the index."""
    key, delay = f"{SYNC_LISTING}:{listing_id}:{at.isoformat()}", at - sources.clock()
    await sources.database.write(
        "jobs.ask-sync",
        lambda connection: jobs.enqueue(connection, SYNC_LISTING, {"id": listing_id}, dedupe_key=key, delay=delay),
    )


def meta_of(listing: Listing) -> ListingMeta:
    """The reference row of a published listing."""
    return ListingMeta(
        listing_id=listing.listing_id,
        seller_profile_id=listing.seller_id,
        category_id=listing.category_id,
        title=listing.title,
        status=listing.status,
        price=listing.price,
        revision=listing.revision,
        content_updated_at=listing.updated_at,
    )


async def documents_of(sources: Sources, listings: Sequence[Listing | None]) -> list[ListingDocument | None]:
    """What the index holds of each listing, with its category path and seller; None for one it must not show."""
    shown = {each.listing_id: each for each in listings if each is not None and each.is_open_to_strangers()}
    if not shown:
        return [None] * len(listings)
    tree = await categories.tree(sources.sanity)
    seller_ids = list({each.seller_id for each in shown.values() if each.seller_id})
    sellers = await users.by_ids(sources.sanity, seller_ids) if seller_ids else []
    kinds = {each.profile_id: each.kind for each in sellers if each is not None}
    now = sources.clock()
    documents = {
        listing_id: listing_document(
            each,
            category_ids=[step.category_id for step in tree.path_of(each.category_id)] if each.category_id else [],
            seller_kind=kinds.get(each.seller_id) if each.seller_id else None,
            text=plain_text(each.body),
            now=now,
        )
        for listing_id, each in shown.items()
    }
    return [documents.get(each.listing_id) if each is not None else None for each in listings]


async def copy_profiles(sources: Sources, ids: Sequence[str]) -> None:
    """Bring the links of profiles to their accounts up to date, in one transaction."""
    found = dict(zip(ids, await walks.newest_profiles(sources.sanity, ids), strict=True))

    refused = await sources.database.write("profiles.copy", lambda connection: profiles.copy(connection, found))
    for profile_id in refused:
        _log.warning("a profile claims an account or a handle that another has", profile_id=profile_id)


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk over the listings of a seller or of a category's subtree, one batch a job; `cause` tells walks apart."""

    cause: str
    seller_id: str | None = None
    category_id: str | None = None
    after: str = ""


async def sync_profile(sources: Sources, profile_id: str) -> None:
    """Bring a profile's link up to date, and its seller's listings after it."""
    (profile,) = await walks.newest_profiles(sources.sanity, [profile_id])
    await copy_profiles(sources, [profile_id])
    await _ask_batch(sources, Walk(cause=profile.revision if profile else "deleted", seller_id=profile_id))


async def sync_category(sources: Sources, category_id: str) -> None:
    """Bring the listings of a category and of everything below it up to date."""
    (category,) = await sources.sanity.documents([category_id], tag="indexing.category")
    await _ask_batch(sources, Walk(cause=str((category or {}).get("_rev", "deleted")), category_id=category_id))


async def sync_batch(sources: Sources, walk: Walk) -> None:
    """Sync the next batch of a walk, then ask for the one after it."""
    category_ids: list[str] | None = None
    if walk.category_id is not None:
        tree = await categories.tree(sources.sanity)
        category_ids = sorted(tree.subtree_ids(walk.category_id) | {walk.category_id})
    ids = await sources.database.read(
        "listings.ids-after",
        lambda connection: recorded.ids_after(
            connection, walk.after, BATCH, seller_profile_id=walk.seller_id, category_ids=category_ids
        ),
    )
    if ids:
        await sync_listings(sources, ids)
    if len(ids) == BATCH:
        await _ask_batch(sources, Walk(walk.cause, walk.seller_id, walk.category_id, after=ids[-1]))


async def _ask_batch(sources: Sources, walk: Walk) -> None:
    key = f"{SYNC_BATCH}:{walk.seller_id or walk.category_id}:{walk.cause}:{walk.after}"
    payload = {"cause": walk.cause, "sellerId": walk.seller_id, "categoryId": walk.category_id, "after": walk.after}
    await sources.database.write(
        "jobs.ask-batch", lambda connection: jobs.enqueue(connection, SYNC_BATCH, payload, dedupe_key=key)
    )
