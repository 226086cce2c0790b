"""Rebuilding the whole search index beside the old one, and the daily search for differences between the stores."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from datasources.postgres import listings as recorded
from datasources.sanity import walks
from datasources.search import index_walks
from datasources.search.administration import SearchAdministration
from datasources.search.listing_documents import ListingDocument
from datasources.sources import Sources
from domain.listings import VISIBLE, ListingMeta
from services.indexing import BATCH, copy_profiles, documents_of, meta_of, sync_listings

RECONCILE = "listings.reconcile"
"""The job that runs :func:`reconcile`."""

_READ_AT_ONCE = 200
_COMPARED_AT_ONCE = 500

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How many listings were compared, and how many differed and were mended."""

    compared: int
    missing: int
    """Published, but absent from the record or the index."""
    outdated: int
    orphaned: int
    """In the record or the index, but no longer published."""

    @property
    def differing(self) -> int:
        """How many were mended in all."""
        return self.missing + self.outdated + self.orphaned


async def reindex_all(
    sources: Sources, administration: SearchAdministration, progress: Progress = lambda _count: None
) -> int:
    """Rebuild the index from content and swap it in at once; how many listings it shows.

    What changes meanwhile is caught up after the swap, so nothing is lost however long the rebuild takes.
    """
    loop = asyncio.get_running_loop()
    after = ""

    async def next_batch() -> list[ListingDocument] | None:
        nonlocal after
        found = await walks.listings_after(sources.sanity, after, _READ_AT_ONCE)
        if not found:
            return None
        after = found[-1].listing_id
        metas = [meta_of(each) for each in found]
        await sources.database.write(
            "listings.upsert", lambda connection: recorded.upsert(connection, metas, is_forced=True)
        )
        return [each for each in await documents_of(sources, found) if each is not None]

    def documents() -> Iterator[ListingDocument]:
        # The official client is synchronous and runs in a thread; content is read by the loop it came from.
        while (batch := asyncio.run_coroutine_threadsafe(next_batch(), loop).result()) is not None:
            yield from batch

    count = await administration.rebuild(documents(), progress=progress)
    await reconcile(sources)
    return count


async def reconcile(sources: Sources) -> Reconciled:
    """Compare content with the record and the index, and mend what differs (S0-054); twice is the same as once."""
    published = await _compare_published(sources)
    orphaned = await _remove_orphans(sources, _recorded_ids(sources)) + await _remove_orphans(
        sources, _indexed_ids(sources)
    )
    after = ""
    while ids := await walks.profile_ids_after(sources.sanity, after, BATCH):
        await copy_profiles(sources, ids)
        after = ids[-1]
    return replace(published, orphaned=published.orphaned + orphaned)


async def _compare_published(sources: Sources) -> Reconciled:
    total = Reconciled(0, 0, 0, 0)
    after = ""
    while found := await walks.listing_revisions_after(sources.sanity, after, _COMPARED_AT_ONCE):
        after = found[-1].listing_id
        ids = [each.listing_id for each in found]
        metas = await _recorded(sources, ids)
        versions = await index_walks.versions(sources.search, ids)
        missing, outdated, orphaned = set[str](), set[str](), set[str]()
        for each, meta in zip(found, metas, strict=True):
            version = versions.get(each.listing_id)
            is_shown = each.status in VISIBLE
            if meta is None or (is_shown and version is None):
                missing.add(each.listing_id)
            elif meta.revision != each.revision or (version is not None and is_shown and version < each.updated_at):
                outdated.add(each.listing_id)
            elif version is not None and not is_shown:
                orphaned.add(each.listing_id)
        await _sync(sources, missing | outdated | orphaned)
        total = Reconciled(
            total.compared + len(found),
            total.missing + len(missing),
            total.outdated + len(outdated),
            total.orphaned + len(orphaned),
        )
    return total


async def _remove_orphans(sources: Sources, batches: AsyncIterator[list[str]]) -> int:
    """Take listings out that content does not publish; how many there were."""
    orphaned: set[str] = set()
    async for ids in batches:
        orphaned |= set(ids) - await walks.published_listing_ids(sources.sanity, ids)
    await _sync(sources, orphaned)
    return len(orphaned)


async def _recorded_ids(sources: Sources) -> AsyncIterator[list[str]]:
    after = ""
    while ids := await _recorded_ids_after(sources, after):
        after = ids[-1]
        yield ids


async def _recorded(sources: Sources, ids: Sequence[str]) -> list[ListingMeta | None]:
    return await sources.database.read("listings.by-ids", lambda connection: recorded.by_ids(connection, ids))


async def _recorded_ids_after(sources: Sources, after: str) -> list[str]:
    return await sources.database.read(
        "listings.ids-after", lambda connection: recorded.ids_after(connection, after, _COMPARED_AT_ONCE)
    )


async def _indexed_ids(sources: Sources) -> AsyncIterator[list[str]]:
    offset = 0
    while ids := await index_walks.listing_ids(sources.search, offset=offset, limit=_COMPARED_AT_ONCE):
        offset += _COMPARED_AT_ONCE
        yield ids


async def _sync(sources: Sources, ids: set[str]) -> None:
    ordered = sorted(ids)
    for start in range(0, len(ordered), BATCH):
        await sync_listings(sources, ordered[start : start + BATCH])
