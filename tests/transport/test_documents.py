"""What is decided before execution: limits, merging, variables, and never for long."""

import asyncio
import gc
import time

import pytest
from graphql import OverlappingFieldsCanBeMergedRule, parse, specified_rules, validate
from graphql.validation import NoUndefinedVariablesRule, NoUnusedVariablesRule, VariablesInAllowedPositionRule
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries

from bench.limits.bombs import FAMILIES
from tests.transport import market
from tests.transport.conftest import build, connect_to
from transport.documents import Documents, PreparedOperation
from transport.errors import Refused
from transport.field_facts import derive_field_facts, graphql_schema
from transport.merging import FieldsMergeRule
from transport.options import Limits, TransportOptions
from transport.variable_rules import VariablesRule

DROPPED = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""graphql-core drops coroutines that it has not begun when a deadline cancels their parent."""

CORE = graphql_schema(market.schema)
FACTS = derive_field_facts(CORE)


def documents(limits: Limits | None = None) -> Documents:
    return Documents(CORE, FACTS, TransportOptions(limits=limits or Limits()))


async def message_for(source: str, limits: Limits | None = None) -> str | None:
    found = await documents(limits).prepare(source, None)
    return str(found.errors[0]["message"]) if isinstance(found, Refused) else None


async def price(source: str, **variables: object) -> tuple[int, int]:
    found = await documents(Limits(depth=99)).prepare(source, None)
    assert isinstance(found, PreparedOperation), found
    estimate = found.estimate(FACTS, variables)
    return estimate.cost, estimate.depth


@pytest.fixture(scope="module")
def nothing_to_collect() -> None:
    """The heap of the test run is set aside."""
    gc.collect()
    gc.freeze()


@pytest.mark.alone
@pytest.mark.usefixtures("nothing_to_collect")
@pytest.mark.parametrize("size", [1024, 4096, 16384])
@pytest.mark.parametrize("family", FAMILIES)
async def test_any_document_is_decided_within_50_ms_of_loop_time(family: str, size: int) -> None:
    """Time is this thread's CPU time, and a busy machine gets eight chances."""
    source = FAMILIES[family](size)
    for _ in range(8):
        fresh = documents()
        started = time.thread_time()
        found = await fresh.prepare(source, None)
        if isinstance(found, PreparedOperation):
            found.estimate(FACTS, {})
        if (taken := time.thread_time() - started) < 0.05:
            return
    raise AssertionError(f"{taken * 1000:.0f} ms")


async def test_bombs_that_would_execute_without_end_are_refused() -> None:
    limits = Limits()
    for family in ("alias ladder", "page of pages"):
        found = await documents().prepare(FAMILIES[family](1024), None)
        if isinstance(found, PreparedOperation):
            assert found.estimate(FACTS, {}).cost > limits.cost, family


@pytest.mark.parametrize(
    ("source", "limits", "words"),
    [
        ("{ a: hello b: hello c: hello }", Limits(aliases=2), "2 aliases"),
        ("{ hello hello hello hello }", Limits(repeats=2), "2 repeated fields"),
        ("{ hello me serial }", Limits(root_fields=2), "2 root fields"),
        ("{ ...A ...A } fragment A on Query { hello me }", Limits(root_fields=3), "3 root fields"),
        ("{ hello @skip(if: false) @include(if: true) }", Limits(directives_per_field=1), "1 directives in one place"),
        ("{ ...A } fragment A on Query { hello } fragment B on Query { me }", Limits(fragments=1), "1 fragments"),
        ("query A { hello } query B { hello }", Limits(operations=1), "1 operations"),
        ("query ($a: Int, $b: Int) { echo(numbers: [$a, $b]) }", Limits(variables=1), "1 variables"),
        ("{ echo(numbers: [1, 2, 3]) }", Limits(list_items=2), "2 items in one list"),
        ('mutation { a: redeem(code: "1") b: redeem(code: "2") }', Limits(), "1 selections of redeem"),
        ("{ hello me }", Limits(tokens=3), "more than 3 tokens"),
        ("{ node(id: 1) { id } }", Limits(nesting=1), "more than 1 levels"),
        ("{ hello }", Limits(document_bytes=5), "longer than 5 bytes"),
    ],
)
async def test_every_bound_names_itself(source: str, limits: Limits, words: str) -> None:
    assert words in (await message_for(source, limits) or "")


async def test_pages_multiply_and_fragments_are_priced_where_they_are_spread() -> None:
    assert await price("{ listings(first: 5) { edges { cursor node { title seller { name } } } } }") == (1 + 5 * 2, 5)
    assert await price("{ listings(first: 5) { ...C } } fragment C on ListingConnection { edges { node { id } } }") == (
        6,
        4,
    )
    assert await price("query($n: Int = 3) { listings(first: $n) { edges { node { id } } } }") == (4, 4)
    assert await price("query($n: Int = 3) { listings(first: $n) { edges { node { id } } } }", n=7) == (8, 4)
    assert await price("{ listings { edges { node { similar(first: 4) { id } } } } }") == (1 + 10 * (1 + 4), 5)


