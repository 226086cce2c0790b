"""The board of live counters over real stores: whatever overlaps, nobody is shown a listing going back."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from itertools import count
from random import Random
from typing import Any

import pytest

from datasources import counter_boards, counters
from datasources.counter_boards import CounterBoard
from datasources.redis import counters as live_counters
from datasources.redis.connections import LiveState
from datasources.sources import Sources
from domain.counters import ListingCounters, LiveListingCounters
from tests.stores import open_sources
from tests.transport.live_servers import until

Followed = AsyncGenerator[list[LiveListingCounters]]
_viewers = count()


@pytest.fixture
async def sources(database_url: str, redis_url: str) -> AsyncIterator[Sources]:
    async with open_sources(database_url, redis_url) as opened:
        yield opened


@pytest.fixture
async def board(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[CounterBoard]:
    monkeypatch.setattr(counter_boards, "PACE_SECONDS", 0.01)
    opened = CounterBoard(sources.database, sources.live)
    yield opened
    await opened.close()


async def view(sources: Sources, listing_id: str) -> None:
    assert await live_counters.record_view(sources.live, listing_id, f"viewer-{next(_viewers)}") is not None


async def shown(stream: Followed) -> dict[str, int]:
    """The views of what is shown next."""
    async with asyncio.timeout(10):
        return {each.listing_id: each.views for each in await anext(stream)}


class Hold:
    """One read: what it has read is answered when it may be."""

    def __init__(self) -> None:
        self.has_read, self.may_answer = asyncio.Event(), asyncio.Event()


class LateReads:
    """Real reads whose answers reach the board late."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._read = counters.by_ids
        self._holds: list[Hold] = []
        monkeypatch.setattr(counters, "by_ids", self._by_ids)

    def hold_next(self) -> Hold:
        self._holds.append(Hold())
        return self._holds[-1]

    async def _by_ids(self, database: Any, live: LiveState, ids: Sequence[str]) -> list[ListingCounters]:
        hold = self._holds.pop(0) if self._holds else None
        found = await self._read(database, live, ids)
        if hold is not None:
            hold.has_read.set()
            await hold.may_answer.wait()
        return found


@pytest.fixture
def late_reads(monkeypatch: pytest.MonkeyPatch) -> LateReads:
    return LateReads(monkeypatch)


async def test_who_joins_by_a_late_answer_is_shown_what_others_were_shown_meanwhile(
    sources: Sources, board: CounterBoard, late_reads: LateReads
) -> None:
    async with asyncio.timeout(10), aclosing(board.follow(["bike"])) as early, aclosing(board.follow(["bike"])) as late:
        assert await shown(early) == {"bike": 0}
        hold = late_reads.hold_next()
        joining = asyncio.create_task(shown(late))
        await hold.has_read.wait()
        await view(sources, "bike")
        assert await shown(early) == {"bike": 1}
        assert not joining.done()
        hold.may_answer.set()
        assert await joining == {"bike": 1}


async def test_a_change_that_was_read_before_a_join_and_answered_after_it_is_not_shown_over_it(
    sources: Sources, board: CounterBoard, late_reads: LateReads
) -> None:
    async with asyncio.timeout(10), aclosing(board.follow(["bike"])) as early, aclosing(board.follow(["bike"])) as late:
        assert await shown(early) == {"bike": 0}
        hold = late_reads.hold_next()
        await view(sources, "bike")
        await hold.has_read.wait()
        await view(sources, "bike")
        assert await shown(late) == {"bike": 2}
        assert await shown(early) == {"bike": 2}, "what one read found is for all"
        hold.may_answer.set()
        await view(sources, "bike")
        assert await shown(early) == {"bike": 3}
        assert await shown(late) == {"bike": 3}


