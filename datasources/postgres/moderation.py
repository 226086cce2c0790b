"""Moderation in the record: cases, their resolution, suspensions, and blocks between two people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres import topics
from datasources.postgres.columns import Column, as_uuid, column
from datasources.postgres.connections import Database
from datasources.postgres.messages import is_blocked_between
from datasources.postgres.tables.messages import blocks, conversations
from datasources.postgres.tables.moderation import moderation_cases, suspensions
from datasources.record_parts import RecordParts
from domain.moderation import CaseKind, CaseState, ModerationCase, Resolution, SubjectKind
from domain.pages import Slice
from domain.selections import Fields
from domain.topics import NewEvent, TopicEvent, conversation_topic, inbox_topic


def _json(stored: Any) -> Any:
    return orjson.loads(stored) if isinstance(stored, str) else stored


_columns = moderation_cases.c
CASE: RecordParts[ModerationCase, Column] = RecordParts(
    ModerationCase,
    {
        "case_id": column(_columns.case_id),
        "kind": column(_columns.kind, CaseKind),
        "subject_kind": column(_columns.subject_kind, SubjectKind),
        "subject_id": column(_columns.subject_id),
        "subject_user_id": column(_columns.subject_user_id, as_uuid),
        "reporter_id": column(_columns.reporter_id, as_uuid),
        "reasons": column(_columns.reasons, lambda stored: tuple(_json(stored))),
        "note": column(_columns.note),
        "snapshot": column(_columns.snapshot, _json),
        "state": column(_columns.state, CaseState),
        "created_at": column(_columns.created_at),
        "resolution": column(_columns.resolution, Resolution),
        "resolved_by": column(_columns.resolved_by, as_uuid),
        "resolved_at": column(_columns.resolved_at),
    },
    always=("case_id",),
)

_MOST_SUSPENDED = 50_000
_MOST_SHARED = 900


async def open_case(connection: AsyncConnection, case: ModerationCase) -> bool:
    """Open a case in the caller's transaction; a person's second report of the same thing opens none."""
    row = insert(moderation_cases).values(
        case_id=case.case_id,
        kind=case.kind.value,
        subject_kind=case.subject_kind.value,
        subject_id=case.subject_id,
        subject_user_id=case.subject_user_id,
        reporter_id=case.reporter_id,
        reasons=list(case.reasons),
        note=case.note,
        snapshot=dict(case.snapshot),
        state=case.state.value,
        created_at=case.created_at,
    )
    done = await connection.execute(row.on_conflict_do_nothing().returning(moderation_cases.c.case_id))
    return done.scalar() is not None


async def by_ids(database: Database, ids: Sequence[str], *, fields: Fields = None) -> list[ModerationCase | None]:
    """Cases in the order of the ids."""
    parts = CASE.variant(fields)
    query = sa.select(*parts.sources).where(moderation_cases.c.case_id.in_(list(ids)))

    async def run(connection: AsyncConnection) -> list[ModerationCase | None]:
        by_id = {row.case_id: parts.record(row) for row in await connection.execute(query)}
        return [by_id.get(each) for each in ids]

    return await database.read("moderation.by-ids", run)


async def page_of(
    database: Database, wanted: Slice, *, state: CaseState | None, kind: CaseKind | None, fields: Fields = None
) -> list[ModerationCase]:
    """Cases, the oldest first, one more than wanted; their ids sort by time."""
    parts = CASE.variant(fields)
    query = sa.select(*parts.sources).order_by(moderation_cases.c.case_id).limit(wanted.first + 1)
    if state is not None:
        query = query.where(moderation_cases.c.state == state.value)
    if kind is not None:
        query = query.where(moderation_cases.c.kind == kind.value)
    if wanted.after is not None:
        query = query.where(moderation_cases.c.case_id > wanted.after[0])

    async def run(connection: AsyncConnection) -> list[ModerationCase]:
        return [parts.record(row) for row in await connection.execute(query)]

    return await database.read("moderation.page", run)


async def close_case(
    connection: AsyncConnection, case_id: str, resolution: Resolution, *, by: UUID, at: datetime
) -> ModerationCase | None:
    """Resolve an open case once; None when it is resolved or unknown."""
    statement = (
        sa.update(moderation_cases)
        .where(moderation_cases.c.case_id == case_id, moderation_cases.c.state == CaseState.OPEN.value)
        .values(state=CaseState.RESOLVED.value, resolution=resolution.value, resolved_by=by, resolved_at=at)
        .returning(*moderation_cases.c)
    )
    row = (await connection.execute(statement)).one_or_none()
    return CASE.whole.record(row) if row is not None else None


async def suspend(
    connection: AsyncConnection, user_id: UUID, *, until_at: datetime | None, case_id: str, at: datetime
) -> None:
    """Let somebody write no more until a time; a longer suspension stays."""
    row = insert(suspensions).values(user_id=user_id, until_at=until_at, case_id=case_id, suspended_at=at)
    longer = sa.case(
        (sa.or_(suspensions.c.until_at.is_(None), row.excluded.until_at.is_(None)), sa.null()),
        else_=sa.func.greatest(suspensions.c.until_at, row.excluded.until_at),
    )
    await connection.execute(
        row.on_conflict_do_update(index_elements=["user_id"], set_={"until_at": longer, "case_id": case_id})
    )


async def lift_suspension(connection: AsyncConnection, user_id: UUID) -> bool:
    """Let somebody write again; False when nothing was in the way."""
    return (await connection.execute(sa.delete(suspensions).where(suspensions.c.user_id == user_id))).rowcount > 0


async def suspended_ids(database: Database, *, at: datetime) -> frozenset[UUID]:
    """Everybody who may not write now."""
    query = (
        sa.select(suspensions.c.user_id)
        .where(sa.or_(suspensions.c.until_at.is_(None), suspensions.c.until_at > at))
        .limit(_MOST_SUSPENDED)
    )

    async def run(connection: AsyncConnection) -> frozenset[UUID]:
        return frozenset(UUID(str(row[0])) for row in await connection.execute(query))

    return await database.read("moderation.suspended", run)


async def block(connection: AsyncConnection, blocker_id: UUID, blocked_id: UUID, *, at: datetime) -> list[TopicEvent]:
    """Silence between two people; readers of what they share look again at what they may follow."""
    row = insert(blocks).values(blocker_id=blocker_id, blocked_id=blocked_id, blocked_at=at)
    done = await connection.execute(row.on_conflict_do_nothing().returning(blocks.c.blocker_id))
    return await _tell(connection, blocker_id, blocked_id, at=at) if done.scalar() is not None else []


async def unblock(connection: AsyncConnection, blocker_id: UUID, blocked_id: UUID, *, at: datetime) -> list[TopicEvent]:
    """End the silence, as far as it is this person's."""
    own = sa.and_(blocks.c.blocker_id == blocker_id, blocks.c.blocked_id == blocked_id)
    done = await connection.execute(sa.delete(blocks).where(own))
    return await _tell(connection, blocker_id, blocked_id, at=at) if done.rowcount else []


