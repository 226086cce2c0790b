"""Keeping the listing index true to the content store, whatever order deliveries arrive in.

The rule. A delivery only names listings; what is written is always what the content store says now. After the write
is done the content store is asked again, and whatever changed meanwhile is written again. So the last write the index
ever sees was followed by a look that found nothing else, and that holds for any number of workers, for duplicates,
and for deliveries in any order. A stored version that is the same or newer is left alone: a duplicate costs one read.
The looks must be fresh: `read_current` asks the content store itself, never a cache of it.
A worker that dies before its last look leaves its job undone, and the job's retry repeats the whole.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datasources.search.client import SearchClient, SearchTaskError
from datasources.search.filters import OneOf, render
from datasources.search.listing_documents import INDEX_NAME, PRIMARY_KEY, ListingDocument, document_key, microseconds

MOST_ROUNDS = 10
BATCH_SIZE = 500
_TASK_SECONDS = 30.0

ReadCurrent = Callable[[Sequence[str]], Awaitable[Sequence[ListingDocument | None]]]
"""What the content store says now of some listings, aligned; None for one that search must not show."""


@dataclass(frozen=True, slots=True)
class Synchronised:
    """What a synchronisation did."""

    written: int
    removed: int
    unchanged: int


async def synchronise(
    client: SearchClient, listing_ids: Sequence[str], read_current: ReadCurrent, *, index: str = INDEX_NAME
) -> Synchronised:
    """Make the index agree with the content store on some listings (S0-053, S1-036).

    Raises:
        SearchTaskError: a write failed, or the listings kept changing; retry later.
        UpstreamUnavailableError: the search server did not answer in time; retry later.
    """
    wanted = pending = list(dict.fromkeys(listing_ids))
    touched: set[str] = set()
    written = removed = 0
    for _ in range(MOST_ROUNDS):
        changes = await _differences(client, pending, read_current, index)
        if not changes:
            return Synchronised(written, removed, unchanged=len(wanted) - len(touched))
        current = {listing_id: document for listing_id, document in changes.items() if document is not None}
        gone = [listing_id for listing_id, document in changes.items() if document is None]
        await write(client, list(current.values()), removed_ids=gone, index=index)
        written, removed = written + len(current), removed + len(gone)
        pending = list(changes)
        touched.update(pending)
    raise SearchTaskError(f"{len(pending)} listings changed faster than the index could follow.")


async def write(
    client: SearchClient,
    documents: Sequence[ListingDocument],
    *,
    removed_ids: Sequence[str] = (),
    index: str = INDEX_NAME,
) -> None:
    """Write and remove documents without comparing versions, and return when it is done: for filling a new index."""
    tasks = []
    for start in range(0, len(documents), BATCH_SIZE):
        batch = [document.to_json() for document in documents[start : start + BATCH_SIZE]]
        tasks.append(await client.put_documents(index, batch))
    for start in range(0, len(removed_ids), BATCH_SIZE):
        keys = [document_key(listing_id) for listing_id in removed_ids[start : start + BATCH_SIZE]]
        tasks.append(await client.delete_documents(index, keys))
    for task in tasks:
        await client.wait_for(task, seconds=_TASK_SECONDS)


async def _differences(
    client: SearchClient, listing_ids: Sequence[str], read_current: ReadCurrent, index: str
) -> dict[str, ListingDocument | None]:
    """What must be written (or removed: None) for the index to agree with the content store."""
    found: dict[str, ListingDocument | None] = {}
    for start in range(0, len(listing_ids), BATCH_SIZE):
        batch = listing_ids[start : start + BATCH_SIZE]
        current = await read_current(batch)
        stored = await _stored_versions(client, batch, index)
        found |= {
            listing_id: document
            for listing_id, document in zip(batch, current, strict=True)
            if _is_outdated(stored.get(document_key(listing_id)), document)
        }
    return found


def _is_outdated(stored: Mapping[str, Any] | None, current: ListingDocument | None) -> bool:
    if current is None or stored is None:
        return (current is None) != (stored is None)
    is_same = stored["digest"] == current.to_json()["digest"]
    return not is_same and stored["updatedAt"] <= microseconds(current.updated_at)


async def _stored_versions(
    client: SearchClient, listing_ids: Sequence[str], index: str
) -> dict[str, Mapping[str, Any]]:
    keys = tuple(document_key(listing_id) for listing_id in listing_ids)
    wanted = {
        "filter": render(OneOf(PRIMARY_KEY, keys)),
        "fields": [PRIMARY_KEY, "updatedAt", "digest"],
        "limit": len(keys),
    }
    return {each[PRIMARY_KEY]: each for each in await client.fetch_documents(index, wanted)}
