"""Compiled operations answer exactly as graphql-core does, over a schema whose resolvers do everything wrong."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from types import MappingProxyType
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLSchema, build_schema
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transport.plan_documents import prepared, random_operation, shown, shown_without_order
from transport.executors import CoreExecutor
from transport.plan import plans, sources
from transport.plan.executors import CompiledExecutor

NASTY = """
interface Named { name: String! id: ID }
interface Other { n: Int }
type Cat implements Named {
  name: String! id: ID lives: Int! friends(first: Int = 2, in: In): [Named!]! self: Cat any: Any
}
type Dog implements Named & Other { name: String! id: ID n: Int barks: Boolean! ratio: Float owner: Owner! any: [Any] }
type Owner { pets: [Named] cats: [[Cat!]]! hue: Hue json: Blob dogs: [Dog!] strict: Owner! soft: Owner tags: [String!] }
union Any = Cat | Dog | Owner
enum Hue { RED GREEN BLUE }
scalar Blob
input In { hue: Hue = RED deep: In words: [String!] count: Int! = 3 }
type Query {
  cat: Cat cats(first: Int): [Cat!]!
  named: Named any: Any! owner(in: In): Owner echo(in: In!, x: [Int]): String dog: Dog!
}
type Mutation { first(in: In): Cat second: Dog! third: Owner }
type Subscription { cats: Cat }
"""


class Record:
    """A parent; what its fields do follows from the world's seed and the path."""


class TroubleError(Exception):
    """What resolvers of this schema fail with."""


class World:
    def __init__(self, seed: int, *, is_async: bool, calls: list[str] | None = None) -> None:
        self.seed = seed
        self.is_async = is_async
        self.calls = calls if calls is not None else []

    def roll(self, *about: object) -> int:
        digest = hashlib.blake2b(repr((self.seed, *about)).encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big")

    def chance(self, share: float, *about: object) -> bool:
        return self.roll(*about) % 10_000 < share * 10_000


def resolve(source: Any, info: Any, **arguments: Any) -> Any:
    world: World = info.context
    path = tuple(info.path.as_list())
    world.calls.append(f"{path}")
    value = make(world, info, info.return_type, path, arguments)
    if world.is_async and world.chance(0.35, "later", path):
        return later(world, path, value)
    if isinstance(value, TroubleError) and world.chance(0.5, "raise", path):
        raise value
    return value


async def later(world: World, path: Any, value: Any) -> Any:
    for _ in range(world.roll("turns", path) % 3):
        await asyncio.sleep(0)
    if isinstance(value, TroubleError):
        raise value
    return value


def make(world: World, info: Any, kind: Any, path: tuple[Any, ...], arguments: Any) -> Any:
    text = str(kind)
    if world.chance(0.04, "fails", path, text):
        return TroubleError(f"no {path}")
    if world.chance(0.05, "null", path, text):
        return None
    if text.endswith("!"):
        return make(world, info, kind.of_type, path, arguments)
    if text.startswith("["):
        return make_list(world, info, kind, path)
    if world.chance(0.04, "wrong", path):
        return world_of_wrong(world, path)
    leaves: dict[str, Any] = {
        "String": f"{path[-1]} {sorted(arguments.items(), key=str)}",
        "ID": world.roll("id", path) % 9,
        "Int": world.roll("int", path) % 5,
        "Float": 1.5,
        "Boolean": True,
        "Hue": ("RED", "GREEN", "PINK")[world.roll("hue", path) % 3],
        "Blob": {"a": [1]},
    }
    if text in leaves:
        return leaves[text]
    return {"type": text} if world.chance(0.5, "dict", path) else Record()


def world_of_wrong(world: World, path: Any) -> Any:
    return (object, [], "text", 2**40, float("nan"), iter(()), len)[world.roll("kind of wrong", path) % 7]


def make_list(world: World, info: Any, kind: Any, path: tuple[Any, ...]) -> Any:
    items = [make(world, info, kind.of_type, (*path, index), {}) for index in range(world.roll("n", path) % 4)]
    shape = world.roll("shape", path) % (8 if world.is_async else 4)
    if shape in {4, 5}:
        return [later(world, (path, index), item) if index % 2 else item for index, item in enumerate(items)]
    if shape == 6:
        return stream(items)
    return (items, tuple(items), dict.fromkeys(range(len(items))).keys() if "Int" in str(kind) else items, drip(items))[
        shape % 4
    ]


def drip(items: list[Any]) -> Iterator[Any]:
    yield from items


async def stream(items: list[Any]) -> AsyncIterator[Any]:
    for item in items:
        await asyncio.sleep(0)
        yield item


def type_name(value: Any, info: Any, abstract: Any) -> Any:
    world: World = info.context
    path = tuple(info.path.as_list())
    names = [each.name for each in info.schema.get_possible_types(abstract)] + ["Owner", "Nowhere", "Hue"]
    roll = world.roll("name", path)
    name = names[roll % len(names) if world.chance(0.08, "odd name", path) else roll % (len(names) - 3)]
    if world.chance(0.02, "no name", path):
        return None
    if world.chance(0.02, "name fails", path):
        raise TroubleError("nameless")
    return later(world, ("name", path), name) if world.is_async and world.chance(0.3, "late name", path) else name


def is_type(value: Any, info: Any) -> Any:
    world: World = info.context
    path = tuple(info.path.as_list())
    answer = not world.chance(0.05, "not of type", path)
    return later(world, ("type", path), answer) if world.is_async and world.chance(0.3, "late type", path) else answer


def nasty_schema() -> GraphQLSchema:
    schema = build_schema(NASTY)
    for kind in schema.type_map.values():
        if kind.name.startswith("__"):
            continue
        for field in getattr(kind, "fields", {}).values():
            if hasattr(field, "resolve"):
                field.resolve = resolve
        if hasattr(kind, "resolve_type"):
            kind.resolve_type = type_name
        if kind.name in {"Dog", "Owner"}:
            kind.is_type_of = is_type  # type: ignore[attr-defined]  # both are objects
    return schema


# graphql-core cancels what it need not wait for, and may leave coroutines that never began.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SCHEMA = nasty_schema()
CORE = CoreExecutor(SCHEMA)


async def both(seed: int, kind: str, *, is_async: bool) -> tuple[Any, Any, str, list[str]] | None:
    found = random_operation(SCHEMA, seed, kind)
    if found is None:
        return None
    operation, variables, source = found
    fell_back: list[str] = []
    compiled = CompiledExecutor(SCHEMA, on_fallback=lambda _, reason: fell_back.append(reason))
    told: list[Any] = []
    for executor in (CORE, compiled, compiled):
        world = World(seed, is_async=is_async)
        result = await executor.execute(operation, variables=variables, context=world, incremental=False)
        told.append((result, world.calls))
    assert shown_without_order(told[1][0]) == shown_without_order(told[2][0])
    return told[0], told[1], f"{source} {variables}", fell_back


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["query", "query", "mutation"]))
def test_synchronous_operations_give_the_same_answer_in_the_same_order(seed: int, kind: str) -> None:
    found = asyncio.run(both(seed, kind, is_async=False))
    if found is None:
        return
    (core, core_calls), (plan, plan_calls), source, fell_back = found
    assert shown(plan) == shown(core), source
    assert plan_calls == core_calls, source
    assert fell_back == []


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["query", "query", "mutation"]))
def test_asynchronous_operations_give_the_same_data_and_errors(seed: int, kind: str) -> None:
    found = asyncio.run(both(seed, kind, is_async=True))
    if found is None:
        return
    (core, _), (plan, _), source, fell_back = found
    assert shown_without_order(plan) == shown_without_order(core), source
    assert fell_back == []


