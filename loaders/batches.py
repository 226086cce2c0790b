"""How every loader is made: one batch per tick and level, keys deduplicated, at most a hundred keys a call."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterator, MutableMapping, Sequence
from typing import Any, Generic, TypeVar

from aiodataloader import DataLoader
from prometheus_client import REGISTRY
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

LARGEST_BATCH = 100
_BOUNDS = (1, 2, 5, 10, 20, 50, LARGEST_BATCH)


class BatchSizes(Collector):
    """How many keys batches had: counted without a lock, since one thread reads, and summed up when asked."""

    def __init__(self) -> None:
        self._counts = [0] * (LARGEST_BATCH + 1)

    def count(self, keys: int) -> None:
        """One more batch of so many keys."""
        self._counts[min(keys, LARGEST_BATCH)] += 1

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """The histogram of now."""
        counts = list(self._counts)
        buckets = [(f"{bound}.0", float(sum(counts[: bound + 1]))) for bound in _BOUNDS]
        total = float(sum(keys * count for keys, count in enumerate(counts)))
        yield HistogramMetricFamily(
            "gavel_loader_batch_keys",
            "Keys in one batch of a loader.",
            buckets=[*buckets, ("+Inf", float(sum(counts)))],
            sum_value=total,
        )


BATCH_SIZES = BatchSizes()
REGISTRY.register(BATCH_SIZES)


class LevelLoader(DataLoader[K, V], Generic[K, V]):
    """A loader that can also be read for a whole level at once, which makes no future per key.

    Both ways share what is known: a key that one of them has is not asked for again by the other.
    """

    max_batch_size = LARGEST_BATCH

    def __init__(self, batch: Callable[[list[K]], Awaitable[Sequence[V]]]) -> None:
        self._answer = batch
        self._read: dict[K, V | Exception] = {}
        self._cache: MutableMapping[Any, asyncio.Future[V]] = {}
        self._is_ready = False

    async def _batch(self, keys: list[K]) -> list[V]:
        BATCH_SIZES.count(len(keys))
        return list(await self._answer(keys))

    def load(self, key: K) -> "asyncio.Future[V]":
        """One value, with others of the same tick."""
        if not self._is_ready:  # most loaders are only read by the level, so what single loads need waits for one
            super().__init__(batch_load_fn=self._batch, max_batch_size=LARGEST_BATCH, cache_map=self._cache)
            self._is_ready = True
        if key in self._read:
            self.prime(key, self._read[key])  # type: ignore[arg-type]  # an exception primes a failed future
        return super().load(key)

    async def read(self, keys: Sequence[K]) -> list[V | Exception]:
        """The values of distinct keys, in their order; a key that failed has its exception."""
        if not self._read and not self._cache and len(keys) <= LARGEST_BATCH:
            BATCH_SIZES.count(len(keys))
            found = await self._answer(list(keys))
            self._keep(keys, found)
            return list(found)
        missing = [key for key in keys if key not in self._read]
        known = {key: self._cache[key] for key in missing if key in self._cache}
        asked = [key for key in missing if key not in known]
        chunks = [asked[start : start + LARGEST_BATCH] for start in range(0, len(asked), LARGEST_BATCH)]
        if not known and len(chunks) == 1:
            self._keep(asked, await self._batch(asked))
        elif missing:
            answers, loaded = await asyncio.gather(
                asyncio.gather(*(self._batch(chunk) for chunk in chunks), return_exceptions=True),
                asyncio.gather(*known.values(), return_exceptions=True),
            )
            failed: dict[K, V | Exception] = {}
            for chunk, answer in zip(chunks, answers, strict=True):
                if isinstance(answer, Exception):
                    failed |= dict.fromkeys(chunk, answer)
                elif isinstance(answer, BaseException):
                    raise answer
                else:
                    self._keep(chunk, answer)
            failed |= dict(zip(known, loaded, strict=True))  # type: ignore[arg-type]  # cancellation is raised by gather
            return [self._read[key] if key in self._read else failed[key] for key in keys]
        return [self._read[key] for key in keys]

    def clear(self, key: K) -> "LevelLoader[K, V]":
        """Forget one key."""
        self._read.pop(key, None)
        super().clear(key)
        return self

    def clear_all(self) -> "LevelLoader[K, V]":
        """Forget everything."""
        self._read.clear()
        super().clear_all()
        return self

    def _keep(self, keys: Sequence[K], values: Sequence[V]) -> None:
        if len(values) != len(keys):
            raise TypeError("A batch must answer every key, in order.")
        self._read.update(zip(keys, values, strict=True))


def loader(batch: Callable[[list[K]], Awaitable[Sequence[V]]]) -> LevelLoader[K, V]:
    """A loader over a function that answers a list of keys with values in the same order."""
    return LevelLoader(batch)
