"""The datasets of one project: found by name, opened once, written to by one transaction at a time."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

import orjson

from engines.content_lake.access import Tokens
from engines.content_lake.datasets import LiveDataset
from engines.content_lake.faults import MutationFailedError, items_fault, plain_fault
from engines.content_lake.records import Delivery, Outcome, Transaction
from engines.content_lake.storage import DuplicateTransactionError
from engines.content_lake.transactions import Intent, Plan

QUERY_THREADS = 4
MAX_CONCURRENT_READS = 500
MAX_DATASETS = 64

P = ParamSpec("P")
R = TypeVar("R")

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeSettings:
    """How a lake is set up. `public_url` is where clients reach it."""

    data_dir: Path
    project: str = "localproj"
    datasets: tuple[str, ...] = ("production",)
    tokens: Tokens = field(default_factory=Tokens)
    public_url: str = "http://127.0.0.1"
    requests_per_second: float | None = None
    writes_per_second: float | None = None
    webhooks: Path | None = None
    webhook_pause_seconds: float = 1.0
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)


class Lake:
    """One project with its datasets. `followers` hear of every committed transaction, in order."""

    def __init__(self, settings: LakeSettings) -> None:
        self.settings = settings
        self.project = settings.project
        self.tokens = settings.tokens
        self.clock = settings.clock
        self.followers: list[Callable[[LiveDataset, Transaction], None]] = []
        self.creditors: list[Callable[[LiveDataset, Transaction], Sequence[Delivery]]] = []
        self._open: dict[str, LiveDataset] = {}
        self._opening = threading.Lock()
        self._writing: dict[str, asyncio.Lock] = {}
        self._reading = 0
        self._queries = ThreadPoolExecutor(QUERY_THREADS, "query")
        self._writes = ThreadPoolExecutor(2, "write")
        for name in (*settings.datasets, *self._stored_names()):
            self._open_dataset(name)

    def _stored_names(self) -> list[str]:
        return sorted(path.stem for path in self._folder().glob("*.sqlite"))

    def _folder(self) -> Path:
        return self.settings.data_dir / "datasets"

    def _open_dataset(self, name: str) -> LiveDataset:
        if not _NAME.fullmatch(name):
            raise plain_fault(400, f'Invalid dataset name "{name}"')
        with self._opening:
            dataset = self._open.get(name)
            if dataset is None:
                if len(self._open) >= MAX_DATASETS:
                    raise plain_fault(403, f"A project may have at most {MAX_DATASETS} datasets")
                dataset = self._open[name] = LiveDataset(name, self._folder() / f"{name}.sqlite")
            return dataset

    def names(self) -> list[str]:
        """The names of all datasets."""
        return sorted(self._open)

    def dataset(self, name: str) -> LiveDataset:
        """A dataset that exists; raises 404 otherwise."""
        dataset = self._open.get(name)
        if dataset is None:
            message = f'Dataset not found - Dataset "{name}" not found for project ID "{self.project}"'
            raise plain_fault(404, message)
        return dataset

    async def new_dataset(self, name: str) -> LiveDataset:
        """A dataset that is made when it does not exist."""
        if name not in self._open:
            await self.in_writer(self._open_dataset, name)
        return self._open[name]

    async def remove_dataset(self, name: str) -> None:
        """Forgets a dataset and its file for ever; raises 404 when there is none."""
        dataset = self.dataset(name)
        async with self._writing.setdefault(name, asyncio.Lock()):
            self._open.pop(name, None)
            await self.in_writer(dataset.remove)

    async def in_reader(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs CPU-heavy reading in a thread, so that the event loop goes on; raises 429 when too many wait."""
        if self._reading >= MAX_CONCURRENT_READS:
            message = f"At most {MAX_CONCURRENT_READS} queries may run at once"
            raise plain_fault(429, message, headers={"retry-after": "1"})
        self._reading += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._queries, partial(work, *args, **kwargs))
        finally:
            self._reading -= 1

    async def in_writer(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs disk work in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._writes, partial(work, *args, **kwargs))

    async def transact(
        self, dataset: LiveDataset, intent: Intent, steps: Iterable[Callable[[Plan], None]], *, is_dry: bool = False
    ) -> Outcome:
        """One transaction, durable when this returns; then the followers are told. Raises LakeError when refused."""
        async with self._writing.setdefault(dataset.name, asyncio.Lock()):
            work = partial(dataset.transact, intent, steps, owe=partial(self._owed, dataset), is_dry=is_dry)
            written = asyncio.ensure_future(self.in_writer(work))
            try:
                # A caller that hangs up must not come between the disk and the followers.
                outcome = await asyncio.shield(written)
            except asyncio.CancelledError:
                outcome = await written
                self._tell(dataset, outcome, is_dry=is_dry)
                raise
            except DuplicateTransactionError as fault:
                raise self._duplicate(intent) from fault
            except orjson.JSONEncodeError as fault:
                raise plain_fault(400, "The request is nested too deeply") from fault
            self._tell(dataset, outcome, is_dry=is_dry)
            return outcome

    def _tell(self, dataset: LiveDataset, outcome: Outcome, *, is_dry: bool) -> None:
        if not is_dry:
            for follower in self.followers:
                follower(dataset, outcome.transaction)

    def _owed(self, dataset: LiveDataset, transaction: Transaction) -> list[Delivery]:
        return [owed for creditor in self.creditors for owed in creditor(dataset, transaction)]

    def _duplicate(self, intent: Intent) -> Exception:
        description = f'Transaction with ID "{intent.transaction_id}" already exists'
        failure = MutationFailedError("transactionAlreadyExistsError", description, id=intent.transaction_id)
        return items_fault(intent.kind, [(0, failure)])

    def close(self) -> None:
        """Stops the threads and releases the files."""
        self._queries.shutdown(cancel_futures=True)
        self._writes.shutdown()
        for dataset in self._open.values():
            dataset.close()
