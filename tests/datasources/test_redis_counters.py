"""Each race that a seed, a flush or a crash could lose, played in its order against a real Valkey."""

from collections.abc import AsyncIterator

import pytest

from datasources.redis import counters
from datasources.redis.connections import LiveState
from domain.counters import ListingCounters


@pytest.fixture
async def live(redis_url: str) -> AsyncIterator[LiveState]:
    opened = LiveState(redis_url, call_seconds=2.0)
    await opened.redis.flushdb()
    yield opened
    await opened.close()


def base(views: int = 0, likes: int = 0) -> ListingCounters:
    return ListingCounters("bike", views, likes, 0)


async def put(live: LiveState, recorded: ListingCounters, *, is_applied: bool = False) -> ListingCounters | None:
    """Seed from what the record is said to hold."""
    seen = await counters.read(live, ["bike"])
    seeded = await counters.seed(live, seen, [recorded], is_applied=is_applied)
    return seeded.get("bike")


async def view(live: LiveState, viewer: str) -> None:
    assert await counters.record_view(live, "bike", viewer) is not None


async def forget(live: LiveState) -> None:
    await live.redis.delete("gavel:counters:bike")


async def views(live: LiveState) -> int | None:
    found = (await counters.read(live, ["bike"])).found.get("bike")
    return found.views if found else None


async def test_a_view_of_a_listing_that_is_not_seeded_is_not_counted(live: LiveState) -> None:
    assert await counters.record_view(live, "bike", "ann") is None
    assert await live.redis.keys("*") == []


async def test_totals_and_marks_have_a_limited_life(live: LiveState) -> None:
    await put(live, base())
    await view(live, "ann")
    (mark,) = await live.redis.keys("gavel:viewed:*")
    assert 0 < await live.redis.ttl("gavel:counters:bike") <= 9_000
    assert 86_390 < await live.redis.ttl(mark) <= 86_400


async def test_a_seed_adds_the_views_that_wait(live: LiveState) -> None:
    await put(live, base(10))
    await view(live, "ann")
    await forget(live)
    assert await put(live, base(10)) == base(11)


async def test_a_seed_adds_views_in_flight_only_while_the_record_lacks_them(live: LiveState) -> None:
    await put(live, base(10))
    await view(live, "ann")
    await counters.take_views(live, "b1")
    await view(live, "ben")
    await forget(live)
    assert await put(live, base(10), is_applied=False) == base(12)
    await forget(live)
    assert await put(live, base(11), is_applied=True) == base(12)


async def test_a_seed_read_before_a_batch_was_taken_is_refused(live: LiveState) -> None:
    await put(live, base())
    await view(live, "ann")
    await forget(live)
    seen = await counters.read(live, ["bike"])
    await counters.take_views(live, "b1")
    assert await counters.seed(live, seen, [base()], is_applied=False) == {}


async def test_a_seed_read_before_a_batch_was_recorded_is_refused_after_it_was_finished(live: LiveState) -> None:
    await put(live, base())
    await view(live, "ann")
    await counters.take_views(live, "b1")
    await forget(live)
    seen = await counters.read(live, ["bike"])
    await counters.finish_views(live, "b1")
    assert await counters.seed(live, seen, [base()], is_applied=False) == {}
    assert await put(live, base(1), is_applied=True) == base(1)


async def test_a_seed_read_before_a_batch_came_and_went_is_refused(live: LiveState) -> None:
    await put(live, base())
    await view(live, "ann")
    await forget(live)
    seen = await counters.read(live, ["bike"])
    await counters.take_views(live, "b1")
    await counters.finish_views(live, "b1")
    assert await counters.seed(live, seen, [base()], is_applied=False) == {}


async def test_a_seed_read_before_a_like_is_refused_after_it(live: LiveState) -> None:
    seen = await counters.read(live, ["bike"])
    await counters.touch(live, ["bike"])
    assert await counters.seed(live, seen, [base(likes=0)], is_applied=False) == {}
    assert await put(live, base(likes=1)) == base(likes=1)


async def test_a_seed_read_between_two_likes_is_refused(live: LiveState) -> None:
    await counters.touch(live, ["bike"])
    seen = await counters.read(live, ["bike"])
    await counters.touch(live, ["bike"])
    assert await counters.seed(live, seen, [base(likes=1)], is_applied=False) == {}


async def test_a_late_seed_does_not_replace_totals_that_moved_on(live: LiveState) -> None:
    seen = await counters.read(live, ["bike"])
    await put(live, base(10))
    await view(live, "ann")
    assert await counters.seed(live, seen, [base(10)], is_applied=False) == {"bike": base(11)}
    assert await views(live) == 11


async def test_a_batch_left_by_a_crash_is_given_out_again_under_its_own_id(live: LiveState) -> None:
    await put(live, base())
    await view(live, "ann")
    first = await counters.take_views(live, "b1")
    await view(live, "ben")
    assert first == counters.ViewBatch("b1", {"bike": 1})
    assert await counters.take_views(live, "b2") == first
    await counters.finish_views(live, "b1")
    assert await counters.take_views(live, "b2") == counters.ViewBatch("b2", {"bike": 1})


async def test_finishing_a_batch_twice_leaves_the_next_one_alone(live: LiveState) -> None:
    await put(live, base())
    await view(live, "ann")
    await counters.take_views(live, "b1")
    await counters.finish_views(live, "b1")
    await view(live, "ben")
    await counters.take_views(live, "b2")
    await counters.finish_views(live, "b1")
    assert await counters.take_views(live, "b3") == counters.ViewBatch("b2", {"bike": 1})


async def test_a_batch_is_bounded_and_the_rest_waits(live: LiveState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "LARGEST_BATCH", 3)
    waiting = {f"listing-{index}": index + 1 for index in range(7)}
    await live.redis.hset("gavel:views:waiting", mapping={each: str(count) for each, count in waiting.items()})
    taken: dict[str, int] = {}
    sizes = []
    for number in range(4):
        if (batch := await counters.take_views(live, f"b{number}")) is None:
            break
        assert not taken.keys() & batch.views.keys()
        taken |= batch.views
        sizes.append(len(batch.views))
        await counters.finish_views(live, batch.batch_id)
    assert sizes == [3, 3, 1]
    assert taken == waiting


async def test_only_differing_totals_are_forgotten(live: LiveState) -> None:
    await put(live, base(likes=2))
    assert await counters.touch_differing(live, [base(views=99, likes=2)]) == 0
    assert await views(live) == 0
    assert await counters.touch_differing(live, [base(likes=3)]) == 1
    assert await views(live) is None
