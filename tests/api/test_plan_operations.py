"""Compiled operations over the product's schema: real documents in memory, loaders that fail, graphql-core as judge."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, TypeVar, cast
from uuid import UUID

import orjson
from aiodataloader import DataLoader
from graphql import ExecutionResult
from hypothesis import given, settings
from hypothesis import strategies as st

from datasources.guards import Spend
from datasources.sanity.client import Perspective, SanityClient
from datasources.sanity.staleness import Staleness
from datasources.sources import Sources
from domain.counters import ListingCounters, ViewerListingState
from domain.images import ImageHost
from domain.nodes import encode_node_id
from domain.problems import UpstreamUnavailableError
from domain.selections import Needed, Selection
from domain.users import Role, User, Viewer
from engines.groq import Dataset, evaluate, parse
from loaders import Loaders
from loaders.batches import loader
from loaders.categories import CategoryTrees
from resolvers.context import Context
from schema.build import build_schema
from tests.transport.plan_documents import prepared, random_operation, shown_without_order
from transport.documents import PreparedOperation
from transport.executors import CoreExecutor
from transport.field_facts import graphql_schema
from transport.plan.executors import CompiledExecutor

T = TypeVar("T")

DEMO = Path(__file__).parents[2] / "demo" / "marketplace.ndjson"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SCHEMA = graphql_schema(build_schema())
USER = User(UUID(int=7), "https://issuer.test", "ada", None, NOW)
VISITOR = Viewer(None, frozenset(), "visitor:test")
VIEWER = Viewer(USER, frozenset({Role.USER}), "user:ada", display_name="Ada")
LISTINGS = 60


@cache
def dataset() -> Dataset:
    documents = [json.loads(line) for line in DEMO.read_text().splitlines()]
    listings = [each for each in documents if each["_type"] == "listing" and "." not in each["_id"]][:LISTINGS]
    sellers = {each["seller"]["_ref"] for each in listings}
    kept = [each for each in documents if each["_type"] in {"category", "contentPage", "faq", "promotion"}]
    kept += [each for each in documents if each["_type"] == "publicUser" and each["_id"] in sellers]
    return Dataset([*kept, *listings])


@cache
def arguments() -> dict[str, list[Any]]:
    """Texts that mean something to this schema, among others that do not."""
    found = list(dataset())
    ids = [encode_node_id("Listing", each["_id"]) for each in found if each["_type"] == "listing"][:5]
    ids += [encode_node_id("Category", each["_id"]) for each in found if each["_type"] == "category"][:3]
    ids += [encode_node_id("PublicUser", each["_id"]) for each in found if each["_type"] == "publicUser"][:3]
    slugs = [each["slug"]["current"] for each in found if each["_type"] in {"listing", "category"}]
    return {"ID": [*ids, "nothing", ""], "String": ["", "cape", "ZAR", *slugs[:4]], "Int": [1, 2, 3, 7, 0, 101]}


class StubbornContent:
    """The content store in memory; the queries of some tags fail, always the same under one seed."""

    keeps_answers = False

    def __init__(self, seed: int, kept: dict[Any, Any] | None = None) -> None:
        self._seed = seed
        self._kept = kept

    def at_hand(self, _question: object) -> None:
        """Every query takes its steps, so that it can fail."""

    async def found(self, read: Callable[[Any], T], groq: str, params: Mapping[str, Any], tag: str) -> T:
        """What `read` makes of an answer; the same records again where the world keeps them."""
        result = await self.query(groq, params, tag=tag)
        if self._kept is None:
            return read(result)
        return cast("T", self._kept.setdefault((read, groq, json.dumps(params)), read(result)))

    def fails(self, tag: str) -> bool:
        return Random(f"{self._seed} {tag}").random() < 0.12

    async def query(
        self,
        groq: str,
        params: Mapping[str, Any] | None = None,
        *,
        tag: str,
        perspective: Perspective = Perspective.PUBLISHED,
    ) -> Any:
        await asyncio.sleep(0)
        if self.fails(tag):
            raise UpstreamUnavailableError("content")
        return evaluate(parse(groq, dict(params or {})), dataset(), dict(params or {}))

    async def records(
        self,
        groq: str,
        params: Mapping[str, Any],
        read: Callable[[Any], T],
        *,
        tag: str,
        perspective: Perspective = Perspective.PUBLISHED,
    ) -> T:
        return await self.found(read, groq, params, tag)

    async def documents(self, ids: Sequence[str], *, tag: str) -> list[dict[str, Any] | None]:
        await asyncio.sleep(0)
        return [dataset().get(each) for each in ids]


class MemoryLoaders(Loaders):
    """The loaders of other systems answer from the key, or fail for it."""

    seed = 0

    @property
    def counters_by_listing(self) -> DataLoader[str, ListingCounters]:
        async def batch(ids: list[str]) -> list[Any]:
            await asyncio.sleep(0)
            if Random(f"{self.seed} counters").random() < 0.1:
                raise UpstreamUnavailableError("live")
            return [self.counted(each) for each in ids]

        return loader(batch)

    @property
    def viewer_state_by_listing(self) -> DataLoader[str, ViewerListingState]:
        async def batch(ids: list[str]) -> list[ViewerListingState]:
            return [ViewerListingState(each, has_liked=len(each) % 2 == 0, has_favourited=False) for each in ids]

        return loader(batch)

    def counted(self, listing_id: str) -> ListingCounters | Exception | None:
        roll = Random(f"{self.seed} {listing_id}").random()
        if roll < 0.1:
            return ValueError(f"no counters of {listing_id}")
        return None if roll < 0.2 else ListingCounters(listing_id, int(roll * 100), 2**31 if roll < 0.3 else 1, 0)


class WholeSelection(Selection):
    """One that cannot be narrowed: everything is fetched."""

    def narrow(self, needed: Needed | None) -> None:
        pass


def new_context(seed: int, kept: dict[Any, Any] | None = None, *, is_whole: bool = False) -> Context:
    content = cast("SanityClient", StubbornContent(seed, kept))
    away: Any = None
    sources = Sources(
        database=away,
        live=away,
        sanity=content,
        search=away,
        identity=away,
        clock=lambda: NOW,
        image_host=ImageHost("gavel", "test", "http://127.0.0.1:1"),
        default_currency="ZAR",
    )
    viewer = VIEWER if seed % 2 else VISITOR
    selection = WholeSelection() if is_whole else Selection()
    loaders = MemoryLoaders(sources, viewer, CategoryTrees(content), selection=selection)
    loaders.seed = seed
    return Context(
        viewer=viewer,
        sources=sources,
        loaders=loaders,
        request_id="r",
        now=NOW,
        spend=Spend(),
        staleness=Staleness(),
        selection=selection,
    )


async def joined_from_bytes(
    operation: PreparedOperation, variables: dict[str, Any], seed: int, *, executor: CompiledExecutor | None = None
) -> ExecutionResult:
    """The answer of an executor that splices, once others have asked the same and the records are known."""
    spliced, kept = executor or CompiledExecutor(SCHEMA, is_spliced=True), dict[Any, Any]()
    for other in (seed + 1, seed, seed + 1, seed):
        found = await spliced.execute(
            operation, variables=variables, context=new_context(other, kept), incremental=False
        )
    assert isinstance(found, ExecutionResult)
    return ExecutionResult(orjson.loads(orjson.dumps(found.data)), found.errors)


async def both(seed: int, kind: str = "query") -> tuple[ExecutionResult, ExecutionResult, str] | None:
    found = random_operation(SCHEMA, seed, kind, arguments())
    if found is None:
        return None
    operation, variables, source = found
    fell_back: list[str] = []
    compiled = CompiledExecutor(SCHEMA, on_fallback=lambda _, reason: fell_back.append(reason))
    core = await CoreExecutor(SCHEMA).execute(  # which reads whole records, the plan only what is selected
        operation, variables=variables, context=new_context(seed, is_whole=True), incremental=False
    )
    if kind == "query":  # somebody else asked before: nothing of their answer may show in this one
        await compiled.execute(operation, variables=variables, context=new_context(seed + 1), incremental=False)
    plan = await compiled.execute(operation, variables=variables, context=new_context(seed), incremental=False)
    assert isinstance(core, ExecutionResult)
    assert isinstance(plan, ExecutionResult)
    assert fell_back == []
    return core, plan, f"{source} {variables}"


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32))
def test_the_products_operations_get_graphql_cores_answer(seed: int) -> None:
    found = asyncio.run(both(seed))
    if found is not None:
        core, plan, source = found
        assert shown_without_order(plan) == shown_without_order(core), source


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_answers_joined_from_bytes_are_graphql_cores_too(seed: int) -> None:
    found = random_operation(SCHEMA, seed, "query", arguments())
    if found is None:
        return
    operation, variables, source = found
    core = asyncio.run(
        CoreExecutor(SCHEMA).execute(operation, variables=variables, context=new_context(seed), incremental=False)
    )
    assert isinstance(core, ExecutionResult)
    spliced = asyncio.run(joined_from_bytes(operation, variables, seed))
    assert shown_without_order(spliced) == shown_without_order(core), f"{source} {variables}"


FRAMED = """
query Framed($first: Int!) { listings(first: $first) { __typename pageInfo { endCursor } edges { cursor node {
  __typename id title slug status city tags price { amountMinor currency } category { id title slug }
  again: category { slug } seller { id displayName isVerified city } counters { views likes __typename }
  viewerState { hasLiked hasFavourited }
} } } }
"""


async def test_a_page_of_kept_records_is_joined_from_bytes_for_each_viewer() -> None:
    executor = CompiledExecutor(SCHEMA, is_spliced=True)
    operation = prepared(FRAMED)
    is_bytes = set()
    for seed in range(6):
        core = await CoreExecutor(SCHEMA).execute(
            operation, variables={"first": 20}, context=new_context(seed), incremental=False
        )
        assert isinstance(core, ExecutionResult)
        found = await joined_from_bytes(operation, {"first": 20}, seed, executor=executor)
        assert shown_without_order(found) == shown_without_order(core)
        assert not core.data or json.dumps(found.data) == json.dumps(core.data), "the keys stand in another order"
        kept: dict[Any, Any] = {}
        for _ in range(3):
            raw = await executor.execute(
                operation, variables={"first": 3}, context=new_context(seed, kept), incremental=False
            )
        assert isinstance(raw, ExecutionResult)
        is_bytes.add(isinstance((raw.data or {}).get("listings"), orjson.Fragment))
    assert is_bytes == {True, False}, "pages of both kinds were to be seen: joined, and with an error in them"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_the_products_mutations_get_graphql_cores_answer(seed: int) -> None:
    found = asyncio.run(both(seed, "mutation"))
    if found is not None:
        core, plan, source = found
        assert shown_without_order(plan) == shown_without_order(core), source


PAGE = """
query Page($first: Int!) { listings(first: $first) { pageInfo { hasNextPage endCursor } edges { cursor node {
  id title slug status publishedAt isPromoted city price { amountMinor currency formatted }
  images { url(width: 320) alt } category { title slug } categoryPath { title } attributes { label text }
  details { __typename } seller { id displayName isVerified kind listings(first: 2) { edges { node { title } } } }
  counters { views likes } viewerState { hasLiked }
} } } }
"""


async def test_the_listing_page_is_the_same_for_visitors_and_viewers() -> None:
    for seed in (1, 2, 3, 4):
        operation = prepared(PAGE)
        told = [
            await executor.execute(operation, variables={"first": 20}, context=new_context(seed), incremental=False)
            for executor in (CoreExecutor(SCHEMA), CompiledExecutor(SCHEMA))
        ]
        assert isinstance(told[0], ExecutionResult)
        assert isinstance(told[1], ExecutionResult)
        assert shown_without_order(told[1]) == shown_without_order(told[0])
