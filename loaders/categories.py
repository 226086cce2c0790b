"""The category tree: one copy per process, built anew when a category changed."""

import asyncio
import time
from collections.abc import Callable, Sequence

from aiodataloader import DataLoader

from datasources.sanity import categories
from datasources.sanity.client import SanityClient
from datasources.sanity.values import Row
from domain.categories import Category, CategoryTree
from domain.problems import UpstreamUnavailableError
from loaders.batches import loader

_FRESH_SECONDS = 30.0


class CategoryTrees:
    """The tree of what the client keeps, or of a reading every thirty seconds where it keeps nothing.

    All who wait share one reading, and the last good tree survives outages.
    """

    def __init__(self, client: SanityClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._rows: Sequence[Row] | None = None
        self._tree: CategoryTree | None = None
        self._read_at = float("-inf")
        self._reading: asyncio.Task[CategoryTree] | None = None

    async def current(self) -> CategoryTree:
        """The tree; where the client keeps answers it changes as soon as a category does."""
        tree = self._tree
        if tree is not None and categories.rows_at_hand(self._client) is self._rows:
            return tree
        is_fresh = self._clock() - self._read_at < _FRESH_SECONDS
        if self._tree is not None and is_fresh and not self._client.keeps_answers:
            return self._tree
        try:
            if self._client.keeps_answers:
                return await self._read()
            if self._reading is None:
                self._reading = asyncio.create_task(self._read())
            return await asyncio.shield(self._reading)
        except UpstreamUnavailableError:
            if self._tree is None:
                raise
            return self._tree

    async def _read(self) -> CategoryTree:
        try:
            found = await categories.all_rows(self._client)
            if self._tree is None or found is not self._rows:
                self._rows, self._tree = found, categories.tree_of(found)
            self._read_at = self._clock()
            return self._tree
        finally:
            self._reading = None


def category_by_id(trees: CategoryTrees) -> DataLoader[str, Category | None]:
    """Categories by id."""

    async def batch(ids: list[str]) -> list[Category | None]:
        tree = await trees.current()
        return [tree.by_id.get(each) for each in ids]

    return loader(batch)
