"""One person's data: read out in bounded steps, and erased by anonymising, so that a stopped erasure just goes on."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.connections import Database
from datasources.postgres.tables import metadata
from datasources.postgres.tables.bids import bids
from datasources.postgres.tables.messages import blocks, conversations, message_edits, messages
from datasources.postgres.tables.moderation import moderation_cases
from datasources.postgres.tables.orders import orders
from datasources.postgres.tables.questions import questions
from datasources.postgres.tables.users import profiles, users
from domain.messages import MessageStatus

_STEP = 500
ERASED = "erased"

_OTHERS = {
    # Who blocked or reported somebody is nobody's business but that of who did it.
    (blocks.name, "blocked_id"),
    (moderation_cases.name, "subject_user_id"),
}
_HIDDEN = {"digest", "input_hash", "resolved_by"}


def _owned() -> list[tuple[sa.Table, sa.Column[Any]]]:
    """Every column that says whose a row is; a new table with a reference to accounts is found by itself."""
    found = [
        (table, column)
        for table in metadata.sorted_tables
        for column in table.c
        if any(key.column is users.c.user_id for key in column.foreign_keys)
        and (table.name, column.name) not in _OTHERS
    ]
    return [(users, users.c.user_id), *found, (bids, bids.c.bidder_id), (orders, orders.c.buyer_id)]


async def rows_of(database: Database, user_id: UUID) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Every row that is somebody's, with the name of its table, some hundreds at a time."""
    for table, column in _owned():
        keys = list(table.primary_key.columns)
        mine = sa.cast(column, sa.Text) == str(user_id)
        shown = [each for each in table.c if each.name not in _HIDDEN]
        after: tuple[Any, ...] | None = None
        while True:
            query = sa.select(*shown).where(mine).order_by(*keys).limit(_STEP)
            if after is not None:
                place = [sa.literal(value, key.type) for value, key in zip(after, keys, strict=True)]
                query = query.where(sa.tuple_(*keys) > sa.tuple_(*place))
            found = await _read(database, query)
            for row in found:
                yield table.name, row
            if len(found) < _STEP:
                break
            after = tuple(found[-1][each.name] for each in keys)


async def _read(database: Database, query: sa.Select[Any]) -> list[dict[str, Any]]:
    async def run(connection: AsyncConnection) -> list[dict[str, Any]]:
        return [dict(row) for row in (await connection.execute(query)).mappings()]

    return await database.read("personal-data.read", run)


async def erase_step(database: Database, user_id: UUID, *, at: datetime) -> int:
    """Anonymise up to some hundreds of rows of somebody; how many, 0 once nothing is left."""

    async def run(connection: AsyncConnection) -> int:
        for erase in (_messages, _questions, _answers, _cases, _owned_rows, _account):
            if done := await erase(connection, user_id, at):
                return done
        return 0

    return await database.write("personal-data.erase", run)


async def _messages(connection: AsyncConnection, user_id: UUID, at: datetime) -> int:
    """Texts become tombstones that keep their numbers; copies kept close are outdated with them."""
    ids = sa.select(messages.c.message_id).where(messages.c.sender_id == user_id, messages.c.body != "").limit(_STEP)
    chosen = list((await connection.execute(ids.with_for_update())).scalars())
    # Earlier texts of messages that are tombstones already go as well.
    own = sa.select(messages.c.message_id).where(messages.c.sender_id == user_id)
    edits = sa.select(message_edits.c.message_id).where(message_edits.c.message_id.in_(own)).limit(_STEP)
    gone = await connection.execute(sa.delete(message_edits).where(message_edits.c.message_id.in_(edits)))
    if not chosen:
        return gone.rowcount
    tombstone: dict[str, Any] = {
        "body": "",
        "attachments": [],
        "about_id": None,
        "client_message_id": messages.c.message_id,
        "deleted_at": sa.func.coalesce(messages.c.deleted_at, at),
    }
    done = await connection.execute(
        sa.update(messages)
        .where(messages.c.message_id.in_(chosen))
        .values(**tombstone)
        .returning(messages.c.conversation_id)
    )
    touched = sorted(set(done.scalars()))
    await connection.execute(
        sa.update(conversations)
        .where(conversations.c.conversation_id.in_(touched))
        .values(version=conversations.c.version + 1)
    )
    return len(chosen)


async def _questions(connection: AsyncConnection, user_id: UUID, _at: datetime) -> int:
    own = questions.c
    ids = sa.select(own.question_id).where(own.asker_id == user_id, own.body != "").limit(_STEP)
    values = {"body": "", "status": MessageStatus.HIDDEN.value, "client_message_id": own.question_id}
    return (await connection.execute(sa.update(questions).where(own.question_id.in_(ids)).values(**values))).rowcount


async def _answers(connection: AsyncConnection, user_id: UUID, _at: datetime) -> int:
    own = questions.c
    ids = sa.select(own.question_id).where(own.seller_id == user_id, own.answer.is_not(None)).limit(_STEP)
    values = {"answer": None, "answer_status": None, "answered_at": None}
    return (await connection.execute(sa.update(questions).where(own.question_id.in_(ids)).values(**values))).rowcount


async def _cases(connection: AsyncConnection, user_id: UUID, _at: datetime) -> int:
    """What is decided keeps the decision, not the text."""
    own = moderation_cases.c
    empty = sa.literal({}, own.snapshot.type)
    ids = (
        sa.select(own.case_id)
        .where(own.subject_user_id == user_id, own.resolution.is_not(None), own.snapshot != empty)
        .limit(_STEP)
    )
    statement = sa.update(moderation_cases).where(own.case_id.in_(ids)).values(snapshot={}, note="")
    return (await connection.execute(statement)).rowcount


async def _owned_rows(connection: AsyncConnection, user_id: UUID, _at: datetime) -> int:
    """Rows that only exist for the account: notifications, searches, addresses, choices and keys."""
    row_id: sa.ColumnClause[str] = sa.literal_column("ctid")
    for table in metadata.sorted_tables:
        for column in table.c:
            if any(key.column is users.c.user_id and key.ondelete == "CASCADE" for key in column.foreign_keys):
                own = sa.select(row_id).select_from(table).where(column == user_id).limit(_STEP)
                if done := (await connection.execute(sa.delete(table).where(row_id.in_(own)))).rowcount:
                    return done
    either = sa.or_(blocks.c.blocker_id == user_id, blocks.c.blocked_id == user_id)
    return (await connection.execute(sa.delete(blocks).where(either))).rowcount


async def _account(connection: AsyncConnection, user_id: UUID, _at: datetime) -> int:
    """Last of all: the account is nobody's, and whoever signs in with the identity begins anew."""
    name = sa.select(users.c.external_id).where(users.c.user_id == user_id).scalar_subquery()
    await connection.execute(sa.update(profiles).where(profiles.c.external_id == name).values(external_id=None))
    statement = sa.update(users).where(users.c.user_id == user_id, users.c.issuer != ERASED)
    return (await connection.execute(statement.values(issuer=ERASED, external_id=str(user_id)))).rowcount
