"""The record of counters: batches added once, changes folded once, listing rows never older over newer."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from datasources.postgres import counters, listings, marks
from datasources.postgres.connections import Database
from datasources.postgres.marks import Mark
from domain.counters import ListingCounters, ViewerListingState
from domain.listings import ListingMeta, ListingStatus
from domain.money import Money
from domain.users import User
from tests.stores import add_user, rows

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
META = ListingMeta("bike", "seller", "bikes", "A bike", ListingStatus.ACTIVE, Money(100, "ZAR"), "r2", NOW)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


async def totals(database: Database, *ids: str, batch_id: str = "") -> counters.RecordedCounters:
    return await database.read("test", lambda each: counters.read(each, ids, batch_id=batch_id))


async def add(database: Database, mark: Mark, user: User) -> None:
    await database.write("test", lambda each: marks.add(each, mark, user_id=user.user_id, listing_id="bike", at=NOW))


async def states(database: Database, user: User, *ids: str) -> list[ViewerListingState]:
    return await database.read("test", lambda each: marks.states_by_ids(each, user.user_id, ids))


async def upsert(database: Database, meta: ListingMeta) -> None:
    await database.write("test", lambda each: listings.upsert(each, [meta]))


async def test_a_batch_of_views_is_added_once(database: Database) -> None:
    for is_first in (True, False):
        added = await database.write("test", lambda each: counters.add_views(each, "b1", {"bike": 3, "car": 1}, at=NOW))
        assert added is is_first
    await database.write("test", lambda each: counters.add_views(each, "b2", {"bike": 2}, at=NOW))
    found = await totals(database, "car", "bike", "unknown", batch_id="b1")
    assert [each.views for each in found.counters] == [1, 5, 0]
    assert found.is_applied
    assert not (await totals(database, "bike", batch_id="b3")).is_applied


async def test_changes_count_before_and_after_they_are_folded_and_fold_once(
    database: Database, database_url: str
) -> None:
    users = [await add_user(database_url) for _ in range(3)]
    for user in users:
        await add(database, Mark.LIKE, user)
    await database.write(
        "test", lambda each: marks.remove(each, Mark.LIKE, user_id=users[0].user_id, listing_id="bike")
    )
    expected = (ListingCounters("bike", 0, 2, 0),)
    assert (await totals(database, "bike")).counters == expected
    changes = await database.read("test", counters.waiting_changes)
    assert list(changes.values()) == ["bike"] * 4
    for _ in range(2):
        await database.write("test", lambda each: counters.fold_changes(each, list(changes), at=NOW))
        assert (await totals(database, "bike")).counters == expected
    assert await database.read("test", counters.waiting_changes) == {}


async def test_marks_are_told_per_viewer(database: Database, database_url: str) -> None:
    ann, ben = await add_user(database_url), await add_user(database_url)
    await add(database, Mark.FAVOURITE, ann)
    expected = {ann: True, ben: False}
    for user, has_favourited in expected.items():
        found = await states(database, user, "car", "bike", "bike")
        state = ViewerListingState("bike", has_liked=False, has_favourited=has_favourited)
        assert found == [ViewerListingState("car", has_liked=False, has_favourited=False), state, state]


async def test_an_older_version_never_replaces_a_newer_one_unless_forced(database: Database) -> None:
    older = replace(META, title="Older", revision="r1", content_updated_at=NOW - timedelta(seconds=1))
    for meta in (META, older, META):
        await upsert(database, meta)
    assert await database.read("test", lambda each: listings.by_ids(each, ["x", "bike"])) == [None, META]
    await database.write("test", lambda each: listings.upsert(each, [older], is_forced=True))
    assert await database.read("test", lambda each: listings.by_ids(each, ["bike"])) == [older]


async def test_a_tombstone_hides_the_row_until_the_listing_is_published_again(
    database: Database, database_url: str
) -> None:
    await database.write("test", lambda each: listings.upsert(each, [META]))
    for expected in (["bike"], []):
        marked = await database.write("test", lambda each: listings.mark_deleted(each, ["bike", "x"], at=NOW))
        assert marked == expected
    assert not await database.read("test", lambda each: listings.is_visible(each, "bike"))
    assert await database.read("test", lambda each: listings.ids_after(each, "", 10)) == []
    await database.write("test", lambda each: listings.upsert(each, [META]))
    assert await database.read("test", lambda each: listings.is_visible(each, "bike"))
    assert (await rows(database_url, "select deleted_at from listings_meta"))[0]["deleted_at"] is None


async def test_a_title_with_a_nul_character_can_be_recorded(database: Database) -> None:
    await database.write("test", lambda each: listings.upsert(each, [replace(META, title="A \0bike")]))
    (found,) = await database.read("test", lambda each: listings.by_ids(each, ["bike"]))
    assert found is not None
    assert found.title == "A bike"
