"""The indexes by uid: their identity, settings and searchable contents, loaded from the store at start."""

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from engines.search_server.contents import Contents, Entry
from engines.search_server.problems import ApiError, index_not_found
from engines.search_server.settings import default_settings
from engines.search_server.storage import Store, packed, timestamp, unpacked

_UID = re.compile(r"^[A-Za-z0-9_-]{1,400}$")


@dataclass(slots=True)
class Index:
    """One index."""

    key: int  # its row; a swap exchanges uids, the key stays with the documents
    uid: str
    primary_key: str | None
    created_at: str
    updated_at: str
    contents: Contents

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings in force."""
        return self.contents.settings

    def view(self) -> dict[str, Any]:
        """How the API shows the index."""
        return {
            "uid": self.uid,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "primaryKey": self.primary_key,
        }

    def stats(self, *, is_indexing: bool) -> dict[str, Any]:
        """How the API counts the index."""
        contents = self.contents
        with contents.lock:
            bodies = [len(contents.bodies[number]) for number in contents.number_by_id.values()]
            fields = {name: count for name, count in contents.field_distribution.items() if count}
        return {
            "numberOfDocuments": len(bodies),
            "rawDocumentDbSize": sum(bodies),
            "avgDocumentSize": sum(bodies) // len(bodies) if bodies else 0,
            "isIndexing": is_indexing,
            "numberOfEmbeddings": 0,
            "numberOfEmbeddedDocuments": 0,
            "fieldDistribution": dict(sorted(fields.items())),
        }


def demand_uid(uid: object) -> str:
    """An index uid as a request gives it, or a refusal."""
    if not isinstance(uid, str) or not _UID.match(uid):
        raise ApiError(
            "invalid_index_uid",
            f"`{uid}` is not a valid index uid. An index uid is 1 to 400 letters, digits, hyphens and underscores.",
        )
    return uid


class Catalog:
    """Every index of the server. Only the task worker changes it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.indexes: dict[str, Index] = {}

    def load(self) -> None:
        """Read every index and its documents from the store, replacing what is in memory."""
        loaded = {}
        for row in self._store.read("SELECT * FROM indexes"):
            contents = Contents({**default_settings(), **unpacked(row["settings"])})
            entries = self._store.read_each(
                "SELECT id, body FROM documents WHERE index_key = ? ORDER BY id",
                (row["key"],),
                lambda found: Entry(found["id"], found["body"], orjson.loads(found["body"])),
            )
            contents.change(entries)
            loaded[row["uid"]] = Index(
                row["key"], row["uid"], row["primary_key"], row["created_at"], row["updated_at"], contents
            )
        self.indexes = loaded

    def index(self, uid: str) -> Index:
        """The index with this uid, or a refusal."""
        found = self.indexes.get(demand_uid(uid))
        if found is None:
            raise index_not_found(uid)
        return found

    def create(self, connection: sqlite3.Connection, uid: str, primary_key: str | None) -> Index:
        """A new, empty index."""
        if uid in self.indexes:
            raise ApiError("index_already_exists", f"Index `{uid}` already exists.")
        now = timestamp()
        settings = default_settings()
        cursor = connection.execute(
            "INSERT INTO indexes (uid, primary_key, created_at, updated_at, settings) VALUES (?, ?, ?, ?, ?)",
            (uid, primary_key, now, now, packed(settings)),
        )
        index = Index(cursor.lastrowid or 0, uid, primary_key, now, now, Contents(settings))
        self.indexes[uid] = index
        return index

    def ensured(self, connection: sqlite3.Connection, uid: str) -> Index:
        """The index with this uid, created if need be, as writes do."""
        return self.indexes.get(uid) or self.create(connection, uid, None)

    def delete(self, connection: sqlite3.Connection, uid: str) -> int:
        """Drop an index; the number of documents it held."""
        index = self.index(uid)
        connection.execute("DELETE FROM documents WHERE index_key = ?", (index.key,))
        connection.execute("DELETE FROM indexes WHERE key = ?", (index.key,))
        del self.indexes[uid]
        return len(index.contents)

    def rename(self, connection: sqlite3.Connection, uids: Mapping[int, str]) -> None:
        """Give indexes, by key, new uids all at once."""
        now = timestamp()
        for key in uids:
            connection.execute("UPDATE indexes SET uid = ? WHERE key = ?", (f" {key}", key))
        for key, uid in uids.items():
            connection.execute("UPDATE indexes SET uid = ?, updated_at = ? WHERE key = ?", (uid, now, key))
        renamed = {uids.get(index.key, uid): index for uid, index in self.indexes.items()}
        for uid, index in renamed.items():
            if index.uid != uid:
                index.uid, index.updated_at = uid, now
        self.indexes = renamed

    def save(self, connection: sqlite3.Connection, index: Index) -> None:
        """Store an index's own row after a change."""
        index.updated_at = timestamp()
        connection.execute(
            "UPDATE indexes SET primary_key = ?, updated_at = ?, settings = ? WHERE key = ?",
            (index.primary_key, index.updated_at, packed(dict(index.settings)), index.key),
        )
