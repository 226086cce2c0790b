"""Pages of kept records are joined from bytes; what loaders give is put in anew for each execution."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson
import pytest
import strawberry
from graphql import ExecutionResult
from strawberry import Parent

from tests.transport.plan_documents import prepared, shown
from transport.executors import CoreExecutor
from transport.field_facts import graphql_schema
from transport.plan import frames, writers
from transport.plan.executors import CompiledExecutor


@dataclass(frozen=True, slots=True)
class Thing:
    thing_id: str
    title: str
    owner_id: str | None


@dataclass(frozen=True, slots=True)
class Things:
    things: tuple[Thing, ...]
    is_kept: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    age: Any = None


@dataclass(frozen=True, slots=True)
class Marks:
    stars: Any
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Level:
    """A field read for a level; people are kept, marks are the viewer's."""

    by: str
    key: str
    is_kept: bool

    def read(self, context: "World", keys: Sequence[str]) -> Any:
        return getattr(context, self.by)(keys)


def loaded(by: str, key: str, *, is_kept: bool = False) -> Any:
    level = Level(by, key, is_kept)

    async def load(root: Parent[Any], info: strawberry.Info) -> Any:
        if (wanted := getattr(root, key)) is None:
            return None
        (found,) = await level.read(info.context, [wanted])
        if isinstance(found, Exception):
            raise found
        return found

    return strawberry.field(resolver=load, metadata={"loaded": level})


@strawberry.type(name="Person")
class PersonView:
    name: str
    age: int | None


@strawberry.type(name="Marks")
class MarksView:
    stars: int
    is_mine: bool


@strawberry.type(name="Thing")
class ThingView:
    thing_id: str
    title: str
    owner: PersonView | None = loaded("people", "owner_id", is_kept=True)
    marks: MarksView | None = loaded("marks", "thing_id")
    sure_marks: MarksView = loaded("marks", "thing_id")


@strawberry.type(name="Things")
class ThingsView:
    things: list[ThingView | None]


@strawberry.type
class Query:
    @strawberry.field
    def page(self, info: strawberry.Info) -> ThingsView:
        found: ThingsView = info.context.page
        return found


class World:
    """One execution's sources."""

    def __init__(self, page: Things, people: dict[str, Any], marks: dict[str, Any], viewer: str = "") -> None:
        self.page = page
        self._people = people
        self._marks = marks
        self._viewer = viewer

    async def people(self, keys: Sequence[str]) -> list[Any]:
        return [self._people.get(key) for key in keys]

    async def marks(self, keys: Sequence[str]) -> list[Any]:
        await asyncio.sleep(0)
        return [self._marks.get(f"{self._viewer}{key}") for key in keys]


SCHEMA = graphql_schema(strawberry.Schema(query=Query))
TITLES = ("plain", 'quoted "1"', "\u00e9\n\u2028", f"{frames._MARK[:8]}:0", "%d %b", "")  # what a frame is cut at
PAGE = Things(tuple(Thing(str(n), title, f"p{n % 2}" if n else None) for n, title in enumerate(TITLES)))
PEOPLE: dict[str, Any] = {"p0": Person("Ada", 36), "p1": Person("Grace")}
MARKS: dict[str, Any] = {str(n): Marks(n * 1000, is_mine=bool(n % 2)) for n in range(len(TITLES))}
QUERY = prepared("{ page { things { __typename thingId title owner { name age } marks { stars isMine } } } }")


def spliced() -> CompiledExecutor:
    return CompiledExecutor(SCHEMA, is_spliced=True)


async def answer(executor: Any, world: World, query: Any = QUERY) -> tuple[str, bool]:
    """The result as its client sees it, and whether the page was joined from bytes."""
    found = await executor.execute(query, variables={}, context=world, incremental=False)
    assert isinstance(found, ExecutionResult)
    is_bytes = isinstance((found.data or {}).get("page"), orjson.Fragment)
    return shown(ExecutionResult(orjson.loads(orjson.dumps(found.data)), found.errors)), is_bytes


async def truth(world: World, query: Any = QUERY) -> str:
    return (await answer(CoreExecutor(SCHEMA), world, query))[0]


