"""Everything the mailbox keeps, in one SQLite file: mails, answers by idempotency key, webhook deliveries."""

from pathlib import Path
from typing import Any

import orjson

from engines.sqlite_stores import SqliteStore

MOST_MAILS = 10_000
SCHEMA = """
create table if not exists mail (seq integer primary key autoincrement, id text not null unique, body blob not null);
create table if not exists answer (
    key text primary key, fingerprint text not null, body blob not null, created_at real not null
);
create table if not exists delivery (
    seq integer primary key autoincrement, id text not null, body blob not null, due_at real not null,
    attempts integer not null default 0, ended text
);
create index if not exists delivery_due on delivery (due_at, seq) where ended is null;
"""

Json = dict[str, Any]


class Store(SqliteStore):
    """One process, one connection; every request is one transaction."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir / "mailbox.sqlite", SCHEMA)

    def put(self, mail: Json) -> None:
        """Keep a mail; the oldest beyond 10,000 are dropped."""
        self._sql.execute(
            "insert into mail (id, body) values (?, ?) on conflict (id) do update set body = excluded.body",
            (mail["id"], orjson.dumps(mail)),
        )
        self._sql.execute("delete from mail where seq <= (select max(seq) from mail) - ?", (MOST_MAILS,))

    def get(self, mail_id: str) -> Json | None:
        """A mail by id."""
        row = self._sql.execute("select body from mail where id = ?", (mail_id,)).fetchone()
        return orjson.loads(row[0]) if row else None

    def page(self, limit: int, *, after: str | None = None, before: str | None = None) -> list[Json]:
        """Mails newest first: those older than `after`, or the nearest newer than `before`."""
        if before is not None:
            rows = self._sql.execute(
                "select body from mail where seq > (select seq from mail where id = ?) order by seq limit ?",
                (before, limit),
            ).fetchall()[::-1]
        else:
            rows = self._sql.execute(
                "select body from mail where ? is null or seq < (select seq from mail where id = ?)"
                " order by seq desc limit ?",
                (after, after, limit),
            ).fetchall()
        return [orjson.loads(body) for (body,) in rows]

    def clear(self) -> None:
        """Drop every mail."""
        self._sql.execute("delete from mail")

    def answer(self, key: str) -> tuple[str, bytes] | None:
        """Fingerprint and body of what was answered to this key."""
        row = self._sql.execute("select fingerprint, body from answer where key = ?", (key,)).fetchone()
        return (row[0], row[1]) if row else None

    def keep_answer(self, key: str, fingerprint: str, body: bytes, *, now: float, keep_seconds: float) -> None:
        """Remember an answer, and forget those that are too old."""
        self._sql.execute("delete from answer where created_at < ?", (now - keep_seconds,))
        self._sql.execute("insert into answer values (?, ?, ?, ?)", (key, fingerprint, body, now))

    def enqueue(self, message_id: str, body: Json, due_at: float) -> None:
        """Plan a delivery."""
        row = (message_id, orjson.dumps(body), due_at)
        self._sql.execute("insert into delivery (id, body, due_at) values (?, ?, ?)", row)
        self._sql.execute(
            "delete from delivery where ended is not null and seq <= (select max(seq) from delivery) - ?", (MOST_MAILS,)
        )

    def due(self, now: float, limit: int) -> list[tuple[int, str, bytes, int]]:
        """Deliveries to make now: sequence, message id, body, attempts so far."""
        return self._sql.execute(
            "select seq, id, body, attempts from delivery where ended is null and due_at <= ?"
            " order by due_at, seq limit ?",
            (now, limit),
        ).fetchall()

    def next_due(self) -> float | None:
        """When the next delivery is planned."""
        row = self._sql.execute("select min(due_at) from delivery where ended is null").fetchone()
        return None if row[0] is None else float(row[0])

    def note_delivery(self, seq: int, *, ended: str | None, due_at: float) -> None:
        """Record an attempt."""
        self._sql.execute(
            "update delivery set attempts = attempts + 1, ended = ?, due_at = ? where seq = ?", (ended, due_at, seq)
        )
