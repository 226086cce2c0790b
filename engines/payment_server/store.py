"""Everything the payment server remembers, in one SQLite file: objects, deliveries, answers by idempotency key."""

import secrets
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from engines.sqlite_stores import SqliteStore

ALPHABET = string.ascii_letters + string.digits
KEPT_DELIVERIES = 10_000
SCHEMA = """
create table if not exists object (
    seq integer primary key autoincrement, id text not null unique, kind text not null, owner text, body blob not null
);
create index if not exists object_by_kind on object (kind, owner, seq);
create table if not exists answer (
    key text primary key, fingerprint text not null, status integer not null, body blob not null,
    created_at integer not null
);
create table if not exists delivery (
    seq integer primary key autoincrement, event text not null, endpoint text not null,
    attempts integer not null default 0, due_at real not null, ended text, last_answer text
);
create index if not exists delivery_due on delivery (due_at) where ended is null;
"""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """The stored answer to a request with an idempotency key."""

    fingerprint: str
    status: int
    body: bytes


def new_id(prefix: str) -> str:
    """An id in Stripe's form, such as `pi_` and 24 letters."""
    return f"{prefix}_" + "".join(secrets.choice(ALPHABET) for _ in range(24))


class Store(SqliteStore):
    """One process, one connection: a call runs in one transaction and nothing else runs meanwhile."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir / "payments.sqlite", SCHEMA)

    def put(self, body: Json, *, owner: str | None = None) -> None:
        """Write an object under its `id` and `object`; `owner` is what lists of its kind may be narrowed to."""
        self._sql.execute(
            "insert into object (id, kind, owner, body) values (?, ?, ?, ?)"
            " on conflict (id) do update set body = excluded.body, owner = coalesce(excluded.owner, owner)",
            (body["id"], body["object"], owner, orjson.dumps(body)),
        )

    def disown(self, object_id: str) -> None:
        """Take an object out of its owner's lists."""
        self._sql.execute("update object set owner = null where id = ?", (object_id,))

    def get(self, kind: str, object_id: str) -> Json | None:
        """An object by id, if it is of that kind."""
        row = self._sql.execute("select body from object where id = ? and kind = ?", (object_id, kind)).fetchone()
        return orjson.loads(row[0]) if row else None

    def find(self, object_id: str) -> Json | None:
        """An object by id, whatever it is."""
        row = self._sql.execute("select body from object where id = ?", (object_id,)).fetchone()
        return orjson.loads(row[0]) if row else None

    def every(self, kind: str, owner: str | None = None) -> Iterator[Json]:
        """All objects of a kind, newest first."""
        return self.window(kind, owner, before=None, after=None)

    def position(self, object_id: str) -> int | None:
        """Where an object stands in the order of creation."""
        row = self._sql.execute("select seq from object where id = ?", (object_id,)).fetchone()
        return int(row[0]) if row else None

    def window(self, kind: str, owner: str | None, *, before: int | None, after: int | None) -> Iterator[Json]:
        """Objects older than `before` (newest first), or newer than `after` (oldest first)."""
        narrowed = "select body from object where kind = ? and (? is null or owner = ?)"
        if after is None:
            query = narrowed + " and (? is null or seq < ?) order by seq desc"
        else:
            query = narrowed + " and (? is null or seq > ?) order by seq asc"
        bound = before if after is None else after
        rows = self._sql.execute(query, (kind, owner, owner, bound, bound))
        for (body,) in rows:
            yield orjson.loads(body)

    def answer(self, key: str) -> Answer | None:
        """What was answered to this idempotency key."""
        row = self._sql.execute("select fingerprint, status, body from answer where key = ?", (key,)).fetchone()
        return Answer(*row) if row else None

    def keep_answer(self, key: str, answer: Answer, *, now: int, keep_seconds: int) -> None:
        """Remember an answer, and forget those that are too old."""
        self._sql.execute("delete from answer where created_at < ?", (now - keep_seconds,))
        self._sql.execute(
            "insert into answer values (?, ?, ?, ?, ?)", (key, answer.fingerprint, answer.status, answer.body, now)
        )

    def enqueue(self, event: str, endpoint: str, due_at: float) -> None:
        """Plan one delivery."""
        self._sql.execute("insert into delivery (event, endpoint, due_at) values (?, ?, ?)", (event, endpoint, due_at))
        self._sql.execute(
            "delete from delivery where ended is not null and seq <= (select max(seq) from delivery) - ?",
            (KEPT_DELIVERIES,),
        )

    def due(self, now: float, limit: int) -> list[tuple[int, str, str, int]]:
        """Deliveries to make now: sequence, event, endpoint, attempts so far."""
        return self._sql.execute(
            "select seq, event, endpoint, attempts from delivery where ended is null and due_at <= ?"
            " order by due_at, seq limit ?",
            (now, limit),
        ).fetchall()

    def next_due(self) -> float | None:
        """When the next delivery is planned."""
        row = self._sql.execute("select min(due_at) from delivery where ended is null").fetchone()
        return None if row[0] is None else float(row[0])

    def note_delivery(self, seq: int, *, outcome: str, ended: str | None, due_at: float) -> None:
        """Record an attempt: ended as "delivered" or "given up", or planned again."""
        self._sql.execute(
            "update delivery set attempts = attempts + 1, last_answer = ?, ended = ?, due_at = ? where seq = ?",
            (outcome, ended, due_at, seq),
        )

    def deliveries(self, event: str | None = None) -> list[Json]:
        """The latest 1,000 deliveries, for people and tests."""
        rows = self._sql.execute(
            "select event, endpoint, attempts, due_at, ended, last_answer from delivery"
            " where ? is null or event = ? order by seq desc limit 1000",
            (event, event),
        )
        names = ("event", "endpoint", "attempts", "due_at", "ended", "last_answer")
        return [dict(zip(names, row, strict=True)) for row in rows]
