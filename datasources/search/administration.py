"""Setting up and rebuilding the listing index with the official client, in a thread: for the CLI and jobs only."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import meilisearch
from meilisearch.errors import MeilisearchApiError, MeilisearchError

from datasources.search.listing_documents import INDEX_NAME, PRIMARY_KEY, SETTINGS, ListingDocument

REBUILD_SUFFIX = "-rebuild"
BATCH_SIZE = 1_000
_CALL_SECONDS = 10
_TASK_SECONDS = 120


class SearchSetupError(Exception):
    """The index could not be set up or rebuilt; the message says why."""


@dataclass(frozen=True, slots=True)
class SearchAdministration:
    """One search server, with a key that may change its indexes."""

    base_url: str
    key: str = ""

    async def prepare(self, index: str = INDEX_NAME) -> None:
        """Create the index if it is missing and give it its settings; harmless to repeat."""
        await asyncio.to_thread(self._prepare, index)

    async def rebuild(
        self,
        documents: Iterable[ListingDocument],
        *,
        index: str = INDEX_NAME,
        progress: Callable[[int], None] = lambda _count: None,
    ) -> int:
        """Fill a second index and swap it in, so that searches never see half of it; the number of documents.

        What changed while it ran is not in `documents`: synchronise those listings after the swap.
        """
        return await asyncio.to_thread(self._rebuild, documents, index, progress)

    async def count(self, index: str = INDEX_NAME) -> int:
        """How many documents the index holds; 0 where it does not exist."""
        return await asyncio.to_thread(self._count, index)

    def _client(self) -> meilisearch.Client:
        return meilisearch.Client(self.base_url, self.key or None, timeout=_CALL_SECONDS)

    def _prepare(self, index: str) -> None:
        client = self._client()
        try:
            if not _exists(client, index):
                _done(client, client.create_index(index, {"primaryKey": PRIMARY_KEY}), ignored="index_already_exists")
            _done(client, client.index(index).update_settings(dict(SETTINGS)))
        except MeilisearchError as fault:
            raise SearchSetupError(f"The search index '{index}' could not be set up: {fault}") from fault

    def _rebuild(self, documents: Iterable[ListingDocument], index: str, progress: Callable[[int], None]) -> int:
        self._prepare(index)
        client = self._client()
        spare = index + REBUILD_SUFFIX
        try:
            if _exists(client, spare):
                _done(client, client.delete_index(spare))
            self._prepare(spare)
            count = 0
            for batch in _batches(documents):
                bodies: list[Any] = [document.to_json() for document in batch]
                _done(client, client.index(spare).add_documents(bodies, PRIMARY_KEY))
                count += len(batch)
                progress(count)
            _done(client, client.swap_indexes([{"indexes": [index, spare]}]))
            _done(client, client.delete_index(spare))
        except MeilisearchError as fault:
            raise SearchSetupError(f"The search index '{index}' could not be rebuilt: {fault}") from fault
        return count

    def _count(self, index: str) -> int:
        client = self._client()
        try:
            return client.index(index).get_stats().number_of_documents if _exists(client, index) else 0
        except MeilisearchError as fault:
            raise SearchSetupError(f"The search index '{index}' could not be read: {fault}") from fault


def _exists(client: meilisearch.Client, index: str) -> bool:
    try:
        client.get_raw_index(index)
    except MeilisearchApiError as refusal:
        if refusal.code == "index_not_found":
            return False
        raise
    return True


def _batches(documents: Iterable[ListingDocument]) -> Iterable[Sequence[ListingDocument]]:
    rest = iter(documents)
    while batch := list(islice(rest, BATCH_SIZE)):
        yield batch


def _done(client: meilisearch.Client, task: Any, *, ignored: str | None = None) -> None:
    finished = client.wait_for_task(task.task_uid, timeout_in_ms=_TASK_SECONDS * 1_000, interval_in_ms=20)
    if finished.status != "succeeded" and (finished.error or {}).get("code") != ignored:
        raise SearchSetupError(f"The search server failed at {finished.type}: {finished.error}")
