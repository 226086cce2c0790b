"""What stands before every system: deadlines, breakers, bulkheads, and what is told of each call."""

import asyncio
import time

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from datasources.guards import Breaker, BreakerState, Guard, Spend, current_spend, request_deadline
from domain.problems import UpstreamUnavailableError


class BrokenError(Exception):
    """The system's own fault."""


def guard(*, budget_seconds: float = 5.0, concurrency: int = 4) -> Guard:
    return Guard("thing", budget_seconds=budget_seconds, concurrency=concurrency, faults=(BrokenError,))


async def answer() -> int:
    return 42


async def fail() -> int:
    raise BrokenError


async def hang() -> int:
    await asyncio.sleep(60)
    return 0


async def hold_on() -> int:
    """A driver that takes its time even to be cancelled, as a black-holed one does."""
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        await asyncio.sleep(1.0)
    return 0


async def test_a_call_ends_with_its_budget_even_if_the_driver_cannot_be_cancelled() -> None:
    began = time.monotonic()
    with pytest.raises(UpstreamUnavailableError):
        await guard(budget_seconds=0.1).call("x", hold_on)
    assert time.monotonic() - began < 0.6


async def test_no_call_outlives_the_request() -> None:
    token = request_deadline.set(asyncio.get_running_loop().time() + 0.1)
    try:
        began = time.monotonic()
        with pytest.raises(UpstreamUnavailableError):
            await guard().call("x", hang)
        assert time.monotonic() - began < 0.6
    finally:
        request_deadline.reset(token)


async def test_faults_of_the_system_become_one_error_and_other_errors_stay_themselves() -> None:
    with pytest.raises(UpstreamUnavailableError, match="thing"):
        await guard().call("x", fail)

    async def mistake() -> int:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        await guard().call("x", mistake)


async def test_a_system_that_keeps_failing_is_left_alone_and_then_tried_again() -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(20):
        assert breaker.admit()
        breaker.failed()
    assert (breaker.state, breaker.admit()) == (BreakerState.OPEN, False)
    now[0] += 6
    assert (breaker.state, breaker.admit()) == (BreakerState.HALF_OPEN, True)
    assert not breaker.admit(), "one probe is enough"
    breaker.failed()
    assert not breaker.admit()
    now[0] += 6
    assert breaker.admit()
    breaker.succeeded()
    assert breaker.state is BreakerState.CLOSED


async def test_a_probe_that_its_caller_gives_up_lets_the_next_one_try() -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(20):
        breaker.failed()
    now[0] += 6
    assert breaker.admit()
    breaker.abandoned()
    assert breaker.admit()


async def test_a_breaker_counts_what_happened_lately() -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(19):
        breaker.failed()
    now[0] += 11
    breaker.failed()
    assert breaker.state is BreakerState.CLOSED


async def test_calls_beyond_the_bulkhead_wait_for_a_place_and_fail_within_their_budget() -> None:
    narrow = guard(budget_seconds=0.2, concurrency=1)
    held = asyncio.create_task(narrow.call("x", hold_on))
    await asyncio.sleep(0.01)
    with pytest.raises(UpstreamUnavailableError):
        await narrow.call("x", answer)
    with pytest.raises(UpstreamUnavailableError):
        await held
    await asyncio.sleep(1.1)  # the abandoned driver lets go in the end, and its place is free again
    assert await narrow.call("x", answer) == 42


async def test_a_cancelled_caller_frees_its_place() -> None:
    narrow = guard(concurrency=1)
    held = asyncio.create_task(narrow.call("x", hang))
    await asyncio.sleep(0.01)
    held.cancel()
    with pytest.raises(asyncio.CancelledError):
        await held
    assert await narrow.call("x", answer) == 42


async def test_every_call_is_counted_and_has_a_span() -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    spend = Spend()
    token = current_spend.set(spend)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trace, "get_tracer_provider", lambda: provider)
        await guard().call("one", answer)
        with pytest.raises(UpstreamUnavailableError):
            await guard().call("two", fail)
    current_spend.reset(token)
    assert spend.calls == {"thing": 2}
    assert [span.name for span in spans.get_finished_spans()] == ["thing one", "thing two"]
