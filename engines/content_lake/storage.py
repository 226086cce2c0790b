"""One dataset on disk: documents, transactions, revisions and owed webhook calls in one SQLite file.

A transaction and everything it causes are one SQLite transaction in WAL mode with synchronous=FULL: once `commit`
has returned, neither kill -9 nor a power cut takes it back, and a crash before that leaves nothing of it.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from engines.content_lake.records import Delivery, Document, Transaction, precise_timestamp

Cell = str | bytes | int | float | None

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE documents (
    id TEXT PRIMARY KEY,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE transactions (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    at TEXT NOT NULL,
    author TEXT NOT NULL,
    mutations BLOB NOT NULL
) STRICT;
CREATE TABLE revisions (
    document_id TEXT NOT NULL,
    sequence INTEGER NOT NULL REFERENCES transactions (sequence),
    previous_revision TEXT,
    body BLOB,
    PRIMARY KEY (document_id, sequence)
) STRICT;
CREATE INDEX revisions_by_sequence ON revisions (sequence);
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL UNIQUE,
    headers BLOB NOT NULL,
    body BLOB NOT NULL,
    attempts INTEGER NOT NULL,
    due_at REAL NOT NULL,
    created_at REAL NOT NULL
) STRICT;
CREATE INDEX deliveries_by_webhook ON deliveries (webhook_id, id);
"""


class StorageError(Exception):
    """The file of a dataset cannot be used; the text says why in one sentence."""


class DuplicateTransactionError(Exception):
    """A transaction with this id was stored before."""


class Storage:
    """The file of one dataset. Every method may be called from any thread; one of them works at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=3)
            self._prepare()
        except (OSError, sqlite3.Error) as fault:
            raise StorageError(f"The dataset file {path} cannot be opened: {fault}") from fault

    def _prepare(self) -> None:
        # Exclusive: a second process on the same folder would serve its own, diverging copy from memory.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            self._connection.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version = {_SCHEMA_VERSION};COMMIT;")
        elif version != _SCHEMA_VERSION:
            raise StorageError(
                f"The dataset file {self.path} has format {version}; this program reads {_SCHEMA_VERSION}"
            )

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def commit(self, transaction: Transaction, deliveries: Sequence[Delivery] = ()) -> Transaction:
        """Stores a transaction with its deliveries; returns it with its sequence number."""
        with self._writing() as connection:
            try:
                cursor = connection.execute(
                    "INSERT INTO transactions (id, at, author, mutations) VALUES (?, ?, ?, ?)",
                    (
                        transaction.transaction_id,
                        precise_timestamp(transaction.at),
                        transaction.author,
                        orjson.dumps(transaction.mutations),
                    ),
                )
            except sqlite3.IntegrityError as fault:
                raise DuplicateTransactionError(transaction.transaction_id) from fault
            sequence = cursor.lastrowid or 0
            for change in transaction.changes:
                body = None if change.after is None else orjson.dumps(change.after)
                connection.execute(
                    "INSERT INTO revisions (document_id, sequence, previous_revision, body) VALUES (?, ?, ?, ?)",
                    (change.document_id, sequence, (change.before or {}).get("_rev"), body),
                )
                if body is None:
                    connection.execute("DELETE FROM documents WHERE id = ?", (change.document_id,))
                else:
                    connection.execute(
                        "INSERT INTO documents (id, body) VALUES (?, ?) "
                        "ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                        (change.document_id, body),
                    )
            self._owe(connection, deliveries)
        return replace(transaction, sequence=sequence)

    def _owe(self, connection: sqlite3.Connection, deliveries: Sequence[Delivery]) -> None:
        connection.executemany(
            "INSERT INTO deliveries (webhook_id, idempotency_key, headers, body, attempts, due_at, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    owed.webhook_id,
                    owed.idempotency_key,
                    orjson.dumps(owed.headers),
                    owed.body,
                    owed.attempts,
                    owed.due_at,
                    owed.created_at,
                )
                for owed in deliveries
            ],
        )

    def documents(self) -> Iterator[Document]:
        """Every stored document, in the order of ids."""
        with self._lock:
            for (body,) in self._connection.execute("SELECT body FROM documents ORDER BY id"):
                yield orjson.loads(body)

    def has_transaction(self, transaction_id: str) -> bool:
        """Whether a transaction with this id was ever stored."""
        return bool(self.read("SELECT 1 FROM transactions WHERE id = ?", (transaction_id,)))

    def position(self) -> int:
        """The sequence number of the newest transaction, 0 when there is none."""
        rows = self.read("SELECT coalesce(max(sequence), 0) FROM transactions", ())
        return int(rows[0][0])

    def read(self, statement: str, values: Sequence[Cell] | Mapping[str, Cell] = ()) -> list[tuple[Any, ...]]:
        """The rows of a bounded SELECT over this file; histories are written in terms of it."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def next_delivery(self, webhook_id: str) -> Delivery | None:
        """The oldest call owed to a webhook, due or not: calls of one webhook go out one at a time and in order."""
        rows = self.read(
            "SELECT id, idempotency_key, headers, body, attempts, due_at, created_at FROM deliveries "
            "WHERE webhook_id = ? ORDER BY due_at, id LIMIT 1",
            (webhook_id,),
        )
        if not rows:
            return None
        delivery_id, key, headers, body, attempts, due_at, created_at = rows[0]
        return Delivery(
            webhook_id=webhook_id,
            idempotency_key=key,
            headers=orjson.loads(headers),
            body=body,
            attempts=attempts,
            due_at=due_at,
            created_at=created_at,
            delivery_id=delivery_id,
        )

    def postpone_delivery(self, delivery_id: int, due_at: float) -> None:
        """Counts one more attempt and says when the next one is due."""
        with self._writing() as connection:
            connection.execute(
                "UPDATE deliveries SET attempts = attempts + 1, due_at = ? WHERE id = ?", (due_at, delivery_id)
            )

    def settle_delivery(self, delivery_id: int) -> None:
        """Forgets a call that was answered or given up."""
        with self._writing() as connection:
            connection.execute("DELETE FROM deliveries WHERE id = ?", (delivery_id,))

    def prune(self, before: str) -> None:
        """Forgets the content of history older than a time: replaced revisions, and what transactions said.

        The newest revision of every document and the id of every transaction stay.
        """
        with self._writing() as connection:
            connection.execute(
                "DELETE FROM revisions WHERE sequence IN (SELECT sequence FROM transactions WHERE at < ?) "
                "AND sequence < (SELECT max(newer.sequence) FROM revisions AS newer "
                "WHERE newer.document_id = revisions.document_id)",
                (before,),
            )
            connection.execute(
                "UPDATE transactions SET mutations = ? WHERE at < ? AND mutations <> ?", (b"[]", before, b"[]")
            )

    def close(self) -> None:
        """Folds the log into the file and releases it."""
        with self._lock:
            self._connection.close()