def differs(seeds: range, *, is_async: bool) -> bool:
    for seed in seeds:
        try:
            found = asyncio.run(both(seed, "query", is_async=is_async))
        except AssertionError:
            return True
        if found is not None and shown_without_order(found[0][0]) != shown_without_order(found[1][0]):
            return True
    return False


def forget_nulls(field: Any) -> Any:
    return lambda *_: None


def answer_any_type(_kind: Any, _field: Any, fill: Any) -> Any:
    return fill


@pytest.mark.parametrize(
    ("module", "name", "fault"),
    [
        pytest.param(sources, "failed", forget_nulls, id="errors are swallowed"),
        pytest.param(plans, "checked_object", answer_any_type, id="is_type_of is not asked"),
        pytest.param(sources, "careful", lambda *_: lambda *_: None, id="careful values become null"),
    ],
)
def test_a_planted_fault_is_found(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, fault: Any) -> None:
    assert not differs(range(12), is_async=False)
    monkeypatch.setattr(module, name, fault)
    assert differs(range(40), is_async=False)


async def run(source: str, **world: Any) -> tuple[Any, list[str]]:
    fell_back: list[str] = []
    compiled = CompiledExecutor(SCHEMA, on_fallback=lambda _, reason: fell_back.append(reason))
    operation = prepared(source)
    return await compiled.execute(operation, variables={}, context=World(1, **world), incremental=False), fell_back


async def test_introspection_goes_to_graphql_core_and_says_so() -> None:
    result, fell_back = await run("{ __schema { queryType { name } } }", is_async=False)
    assert result.data == {"__schema": {"queryType": {"name": "Query"}}}
    assert fell_back == ["introspection"]


async def test_a_mutation_runs_once_and_in_order() -> None:
    calls: list[str] = []
    _, fell_back = await run("mutation { a: third { hue } b: third { hue } first { id } }", is_async=False, calls=calls)
    roots = [each for each in calls if each.count("'") == 2]
    assert roots == ["('a',)", "('b',)", "('first',)"]
    assert calls.index("('b',)") > calls.index("('a', 'hue')") if "('a', 'hue')" in calls else True
    assert fell_back == []


async def test_plans_are_bounded() -> None:
    compiled = CompiledExecutor(SCHEMA, most_plans=3)
    for number in range(10):
        operation = prepared(f"{{ a{number}: cat {{ id }} }}")
        await compiled.execute(operation, variables={}, context=World(1, is_async=False), incremental=False)
    assert compiled.kept == 3


async def test_variables_that_come_again_choose_their_own_plan_also_when_plans_are_forgotten() -> None:
    """Views of variables that nobody changes are known by themselves; there is room for two plans only."""
    document = "query($a: Boolean!, $n: Int) { cat { id @include(if: $a) } cats(first: $n) { lives @skip(if: $a) } }"
    operation, other = prepared(document), prepared("{ dog { id } }")
    views = [MappingProxyType({"a": is_shown, "n": number}) for is_shown in (True, False) for number in range(8)]
    compiled, core = CompiledExecutor(SCHEMA, most_plans=2), CoreExecutor(SCHEMA)
    for turn in range(8):
        for view in views:
            answers = []
            for each in (compiled, core):
                world = World(turn, is_async=False)
                answers.append(await each.execute(operation, variables=view, context=world, incremental=False))
            found, expected = answers
            assert isinstance(found, ExecutionResult)
            assert isinstance(expected, ExecutionResult)
            assert shown(found) == shown(expected), view
        if turn == 3:
            await compiled.execute(other, variables={}, context=World(1, is_async=False), incremental=False)
        assert compiled.kept == 2
