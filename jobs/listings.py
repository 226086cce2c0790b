"""Jobs that bring a changed listing, or the listings of a changed category, into the record and the search index."""

from datasources.sources import Sources
from jobs.kinds import JobKind, Payload, text_of
from services import indexing, reindexing


async def sync_listing(sources: Sources, payload: Payload) -> None:
    """Bring one listing up to date (S0-019, S0-053)."""
    await indexing.sync_listings(sources, [text_of(payload, "id")])


async def sync_category(sources: Sources, payload: Payload) -> None:
    """Bring the listings of a changed category up to date, in batches."""
    await indexing.sync_category(sources, text_of(payload, "id"))


async def sync_batch(sources: Sources, payload: Payload) -> None:
    """Bring one batch of listings up to date and ask for the next."""
    after = payload.get("after")
    walk = indexing.Walk(
        cause=text_of(payload, "cause"),
        seller_id=text_of(payload, "sellerId") if payload.get("sellerId") is not None else None,
        category_id=text_of(payload, "categoryId") if payload.get("categoryId") is not None else None,
        after=after if isinstance(after, str) else "",
    )
    await indexing.sync_batch(sources, walk)


async def reconcile(sources: Sources, _payload: Payload) -> None:
    """Find and mend what differs between content, record and search index (S0-054)."""
    await reindexing.reconcile(sources)


def kinds() -> tuple[JobKind, ...]:
    """The jobs of this noun."""
    return (
        JobKind(indexing.SYNC_LISTING, sync_listing),
        JobKind(indexing.SYNC_CATEGORY, sync_category),
        # One at a time: of two walks that overlap, the later one also writes last.
        JobKind(indexing.SYNC_BATCH, sync_batch, seconds=300, concurrency=1),
        JobKind(reindexing.RECONCILE, reconcile, seconds=3_600, concurrency=1, cron="17 3 * * *"),
    )
