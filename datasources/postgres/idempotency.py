"""First uses of client-given keys."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.connections import Database
from datasources.postgres.tables.users import idempotency_keys


async def claim(
    database: Database, *, user_id: UUID, operation: str, key: str, input_hash: str, subject_id: str, now: datetime
) -> str | None:
    """The subject that the key stands for (ours when it is new); None when it was used with another input."""
    statement = insert(idempotency_keys).values(
        user_id=user_id, operation=operation, key=key, input_hash=input_hash, subject_id=subject_id, created_at=now
    )

    async def run(connection: AsyncConnection) -> str | None:
        await connection.execute(statement.on_conflict_do_nothing())
        query = sa.select(idempotency_keys.c.input_hash, idempotency_keys.c.subject_id).where(
            idempotency_keys.c.user_id == user_id,
            idempotency_keys.c.operation == operation,
            idempotency_keys.c.key == key,
        )
        row = (await connection.execute(query)).one()
        return str(row.subject_id) if row.input_hash == input_hash else None

    return await database.write("idempotency.claim", run)
