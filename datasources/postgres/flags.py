"""Feature flags in the record; every change of one is in the audit log."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres import orders
from datasources.postgres.connections import Database
from datasources.postgres.tables.flags import flags
from domain.flags import Flag, FlagChange
from domain.users import Role

_KNOWN_ROLES = {role.value: role for role in Role}


async def every_flag(database: Database) -> dict[str, Flag]:
    """All flags by name."""

    async def run(connection: AsyncConnection) -> dict[str, Flag]:
        return {row.name: _flag(row) for row in await connection.execute(sa.select(flags))}

    return await database.read("flags.all", run)


async def change(database: Database, wanted: FlagChange, *, actor: str, now: datetime) -> Flag:
    """Switch a flag; changes of one flag that come at once all count."""
    blank = _values(Flag(wanted.name, is_on=True), now)
    held = sa.select(flags).where(flags.c.name == wanted.name).with_for_update()
    detail = {
        "is_on": wanted.is_on,
        "role": wanted.role.value if wanted.role else None,
        "user_id": wanted.user_id,
    }

    async def run(connection: AsyncConnection) -> Flag:
        await connection.execute(insert(flags).values(**blank).on_conflict_do_nothing())
        changed = wanted.of(_flag((await connection.execute(held)).one()))
        update = sa.update(flags).where(flags.c.name == wanted.name)
        await connection.execute(update.values(**_values(changed, now)))
        await orders.audit(
            connection, actor=actor, action="flag.set", subject=f"flag:{wanted.name}", detail=detail, now=now
        )
        return changed

    return await database.write("flags.change", run)


def _values(flag: Flag, now: datetime) -> dict[str, Any]:
    return {
        "name": flag.name,
        "is_on": flag.is_on,
        "roles": sorted(role.value for role in flag.roles),
        "user_ids": sorted(flag.user_ids),
        "updated_at": now,
    }


def _flag(row: Any) -> Flag:
    roles = frozenset(_KNOWN_ROLES[each] for each in row.roles if each in _KNOWN_ROLES)
    return Flag(row.name, row.is_on, roles, frozenset(row.user_ids))
