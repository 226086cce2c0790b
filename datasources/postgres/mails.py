"""The outbox of mails: asked for once, claimed within each recipient's limit, and followed to their fate."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.tables.mails import mails
from domain.mails import DropReason, Letter, MailDraft, MailEventKind, MailStatus

Connection = AsyncConnection
"""For services that do several things in one transaction."""

_drafts = TypeAdapter(MailDraft)
_letters = TypeAdapter(Letter)
_CLAIMED = (MailStatus.SENDING.value, MailStatus.SENT.value)
_EVENT_COLUMNS = {
    MailEventKind.DELIVERED: mails.c.delivered_at,
    MailEventKind.BOUNCED: mails.c.bounced_at,
    MailEventKind.COMPLAINED: mails.c.complained_at,
}


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of the outbox."""

    mail_id: str
    recipient: str
    draft: MailDraft
    status: MailStatus
    letter: Letter | None
    created_at: datetime
    claimed_at: datetime | None


async def add(connection: AsyncConnection, mail_id: str, draft: MailDraft, *, now: datetime) -> bool:
    """Ask for a mail; False when its key was asked for before, which asks for nothing."""
    statement = insert(mails).values(
        mail_id=mail_id,
        recipient=draft.recipient,
        dedupe_key=draft.dedupe_key,
        draft=asdict(draft),
        status=MailStatus.WAITING.value,
        created_at=now,
    )
    written = await connection.execute(statement.on_conflict_do_nothing().returning(mails.c.mail_id))
    return written.scalar() is not None


async def recipient_of(connection: AsyncConnection, mail_id: str) -> str | None:
    """Whom a mail is for."""
    return (await connection.execute(sa.select(mails.c.recipient).where(mails.c.mail_id == mail_id))).scalar()


async def hold_recipient(connection: AsyncConnection, recipient: str) -> None:
    """Let nobody else decide about this recipient's mails until the transaction ends."""
    await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(recipient, 4026))))


async def by_id(connection: AsyncConnection, mail_id: str) -> Mail | None:
    """One mail."""
    row = (await connection.execute(sa.select(mails).where(mails.c.mail_id == mail_id))).one_or_none()
    return None if row is None else _mail(row)


async def claims_since(connection: AsyncConnection, recipient: str, since: datetime) -> list[datetime]:
    """When this recipient's mails of the window left, the oldest first."""
    query = (
        sa.select(mails.c.claimed_at)
        .where(mails.c.recipient == recipient, mails.c.claimed_at > since, mails.c.status.in_(_CLAIMED))
        .order_by(mails.c.claimed_at)
    )
    return list((await connection.execute(query.limit(100))).scalars())


async def hold(connection: AsyncConnection, mail_id: str) -> None:
    """Keep a mail back for the digest."""
    await _change(connection, mail_id, MailStatus.WAITING, {"status": MailStatus.HELD.value})


async def claim(connection: AsyncConnection, mail_id: str, letter: Letter, *, now: datetime) -> None:
    """Fix the letter of a mail that leaves now; it counts against the limit from here on."""
    values = {"status": MailStatus.SENDING.value, "letter": asdict(letter), "claimed_at": now}
    await _change(connection, mail_id, MailStatus.WAITING, values)


async def drop(connection: AsyncConnection, mail_id: str, reason: DropReason) -> None:
    """Never send a mail."""
    statement = (
        sa.update(mails)
        .where(mails.c.mail_id == mail_id, mails.c.status.in_([MailStatus.WAITING.value, MailStatus.SENDING.value]))
        .values(status=MailStatus.DROPPED.value, reason=reason.value)
    )
    await connection.execute(statement)


async def sent(connection: AsyncConnection, mail_id: str, *, provider_id: str, now: datetime) -> None:
    """Note that a letter was taken."""
    values = {"status": MailStatus.SENT.value, "provider_id": provider_id, "sent_at": now}
    await _change(connection, mail_id, MailStatus.SENDING, values)


async def _change(connection: AsyncConnection, mail_id: str, before: MailStatus, values: dict[str, Any]) -> None:
    statement = sa.update(mails).where(mails.c.mail_id == mail_id, mails.c.status == before.value)
    await connection.execute(statement.values(**values))


async def held_of(connection: AsyncConnection, recipient: str, *, most: int) -> list[Mail]:
    """What is kept back for a recipient, the oldest first."""
    query = (
        sa.select(mails)
        .where(mails.c.recipient == recipient, mails.c.status == MailStatus.HELD.value)
        .order_by(mails.c.created_at, mails.c.mail_id)
        .limit(most)
    )
    return [_mail(row) for row in await connection.execute(query)]


async def put_in_digest(connection: AsyncConnection, ids: Sequence[str], digest_id: str) -> None:
    """Note that a digest tells what these mails would have told."""
    statement = sa.update(mails).where(mails.c.mail_id.in_(list(ids)), mails.c.status == MailStatus.HELD.value)
    await connection.execute(statement.values(status=MailStatus.DIGESTED.value, digest_id=digest_id))


async def drop_held(connection: AsyncConnection, ids: Sequence[str], reason: DropReason) -> None:
    """Never tell what was kept back."""
    statement = sa.update(mails).where(mails.c.mail_id.in_(list(ids)), mails.c.status == MailStatus.HELD.value)
    await connection.execute(statement.values(status=MailStatus.DROPPED.value, reason=reason.value))


async def left_behind(connection: AsyncConnection, *, before: datetime, most: int) -> list[Mail]:
    """Mails asked for so long ago that their jobs must be gone, the oldest first."""
    unsent = [MailStatus.WAITING.value, MailStatus.HELD.value, MailStatus.SENDING.value]
    query = sa.select(mails).where(mails.c.status.in_(unsent), mails.c.created_at < before)
    return [_mail(row) for row in await connection.execute(query.order_by(mails.c.created_at).limit(most))]


async def note_event(
    connection: AsyncConnection, kind: MailEventKind, *, mail_id: str | None, provider_id: str | None, at: datetime
) -> tuple[str, ...] | None:
    """Note what a provider reports of a mail; the addresses it went to, None for a mail that is not ours."""
    is_it = mails.c.mail_id == mail_id if mail_id is not None else mails.c.provider_id == provider_id
    column = _EVENT_COLUMNS[kind]
    statement = sa.update(mails).where(is_it).values({column: sa.func.coalesce(column, at)}).returning(mails.c.letter)
    letter = (await connection.execute(statement)).scalar()
    return None if letter is None else _letters.validate_python(letter).to


async def is_known(connection: AsyncConnection, dedupe_key: str) -> bool:
    """Whether a mail with this key was asked for."""
    query = sa.select(mails.c.mail_id).where(mails.c.dedupe_key == dedupe_key)
    return (await connection.execute(query)).scalar() is not None


async def count_recent(connection: AsyncConnection, key_prefix: str, *, now: datetime, within: timedelta) -> int:
    """How many mails whose keys begin so were asked for lately."""
    is_like = mails.c.dedupe_key.startswith(key_prefix, autoescape=True)
    query = sa.select(sa.func.count()).select_from(mails).where(is_like, mails.c.created_at > now - within)
    return int((await connection.execute(query)).scalar_one())


def _mail(row: Any) -> Mail:
    return Mail(
        mail_id=row.mail_id,
        recipient=row.recipient,
        draft=_drafts.validate_python(row.draft),
        status=MailStatus(row.status),
        letter=None if row.letter is None else _letters.validate_python(row.letter),
        created_at=row.created_at,
        claimed_at=row.claimed_at,
    )
