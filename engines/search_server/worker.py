"""The one thread that does tasks: each batch changes the store and the searchable contents together or not at all."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engines.search_server.bitmaps import numbers_of
from engines.search_server.catalog import Catalog, Index, demand_uid
from engines.search_server.contents import Entry
from engines.search_server.documents import document_id, encoded, inferred_primary_key
from engines.search_server.filter_grammar import parse_filter
from engines.search_server.filter_matches import matching
from engines.search_server.problems import ApiError
from engines.search_server.settings import updated
from engines.search_server.storage import Store, put_documents, remove_documents, timestamp
from engines.search_server.tasks import (
    Outcome,
    Task,
    TaskFilter,
    finish,
    next_batch,
    start,
    tidy,
)

MOST_TOGETHER = 500
STRUCTURAL = ("searchableAttributes", "filterableAttributes", "sortableAttributes", "rankingRules", "distinctAttribute")

log = logging.getLogger(__name__)


class Worker:
    """Does the queue's tasks in order until told to stop."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog
        self._wake = threading.Event()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="search-tasks", daemon=True)
        self.busy_with: str | None = None

    def start(self) -> None:
        """Take up what an earlier process left, then work."""
        tidy(self._store)
        self._thread.start()
        self.wake()

    def wake(self) -> None:
        """Say that a task was enqueued."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the current batch and end."""
        self._is_stopping = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_stopping:
            self._wake.clear()
            batch = next_batch(self._store, MOST_TOGETHER)
            if batch:
                self._do(batch)
            else:
                self._wake.wait()

    def _do(self, batch: Sequence[Task]) -> None:
        self.busy_with = batch[0].index_uid
        try:
            start(self._store, batch)
            with self._store.transaction() as connection:
                for outcome in self._outcomes(connection, batch):
                    finish(connection, outcome)
        except Exception as fault:
            log.exception("A task failed by a fault of the server; its index is read again from disk.")
            self._catalog.load()
            problem = ApiError("internal", f"The server failed to process the task: {type(fault).__name__}.")
            with self._store.transaction() as connection:
                for task in batch:
                    finish(connection, Outcome(task, task.details, problem))
        finally:
            self.busy_with = None

    def _outcomes(self, connection: sqlite3.Connection, batch: Sequence[Task]) -> list[Outcome]:
        if batch[0].kind == "documentAdditionOrUpdate":
            return _add_documents(self._catalog, connection, batch)
        task = batch[0]
        try:
            details = _ACTIONS[task.kind](self._catalog, connection, task)
        except ApiError as refusal:
            return [Outcome(task, _refused_details(task), refusal)]
        return [Outcome(task, {**task.details, **details})]


def _refused_details(task: Task) -> dict[str, Any]:
    return {**task.details, **({"deletedDocuments": 0} if "deletedDocuments" in task.details else {})}


def _add_documents(catalog: Catalog, connection: sqlite3.Connection, batch: Sequence[Task]) -> list[Outcome]:
    """Many additions to one index in one change; a refused one leaves the others alone."""
    staged: dict[str, dict[str, Any]] = {}
    bodies: dict[str, bytes] = {}
    outcomes = []
    index: Index | None = None
    for task in batch:
        try:
            index = catalog.ensured(connection, demand_uid(task.index_uid))
            _stage(index, task, staged, bodies)
        except ApiError as refusal:
            outcomes.append(Outcome(task, {**task.details, "indexedDocuments": 0}, refusal))
        else:
            outcomes.append(Outcome(task, {**task.details, "indexedDocuments": task.details["receivedDocuments"]}))
    if index is not None:
        put_documents(connection, index.key, bodies.items())
        index.contents.change(Entry(key, bodies[key], document) for key, document in staged.items())
        catalog.save(connection, index)
        _compact(index)
    return outcomes


def _stage(index: Index, task: Task, staged: dict[str, dict[str, Any]], bodies: dict[str, bytes]) -> None:
    documents = task.payload["documents"]
    if not documents:
        return
    primary_key = _primary_key(index, task.payload["primaryKey"], documents)
    changed: dict[str, dict[str, Any]] = {}
    encodings: dict[str, bytes] = {}
    for document in documents:
        key = document_id(document, primary_key)
        if task.payload["isPartial"]:
            document = {**(changed.get(key) or staged.get(key) or _stored(index, key)), **document}  # noqa: PLW2901 - the merged form replaces the given one
        changed[key] = document
        encodings[key] = encoded(document, key)
    index.primary_key = primary_key
    staged.update(changed)
    bodies.update(encodings)


def _stored(index: Index, key: str) -> dict[str, Any]:
    number = index.contents.number_by_id.get(key)
    return {} if number is None else index.contents.document(number)


def _primary_key(index: Index, asked: str | None, documents: Sequence[dict[str, Any]]) -> str:
    if index.primary_key is None:
        return asked or inferred_primary_key(documents[0])
    if asked is not None and asked != index.primary_key:
        raise ApiError(
            "index_primary_key_already_exists",
            f"Index already has a primary key: `{index.primary_key}`.",
        )
    return index.primary_key


