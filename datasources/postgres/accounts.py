"""Accounts by their identities: whatever requests ask for at the same moment is read in one statement."""

import asyncio
from collections.abc import Sequence
from contextvars import Context

from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.connections import Database, bare_driver_of
from domain.problems import UpstreamUnavailableError
from domain.users import User

Key = tuple[str, str]
"""Issuer and the issuer's id of the account."""

_MOST_AT_ONCE = 200
_FIND = """
select users.user_id, users.issuer, users.external_id, profiles.profile_id, users.created_at
from unnest($1::text[], $2::text[]) as asked(issuer, external_id)
join users using (issuer, external_id) left join profiles on profiles.external_id = users.external_id
"""


class AccountReads:
    """One per process. Nothing is kept: an account is read anew for each request, but not alone."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Key, asyncio.Future[User | None]]] = []
        self._reader: asyncio.Task[None] | None = None

    async def find(self, issuer: str, external_id: str) -> User | None:
        """The account of an identity, with its profile; None before the first sign-in."""
        answer: asyncio.Future[User | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(((issuer, external_id), answer))
        if self._reader is None:
            # An empty context: the group must not live under the deadline of whoever came first.
            self._reader = asyncio.create_task(self._read_groups(), context=Context())
        return await answer

    async def _read_groups(self) -> None:
        try:
            await asyncio.sleep(0)  # let every request of this turn of the loop join the first group
            while self._waiting:
                group, self._waiting = self._waiting[:_MOST_AT_ONCE], self._waiting[_MOST_AT_ONCE:]
                await self._answer(group)
        finally:
            self._reader = None

    async def _answer(self, group: Sequence[tuple[Key, asyncio.Future[User | None]]]) -> None:
        found: dict[Key, User] = {}
        fault: Exception | None = None
        try:
            found = await self._read(sorted({key for key, _ in group}))
        except Exception as raised:  # noqa: BLE001 - whatever it is, each who waits must hear of it
            fault = raised
        for key, answer in group:
            if answer.done():
                continue
            if fault is None:
                answer.set_result(found.get(key))
            elif isinstance(fault, UpstreamUnavailableError):
                answer.set_exception(UpstreamUnavailableError(fault.system))
            else:
                answer.set_exception(fault)

    async def _read(self, keys: Sequence[Key]) -> dict[Key, User]:
        async def run(connection: AsyncConnection) -> dict[Key, User]:
            raw = await bare_driver_of(connection)
            rows = await raw.fetch(_FIND, [issuer for issuer, _ in keys], [name for _, name in keys])
            return {(row[1], row[2]): User(row[0], row[1], row[2], row[3], row[4]) for row in rows}

        return await self._database.read("users.by-external-ids", run)
