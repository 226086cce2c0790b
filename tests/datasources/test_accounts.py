"""Accounts asked for at the same moment are read together, and each asker gets its own."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from datasources.postgres.accounts import AccountReads
from datasources.postgres.connections import Database
from domain.problems import UpstreamUnavailableError
from tests.stores import add_user, rows

ISSUER = "https://issuer.test"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, statement_seconds=5.0)
    yield opened
    await opened.close()


async def test_many_at_once_are_read_together_and_none_is_kept(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = [await add_user(database_url) for _ in range(5)]
    true_read, reads, accounts = database.read, list[str](), AccountReads(database)

    async def counted(operation: str, work: Any) -> Any:
        reads.append(operation)
        return await true_read(operation, work)

    monkeypatch.setattr(database, "read", counted)
    asked = [each.external_id for each in users * 10]
    found = await asyncio.gather(*(accounts.find(ISSUER, each) for each in asked), accounts.find(ISSUER, "nobody"))
    assert [each.user_id if each else None for each in found] == [*(each.user_id for each in users * 10), None]
    assert len(reads) <= 2
    await rows(
        database_url,
        "insert into profiles (profile_id, external_id, handle, kind, content_updated_at)"
        " values ('p', $1, 'thandi', 'private', now())",
        users[0].external_id,
    )
    again = await accounts.find(ISSUER, users[0].external_id)
    assert again is not None
    assert again.profile_id == "p"
    assert await accounts.find("https://another.test", users[0].external_id) is None


async def test_each_asker_hears_that_the_record_is_away_and_one_that_left_disturbs_nobody(database_url: str) -> None:
    away = Database("postgresql://nobody@127.0.0.1:9/nothing")
    accounts = AccountReads(away)
    outcomes = await asyncio.gather(*(accounts.find(ISSUER, str(n)) for n in range(3)), return_exceptions=True)
    assert all(isinstance(each, UpstreamUnavailableError) for each in outcomes)
    await away.close()
    user, database = await add_user(database_url), Database(database_url, statement_seconds=5.0)
    accounts = AccountReads(database)
    leaving = asyncio.create_task(accounts.find(ISSUER, user.external_id))
    staying = asyncio.create_task(accounts.find(ISSUER, user.external_id))
    await asyncio.sleep(0)
    leaving.cancel()
    found = await staying
    assert found is not None
    assert found.user_id == user.user_id
    await database.close()
