"""Bringing a database to the newest schema, alone: a lock keeps two migrations apart."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from datasources.postgres.connections import Database, async_url
from domain.problems import OperatorError

_LOCK = 7_226_418_375_201


class MigrationError(OperatorError):
    """The database could not be brought to the newest schema."""


def alembic_config() -> Config:
    """Alembic's configuration without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def head_revision() -> str:
    """The revision that this code expects."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if head is None:
        raise MigrationError("There are no migrations.")
    return head


async def migrate(url: str) -> None:
    """Apply every missing migration over a direct (not pooled) connection (S4-048)."""
    engine = create_async_engine(async_url(url), poolclass=sa.NullPool, connect_args={"timeout": 5})
    try:
        async with engine.begin() as connection:
            await connection.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            await connection.run_sync(_upgrade)
    except (OSError, exc.SQLAlchemyError) as error:
        raise MigrationError(f"The database could not be migrated: {error}") from error
    finally:
        await engine.dispose()


def _upgrade(connection: sa.Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def current_revision(url: str) -> str | None:
    """The revision that the database stands at; None for an empty one."""
    engine = create_async_engine(async_url(url), poolclass=sa.NullPool, connect_args={"timeout": 5})
    try:
        async with engine.connect() as connection:
            exists = await connection.scalar(sa.text("select to_regclass('alembic_version') is not null"))
            return await connection.scalar(sa.text("select version_num from alembic_version")) if exists else None
    finally:
        await engine.dispose()


async def revision_of(database: Database) -> str | None:
    """The revision of a running application's database; None while it has no schema."""

    async def find(connection: AsyncConnection) -> str | None:
        exists = await connection.scalar(sa.text("select to_regclass('alembic_version') is not null"))
        return await connection.scalar(sa.text("select version_num from alembic_version")) if exists else None

    return await database.read("migrations.revision", find)
