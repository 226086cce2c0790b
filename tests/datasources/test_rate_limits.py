"""Budgets and documents in a real store: exact, shared, bounded."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from datasources.guards import Spend, current_spend
from datasources.redis.connections import LiveState
from datasources.redis.documents import AutomaticDocuments, TrustedList
from datasources.redis.rate_limits import SharedRateLimiter
from domain.problems import UpstreamUnavailableError


@pytest.fixture
async def live(redis_url: str) -> AsyncIterator[LiveState]:
    state = LiveState(redis_url, call_seconds=2.0)
    await state.redis.flushdb()
    yield state
    await state.close()


async def test_no_more_than_the_burst_is_granted_however_many_ask_at_once(live: LiveState) -> None:
    limiter = SharedRateLimiter(live)
    verdicts = await asyncio.gather(*(limiter.take("ada", 1, per_minute=60, burst=10) for _ in range(50)))
    assert sum(verdict.is_allowed for verdict in verdicts) == 10
    refused = [verdict for verdict in verdicts if not verdict.is_allowed]
    assert all(0 < verdict.retry_after <= 1.0 for verdict in refused)
    assert {verdict.remaining for verdict in refused} == {0}


async def test_a_refused_take_costs_nothing_and_waiting_as_told_suffices(live: LiveState) -> None:
    limiter = SharedRateLimiter(live)
    assert (await limiter.take("ada", 8, per_minute=600, burst=10)).remaining == 2
    refused = await limiter.take("ada", 5, per_minute=600, burst=10)
    assert (refused.is_allowed, refused.remaining) == (False, 2)
    await asyncio.sleep(refused.retry_after + 0.01)
    assert (await limiter.take("ada", 5, per_minute=600, burst=10)).is_allowed


async def test_buckets_are_apart_and_forgotten_when_full(live: LiveState) -> None:
    limiter = SharedRateLimiter(live)
    await limiter.take("ada", 10, per_minute=600_000, burst=10)
    assert (await limiter.take("eve", 10, per_minute=60, burst=10)).is_allowed
    keys = [key async for key in live.redis.scan_iter("gavel:rate:*")]
    assert len(keys) == 2
    assert not any("ada" in key or "eve" in key for key in keys)
    lives = [await live.redis.pttl(key) for key in keys]
    assert all(0 < milliseconds < 20_000 for milliseconds in lives)


async def test_more_than_the_burst_is_never_granted(live: LiveState) -> None:
    verdict = await SharedRateLimiter(live).take("ada", 11, per_minute=60, burst=10)
    assert (verdict.is_allowed, verdict.remaining, verdict.retry_after) == (False, 10, 11.0)


async def test_automatic_documents_are_found_until_newer_ones_push_them_out(live: LiveState) -> None:
    store = AutomaticDocuments(live, most=3)
    for name in ("a", "b", "c", "d"):
        await store.keep(name, f"{{ {name} }}", owner="ada")
    assert [await store.find(name) for name in ("a", "d")] == [None, "{ d }"]


async def test_one_owner_cannot_register_without_end(live: LiveState) -> None:
    store = AutomaticDocuments(live, quota=2)
    for name in ("a", "b", "c"):
        await store.keep(name, "{ x }", owner="eve")
    await store.keep("d", "{ x }", owner="ada")
    assert [await store.find(name) is not None for name in ("a", "b", "c", "d")] == [True, True, False, True]


async def test_trusted_documents_keep_their_first_text(live: LiveState) -> None:
    trusted = TrustedList(live)
    assert await trusted.keep_trusted({"one": "{ a }", "two": "{ b }"}) == 2
    assert await trusted.keep_trusted({"one": "{ changed }", "three": "{ c }"}) == 1
    assert [await trusted.find(name) for name in ("one", "three", "four")] == ["{ a }", "{ c }", None]


async def test_an_outage_is_a_miss_for_automatic_documents_and_an_error_for_the_rest() -> None:
    away = LiveState("redis://127.0.0.1:9/0", call_seconds=0.2)
    assert await AutomaticDocuments(away).find("a") is None
    await AutomaticDocuments(away).keep("a", "{ a }", owner="ada")
    with pytest.raises(UpstreamUnavailableError):
        await SharedRateLimiter(away).take("ada", 1, per_minute=1, burst=1)
    with pytest.raises(UpstreamUnavailableError):
        await TrustedList(away).find("a")
    await away.close()


async def test_a_busy_key_is_leased_and_still_grants_exactly_its_burst(live: LiveState) -> None:
    limiter = SharedRateLimiter(live)
    spend = Spend()
    token = current_spend.set(spend)
    verdicts = [await limiter.take("ada", 1, per_minute=1, burst=400) for _ in range(450)]
    current_spend.reset(token)
    assert [verdict.is_allowed for verdict in verdicts] == [True] * 400 + [False] * 50
    assert [verdict.remaining for verdict in verdicts] == [*range(399, -1, -1), *[0] * 50]
    assert spend.calls["redis"] < 150, "most takes of a busy key ask nobody"


async def test_processes_that_lease_one_bucket_never_grant_more_than_it_holds(live: LiveState) -> None:
    limiters = [SharedRateLimiter(live) for _ in range(3)]
    takes = [limiters[each % 3].take("ada", 1 + each % 4, per_minute=1, burst=1_000) for each in range(900)]
    granted = 0
    for start in range(0, 900, 30):
        verdicts = await asyncio.gather(*takes[start : start + 30])
        granted += sum(1 + (start + each) % 4 for each, verdict in enumerate(verdicts) if verdict.is_allowed)
    assert 1_000 - 3 * 50 <= granted <= 1_000


async def test_what_is_left_of_a_lease_after_a_second_is_given_back(live: LiveState) -> None:
    now = 0.0
    limiter = SharedRateLimiter(live, clock=lambda: now)
    for _ in range(25):
        held = await limiter.take("ada", 1, per_minute=1, burst=400)
    other = await SharedRateLimiter(live).take("ada", 1, per_minute=1, burst=400)
    assert other.remaining < held.remaining - 1, "a lease is taken from the bucket at once"
    now = 2.0
    assert (await limiter.take("ada", 1, per_minute=1, burst=400)).remaining == 400 - 27


async def test_a_key_that_is_asked_for_now_and_then_is_not_leased(live: LiveState) -> None:
    now = 0.0
    limiter = SharedRateLimiter(live, clock=lambda: now)
    for _ in range(5):
        now += 1.5
        mine = await limiter.take("ada", 1, per_minute=1, burst=400)
    assert (await SharedRateLimiter(live).take("ada", 1, per_minute=1, burst=400)).remaining == mine.remaining - 1


async def test_two_leased_buckets_are_taken_from_together_or_not_at_all(live: LiveState) -> None:
    now = 0.0
    limiter = SharedRateLimiter(live, clock=lambda: now)
    assert limiter.take_at_once("requests:ada", "cost:ada", 3) is None, "nothing is held yet"
    for _ in range(40):
        await limiter.take("requests:ada", 1, per_minute=1, burst=4_000)
        await limiter.take("cost:ada", 3, per_minute=1, burst=4_000)
    one, many = limiter._leases["requests:ada"], limiter._leases["cost:ada"]
    assert one.left > 0
    assert many.left >= 3
    before = (one.left, many.left)
    taken = limiter.take_at_once("requests:ada", "cost:ada", 3)
    assert taken is not None
    assert (one.left, many.left, taken.remaining) == (before[0] - 1, before[1] - 3, many.shared + many.left)
    left = (one.left, many.left, one.used, many.used)
    assert limiter.take_at_once("requests:ada", "cost:ada", many.left + 1) is None
    assert limiter.take_at_once("requests:bob", "cost:ada", 1) is None
    now = max(one.ends_at, many.ends_at)
    assert limiter.take_at_once("requests:ada", "cost:ada", 1) is None, "a lease that ended is given back, not spent"
    assert (one.left, many.left, one.used, many.used) == left
