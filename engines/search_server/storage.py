"""What survives a crash: indexes, documents and the task queue in one SQLite file in WAL mode.

A write is on disk (in the WAL) before its task is told to have succeeded, so a killed process loses nothing; the
in-memory search structures are rebuilt from here at start.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import orjson

FILE_NAME = "search.sqlite3"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS indexes (
    key INTEGER PRIMARY KEY AUTOINCREMENT, uid TEXT NOT NULL UNIQUE, primary_key TEXT,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL, settings BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    index_key INTEGER NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (index_key, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tasks (
    uid INTEGER PRIMARY KEY AUTOINCREMENT, index_uid TEXT, type TEXT NOT NULL, status TEXT NOT NULL,
    details BLOB, error BLOB, canceled_by INTEGER, enqueued_at TEXT NOT NULL, started_at TEXT, finished_at TEXT,
    custom_metadata TEXT, payload BLOB);
CREATE INDEX IF NOT EXISTS tasks_by_status ON tasks (status, uid);
"""
_T = TypeVar("_T")


def timestamp() -> str:
    """Now, as the API writes times."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


class Store:
    """The database: one connection that writes, one that reads, each behind its own lock."""

    def __init__(self, data_dir: Path) -> None:
        data_dir.mkdir(parents=True, exist_ok=True)
        self._path = data_dir / FILE_NAME
        self._writer = self._connection()
        self._writer.executescript(_SCHEMA)
        self._reader = self._connection()
        self._write_lock = threading.Lock()
        self._read_lock = threading.Lock()

    def _connection(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=10)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def close(self) -> None:
        """Close both connections."""
        with self._write_lock, self._read_lock:
            self._writer.close()
            self._reader.close()

    def size(self) -> int:
        """The bytes of the database file."""
        return self._path.stat().st_size

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; one at a time."""
        with self._write_lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.execute("ROLLBACK")
                raise
            self._writer.execute("COMMIT")

    def read(self, statement: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """The rows of a query."""
        with self._read_lock:
            return self._reader.execute(statement, parameters).fetchall()

    def read_each(self, statement: str, parameters: Sequence[Any], make: Callable[[sqlite3.Row], _T]) -> list[_T]:
        """The rows of a query, each turned into something else as it is read."""
        with self._read_lock:
            return [make(row) for row in self._reader.execute(statement, parameters)]


def put_documents(connection: sqlite3.Connection, index_key: int, pairs: Iterable[tuple[str, bytes]]) -> None:
    """Add or replace documents."""
    connection.executemany(
        "INSERT INTO documents (index_key, id, body) VALUES (?, ?, ?) "
        "ON CONFLICT (index_key, id) DO UPDATE SET body = excluded.body",
        ((index_key, document_id, body) for document_id, body in pairs),
    )


def remove_documents(connection: sqlite3.Connection, index_key: int, ids: Iterable[str]) -> None:
    """Remove documents that may exist."""
    connection.executemany(
        "DELETE FROM documents WHERE index_key = ? AND id = ?", ((index_key, document_id) for document_id in ids)
    )


def packed(value: object) -> bytes:
    """A JSON column's content."""
    return orjson.dumps(value)


def unpacked(value: bytes | None) -> Any:
    """A JSON column's value."""
    return None if value is None else orjson.loads(value)