async def test_fragments_on_different_objects_exclude_each_other() -> None:
    both = '{ search(text: "a") { ... on Listing { seller { id } } ... on User { id } } }'
    one = '{ search(text: "a") { ... on Listing { seller { id } } } }'
    assert await price(both) == await price(one)


async def test_the_price_is_looked_up_again_only_for_other_page_sizes() -> None:
    found = await documents().prepare(
        "query($n: Int, $t: String) { listings(first: $n, after: $t) { edges { cursor } } }", None
    )
    assert isinstance(found, PreparedOperation)
    first = found.estimate(FACTS, {"n": 2, "t": "a"})
    assert found.estimate(FACTS, {"n": 2, "t": "b"}) is first
    assert found.estimate(FACTS, {"n": 3, "t": "b"}) is not first


def keys_in(value: object) -> int:
    if isinstance(value, dict):
        return len(value) + sum(keys_in(item) for item in value.values())
    return sum(keys_in(item) for item in value) if isinstance(value, list) else 0


@DROPPED
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(queries(market.schema.as_str(), allow_x00=False))
def test_the_price_is_never_less_than_what_execution_resolves(source: str) -> None:
    async def compare() -> None:
        endpoint = build(TransportOptions(limits=Limits(query_seconds=2)))
        operations = endpoint.operations
        found = await operations.documents.prepare(source, None)
        if isinstance(found, PreparedOperation) and (estimate := found.estimate(FACTS, {})).cost <= 1000:
            async with connect_to(endpoint) as client:
                response = await client.post("/graphql", json={"query": source})
            if "DEADLINE_EXCEEDED" in response.text:
                gc.collect()
            assert keys_in(response.json().get("data")) <= estimate.fields

    asyncio.run(compare())


names = st.sampled_from(
    ["a: title", "a: price", "title", "price", "a: similar(first: 1) { title }", "a: similar { a: id }"]
)


@st.composite
def overlapping(draw: st.DrawFn) -> str:
    """Documents in which fields meet under one name, sometimes rightly."""

    def selections(depth: int) -> str:
        parts = draw(st.lists(names, min_size=1, max_size=3))
        if depth:
            parts += [f"s: similar {{ {selections(depth - 1)} }}" for _ in range(draw(st.integers(0, 2)))]
            parts += [f"... on Listing {{ {selections(depth - 1)} }}" for _ in range(draw(st.integers(0, 1)))]
            parts += ["...F"] * draw(st.integers(0, 1))
        return " ".join(parts)

    return (
        f"{{ listings {{ edges {{ node {{ {selections(2)} ...F }} }} }} }} fragment F on Listing {{ {selections(0)} }}"
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(overlapping())
def test_merging_agrees_with_graphql_core(source: str) -> None:
    document = parse(source)
    theirs = validate(CORE, document, [OverlappingFieldsCanBeMergedRule])
    ours = validate(CORE, document, [FieldsMergeRule])
    assert bool(theirs) == bool(ours), source


values = st.sampled_from(["$a", "$b", "$c", "[$a]", "[1, $b]", "1"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from(["$a: Int", "$b: [Int!]", "$c: String", "$b: Int!", "$a: Int! = 1"]),
        max_size=3,
        unique_by=lambda d: d[:2],
    ),
    st.lists(st.tuples(st.sampled_from(["numbers", "text", "ratio"]), values), max_size=3),
    st.lists(st.tuples(st.sampled_from(["numbers", "text"]), values), max_size=2),
)
def test_variable_rules_agree_with_graphql_core(
    definitions: list[str], uses: list[tuple[str, str]], more: list[tuple[str, str]]
) -> None:
    def fields(chosen: list[tuple[str, str]]) -> str:
        return " ".join(f"f{index}: echo({name}: {value})" for index, (name, value) in enumerate(chosen)) or "hello"

    head = f"query Q({', '.join(definitions)})" if definitions else "query Q"
    document = parse(f"{head} {{ {fields(uses)} ...F }} fragment F on Query {{ me {fields(more)} }}")
    core = [NoUndefinedVariablesRule, NoUnusedVariablesRule, VariablesInAllowedPositionRule]
    theirs = sorted(error.message for error in validate(CORE, document, core))
    ours = sorted(error.message for error in validate(CORE, document, [VariablesRule]))
    assert ours == theirs


def test_every_other_rule_of_graphql_core_is_in_force() -> None:
    rules = build().operations.documents._rules
    known = {rule.__name__ for rule in rules} | {"OverlappingFieldsCanBeMergedRule"}
    replaced = {"NoUndefinedVariablesRule", "NoUnusedVariablesRule", "VariablesInAllowedPositionRule"}
    assert {rule.__name__ for rule in specified_rules} - known == replaced
