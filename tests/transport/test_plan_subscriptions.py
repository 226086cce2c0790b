"""Compiled operations over a Strawberry schema: events of subscriptions, methods as resolvers, loaded fields."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Any

import strawberry
from graphql import ExecutionResult
from prometheus_client import CollectorRegistry
from strawberry import Parent

from tests.transport import market
from tests.transport.plan_documents import prepared, shown, shown_without_order
from transport.executors import CoreExecutor
from transport.field_facts import graphql_schema
from transport.plan.executors import CompiledExecutor
from transport.plan.fallbacks import count_fallbacks

SCHEMA = graphql_schema(market.schema)


def context() -> Any:
    return market.Context("ada", None, 0.0, 1)  # type: ignore[arg-type]  # no request stands behind it


async def events(executor: Any, source: str, variables: dict[str, Any] | None = None) -> list[str]:
    opened = await executor.subscribe(prepared(source), variables=variables or {}, new_context=context)
    if isinstance(opened, ExecutionResult):
        return [shown(opened)]
    assert isinstance(opened, AsyncGenerator)
    found = []
    try:
        async for each in opened:
            found.append(shown(each))  # noqa: PERF401  # what came before a fault is kept
    except Exception as fault:  # noqa: BLE001  # whatever the source raises
        found.append(repr(fault))
    return found


SUBSCRIPTIONS = (
    "subscription { ticks(count: 2) { number serial viewer __typename } }",
    "subscription S($n: Int!) { again: ticks(count: $n) { ...T } } fragment T on Tick { number }",
    "subscription { fails(after: 2) { number } }",
    "subscription { refuses { number } }",
    'subscription { ticks(count: "x") { number } }',
)


async def test_every_event_of_a_subscription_is_executed_from_the_plan() -> None:
    for source in SUBSCRIPTIONS:
        fell_back: list[str] = []
        compiled = CompiledExecutor(SCHEMA, on_fallback=lambda _, reason, told=fell_back: told.append(reason))  # type: ignore[misc]  # binds the list of this round
        variables = {"n": 3} if "$n" in source else {}
        assert await events(compiled, source, variables) == await events(CoreExecutor(SCHEMA), source, variables)
        assert fell_back == []


async def test_wrong_variables_are_refused_before_anything_runs() -> None:
    source = "query Q($seconds: Float!) { slow(seconds: $seconds) }"
    told = [
        await executor.execute(prepared(source), variables={"seconds": "x"}, context=context(), incremental=False)
        for executor in (CompiledExecutor(SCHEMA), CoreExecutor(SCHEMA))
    ]
    assert isinstance(told[0], ExecutionResult)
    assert isinstance(told[1], ExecutionResult)
    assert told[0].data is None
    assert shown(told[0]) == shown(told[1])


@dataclass(frozen=True)
class ByKey:
    """A loaded field's declaration, as a schema states it."""

    by: str
    key: str

    async def read(self, told: "Told", keys: Sequence[str]) -> list[Any]:
        told.reads.append(sorted(keys))
        if told.fails:
            raise ValueError("away")
        return [None if each == "gone" else Shop(name=each.upper()) for each in keys]


@dataclass
class Told:
    """The context: it keeps what was read."""

    reads: list[list[str]] = field(default_factory=list)
    fails: bool = False


@strawberry.type
class Shop:
    """A shop."""

    name: str


async def shop_of(root: Parent[Any], info: strawberry.Info[Told, None]) -> Any:
    if root.shop_id is None:
        return None
    return (await ByKey("shops", "shop_id").read(info.context, [root.shop_id]))[0]


@strawberry.type
class Thing:
    """A thing that one or two shops have."""

    shop_id: str | None
    other_id: str | None = None
    shop: Shop | None = strawberry.field(resolver=shop_of, metadata={"loaded": ByKey("shops", "shop_id")})
    must: Shop = strawberry.field(resolver=shop_of, metadata={"loaded": ByKey("shops", "shop_id")})

    @strawberry.field
    def again(self) -> "Thing":
        return self


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    def things(self) -> list[Thing | None]:
        return [Thing(shop_id=each) for each in ("a", "b", "a", None)]

    @strawberry.field
    def lost(self) -> list[Thing | None]:
        return [Thing(shop_id="gone"), Thing(shop_id="c")]


LOADED = graphql_schema(strawberry.Schema(query=Query))


async def ask(source: str, *, fails: bool = False) -> tuple[str, list[list[str]]]:
    told = Told(fails=fails)
    plan = await CompiledExecutor(LOADED).execute(prepared(source), variables={}, context=told, incremental=False)
    core = await CoreExecutor(LOADED).execute(
        prepared(source), variables={}, context=Told(fails=fails), incremental=False
    )
    assert isinstance(plan, ExecutionResult)
    assert isinstance(core, ExecutionResult)
    assert shown_without_order(plan) == shown_without_order(core)
    return shown(plan), told.reads


async def test_keys_of_a_level_are_read_in_one_call_without_duplicates() -> None:
    _, reads = await ask("{ things { shop { name } twice: shop { name } } lost { again { shop { name } } } }")
    assert reads == [["a", "b", "c", "gone"]]


async def test_a_loaded_field_that_must_not_be_null_takes_its_parent_with_it() -> None:
    answer, _ = await ask("{ lost { must { name } } things { must { name } } }")
    assert '{"lost": [null, {"must": {"name": "C"}}]' in answer


async def test_a_failed_read_fails_each_field_that_waited_for_it() -> None:
    answer, reads = await ask("{ things { shop { name } } }", fails=True)
    assert reads == [["a", "b"]]
    assert answer.count("away") == 3


async def test_fallbacks_are_counted_by_kind_and_reason() -> None:
    registry = CollectorRegistry()
    executor = CompiledExecutor(SCHEMA, on_fallback=count_fallbacks(registry))
    for source in ("{ __schema { queryType { name } } }", "{ ... @defer { hello } }", "{ hello }"):
        await executor.execute(prepared(source), variables={}, context=context(), incremental=False)

    def counted(reason: str) -> float | None:
        return registry.get_sample_value("gavel_graphql_not_compiled_total", {"kind": "query", "reason": reason})

    assert counted("introspection") == 1
    assert counted("@defer") == 1
