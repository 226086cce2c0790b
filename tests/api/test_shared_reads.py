"""Reads that requests share: keys of all requests gather for one batch, and nothing of a viewer is ever in it."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextvars import Context
from random import Random

import pytest
from redis.asyncio import Redis

from config import Settings
from datasources.guards import Spend, current_spend, request_deadline
from domain.problems import UpstreamUnavailableError
from domain.selections import Fields
from loaders.sharing import SharedReads
from tests.api.conftest import Asker, serving
from tests.api.test_listing_marks import mark


class Store:
    """Answers slowly enough that requests meet, and keeps what it was asked."""

    def __init__(self, *, seconds: float = 0.002, fails: bool = False) -> None:
        self.batches: list[list[str]] = []
        self.fields: list[Fields] = []
        self._seconds = seconds
        self._fails = fails

    async def read(self, keys: list[str], fields: Fields = None) -> Sequence[str]:
        assert current_spend.get() is not None
        assert request_deadline.get() is None, "nobody's deadline ends what others wait for"
        self.batches.append(keys)
        self.fields.append(fields)
        spend = current_spend.get()
        if spend is not None:
            spend.add("store", "read", 0.001)
        await asyncio.sleep(self._seconds)
        if self._fails:
            raise UpstreamUnavailableError("store")
        return [f"value of {each}" for each in keys]


async def test_keys_gather_while_a_batch_is_under_way() -> None:
    store = Store(seconds=0.01)
    reads: SharedReads[str, str] = SharedReads("store", store.read)
    first = asyncio.create_task(reads.read(["a"]))
    await asyncio.sleep(0.003)
    rest = [asyncio.create_task(reads.read([f"k{each % 5}", "a"])) for each in range(20)]
    assert await first == ["value of a"]
    assert [await each for each in rest] == [[f"value of k{each % 5}", "value of a"] for each in range(20)]
    assert store.batches == [["a"], ["k0", "a", "k1", "k2", "k3", "k4"]]


async def test_a_batch_is_read_with_what_all_who_joined_it_need() -> None:
    store = Store()
    reads: SharedReads[str, str] = SharedReads("store", store.read)
    titles, prices = frozenset({"title"}), frozenset({"price"})
    await asyncio.gather(reads.read(["a"], titles), reads.read(["a", "b"], prices))
    await reads.read(["a"], titles)
    await asyncio.gather(reads.read(["a"], titles), reads.read(["a"]))
    assert store.batches == [["a", "b"], ["a"], ["a"]]
    assert store.fields == [titles | prices, titles, None]


async def test_who_asks_after_a_batch_began_gets_a_newer_one() -> None:
    written = ["old"]

    async def read(keys: list[str], _fields: Fields) -> list[str]:
        found = [written[0] for _ in keys]
        await asyncio.sleep(0.005)
        return found

    reads: SharedReads[str, str] = SharedReads("store", read)
    early = asyncio.create_task(reads.read(["a"]))
    await asyncio.sleep(0.001)
    written[0] = "new"
    assert await reads.read(["a"]) == ["new"]
    assert await early == ["old"]


async def test_a_slow_batch_holds_nobody_up() -> None:
    release = asyncio.Event()

    async def read(keys: list[str], _fields: Fields) -> list[str]:
        if "slow" in keys:
            await release.wait()
        return keys

    reads: SharedReads[str, str] = SharedReads("store", read)
    slow = asyncio.create_task(reads.read(["slow"]))
    await asyncio.sleep(0.001)
    assert await asyncio.wait_for(reads.read(["quick"]), 0.5) == ["quick"]
    release.set()
    assert await slow == ["slow"]


async def test_a_thousand_cancelled_reads_leave_the_others_their_values() -> None:
    store, roll = Store(), Random(7)
    reads: SharedReads[str, str] = SharedReads("store", store.read)
    cancelled = 0
    for _ in range(100):
        keys = [[f"k{roll.randrange(30)}" for _ in range(3)] for _ in range(20)]
        tasks = [asyncio.create_task(reads.read(each)) for each in keys]
        await asyncio.sleep(roll.choice([0, 0.001, 0.002]))
        given_up = set(roll.sample(range(20), 12))
        for each in given_up:
            cancelled += tasks[each].cancel()
        told = await asyncio.gather(*tasks, return_exceptions=True)
        for place, (asked, answer) in enumerate(zip(keys, told, strict=True)):
            if place not in given_up or not isinstance(answer, asyncio.CancelledError):
                assert answer == [f"value of {key}" for key in asked]
    assert cancelled >= 1_000
    assert await reads.read(["last"]) == ["value of last"]


async def test_a_failure_is_everybodys_and_the_next_read_asks_anew() -> None:
    store = Store(fails=True)
    reads: SharedReads[str, str] = SharedReads("store", store.read)
    told = await asyncio.gather(reads.read(["a"]), reads.read(["b"]), return_exceptions=True)
    assert [type(each) for each in told] == [UpstreamUnavailableError] * 2
    with pytest.raises(UpstreamUnavailableError):
        await reads.read(["a"])
    assert store.batches == [["a", "b"], ["a"]]


async def test_a_deadline_ends_the_wait_of_its_own_request_only() -> None:
    reads: SharedReads[str, str] = SharedReads("store", Store(seconds=0.1).read)

    async def hurried() -> list[str]:
        request_deadline.set(asyncio.get_running_loop().time() + 0.01)
        return await reads.read(["a"])

    other = asyncio.create_task(reads.read(["b"]))
    with pytest.raises(UpstreamUnavailableError):
        await asyncio.create_task(hurried())
    assert await other == ["value of b"]


async def test_a_shared_call_is_counted_for_each_who_made_it() -> None:
    reads: SharedReads[str, str] = SharedReads("store", Store().read)

    async def counted(key: str) -> Spend:
        current_spend.set(spend := Spend())
        await reads.read([key])
        return spend

    spends = await asyncio.gather(*(asyncio.create_task(counted(each)) for each in "abc"))
    assert [each.calls for each in spends] == [{"store": 1}] * 3


LATE = "late"
OPERATIONS = (
    """{ viewer { displayName profile { id handle } listings(first: 3) { edges { node { id title } } } } }""",
    """query ($first: Int!) { listings(first: $first) { edges { node { id counters { views likes favourites }
      viewerState { hasLiked hasFavourited } seller { id displayName } } } } viewer { displayName } }""",
    """query ($first: Int!) { again: listings(first: $first) { edges { node { viewerState { hasLiked } } } } }""",
)


async def test_no_byte_of_one_viewer_reaches_another_in_a_thousand_interleaved_operations(
    marketplace: Settings, tokens: Mapping[str, str]
) -> None:
    keeping = marketplace.model_copy(update={"content_cache_seconds": 300})
    async with (
        Redis.from_url(marketplace.redis_url.get_secret_value()) as redis,
        serving(keeping, tokens) as ask,
    ):
        await interleave(ask, redis)


async def answer_to(ask: Asker, viewer: str | None, place: int, first: int) -> str:
    query = OPERATIONS[place]
    reply = await ask(query, {"first": first} if "$first" in query else {}, by=viewer)
    # Two busy cores may make a store late; then a part is missing, which is an error and never somebody else's.
    is_late = {"UPSTREAM_UNAVAILABLE", "DEADLINE_EXCEEDED"} & set(reply.codes)
    return LATE if is_late else json.dumps(reply.data)


async def renew_budgets(redis: Redis) -> None:
    await redis.delete(*[key async for key in redis.scan_iter("gavel:rate:*")], "none")


async def interleave(ask: Asker, redis: Redis) -> None:
    def asking(viewer: str | None, place: int, first: int) -> asyncio.Task[str]:
        return asyncio.create_task(
            answer_to(ask, viewer, place, first), context=Context()
        )  # as a server's requests begin

    await renew_budgets(redis)
    listings = (await ask("{ listings(first: 20) { edges { node { id } } } }")).data["listings"]["edges"]
    for place, viewer in ((8, "buyer-1"), (9, "dealer-1"), (10, "buyer-1")):
        for name in ("likeListing", "favouriteListing"):
            assert (await ask(mark(name), {"id": listings[place]["node"]["id"]}, by=viewer)).data
    viewers = ("buyer-1", "dealer-1", None)
    asked = [(viewer, place, first) for viewer in viewers for place in range(3) for first in (12, 20)]
    truth = {each: await asking(*each) for each in asked}
    assert LATE not in truth.values()
    for place in range(2):
        assert len({truth[viewer, place, 20] for viewer in viewers}) == 3, "answers tell viewers apart"
    roll, done, late = Random(3), 0, 0
    while done < 1_000:
        await renew_budgets(redis)
        chosen = [roll.choice(asked) for _ in range(10)]
        tasks = [asking(*each) for each in chosen]
        if roll.random() < 0.5:
            await asyncio.sleep(roll.random() * 0.02)
            for task in roll.sample(tasks, 3):
                task.cancel()
        for each, found in zip(chosen, await asyncio.gather(*tasks, return_exceptions=True), strict=True):
            if not isinstance(found, asyncio.CancelledError):
                assert found in {truth[each], LATE}, each
                done += 1
                late += found == LATE
    assert late < 200
