"""What the local search server keeps when it is killed."""

import threading
from pathlib import Path
from typing import Any

import meilisearch
import pytest
from meilisearch.errors import MeilisearchCommunicationError, MeilisearchTimeoutError

from engines.search_server import storage, tasks
from engines.search_server.catalog import Catalog
from engines.search_server.worker import Worker
from tests.search_servers import running_search_server


def test_every_write_told_to_have_succeeded_survives_a_kill(tmp_path: Path) -> None:
    confirmed: list[int] = []
    with running_search_server(tmp_path) as server:
        client = meilisearch.Client(server.url, timeout=5)
        index = client.index("listings")
        client.wait_for_task(index.update_filterable_attributes(["id"]).task_uid)
        killer = threading.Timer(0.5, server.kill)
        killer.start()
        try:
            for number in range(10_000):
                task = index.add_documents([{"id": number, "title": f"Listing {number}"}])
                if client.wait_for_task(task.task_uid, interval_in_ms=1).status == "succeeded":
                    confirmed.append(number)
        except (MeilisearchCommunicationError, MeilisearchTimeoutError):
            pass
        killer.join()
    assert confirmed
    with running_search_server(tmp_path) as server:
        index = meilisearch.Client(server.url, timeout=5).index("listings")
        stored = index.get_documents({"limit": 20_000, "fields": ["id"]}).results
        assert {dict(each)["id"] for each in stored} >= set(confirmed)
        assert index.search(f"listing {confirmed[-1]}")["hits"][0]["id"] == confirmed[-1]
        assert index.get_filterable_attributes() == ["id"]


def test_a_task_cut_short_is_done_after_the_restart(tmp_path: Path) -> None:
    store = storage.Store(tmp_path)
    summary = enqueue_documents(store, [{"id": 1}])
    tasks.start(store, tasks.next_batch(store, 10))
    assert tasks.one(store, summary["taskUid"])["status"] == "processing"
    store.close()
    with running_search_server(tmp_path) as server:
        client = meilisearch.Client(server.url, timeout=5)
        assert client.wait_for_task(summary["taskUid"]).status == "succeeded"
        assert client.index("listings").get_stats().number_of_documents == 1


def test_a_fault_in_the_middle_of_a_task_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = storage.Store(tmp_path)
    catalog = Catalog(store)
    worker = Worker(store, catalog)
    worker.start()
    first = enqueue_documents(store, [{"id": 1, "title": "kept"}])
    worker.wake()
    assert finished(store, first)["status"] == "succeeded"

    def broken(*_arguments: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(Catalog, "save", broken)
    second = enqueue_documents(store, [{"id": 1, "title": "lost"}, {"id": 2, "title": "lost"}])
    worker.wake()
    failed = finished(store, second)
    assert (failed["status"], failed["error"]["code"]) == ("failed", "internal")
    monkeypatch.undo()
    third = enqueue_documents(store, [{"id": 3, "title": "later"}])
    worker.wake()
    assert finished(store, third)["status"] == "succeeded"
    worker.stop()
    contents = catalog.index("listings").contents
    assert sorted(contents.number_by_id) == ["1", "3"]
    assert contents.document(contents.number_by_id["1"])["title"] == "kept"
    assert [row["id"] for row in store.read("SELECT id FROM documents ORDER BY id")] == ["1", "3"]
    store.close()


def enqueue_documents(store: storage.Store, documents: list[dict[str, Any]]) -> dict[str, Any]:
    return tasks.enqueue(
        store,
        "documentAdditionOrUpdate",
        index_uid="listings",
        payload={"documents": documents, "primaryKey": None, "isPartial": False},
        details={"receivedDocuments": len(documents), "indexedDocuments": None},
        metadata=None,
    )


def finished(store: storage.Store, summary: dict[str, Any]) -> dict[str, Any]:
    waiting = threading.Event()
    for _ in range(1_000):
        task = tasks.one(store, summary["taskUid"])
        if task["status"] not in {"enqueued", "processing"}:
            return task
        waiting.wait(0.005)
    raise AssertionError("the task was not done in time")