@pytest.mark.parametrize("attempts", [1, 3])
async def test_a_change_whose_read_overlaps_one_that_does_not_have_it_is_not_lost(
    sources: Sources, board: CounterBoard, late_reads: LateReads, monkeypatch: pytest.MonkeyPatch, attempts: int
) -> None:
    monkeypatch.setattr(counter_boards, "_READS", attempts)
    async with asyncio.timeout(10), aclosing(board.follow(["bike"])) as early, aclosing(board.follow(["bike"])) as late:
        assert await shown(early) == {"bike": 0}
        without, having = late_reads.hold_next(), late_reads.hold_next()
        joining = asyncio.create_task(shown(late))
        await without.has_read.wait()
        await view(sources, "bike")
        await having.has_read.wait()
        without.may_answer.set()
        assert await joining == {"bike": 0}
        having.may_answer.set()
        assert await shown(early) == {"bike": 1}
        assert await shown(late) == {"bike": 1}


async def test_a_listing_that_says_the_same_keeps_its_version_and_is_not_shown_again(
    sources: Sources, board: CounterBoard
) -> None:
    async with aclosing(board.follow(["bike", "car"])) as early, aclosing(board.follow(["bike", "car"])) as late:
        first = await anext(early)
        await live_counters.touch(sources.live, ["bike"])
        await view(sources, "car")
        second = {each.listing_id: each for each in [*first, *await anext(early)]}
        assert [(each, second[each].views) for each in second] == [("bike", 0), ("car", 1)]
        assert second["bike"].version == first[0].version
        assert second["car"].version > first[1].version
        assert {each.listing_id: each.version for each in await anext(late)} == {
            name: each.version for name, each in second.items()
        }


async def test_a_follower_that_leaves_takes_nothing_from_the_others(sources: Sources, board: CounterBoard) -> None:
    async with aclosing(board.follow(["bike"])) as staying:
        async with aclosing(board.follow(["bike", "car"])) as leaving:
            assert await shown(staying) == {"bike": 0}
            assert await shown(leaving) == {"bike": 0, "car": 0}
        assert board.followed_count == 1
        await view(sources, "bike")
        assert await shown(staying) == {"bike": 1}
    assert board.followed_count == 0


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_overlaps_nobody_is_shown_a_listing_going_back_and_all_end_up_new(
    sources: Sources, board: CounterBoard, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance, read = Random(seed), counters.by_ids
    totals = dict.fromkeys(("bike", "car", "boat"), 0)

    async def answered_late(database: Any, live: LiveState, ids: Sequence[str]) -> list[ListingCounters]:
        found = await read(database, live, ids)
        await asyncio.sleep(chance.choice((0, 0, 0.005, 0.02, 0.05)))
        return found

    monkeypatch.setattr(counters, "by_ids", answered_late)
    followers: list[tuple[asyncio.Task[None], dict[str, tuple[int, int]]]] = []

    async def follow(newest: dict[str, tuple[int, int]]) -> None:
        async with aclosing(board.follow(list(totals))) as stream:
            async for changed in stream:
                for each in changed:
                    before = newest.get(each.listing_id, (-1, -1))
                    assert each.version > before[0], (before, each)
                    assert each.views > before[1], (before, each)
                    newest[each.listing_id] = (each.version, each.views)

    async with asyncio.timeout(30):
        for turn in range(80):
            if turn % 4 == 0:
                newest: dict[str, tuple[int, int]] = {}
                followers.append((asyncio.create_task(follow(newest)), newest))
                if turn == 0:
                    await until(lambda: bool(followers[0][1]))
            name = chance.choice(list(totals))
            await view(sources, name)
            totals[name] += 1
            await asyncio.sleep(chance.choice((0, 0.002, 0.01)))
        await until(lambda: all(_views(newest) == totals for _, newest in followers), seconds=20)
    assert len({tuple(sorted(newest.items())) for _, newest in followers}) == 1, "one version for what is the same"
    for task, _ in followers:
        task.cancel()
    await asyncio.gather(*(task for task, _ in followers), return_exceptions=True)


def _views(newest: dict[str, tuple[int, int]]) -> dict[str, int]:
    return {name: views for name, (_, views) in newest.items()}