async def _tell(connection: AsyncConnection, one: UUID, other: UUID, *, at: datetime) -> list[TopicEvent]:
    """Hold the conversations of the two, so that no message slips between the block and its event."""
    pair = (one, other)
    query = (
        sa.select(conversations.c.conversation_id)
        .where(conversations.c.buyer_id.in_(pair), conversations.c.seller_id.in_(pair))
        .order_by(conversations.c.conversation_id)
        .limit(_MOST_SHARED)
        .with_for_update()
    )
    shared = [row[0] for row in await connection.execute(query)]
    events = [NewEvent(conversation_topic(each), "access") for each in shared]
    return await topics.append_all(connection, [*events, NewEvent(inbox_topic(one), "access")], at=at)


async def is_blocked(database: Database, one: UUID, other: UUID) -> bool:
    """Whether either of two will not hear of the other."""

    async def run(connection: AsyncConnection) -> bool:
        return bool((await connection.execute(sa.select(is_blocked_between(one, other)))).scalar())

    return await database.read("moderation.is-blocked", run)


async def blocked_by(database: Database, blocker_id: UUID, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Those of the given people whom somebody blocked; nobody else may learn of it."""
    query = sa.select(blocks.c.blocked_id).where(blocks.c.blocker_id == blocker_id, blocks.c.blocked_id.in_(list(ids)))

    async def run(connection: AsyncConnection) -> frozenset[UUID]:
        return frozenset(UUID(str(row[0])) for row in await connection.execute(query))

    return await database.read("moderation.blocked", run)
