"""Public questions in the record: asked once per client's id, answered once, listed for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.connections import Database
from datasources.postgres.messages import is_blocked_between, is_suspended_at
from datasources.postgres.tables.questions import questions
from domain.messages import MessageStatus
from domain.pages import Slice
from domain.questions import Question

_RECENT = timedelta(hours=1)
_MOST_RECENT = 20


@dataclass(frozen=True, slots=True)
class AskerStanding:
    """What decides whether somebody may ask, read at once."""

    earlier: Question | None
    earlier_digest: str | None
    is_blocked: bool
    is_suspended: bool
    recent: tuple[str, ...]


async def standing(
    database: Database, asker_id: UUID, seller_id: UUID, *, client_id: str, at: datetime
) -> AskerStanding:
    """How an asker stands towards a seller, and what the client's id stands for."""
    own = questions.c
    earlier = sa.select(questions).where(own.asker_id == asker_id, own.client_message_id == client_id)
    recent = (
        sa.select(own.body)
        .where(own.asker_id == asker_id, own.asked_at > at - _RECENT)
        .order_by(own.asked_at.desc())
        .limit(_MOST_RECENT)
    )
    facts = sa.select(
        is_blocked_between(asker_id, seller_id).label("is_blocked"),
        is_suspended_at(asker_id, at).label("is_suspended"),
    )

    async def run(connection: AsyncConnection) -> AskerStanding:
        row = (await connection.execute(earlier)).one_or_none()
        told = (await connection.execute(facts)).one()
        texts = tuple(each[0] for each in await connection.execute(recent))
        return AskerStanding(
            earlier=question_of(row) if row is not None else None,
            earlier_digest=row.digest if row is not None else None,
            is_blocked=told.is_blocked,
            is_suspended=told.is_suspended,
            recent=texts,
        )

    return await database.read("questions.standing", run)


async def add(connection: AsyncConnection, question: Question, *, digest: str) -> None:
    """Write a question. IntegrityError: the client's id is taken."""
    await connection.execute(
        sa.insert(questions).values(
            question_id=question.question_id,
            listing_id=question.listing_id,
            asker_id=question.asker_id,
            seller_id=question.seller_id,
            client_message_id=question.client_message_id,
            digest=digest,
            body=question.body,
            status=question.status.value,
            asked_at=question.asked_at,
        )
    )


async def answer(
    connection: AsyncConnection, question_id: str, text: str, *, status: MessageStatus, at: datetime
) -> Question | None:
    """Answer a question that is shown and has no answer yet; None for any other. A rejected answer may be replaced."""
    own = questions.c
    statement = (
        sa.update(questions)
        .where(
            own.question_id == question_id,
            own.status == MessageStatus.SENT.value,
            sa.or_(own.answer.is_(None), own.answer_status == MessageStatus.REJECTED.value),
        )
        .values(answer=text, answer_status=status.value, answered_at=at)
        .returning(*questions.c)
    )
    row = (await connection.execute(statement)).one_or_none()
    return question_of(row) if row is not None else None


async def settle(
    connection: AsyncConnection, question_id: str, status: MessageStatus, *, is_answer: bool
) -> Question | None:
    """Show or hide a question or its answer, as staff decided."""
    column = "answer_status" if is_answer else "status"
    statement = sa.update(questions).where(questions.c.question_id == question_id).values(**{column: status.value})
    row = (await connection.execute(statement.returning(*questions.c))).one_or_none()
    return question_of(row) if row is not None else None


async def by_ids(database: Database, ids: Sequence[str]) -> list[Question | None]:
    """Questions in the order of the ids; whoever asks checks who may see them."""
    query = sa.select(questions).where(questions.c.question_id.in_(list(ids)))

    async def run(connection: AsyncConnection) -> list[Question | None]:
        by_id = {row.question_id: question_of(row) for row in await connection.execute(query)}
        return [by_id.get(each) for each in ids]

    return await database.read("questions.by-ids", run)


async def page_of(database: Database, listing_id: str, wanted: Slice, *, viewer_id: UUID | None) -> list[Question]:
    """Questions of a listing that somebody may see, the newest first, one more than wanted; ids sort by time."""
    own = questions.c
    is_shown = own.status == MessageStatus.SENT.value
    if viewer_id is not None:
        is_own = sa.and_(own.status == MessageStatus.HELD.value, own.asker_id == viewer_id)
        is_shown = sa.or_(is_shown, is_own)
    query = (
        sa.select(questions)
        .where(own.listing_id == listing_id, is_shown)
        .order_by(own.question_id.desc())
        .limit(wanted.first + 1)
    )
    if wanted.after is not None:
        query = query.where(own.question_id < wanted.after[0])

    async def run(connection: AsyncConnection) -> list[Question]:
        return [question_of(row) for row in await connection.execute(query)]

    return await database.read("questions.page", run)


def question_of(row: Any) -> Question:
    """The question of a row."""
    return Question(
        question_id=row.question_id,
        listing_id=row.listing_id,
        asker_id=UUID(str(row.asker_id)),
        seller_id=UUID(str(row.seller_id)),
        client_message_id=row.client_message_id,
        body=row.body,
        status=MessageStatus(row.status),
        asked_at=row.asked_at,
        answer=row.answer,
        answer_status=MessageStatus(row.answer_status) if row.answer_status is not None else None,
        answered_at=row.answered_at,
    )
