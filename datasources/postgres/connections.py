"""Connections to Postgres: one pool, with every wait bounded."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from datasources.guards import Guard
from domain.problems import UpstreamUnavailableError

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

_CONNECT_SECONDS = 2.0
_ACQUIRE_SECONDS = 0.25
_STATEMENT_SECONDS = 1.0
_CALL_SECONDS = 1.25


_LOST: tuple[type[Exception], ...] = (
    asyncpg.AdminShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.CrashShutdownError,
    asyncpg.LockNotAvailableError,
    asyncpg.PostgresConnectionError,
    asyncpg.QueryCanceledError,
    asyncpg.TooManyConnectionsError,
)
_CONFUSED: tuple[type[Exception], ...] = (asyncpg.InterfaceError, asyncpg.InternalClientError)
"""The driver no longer knows what its connection is doing."""
_BROKEN_OFF: tuple[type[BaseException], ...] = (asyncio.CancelledError, OSError, TimeoutError, *_CONFUSED)


class Database:
    """The record of money and memberships. `read` and `write` each run one transaction within a total deadline."""

    def __init__(self, url: str, *, pool_size: int = 8, statement_seconds: float = _STATEMENT_SECONDS) -> None:
        self.engine: AsyncEngine = create_async_engine(
            async_url(url),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=_ACQUIRE_SECONDS + _CONNECT_SECONDS,
            connect_args={
                "timeout": _CONNECT_SECONDS,
                "command_timeout": statement_seconds + 0.25,
                "server_settings": {
                    "application_name": "gavel",
                    "statement_timeout": f"{statement_seconds:.3f}s".replace(".000", ""),
                    "lock_timeout": "500ms",
                    "idle_in_transaction_session_timeout": "10s",
                },
            },
        )
        self.guard = Guard(
            "postgres",
            budget_seconds=max(_CALL_SECONDS, statement_seconds + 0.25),
            concurrency=pool_size,
            faults=(
                exc.InterfaceError,
                exc.OperationalError,
                exc.TimeoutError,
                *_CONFUSED,
                *_LOST,
                _Gone,
            ),
        )

    async def read(self, operation: str, work: Work[T]) -> T:
        """What `work` finds; it must not change anything."""

        async def run() -> T:
            async with _open(self.engine.connect()) as connection:
                return await work(connection)

        return await self.guard.call(operation, run)

    async def write(self, operation: str, work: Work[T]) -> T:
        """What `work` did in one transaction: all of it, or (on any exception) none of it."""

        async def run() -> T:
            async with _open(self.engine.connect()) as connection:
                done = await work(connection)
                await connection.commit()
                return done

        return await self.guard.call(operation, run)

    async def is_reachable(self) -> bool:
        """Whether a trivial statement is answered in time."""

        async def one(connection: AsyncConnection) -> bool:
            return bool((await connection.execute(sa.text("select 1"))).scalar())

        try:
            return await self.read("ping", one)
        except UpstreamUnavailableError:
            return False

    async def close(self) -> None:
        """Close every pooled connection."""
        await self.engine.dispose()


class _Gone(Exception):  # noqa: N818 - never leaves this module: it only tells the guard that the connection is gone
    """The server went away in the middle of a statement."""


@asynccontextmanager
async def _open(opening: AbstractAsyncContextManager[AsyncConnection]) -> AsyncIterator[AsyncConnection]:
    """The connection for the time of the block; a server that is going or coming is told apart from a wrong statement.

    It may be lost at any point: while connecting, in the middle of a statement, or at the commit. A connection on which
    something was left unanswered is closed: the driver may take it to be inside a transaction that the server does not
    know of, and every later user of it would fail.
    """
    try:
        async with opening as connection:
            try:
                yield connection
            except BaseException as fault:
                if not _is_answered(fault):
                    await connection.invalidate()
                raise
    except exc.DBAPIError as error:
        if error.connection_invalidated or isinstance(_cause(error), _LOST):
            raise _Gone from error
        raise


def _is_answered(fault: BaseException) -> bool:
    """Whether the server said all that it will, so that a rollback leaves the connection as good as new."""
    cause = _cause(fault) if isinstance(fault, exc.DBAPIError) else fault
    if isinstance(cause, asyncpg.PostgresError):
        return not isinstance(cause, (*_LOST, asyncpg.InvalidTransactionStateError)) or isinstance(
            cause, asyncpg.LockNotAvailableError
        )
    return not isinstance(fault, exc.DBAPIError) and not isinstance(cause, _BROKEN_OFF)


def _cause(error: exc.DBAPIError) -> BaseException | None:
    """The driver's own error; while connecting, it is wrapped once less."""
    return (error.orig.__cause__ or error.orig) if error.orig is not None else None


async def bare_driver_of(connection: AsyncConnection) -> Any:
    """The driver's own connection as it is: where the caller began no transaction, a statement on it commits alone."""
    return (await connection.get_raw_connection()).driver_connection


async def driver_of(connection: AsyncConnection) -> Any:
    """The driver's own connection, inside the caller's transaction: where a statement's cost is the driver's alone."""
    raw = await bare_driver_of(connection)
    if not raw.is_in_transaction():
        # SQLAlchemy begins at the first statement of its own; without this one what follows would commit alone.
        await connection.execute(sa.select(1))
    return raw


def async_url(url: str) -> sa.URL:
    """A plain ``postgresql://`` URL with the asyncpg driver named."""
    parsed: Any = sa.make_url(url)
    return parsed.set(drivername="postgresql+asyncpg")  # type: ignore[no-any-return]  # URL.set is untyped upstream
