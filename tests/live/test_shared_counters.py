"""Live counters that many follow alike: made once for all of them, and to each what a stream of its own would show."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from random import Random
from typing import Any

import pytest

from datasources import counter_boards
from datasources.redis import counters as live_counters
from domain.nodes import encode_node_id
from tests.live.message_market import SCHEMA, VISITOR, MessageMarket, open_market
from tests.transport.boards import OPTIONS, Watcher, admit
from tests.transport.conftest import authenticate
from tests.transport.live_servers import until
from transport.endpoint import create_endpoint
from transport.field_facts import graphql_schema
from transport.operations import Operations
from transport.options import Limits, TransportOptions
from transport.plan.executors import CompiledExecutor

SHARED = "subscription ($ids: [ID!]!) { listingCounters(ids: $ids) { listingId views likes favourites } }"
ALONE = SHARED.replace("{", "{ ... on Subscription {", 1) + " }"
"""The same stream in a fragment of the root, which is never shared."""
_viewers = count()


def named(*ids: str) -> list[str]:
    return [encode_node_id("Listing", each) for each in ids]


@dataclass
class Counted:
    """The product's live counters over real stores, and how often anything was executed for them."""

    market: MessageMarket
    executions: int = 0
    operations: Operations = field(init=False)

    def __post_init__(self) -> None:
        self.operations = self.build(OPTIONS)

    def build(self, options: TransportOptions) -> Operations:
        """Another endpoint over the same stores."""
        return create_endpoint(
            SCHEMA,
            build_context=lambda *_: self.context(),
            options=options,
            authenticate=authenticate,
            executor=CompiledExecutor(graphql_schema(SCHEMA)),
        ).operations

    def context(self) -> Any:
        """One for each source and for each event of it."""
        self.executions += 1
        return self.market.context(VISITOR)

    async def start(self, document: str = SHARED, *ids: str, viewer: str | None = None) -> Watcher:
        """Somebody who has just begun to follow."""
        variables = {"ids": named(*(ids or ("bike", "car")))}
        return Watcher(self.operations, await admit(self.operations, document, variables, viewer))

    async def watch(self, document: str = SHARED, *ids: str, viewer: str | None = None) -> Watcher:
        """Somebody who follows and has been shown how things stand."""
        watcher = await self.start(document, *ids, viewer=viewer)
        await until(lambda: bool(watcher.answers))
        return watcher

    async def view(self, listing_id: str, times: int = 1) -> None:
        for _ in range(times):
            told = await live_counters.record_view(
                self.market.office.sources.live, listing_id, f"viewer-{next(_viewers)}"
            )
            assert told is not None


@pytest.fixture
async def counted(database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Counted]:
    monkeypatch.setattr(counter_boards, "PACE_SECONDS", 0.02)
    async with open_market(database_url, redis_url) as market:
        yield Counted(market)
        await until(lambda: market.board.followed_count == 0)


async def stop(*watchers: Watcher) -> None:
    for each in watchers:
        await each.stop()


def shown(watcher: Watcher) -> list[dict[str, int]]:
    """The views of each listing, state by state."""
    names = {encode_node_id("Listing", each): each for each in ("bike", "car", "boat")}
    return [{names[each["listingId"]]: each["views"] for each in state} for state in watcher.shown("listingCounters")]


def newest(watcher: Watcher) -> dict[str, int]:
    """How things stand to somebody; a listing that went back is a failure."""
    known: dict[str, int] = {}
    for state in shown(watcher):
        assert all(views >= known.get(name, 0) for name, views in state.items()), shown(watcher)
        known |= state
    return known


async def test_two_hundred_followers_cost_one_execution_and_one_encoding_of_a_change(counted: Counted) -> None:
    watchers = [await counted.start(viewer=f"viewer-{number}") for number in range(200)]
    await until(lambda: all(each.answers for each in watchers), seconds=20)
    assert (counted.operations.groups.count, counted.operations.groups.member_count) == (1, 200)
    counted.executions = 0
    await counted.view("car")
    await until(lambda: all(len(each.answers) == 2 for each in watchers), seconds=20)
    assert counted.executions == 1
    payloads = [each.answers[-1].encoded for each in watchers]
    assert payloads[0] is not None
    assert b'"views":1,"likes":0,"favourites":0}]' in payloads[0]
    assert all(each is payloads[0] for each in payloads), "the very same bytes"
    await stop(*watchers)
    assert counted.operations.groups.count == 0


async def test_followers_that_cannot_be_shared_cost_one_execution_each(counted: Counted) -> None:
    """What the test before this one compares with: the count would see it."""
    watchers = [await counted.watch(ALONE) for _ in range(3)]
    assert counted.operations.groups.count == 0
    counted.executions = 0
    await counted.view("car")
    await until(lambda: all(len(each.answers) == 2 for each in watchers))
    assert counted.executions == 3
    await stop(*watchers)


async def test_who_comes_late_begins_with_how_things_stand_and_is_then_shown_what_changes(counted: Counted) -> None:
    early = await counted.watch()
    await counted.view("car", 3)
    await until(lambda: newest(early) == {"bike": 0, "car": 3})
    late = await counted.watch()
    assert shown(late) == [{"bike": 0, "car": 3}]
    assert counted.operations.groups.member_count == 2
    await counted.view("bike")
    await until(lambda: newest(early) == newest(late) == {"bike": 1, "car": 3})
    assert shown(late)[1:] == [{"bike": 1}]
    assert late.answers[-1].encoded is early.answers[-1].encoded
    await stop(early, late)


async def test_who_comes_after_a_view_was_counted_is_shown_it(counted: Counted) -> None:
    early = await counted.watch()
    for number in range(1, 31):
        await counted.view("car")
        late = await counted.watch()
        assert shown(late)[0]["car"] == number
        await stop(late)
    await stop(early)


