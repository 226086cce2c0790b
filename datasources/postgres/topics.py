"""Log topics in the record: events appended in the caller's transaction, read back in order, published marks, trimming.

The number of an event is taken from the topic's row, which stays locked until the caller's transaction ends: event
n is never visible before event n - 1, and an event whose transaction fails leaves no hole.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.connections import Database, bare_driver_of, driver_of
from datasources.postgres.tables.topics import topic_events, topics
from domain.topics import KEPT_FOR, MOST_KEPT, NewEvent, TopicEnds, TopicEvent

_MOST_APPENDED = 1_000
_MOST_TRIMMED = 5_000

_APPEND = """
with place as (
  insert into topics (topic, last_seq, changed_at)
  select topic, count(*), $2 from unnest($1::text[]) as line(topic) group by topic order by topic
  on conflict (topic) do update set last_seq = topics.last_seq + excluded.last_seq, changed_at = excluded.changed_at
  returning topic, last_seq
), line as (
  select given.topic, given.kind, given.payload, given.position,
    row_number() over (partition by given.topic order by given.position desc) - 1 as from_end
  from unnest($1::text[], $3::text[], $4::jsonb[]) with ordinality as given(topic, kind, payload, position)
)
insert into topic_events (topic, seq, kind, payload, at)
select line.topic, place.last_seq - line.from_end, line.kind, line.payload, $2
from line join place using (topic) order by line.position
returning topic, seq
"""
_MARK = """
with mark as (select * from unnest($1::text[], $2::bigint[]) as mark(topic, seq)),
held as (select topic from topics where topic = any($1::text[]) order by topic for update skip locked)
update topics set published_seq = greatest(topics.published_seq, mark.seq)
from mark join held using (topic) where topics.topic = mark.topic returning topics.topic
"""


async def append(
    connection: AsyncConnection, topic: str, *, kind: str, payload: Mapping[str, Any], at: datetime
) -> int:
    """Give one event its number in the caller's transaction."""
    (event,) = await append_all(connection, [NewEvent(topic, kind, payload)], at=at)
    return event.seq


async def append_all(connection: AsyncConnection, events: Sequence[NewEvent], *, at: datetime) -> list[TopicEvent]:
    """Give events of any topics their numbers, in the given order; nobody is shown them before the commit.

    Rows of topics are locked in the order of their names. A transaction that appends twice must do so in that order
    too, so append everything at once, at the end.
    """
    if not events:
        return []
    if len(events) > _MOST_APPENDED:
        raise ValueError("Too many events for one transaction.")
    found = await (await driver_of(connection)).fetch(
        _APPEND,
        [each.topic for each in events],
        at,
        [each.kind for each in events],
        [orjson.dumps(dict(each.payload)).decode() for each in events],
    )
    # Inserted in the given order, so the numbers of each topic come back in it; the rows may not.
    numbers: dict[str, list[int]] = {}
    for row in found:
        numbers.setdefault(row["topic"], []).append(row["seq"])
    ordered = {topic: iter(sorted(seqs)) for topic, seqs in numbers.items()}
    return [TopicEvent(each.topic, next(ordered[each.topic]), each.kind, each.payload, at) for each in events]


async def events_after(database: Database, topic: str, *, seq: int, most: int) -> list[TopicEvent]:
    """Up to so many events after a number, in order."""
    query = (
        sa.select(topic_events)
        .where(topic_events.c.topic == topic, topic_events.c.seq > seq)
        .order_by(topic_events.c.seq)
        .limit(most)
    )

    async def run(connection: AsyncConnection) -> list[TopicEvent]:
        return [_event(row) for row in await connection.execute(query)]

    return await database.read("topics.after", run)


async def ends_of(database: Database, topic: str) -> TopicEnds:
    """What of the topic can be shown; a topic without events has none to show."""
    query = sa.select(topics.c.last_seq, topics.c.trimmed_seq).where(topics.c.topic == topic)

    async def run(connection: AsyncConnection) -> TopicEnds:
        row = (await connection.execute(query)).one_or_none()
        return TopicEnds(row.last_seq, row.trimmed_seq) if row is not None else TopicEnds(0, 0)

    return await database.read("topics.ends", run)


async def mark_published(database: Database, seqs: Mapping[str, int]) -> set[str]:
    """Note that topics were published up to a number; those whose row is being written are left for the next time."""

    async def run(connection: AsyncConnection) -> set[str]:
        raw = await bare_driver_of(connection)
        return {row["topic"] for row in await raw.fetch(_MARK, list(seqs), list(seqs.values()))}

    return await database.write("topics.mark", run)


async def unpublished(database: Database, *, before: datetime, most: int) -> list[TopicEvent]:
    """Events that somebody recorded and, for all that is known, did not publish; the longest waiting topics first."""
    waiting = (
        sa.select(topics.c.topic, topics.c.published_seq, topics.c.changed_at)
        .where(topics.c.published_seq < topics.c.last_seq, topics.c.changed_at < before)
        .order_by(topics.c.changed_at)
        .limit(most)
        .subquery()
    )
    query = (
        sa.select(topic_events)
        .join(waiting, sa.and_(waiting.c.topic == topic_events.c.topic, topic_events.c.seq > waiting.c.published_seq))
        .order_by(waiting.c.changed_at, topic_events.c.topic, topic_events.c.seq)
        .limit(most)
    )

    async def run(connection: AsyncConnection) -> list[TopicEvent]:
        return [_event(row) for row in await connection.execute(query)]

    return await database.read("topics.unpublished", run)


_TRIM = """
with old as materialized (
  select e.topic, e.seq from topic_events e join topics t using (topic)
  where e.at < $1 or e.seq <= t.last_seq - $2 limit $3
), held as materialized (
  select topic from topics where topic in (select topic from old) order by topic for update skip locked
), gone as (
  delete from topic_events e using old join held using (topic) where e.topic = old.topic and e.seq = old.seq
  returning e.topic, e.seq
), marked as (
  update topics set trimmed_seq = greatest(trimmed_seq, newest.seq)
  from (select topic, max(seq) as seq from gone group by topic) as newest where topics.topic = newest.topic
)
select count(*) from gone
"""


async def trim(database: Database, *, now: datetime, keep: timedelta = KEPT_FOR, most_kept: int = MOST_KEPT) -> int:
    """Delete up to 5,000 events that are too old or too many; how many were deleted."""

    async def run(connection: AsyncConnection) -> int:
        raw = await bare_driver_of(connection)
        return int(await raw.fetchval(_TRIM, now - keep, most_kept, _MOST_TRIMMED))

    return await database.write("topics.trim", run)


def _event(row: Any) -> TopicEvent:
    payload = row.payload
    return TopicEvent(
        row.topic, row.seq, row.kind, orjson.loads(payload) if isinstance(payload, str) else payload, row.at
    )
