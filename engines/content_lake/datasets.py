"""One dataset while it is served: the documents in memory, the views queries run on, and the way in for writes."""

import gc
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from operator import itemgetter
from pathlib import Path

from engines.content_lake.contents import strong_references
from engines.content_lake.faults import MutationFailedError, query_fault
from engines.content_lake.locks import SharedLock
from engines.content_lake.perspectives import PUBLISHED, RAW, Perspective, View
from engines.content_lake.records import Change, Delivery, Document, Outcome, Transaction
from engines.content_lake.storage import DuplicateTransactionError, Storage
from engines.content_lake.transactions import Intent, Plan
from engines.groq import Dataset, GroqError, evaluate, parse

MAX_VIEWS = 12
MAX_QUERY_TARGETS = 10_000
MAX_SINGLE_UPDATES = 500
WRITER_PATIENCE_SECONDS = 0.25

Owe = Callable[[Transaction], Sequence[Delivery]]


class LiveDataset:
    """Documents of one dataset. Reads may come from any thread; `transact` is called by one thread at a time."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.storage = Storage(path)
        self._documents: dict[str, Document] = {}
        self._referrers: dict[str, set[str]] | None = None
        self._views: OrderedDict[Perspective, View] = OrderedDict()
        self._lock = SharedLock(patience=WRITER_PATIENCE_SECONDS)
        self._view_lock = threading.Lock()
        self._load()
        self.position = self.storage.position()

    def _load(self) -> None:
        was_enabled = gc.isenabled()
        gc.disable()  # nothing becomes garbage here, and full passes over a growing heap double the time to open
        try:
            for document in self.storage.documents():
                self._documents[document["_id"]] = document
            self._views[Perspective(PUBLISHED)] = self._build(Perspective(PUBLISHED))
        finally:
            if was_enabled:
                gc.enable()

    def __len__(self) -> int:
        return len(self._documents)

    def find(self, document_id: str) -> Document | None:
        """The newest committed state of a document; it must not be changed by the caller."""
        return self._documents.get(document_id)

    def ids(self) -> list[str]:
        """Every id, in no order."""
        return list(self._documents)

    def referrers(self, document_id: str) -> Iterable[str]:
        """Ids of documents that refer to this one strongly; for the writing thread only.

        The index is built when it is first asked for: only deletions and changes of type need it.
        """
        if self._referrers is None:
            self._referrers = {}
            for source, document in self._documents.items():
                self._link(source, None, document)
        return self._referrers.get(document_id, ())

    def snapshot(self) -> list[Document]:
        """Every document at one moment, in the order of ids."""
        with self._lock.reading():
            return sorted(self._documents.values(), key=itemgetter("_id"))

    def counts(self) -> dict[str, int]:
        """How many documents there are of each type."""
        counts: dict[str, int] = {}
        with self._lock.reading():
            documents = list(self._documents.values())
        for document in documents:
            counts[document["_type"]] = counts.get(document["_type"], 0) + 1
        return counts

    def of_type(self, type_name: str) -> list[Document]:
        """Published documents of a type."""
        with self.reading(Perspective(PUBLISHED)) as documents:
            return list(documents.of_types((type_name,)) or ())

    def reading(self, perspective: Perspective) -> "Reading":
        """A hold on one perspective during which nothing changes; use it as a context manager."""
        return Reading(self, perspective)

    def transact(self, intent: Intent, steps: Iterable[Callable[[Plan], None]], *, owe: Owe, is_dry: bool) -> Outcome:
        """Applies a transaction durably and then to memory.

        Raises:
            LakeError: It is refused; nothing has changed.
            DuplicateTransactionError: There was one of this id before.
        """
        if self.storage.has_transaction(intent.transaction_id):
            raise DuplicateTransactionError(intent.transaction_id)
        outcome = Plan(self, intent, self._target_ids).run(steps)
        if is_dry:
            return outcome
        transaction = self.storage.commit(outcome.transaction, owe(outcome.transaction))
        with self._lock.writing(), self._view_lock:
            self.position = transaction.sequence
            for change in transaction.changes:
                self._apply(change)
            self._follow(transaction.changes)
        return Outcome(transaction, outcome.results)

    def _target_ids(self, source: str, params: Mapping[str, object]) -> list[str]:
        try:
            query = parse(source, dict(params))
            with self.reading(Perspective(RAW)) as dataset:
                found = evaluate(query, dataset, dict(params))
        except GroqError as fault:
            raise query_fault(source, fault) from fault
        candidates = found if isinstance(found, list) else [found]
        ids = [
            item if isinstance(item, str) else item.get("_id") for item in candidates if isinstance(item, str | dict)
        ]
        if len(ids) > MAX_QUERY_TARGETS:
            raise MutationFailedError(
                "invalidMutationError", f"The query selects more than {MAX_QUERY_TARGETS} documents; use a narrower one"
            )
        return [document_id for document_id in ids if isinstance(document_id, str)]

    def _apply(self, change: Change) -> None:
        self._link(change.document_id, change.before, change.after)
        if change.after is None:
            self._documents.pop(change.document_id, None)
        else:
            self._documents[change.document_id] = change.after

    def _follow(self, changes: Sequence[Change]) -> None:
        """Brings the views up to date: one document at a time, or anew when that is less work."""
        if len(changes) > MAX_SINGLE_UPDATES:
            for perspective in self._views:
                self._views[perspective] = self._build(perspective)
            return
        for view in self._views.values():
            for change in changes:
                view.update(change.document_id, change.after)

    def _link(self, document_id: str, before: Document | None, after: Document | None) -> None:
        if self._referrers is None:
            return
        for target in strong_references(before):
            sources = self._referrers.get(target, set())
            sources.discard(document_id)
            if not sources:
                self._referrers.pop(target, None)
        for target in strong_references(after):
            self._referrers.setdefault(target, set()).add(document_id)

    def _build(self, perspective: Perspective) -> View:
        view = View(perspective, self._documents.get)
        view.fill(list(self._documents.values()))
        return view

    def _view(self, perspective: Perspective) -> View:
        """The view of a perspective, built when it is first asked for; called with the lock held."""
        with self._view_lock:
            view = self._views.get(perspective)
            if view is None:
                view = self._views[perspective] = self._build(perspective)
                removable = [known for known in self._views if known.layers not in (PUBLISHED, RAW)]
                if len(self._views) > MAX_VIEWS and removable:
                    del self._views[removable[0]]
            else:
                self._views.move_to_end(perspective)
            return view

    def hold(self, perspective: Perspective) -> Generator[Dataset]:
        """The collection of a perspective while the lock is held; `Reading` drives it."""
        with self._lock.reading():
            yield self._view(perspective).dataset

    def remove(self) -> None:
        """Releases the file and deletes it."""
        self.storage.close()
        for ending in ("", "-wal", "-shm"):
            self.storage.path.with_name(self.storage.path.name + ending).unlink(missing_ok=True)

    def close(self) -> None:
        """Releases the file."""
        self.storage.close()


class Reading:
    """Context manager over `LiveDataset.hold`."""

    def __init__(self, dataset: LiveDataset, perspective: Perspective) -> None:
        self._held = dataset.hold(perspective)

    def __enter__(self) -> Dataset:
        return next(self._held)

    def __exit__(self, *_: object) -> None:
        self._held.close()
