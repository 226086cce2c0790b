"""The task queue: every write is stored, answered with a summary, done in order by one worker, and kept as a record."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engines.search_server.problems import ApiError
from engines.search_server.storage import Store, packed, timestamp, unpacked

STATUSES = ("enqueued", "processing", "succeeded", "failed", "canceled")
KINDS = (
    "documentAdditionOrUpdate",
    "documentDeletion",
    "indexCreation",
    "indexDeletion",
    "indexSwap",
    "indexUpdate",
    "settingsUpdate",
    "taskCancelation",
    "taskDeletion",
)
URGENT = ("taskCancelation", "taskDeletion")
TOGETHER = "documentAdditionOrUpdate"
BATCH_BYTES = 32 * 1024 * 1024
KEPT_TASKS = 100_000  # older finished ones are forgotten at start
_COLUMNS = (
    "uid, index_uid, type, status, details, error, canceled_by, enqueued_at, started_at, finished_at, custom_metadata"
)


@dataclass(frozen=True, slots=True)
class Task:
    """One write to do."""

    uid: int
    index_uid: str | None
    kind: str
    payload: dict[str, Any]
    details: dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """How a task ended."""

    task: Task
    details: Mapping[str, Any]
    error: ApiError | None = None


def enqueue(
    store: Store,
    kind: str,
    *,
    index_uid: str | None,
    payload: Mapping[str, Any],
    details: Mapping[str, Any],
    metadata: str | None,
) -> dict[str, Any]:
    """Store a task durably; its summary is the 202 answer."""
    now = timestamp()
    with store.transaction() as connection:
        cursor = connection.execute(
            "INSERT INTO tasks (index_uid, type, status, details, enqueued_at, custom_metadata, payload) "
            "VALUES (?, ?, 'enqueued', ?, ?, ?, ?)",
            (index_uid, kind, packed(details), now, metadata, packed(payload)),
        )
        uid = cursor.lastrowid
    return {"taskUid": uid, "indexUid": index_uid, "status": "enqueued", "type": kind, "enqueuedAt": now}


def next_batch(store: Store, most: int) -> list[Task]:
    """The next tasks to do together: an urgent one, or the oldest and the document additions right behind it."""
    marks = ", ".join("?" for _ in URGENT)
    columns = "uid, index_uid, type, length(payload) AS size"
    rows = store.read(
        f"SELECT {columns} FROM tasks WHERE status = 'enqueued' AND type IN ({marks}) ORDER BY uid LIMIT 1",  # noqa: S608 - constants and marks
        URGENT,
    ) or store.read(f"SELECT {columns} FROM tasks WHERE status = 'enqueued' ORDER BY uid LIMIT ?", (most,))  # noqa: S608 - constants
    chosen: list[sqlite3.Row] = []
    size = 0
    for row in rows:
        size += row["size"] or 0
        if chosen and not (row["type"] == chosen[0]["type"] == TOGETHER and row["index_uid"] == chosen[0]["index_uid"]):
            break
        if chosen and size > BATCH_BYTES:
            break
        chosen.append(row)
    return [task for row in chosen for task in _loaded(store, row["uid"])]


def _loaded(store: Store, uid: int) -> list[Task]:
    rows = store.read("SELECT * FROM tasks WHERE uid = ? AND status = 'enqueued'", (uid,))
    return [
        Task(uid, row["index_uid"], row["type"], unpacked(row["payload"]) or {}, unpacked(row["details"]) or {})
        for row in rows
    ]


def start(store: Store, batch: Sequence[Task]) -> None:
    """Show tasks as being processed."""
    now = timestamp()
    with store.transaction() as connection:
        connection.executemany(
            "UPDATE tasks SET status = 'processing', started_at = ? WHERE uid = ?", [(now, task.uid) for task in batch]
        )


def finish(connection: sqlite3.Connection, outcome: Outcome) -> None:
    """Record how a task ended, inside the transaction of its effects; its payload is no longer needed."""
    error = None if outcome.error is None else packed(outcome.error.envelope())
    connection.execute(
        "UPDATE tasks SET status = ?, details = ?, error = ?, finished_at = ?, payload = NULL WHERE uid = ?",
        ("failed" if error else "succeeded", packed(outcome.details), error, timestamp(), outcome.task.uid),
    )


def tidy(store: Store) -> None:
    """Put tasks that a crash cut short back in the queue (none of their effects were stored), forget very old ones."""
    with store.transaction() as connection:
        connection.execute(
            "DELETE FROM tasks WHERE status NOT IN ('enqueued', 'processing') "
            "AND uid <= (SELECT max(uid) FROM tasks) - ?",
            (KEPT_TASKS,),
        )
        connection.execute("UPDATE tasks SET status = 'enqueued', started_at = NULL WHERE status = 'processing'")


def view(row: sqlite3.Row) -> dict[str, Any]:
    """How the API shows a task."""
    return {
        "uid": row["uid"],
        "batchUid": None if row["started_at"] is None else row["uid"],
        "indexUid": row["index_uid"],
        "status": row["status"],
        "type": row["type"],
        "canceledBy": row["canceled_by"],
        "details": unpacked(row["details"]) or None,
        "error": unpacked(row["error"]),
        "duration": _duration(row["started_at"], row["finished_at"]),
        "enqueuedAt": row["enqueued_at"],
        "startedAt": row["started_at"],
        "finishedAt": row["finished_at"],
        "customMetadata": row["custom_metadata"],
    }


def _duration(started_at: str | None, finished_at: str | None) -> str | None:
    if started_at is None or finished_at is None:
        return None
    seconds = (datetime.fromisoformat(finished_at) - datetime.fromisoformat(started_at)).total_seconds()
    return f"PT{seconds:.6f}S"


def one(store: Store, uid: int) -> dict[str, Any]:
    """The task with this uid, or a refusal."""
    rows = store.read(f"SELECT {_COLUMNS} FROM tasks WHERE uid = ?", (uid,))  # noqa: S608 - a constant list of columns
    if not rows:
        raise ApiError("task_not_found", f"Task `{uid}` not found.")
    return view(rows[0])


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks a request means; conditions join with AND."""

    condition: str
    parameters: tuple[Any, ...]
    is_empty: bool