async def test_other_listings_or_another_order_are_another_group(counted: Counted) -> None:
    watchers = [await counted.watch(SHARED, *ids) for ids in (("bike", "car"), ("car", "bike"), ("car",))]
    boat = await counted.watch(SHARED, "boat")
    assert counted.operations.groups.count == 4
    assert [list(shown(each)[0]) for each in watchers] == [["bike", "car"], ["car", "bike"], ["car"]]
    await counted.view("car")
    await until(lambda: all(len(each.answers) == 2 for each in watchers))
    assert [shown(each)[1:] for each in watchers] == [[{"car": 1}]] * 3
    assert shown(boat) == [{"boat": 0}]
    await stop(boat, *watchers)


def shows(watcher: Watcher, expected: dict[str, int]) -> bool:
    return newest(watcher).items() >= expected.items()


async def test_a_slow_reader_is_shown_the_newest_and_nothing_older_and_delays_nobody(counted: Counted) -> None:
    slow, fast = await counted.watch(), await counted.watch()
    slow.reads.clear()
    for number in range(1, 21):
        await counted.view("car")
        await until(partial(shows, fast, {"car": number}))
    assert len(slow.answers) <= 2
    slow.reads.set()
    await until(lambda: newest(slow) == newest(fast) == {"bike": 0, "car": 20})
    assert len(shown(slow)) < 10
    await until(lambda: counted.operations.groups.member_count == 2)
    await counted.view("bike")
    await until(lambda: shown(slow)[-1] == shown(fast)[-1] == {"bike": 1})
    await stop(slow, fast)


async def test_a_follower_that_leaves_ends_nothing_for_the_others(counted: Counted) -> None:
    first, staying, dying = [await counted.watch() for _ in range(3)]
    await first.stop()
    dying.task.cancel()
    await until(lambda: counted.operations.groups.member_count == 1)
    await counted.view("car")
    await until(lambda: newest(staying) == {"bike": 0, "car": 1})
    assert counted.market.board.followed_count == 2
    assert len(first.answers) == len(dying.answers) == 1
    await stop(staying)


@pytest.mark.parametrize("document", [SHARED, ALONE], ids=["shared", "alone"])
@pytest.mark.parametrize(
    ("ids", "code"),
    [
        ([], "BAD_ARGUMENTS"),
        (named(*(f"listing-{number}" for number in range(101))), "BAD_ARGUMENTS"),
        ([encode_node_id("Auction", "lot-1")], "BAD_ID"),
        (["nonsense"], "BAD_ID"),
    ],
    ids=["none", "too many", "of something else", "nonsense"],
)
async def test_each_follower_is_refused_alike_alone_and_among_others(
    counted: Counted, document: str, ids: list[str], code: str
) -> None:
    admitted = [await admit(counted.operations, document, {"ids": ids}, viewer) for viewer in ("ann", "bob", None)]
    watchers = [Watcher(counted.operations, each) for each in admitted]
    await until(lambda: all(each.task.done() for each in watchers))
    assert [[answer.codes for answer in each.answers] for each in watchers] == [[(code,)]] * 3
    assert counted.operations.groups.count == 0
    good = await counted.watch(document)
    assert shown(good) == [{"bike": 0, "car": 0}]
    await stop(good, *watchers)


@pytest.mark.parametrize("document", [SHARED, ALONE], ids=["shared", "alone"])
async def test_who_follows_too_much_is_refused_and_the_others_go_on(counted: Counted, document: str) -> None:
    counted.operations = counted.build(replace(OPTIONS, limits=Limits(live_per_viewer=2)))
    first, second = [await counted.watch(document, viewer="ann") for _ in range(2)]
    third = await counted.watch(document, viewer="ann")
    assert third.answers[-1].codes == ("LIMIT_EXCEEDED",)
    other = await counted.watch(document, viewer="bob")
    await counted.view("car")
    await until(lambda: all(newest(each) == {"bike": 0, "car": 1} for each in (first, second, other)))
    await stop(first, second, third, other)


@pytest.mark.parametrize("seed", range(8))
async def test_shared_counters_are_what_counters_of_ones_own_are(counted: Counted, seed: int) -> None:
    chance = Random(seed)
    names, totals = ("bike", "car", "boat"), dict.fromkeys(("bike", "car", "boat"), 0)
    staying = await counted.watch(SHARED, *names)
    twins: list[tuple[Watcher, Watcher]] = []
    for _ in range(60):
        match chance.randrange(8):
            case 0 | 1:
                grouped = await counted.start(SHARED, *names)
                twins.append((grouped, await counted.start(ALONE, *names)))
            case 2 if twins:
                await stop(*twins.pop(chance.randrange(len(twins))))
            case 3 if twins:
                chance.choice(twins)[chance.randrange(2)].reads.clear()
            case 4 if twins:
                chance.choice(twins)[chance.randrange(2)].reads.set()
            case _:
                name = chance.choice(names)
                await counted.view(name)
                totals[name] += 1
        await asyncio.sleep(chance.choice((0, 0, 0.005, 0.03)))
    for pair in twins:
        for each in pair:
            each.reads.set()
    everybody = [staying, *(each for pair in twins for each in pair)]
    await until(lambda: all(newest(each) == totals for each in everybody), seconds=20)
    for each in everybody:
        assert list(shown(each)[0]) == list(names), "first all that was asked for, in the order asked"
    await until(lambda: counted.operations.groups.member_count == 1 + len(twins))
    await counted.view("boat")
    totals["boat"] += 1
    await until(lambda: all(newest(each) == totals for each in everybody))
    assert {str(shown(each)[-1]) for each in everybody} == {str({"boat": totals["boat"]})}, "then only what changed"
    await stop(*everybody)
