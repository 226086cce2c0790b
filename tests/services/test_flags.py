"""Feature flags: switched for everybody, a role or an account while processes run, each change in the audit log."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from datasources.sources import Sources
from domain.flags import KNOWN_FLAGS, LAUNCH_AUCTIONS, LAUNCH_PAYMENTS, Flag, FlagChange
from domain.problems import InvalidInput, NotFound, RetryLater
from domain.users import Role, User, Viewer
from services.flags import FlagBook, every_flag, set_flag
from tests.stores import NOWHERE, add_user, open_sources, rows, visitor


@pytest.fixture
async def sources(database_url: str, redis_url: str) -> AsyncIterator[Sources]:
    async with open_sources(database_url, redis_url) as opened:
        yield opened


def signed_in(user: User, *roles: Role) -> Viewer:
    return Viewer(user=user, roles=frozenset({Role.USER, *roles}), visitor_key="v")


async def switch(sources: Sources, to: str, **whom: Any) -> None:
    done = await set_flag(sources, FlagChange(name=LAUNCH_AUCTIONS, is_on=to == "on", **whom), actor="ann")
    assert isinstance(done, Flag)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_running_process_follows_within_two_seconds(sources: Sources) -> None:
    clock = Clock()
    book = FlagBook(sources.database, clock)
    assert await book.is_on(LAUNCH_AUCTIONS, visitor("a")), "a flag that nobody wrote is on"
    await switch(sources, "off")
    clock.now += 2
    assert not await book.is_on(LAUNCH_AUCTIONS, visitor("a"))
    assert await book.is_on(LAUNCH_PAYMENTS, visitor("a")), "another flag is another flag"
    await switch(sources, "on")
    clock.now += 2
    assert await book.is_on(LAUNCH_AUCTIONS, visitor("a"))


async def test_a_feature_that_is_off_can_be_on_for_a_role_and_for_single_accounts(
    sources: Sources, database_url: str
) -> None:
    ann, bob = await add_user(database_url), await add_user(database_url)
    await switch(sources, "off")
    await switch(sources, "on", role=Role.DEALER)
    await switch(sources, "on", user_id=ann.external_id)
    book = FlagBook(sources.database)
    assert await book.is_on(LAUNCH_AUCTIONS, signed_in(ann))
    assert not await book.is_on(LAUNCH_AUCTIONS, signed_in(bob))
    assert await book.is_on(LAUNCH_AUCTIONS, signed_in(bob, Role.DEALER))
    assert await book.features_of(signed_in(bob)) == [each for each in KNOWN_FLAGS if each != LAUNCH_AUCTIONS]
    await switch(sources, "off", user_id=str(ann.user_id))
    await switch(sources, "off", role=Role.DEALER)
    (flag,) = [each for each in await every_flag(sources) if each.name == LAUNCH_AUCTIONS]
    assert flag == Flag(LAUNCH_AUCTIONS, is_on=False)


async def test_switches_that_come_at_once_all_count_and_are_all_in_the_audit_log(
    sources: Sources, database_url: str
) -> None:
    users = [await add_user(database_url) for _ in range(8)]
    await asyncio.gather(*(switch(sources, "on", user_id=str(each.user_id)) for each in users))
    (flag,) = [each for each in await every_flag(sources) if each.name == LAUNCH_AUCTIONS]
    assert flag.user_ids == {str(each.user_id) for each in users}
    said = await rows(database_url, "select actor, detail from audit_entries where subject = 'flag:launch_auctions'")
    assert [each["actor"] for each in said] == ["ann"] * 8


async def test_unknown_flags_and_accounts_are_refused(sources: Sources, database_url: str) -> None:
    unknown = await set_flag(sources, FlagChange(name="launch_rockets", is_on=True), actor="ann")
    assert isinstance(unknown, InvalidInput)
    nobody = FlagChange(name=LAUNCH_AUCTIONS, is_on=True, user_id="nobody")
    assert isinstance(await set_flag(sources, nobody, actor="ann"), NotFound)
    assert await rows(database_url, "select 1 from flags") == []


async def test_while_the_record_is_away_switches_stay_where_they_were(sources: Sources, redis_url: str) -> None:
    clock = Clock()
    book = FlagBook(sources.database, clock)
    await switch(sources, "off")
    assert not await book.is_on(LAUNCH_AUCTIONS, visitor("a"))
    await sources.database.close()
    clock.now += 2
    async with open_sources(NOWHERE.replace("http", "postgresql"), redis_url) as away:
        book._database = away.database
        assert not await book.is_on(LAUNCH_AUCTIONS, visitor("a"))
        refused = await set_flag(away, FlagChange(name=LAUNCH_AUCTIONS, is_on=True), actor="ann")
        assert isinstance(refused, RetryLater)
