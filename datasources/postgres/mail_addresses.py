"""Where accounts are written to, and why some are not any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.tables.mails import mail_addresses


@dataclass(frozen=True, slots=True)
class MailAddress:
    """An account's address; nothing is sent to one that is stopped."""

    user_id: UUID
    address: str
    name: str | None
    stopped_because: str | None


async def note(connection: AsyncConnection, user_id: UUID, address: str, name: str | None, *, now: datetime) -> None:
    """Keep the address of a signed-in account; another address than before is not stopped."""
    statement = insert(mail_addresses).values(user_id=user_id, address=address, name=name, updated_at=now)
    new = statement.excluded
    is_other = mail_addresses.c.address != new.address
    upsert = statement.on_conflict_do_update(
        index_elements=[mail_addresses.c.user_id],
        set_={
            "address": new.address,
            "name": new.name,
            "stopped_because": sa.case((is_other, None), else_=mail_addresses.c.stopped_because),
            "updated_at": new.updated_at,
        },
        where=is_other | mail_addresses.c.name.is_distinct_from(new.name),
    )
    await connection.execute(upsert)


async def of_user(connection: AsyncConnection, user_id: UUID) -> MailAddress | None:
    """The account's address."""
    row = (await connection.execute(sa.select(mail_addresses).where(mail_addresses.c.user_id == user_id))).one_or_none()
    return None if row is None else MailAddress(row.user_id, row.address, row.name, row.stopped_because)


async def stop(connection: AsyncConnection, addresses: Sequence[str], *, reason: str, now: datetime) -> int:
    """Send nothing more to these addresses; how many accounts have them."""
    statement = (
        sa.update(mail_addresses)
        .where(mail_addresses.c.address.in_(list(addresses)), mail_addresses.c.stopped_because.is_(None))
        .values(stopped_because=reason, updated_at=now)
    )
    return (await connection.execute(statement)).rowcount