_TIMES = {
    "beforeEnqueuedAt": "enqueued_at < ?",
    "afterEnqueuedAt": "enqueued_at > ?",
    "beforeStartedAt": "started_at < ?",
    "afterStartedAt": "started_at > ?",
    "beforeFinishedAt": "finished_at < ?",
    "afterFinishedAt": "finished_at > ?",
}
_LISTS = {"uids": "uid", "statuses": "status", "types": "type", "indexUids": "index_uid", "canceledBy": "canceled_by"}


def read_task_filter(parameters: Mapping[str, str]) -> TaskFilter:
    """The conditions of a query string; `*` means any."""
    conditions: list[str] = []
    values: list[Any] = []
    for name, text in parameters.items():
        if name in _TIMES:
            conditions.append(_TIMES[name])
            values.append(text)
        elif name in _LISTS and text != "*":
            chosen = _chosen(name, text)
            conditions.append(f"{_LISTS[name]} IN ({', '.join('?' for _ in chosen)})")
            values.extend(chosen)
    is_empty = not any(name in _TIMES or name in _LISTS for name in parameters)
    return TaskFilter(" AND ".join(conditions) or "1", tuple(values), is_empty)


def _chosen(name: str, text: str) -> list[Any]:
    items = text.split(",")[:1_000]
    known = {"statuses": STATUSES, "types": KINDS}.get(name)
    if known is not None:
        by_lower = {item.lower(): item for item in known}
        unknown = next((item for item in items if item.lower() not in by_lower), None)
        if unknown is not None:
            raise ApiError(f"invalid_task_{name}", f"`{unknown}` is not one of {', '.join(known)}.")
        return [by_lower[item.lower()] for item in items]
    if name in {"uids", "canceledBy"}:
        if not all(item.isdigit() for item in items):
            raise ApiError(
                f"invalid_task_{'uids' if name == 'uids' else 'canceled_by'}", f"`{text}` is not a list of numbers."
            )
        return [int(item) for item in items]
    return items


def page(store: Store, wanted: TaskFilter, *, limit: int, before: int | None, is_reversed: bool) -> dict[str, Any]:
    """Tasks newest first (oldest first if reversed), from a uid on."""
    compare, direction = (">=", "ASC") if is_reversed else ("<=", "DESC")
    bound = "" if before is None else f" AND uid {compare} {before}"
    rows = store.read(
        f"SELECT {_COLUMNS} FROM tasks WHERE {wanted.condition}{bound} ORDER BY uid {direction} LIMIT ?",  # noqa: S608 - values are bound
        (*wanted.parameters, limit + 1),
    )
    total = store.read(f"SELECT count(*) FROM tasks WHERE {wanted.condition}", wanted.parameters)[0][0]  # noqa: S608 - values are bound
    shown = rows[:limit]
    return {
        "results": [view(row) for row in shown],
        "total": total,
        "limit": limit,
        "from": shown[0]["uid"] if shown else None,
        "next": rows[limit]["uid"] if len(rows) > limit else None,
    }