async def test_a_page_that_is_seen_again_is_joined_from_bytes_and_says_the_same() -> None:
    executor, world = spliced(), World(PAGE, PEOPLE, MARKS)
    told = [await answer(executor, world) for _ in range(4)]
    assert [is_bytes for _, is_bytes in told] == [False, True, True, True]
    assert {text for text, _ in told} == {await truth(world)}


async def test_what_is_loaded_is_never_from_an_earlier_execution() -> None:
    executor = spliced()
    for number in range(6):
        people = {**PEOPLE, "p1": Person("Grace", number // 2)}
        marks = {**MARKS, "3": Marks(number, is_mine=number % 2 == 0), "4": None if number % 2 else MARKS["4"]}
        world = World(PAGE, people, marks)
        text, is_bytes = await answer(executor, world)
        assert text == await truth(world)
        assert is_bytes is bool(number)


async def test_a_changed_page_is_made_anew() -> None:
    executor, world = spliced(), World(PAGE, PEOPLE, MARKS)
    for _ in range(3):
        await answer(executor, world)
    changed = World(Things((Thing("0", "new", None), *PAGE.things[1:])), PEOPLE, MARKS)
    assert [(await answer(executor, changed))[0] for _ in range(3)] == [await truth(changed)] * 3


async def test_viewers_who_ask_together_each_get_their_own() -> None:
    executor = spliced()
    worlds = [
        World(PAGE, PEOPLE, {f"{viewer}{key}": Marks(viewer, is_mine=viewer == 3) for key in MARKS}, str(viewer))
        for viewer in range(8)
    ]
    for _ in range(3):
        told = await asyncio.gather(*(answer(executor, world) for world in worlds))
        assert [text for text, _ in told] == [await truth(world) for world in worlds]
    assert all(is_bytes for _, is_bytes in told)


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(ValueError("no marks"), id="an error"),
        pytest.param(Marks(2**31, is_mine=True), id="a number that is no Int"),
        pytest.param(Marks(None, is_mine=True), id="a null where none may be"),
        pytest.param(Marks("many", is_mine=True), id="another class"),
        pytest.param(Person("no marks"), id="another record"),
        pytest.param(None, id="nothing"),
    ],
)
@pytest.mark.parametrize("field", ["marks", "sureMarks"])
async def test_odd_values_in_a_hole_answer_as_graphql_core_does(odd: Any, field: str) -> None:
    executor = spliced()
    query = prepared(f"{{ page {{ things {{ title owner {{ name }} {field} {{ stars isMine }} }} }} }}")
    for world in [World(PAGE, PEOPLE, MARKS)] * 2 + [World(PAGE, PEOPLE, {**MARKS, "2": odd})] * 2:
        assert (await answer(executor, world, query))[0] == await truth(world, query)


async def test_a_loader_that_fails_makes_its_fields_null_and_no_other() -> None:
    class Away(World):
        async def marks(self, keys: Sequence[str]) -> list[Any]:
            raise TimeoutError

    executor = spliced()
    for _ in range(3):
        await answer(executor, World(PAGE, PEOPLE, MARKS))
    away = Away(PAGE, PEOPLE, MARKS)
    assert (await answer(executor, away))[0] == await truth(away)
    assert (await answer(executor, World(PAGE, PEOPLE, MARKS)))[1]


async def test_a_cancelled_execution_leaves_nothing_to_the_next() -> None:
    executor, world = spliced(), World(PAGE, PEOPLE, MARKS)
    for _ in range(3):
        await answer(executor, world)
    cancelled = asyncio.create_task(answer(executor, World(PAGE, PEOPLE, {})))
    await asyncio.sleep(0)
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert await answer(executor, world) == (await truth(world), True)


async def test_frames_are_bounded_with_everything_that_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    executor = spliced()
    prototypes = executor._schema.prototypes  # how much is kept has no other witness
    monkeypatch.setattr(prototypes, "_most", 10)
    for number in range(30):
        world = World(Things((Thing(str(number), "t" * 9_000, None),)), PEOPLE, MARKS)
        assert [(await answer(executor, world))[0] for _ in range(2)] == [await truth(world)] * 2
        assert len(prototypes) <= 10


def test_a_quick_writer_is_only_made_for_attributes() -> None:
    assert writers.plain_writer([("kind", "Thing")], None) is not None
    write = writers.plain_writer([("kind", "Thing")], Thing)
    assert write is not None
    assert (write(PAGE.things[0]), write(PAGE)) == (b'{"kind":"Thing"}', None)