def _compact(index: Index) -> None:
    if index.contents.needs_compaction():
        index.contents = index.contents.compacted(index.settings)


def _delete_documents(catalog: Catalog, connection: sqlite3.Connection, task: Task) -> dict[str, Any]:
    index = catalog.index(demand_uid(task.index_uid))
    contents = index.contents
    ids = set(contents.number_by_id)
    if "filter" in task.payload:
        with contents.lock:
            try:
                numbers = set(numbers_of(matching(contents, parse_filter(task.payload["filter"]))))
            except ApiError as refusal:
                raise ApiError("invalid_document_filter", refusal.message) from None
        ids = {key for key, number in contents.number_by_id.items() if number in numbers}
    elif "ids" in task.payload:
        ids &= set(task.payload["ids"])
    remove_documents(connection, index.key, ids)
    contents.change((), ids)
    catalog.save(connection, index)
    _compact(index)
    return {"deletedDocuments": len(ids)}


def _create_index(catalog: Catalog, connection: sqlite3.Connection, task: Task) -> dict[str, Any]:
    catalog.create(connection, demand_uid(task.index_uid), task.payload["primaryKey"])
    return {}


def _update_index(catalog: Catalog, connection: sqlite3.Connection, task: Task) -> dict[str, Any]:
    index = catalog.index(demand_uid(task.index_uid))
    primary_key = task.payload.get("primaryKey")
    if primary_key is not None and primary_key != index.primary_key:
        if len(index.contents):
            raise ApiError(
                "index_primary_key_already_exists",
                f"Index `{index.uid}`: already has a primary key: `{index.primary_key}`.",
            )
        index.primary_key = primary_key
    catalog.save(connection, index)
    new_uid = task.payload.get("uid")
    if new_uid is not None and new_uid != index.uid:
        if new_uid in catalog.indexes:
            raise ApiError("index_already_exists", f"Index `{new_uid}` already exists.")
        catalog.rename(connection, {index.key: new_uid})
    return {}


def _delete_index(catalog: Catalog, connection: sqlite3.Connection, task: Task) -> dict[str, Any]:
    return {"deletedDocuments": catalog.delete(connection, demand_uid(task.index_uid))}


def _swap_indexes(catalog: Catalog, connection: sqlite3.Connection, task: Task) -> dict[str, Any]:
    new_uids: dict[int, str] = {}
    for swap in task.payload["swaps"]:
        first, second = (catalog.index(uid) for uid in swap["indexes"])
        new_uids |= {first.key: second.uid, second.key: first.uid}
    catalog.rename(connection, new_uids)
    return {}


def _update_settings(catalog: Catalog, connection: sqlite3.Connection, task: Task) -> dict[str, Any]:
    index = catalog.ensured(connection, demand_uid(task.index_uid))
    settings = updated(index.settings, task.payload["settings"])
    if any(settings[key] != index.settings[key] for key in STRUCTURAL):
        index.contents = index.contents.compacted(settings)
    else:
        index.contents.adopt(settings)
    catalog.save(connection, index)
    return {}


def _selected(connection: sqlite3.Connection, task: Task, condition: str) -> tuple[int, list[int]]:
    wanted = TaskFilter(task.payload["condition"], tuple(task.payload["parameters"]), is_empty=False)
    rows = connection.execute(
        f"SELECT uid, {condition} AS fits FROM tasks WHERE {wanted.condition} AND uid <> ?",  # noqa: S608 - built from constants, values are bound
        (*wanted.parameters, task.uid),
    ).fetchall()
    return len(rows), [row["uid"] for row in rows if row["fits"]]


def _cancel_tasks(_catalog: Catalog, connection: sqlite3.Connection, task: Task) -> dict[str, Any]:
    matched, uids = _selected(connection, task, "status = 'enqueued'")
    connection.executemany(
        "UPDATE tasks SET status = 'canceled', canceled_by = ?, finished_at = ?, payload = NULL WHERE uid = ?",
        [(task.uid, timestamp(), uid) for uid in uids],
    )
    return {"matchedTasks": matched, "canceledTasks": len(uids)}


def _delete_tasks(_catalog: Catalog, connection: sqlite3.Connection, task: Task) -> dict[str, Any]:
    matched, uids = _selected(connection, task, "status IN ('succeeded', 'failed', 'canceled')")
    connection.executemany("DELETE FROM tasks WHERE uid = ?", [(uid,) for uid in uids])
    return {"matchedTasks": matched, "deletedTasks": len(uids)}


_ACTIONS: Mapping[str, Callable[[Catalog, sqlite3.Connection, Task], dict[str, Any]]] = {
    "documentDeletion": _delete_documents,
    "indexCreation": _create_index,
    "indexUpdate": _update_index,
    "indexDeletion": _delete_index,
    "indexSwap": _swap_indexes,
    "settingsUpdate": _update_settings,
    "taskCancelation": _cancel_tasks,
    "taskDeletion": _delete_tasks,
}
