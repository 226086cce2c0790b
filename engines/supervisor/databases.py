"""Databases of a running Postgres: asked for, created (from a template too) and dropped over a real connection.

Tests make one template with the schema in it per run and one database from it per test or worker, which takes about a
tenth of a second where migrating again would take seconds.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from engines.supervisor.errors import EngineError

CONNECT_SECONDS = 5.0
READY_SECONDS = 1.0
STATEMENT_SECONDS = 60.0
COPIES_FILES_QUICKLY = (
    "select current_setting('fsync') = 'off' and current_setting('server_version_num')::int >= 150000"
)

Answer = TypeVar("Answer")


class Connection(Protocol):
    """What is used of an asyncpg connection."""

    async def fetchval(self, query: str, *values: object) -> Any:
        """The first value of the first row."""

    async def execute(self, query: str) -> str:
        """Run a statement."""


def answers(url: str) -> bool:
    """Whether the server answers a query; a wrong password is a broken database, said as EngineError."""

    async def ask(connection: Connection) -> bool:
        return bool(await connection.fetchval("select true"))

    try:
        return _ask(url, ask, connect_seconds=READY_SECONDS)
    except asyncpg.InvalidPasswordError as error:
        raise EngineError("Postgres does not accept the password kept beside its data.") from error
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False


def has_database(url: str, name: str) -> bool:
    """Whether the cluster at this URL holds a database of that name."""

    async def ask(connection: Connection) -> bool:
        return bool(await connection.fetchval("select exists (select from pg_database where datname = $1)", name))

    return _ask(url, ask)


def create_database(url: str, name: str, *, template: str | None = None) -> str:
    """Create a database, a copy of the template if one is named (nobody may be connected to it), and give its URL."""
    source = f" template {_identifier(template)}" if template is not None else ""

    async def create(connection: Connection) -> None:
        # Since 15 every page of a copy passes through the log. Copying its files is less than half the work where
        # nothing waits for the disk, and more where it does.
        is_quick = source and await connection.fetchval(COPIES_FILES_QUICKLY)
        way = " strategy file_copy" if is_quick else ""
        await connection.execute(f"create database {_identifier(name)}{source}{way}")

    _ask(url, create)
    return database_url(url, name)


def drop_database(url: str, name: str) -> None:
    """Drop a database if it is there, whoever is still connected to it."""

    async def drop(connection: Connection) -> None:
        await connection.execute(f"drop database if exists {_identifier(name)} with (force)")

    _ask(url, drop)


def database_url(url: str, name: str) -> str:
    """The URL of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name)}"))


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _ask(
    url: str, question: Callable[[Connection], Awaitable[Answer]], *, connect_seconds: float = CONNECT_SECONDS
) -> Answer:
    """One connection, one question, in a thread of its own: the caller may itself be inside an event loop."""

    async def run() -> Answer:
        async with asyncio.timeout(STATEMENT_SECONDS):
            connection = await asyncpg.connect(url, timeout=connect_seconds, ssl=False)
            try:
                return await question(connection)
            finally:
                await connection.close()

    outcome: list[Answer] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            outcome.append(asyncio.run(run()))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that asked
            failure.append(error)

    thread = threading.Thread(target=work, name="postgres-question")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]
