"""Accounts and the profiles linked to them."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.connections import Database
from datasources.postgres.tables.users import profiles, users
from domain.users import ProfileKind


async def find_accounts(database: Database, name: str) -> list[UUID]:
    """Up to two accounts known by this id, identity or profile."""
    owner = sa.select(profiles.c.external_id).where(profiles.c.profile_id == name)
    is_known = (sa.cast(users.c.user_id, sa.Text) == name) | (users.c.external_id == name)
    query = sa.select(users.c.user_id).where(is_known | users.c.external_id.in_(owner)).limit(2)

    async def find(connection: AsyncConnection) -> list[UUID]:
        return list((await connection.execute(query)).scalars())

    return await database.read("users.find-accounts", find)


async def insert_if_new(database: Database, user_id: UUID, issuer: str, external_id: str, now: datetime) -> None:
    """Create the account unless there is one already; racing sign-ins leave exactly one (S3-005, S3-022)."""
    statement = (
        insert(users)
        .values(user_id=user_id, issuer=issuer, external_id=external_id, created_at=now)
        .on_conflict_do_nothing(index_elements=["issuer", "external_id"])
    )

    async def run(connection: AsyncConnection) -> None:
        await connection.execute(statement)

    await database.write("users.insert", run)


async def claim_profile(
    database: Database, *, profile_id: str, external_id: str, handle: str, kind: ProfileKind, now: datetime
) -> bool:
    """Link a profile to its account under a handle; False when another profile has the handle."""
    statement = insert(profiles).values(
        profile_id=profile_id, external_id=external_id, handle=handle, kind=kind.value, content_updated_at=now
    )
    statement = statement.on_conflict_do_update(
        index_elements=["profile_id"],
        set_={"handle": handle, "kind": kind.value, "external_id": external_id},
        where=profiles.c.external_id == external_id,
    )

    async def run(connection: AsyncConnection) -> bool:
        return (await connection.execute(statement)).rowcount > 0

    try:
        return await database.write("users.claim-profile", run)
    except IntegrityError:
        return False
