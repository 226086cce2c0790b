"""Filters of the local search server, against an evaluation that looks at every document."""

import math
import random
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.search_server.bitmaps import numbers_of
from engines.search_server.columns import SortedNumbers
from engines.search_server.contents import Contents, Entry
from engines.search_server.filter_grammar import parse_filter
from engines.search_server.filter_matches import matching
from engines.search_server.filter_tree import WithinRadius
from engines.search_server.problems import ApiError
from engines.search_server.settings import default_settings, updated

unhurried = settings(deadline=None, max_examples=50)  # each example opens an index, which a busy machine delays

SETTINGS = updated(default_settings(), {"filterableAttributes": ["a", "b", "tags", "_geo"]})
ATTRIBUTES = ("a", "b.c", "tags")

texts = st.sampled_from(["", "red", "Red", "BLUE", "blue sky", "5", "-1.5", 'it"s', "naïve", "x y"])
numbers = st.one_of(st.integers(-6, 6), st.sampled_from([-1.5, 0.25, 5.0, 1e9]))
scalars = st.one_of(texts, numbers, st.booleans(), st.none())
values = st.one_of(scalars, st.lists(scalars, max_size=3))
points = st.fixed_dictionaries({"lat": st.floats(-60, 60), "lng": st.floats(-179, 179)})
documents = st.fixed_dictionaries(
    {},
    optional={
        "a": values,
        "b": st.one_of(st.fixed_dictionaries({}, optional={"c": values}), scalars),
        "tags": st.lists(texts, max_size=3),
        "_geo": points,
    },
)
collections = st.lists(documents, max_size=12)


def quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


def spelled(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else quoted(str(value))


wanted = st.one_of(texts, numbers, st.booleans()).map(spelled)
attributes = st.sampled_from(ATTRIBUTES)
finite = st.one_of(numbers.map(str), numbers.map(lambda number: quoted(str(number))))
conditions = st.one_of(
    st.tuples(attributes, st.sampled_from(["=", "!="]), wanted).map(" ".join),
    st.tuples(attributes, st.sampled_from(["<", "<=", ">", ">="]), finite).map(" ".join),
    st.tuples(attributes, finite, finite).map(lambda parts: f"{parts[0]} {parts[1]} TO {parts[2]}"),
    st.tuples(attributes, st.lists(wanted, max_size=3)).map(lambda parts: f"{parts[0]} IN [{', '.join(parts[1])}]"),
    st.tuples(attributes, st.lists(wanted, max_size=3)).map(lambda parts: f"{parts[0]} NOT IN [{', '.join(parts[1])}]"),
    st.tuples(
        attributes,
        st.sampled_from(["EXISTS", "NOT EXISTS", "IS NULL", "IS NOT NULL", "IS EMPTY", "IS NOT EMPTY"]),
    ).map(" ".join),
    st.tuples(attributes, st.sampled_from(["CONTAINS", "NOT CONTAINS", "STARTS WITH"]), texts.map(quoted)).map(
        " ".join
    ),
    st.tuples(st.integers(-60, 60), st.integers(-179, 179), st.integers(0, 9_000_000)).map(
        lambda circle: f"_geoRadius({circle[0]}, {circle[1]}, {circle[2]})"
    ),
    st.tuples(st.integers(-50, 60), st.integers(-179, 179), st.integers(0, 40), st.integers(-179, 179)).map(
        lambda box: f"_geoBoundingBox([{box[0]}, {box[1]}], [{box[0] - box[2]}, {box[3]}])"
    ),
)
filters = st.recursive(
    conditions,
    lambda inner: st.one_of(
        inner.map(lambda part: f"NOT ({part})"),
        st.tuples(inner, st.sampled_from([" AND ", " OR "]), inner).map(lambda parts: f"({''.join(parts)})"),
    ),
    max_leaves=6,
)


def leaves(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item) if leaf is not None and leaf != ""]
    return [] if isinstance(value, dict) else [value]


def held(document: dict[str, Any], attribute: str) -> tuple[bool, Any]:
    value: Any = document
    for name in attribute.split("."):
        if not isinstance(value, dict) or name not in value:
            return False, None
        value = value[name]
    return True, value


def same(value: Any, text: str) -> bool:
    if isinstance(value, bool):
        return text.lower() == ("true" if value else "false")
    if isinstance(value, str):
        return folded(value) == folded(text)
    return bool(spelled_number(text) == value)


def folded(text: str) -> str:
    return text.strip().lower().replace("ï", "i")


def spelled_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def expected(document: dict[str, Any], node: Any) -> bool:
    kind = type(node).__name__
    if kind == "Not":
        return not expected(document, node.inner)
    if kind in {"All", "AnyOf"}:
        return (all if kind == "All" else any)(expected(document, part) for part in node.parts)
    if kind.startswith("Within"):
        return "_geo" in document and located(document["_geo"], node)
    exists, value = held(document, node.attribute)
    found = [leaf for leaf in leaves(value) if leaf is not None]
    if node.operator in {"=", "IN"}:
        return any(same(leaf, text) for leaf in found for text in node.values)
    if node.operator == "!=":
        return not any(same(leaf, node.values[0]) for leaf in found)
    if node.operator in {"EXISTS", "NULL", "EMPTY"}:
        return exists and (
            node.operator == "EXISTS" or (value is None if node.operator == "NULL" else value in ("", [], {}))
        )
    words = [folded(leaf) if isinstance(leaf, str) else spelled(leaf) for leaf in found if isinstance(leaf, str | bool)]
    if node.operator == "CONTAINS":
        return any(folded(node.values[0]) in word for word in words)
    if node.operator == "STARTS WITH":
        return any(word.startswith(folded(node.values[0])) for word in words)
    sizes = [leaf for leaf in found if isinstance(leaf, int | float) and not isinstance(leaf, bool)]
    first = float(node.values[0])
    if node.operator == "TO":
        return any(first <= size <= float(node.values[1]) for size in sizes)
    compare = {"<": first.__gt__, "<=": first.__ge__, ">": first.__lt__, ">=": first.__le__}[node.operator]
    return any(compare(float(size)) for size in sizes)


def located(place: dict[str, float], node: Any) -> bool:
    latitude, longitude = place["lat"], place["lng"]
    if type(node).__name__ == "WithinBox":
        is_between = (
            node.left <= longitude <= node.right
            if node.left <= node.right
            else longitude >= node.left or longitude <= node.right
        )
        return bool(node.bottom <= latitude <= node.top and is_between)
    first, second = math.radians(latitude), math.radians(node.latitude)
    turn = math.radians(longitude - node.longitude)
    chord = math.sin((first - second) / 2) ** 2 + math.cos(first) * math.cos(second) * math.sin(turn / 2) ** 2
    return bool(2 * 6_372_797.560856 * math.asin(min(1.0, math.sqrt(chord))) <= node.metres)


def filled(given_documents: list[dict[str, Any]]) -> Contents:
    contents = Contents(SETTINGS)
    put(contents, given_documents)
    return contents


def put(contents: Contents, given_documents: list[dict[str, Any]], start: int = 0) -> None:
    contents.change(
        Entry(str(number), orjson.dumps(document), document) for number, document in enumerate(given_documents, start)
    )


def found_ids(contents: Contents, text: object) -> set[str]:
    ids = {number: key for key, number in contents.number_by_id.items()}
    return {ids[number] for number in numbers_of(matching(contents, parse_filter(text)))}


@unhurried
@given(collections, st.lists(filters, min_size=1, max_size=8))
def test_a_filter_finds_what_looking_at_every_document_finds(
    given_documents: list[dict[str, Any]], given_filters: list[str]
) -> None:
    contents = filled(given_documents)
    for text in given_filters:
        tree = parse_filter(text)
        truth = {str(number) for number, document in enumerate(given_documents) if expected(document, tree)}
        assert found_ids(contents, text) == truth, text


@unhurried
@given(collections, collections, filters)
def test_replaced_and_removed_documents_leave_nothing_behind(
    first: list[dict[str, Any]], second: list[dict[str, Any]], text: str
) -> None:
    contents = filled(first)
    put(contents, second, start=2)
    contents.change((), ["0", "5"])
    remaining = dict(enumerate(first)) | dict(enumerate(second, 2))
    remaining = {number: document for number, document in remaining.items() if number not in {0, 5}}
    tree = parse_filter(text)
    truth = {str(number) for number, document in remaining.items() if expected(document, tree)}
    assert found_ids(contents, text) == truth
    assert found_ids(contents.compacted(SETTINGS), text) == truth


@pytest.mark.parametrize("is_open_low", [True, False])
@pytest.mark.parametrize("is_open_high", [True, False])
def test_a_range_over_many_documents_finds_exactly_its_numbers(*, is_open_low: bool, is_open_high: bool) -> None:
    draw = random.Random(3)
    stored = [draw.randint(-500, 500) for _ in range(4000)]
    column = SortedNumbers()
    for number, value in enumerate(stored):
        column.add(float(value), number)
        if number % 1500 == 0:
            column.between(0, 0)
    for _ in range(60):
        low, high = draw.randint(-520, 520), draw.randint(-520, 520)
        found = column.between(float(low), float(high), open_low=is_open_low, open_high=is_open_high)
        truth = {
            number
            for number, value in enumerate(stored)
            if (low < value if is_open_low else low <= value) and (value < high if is_open_high else value <= high)
        }
        assert set(numbers_of(found)) == truth


@pytest.mark.parametrize("latitude", [0, -26, 60, -80, 88])
@pytest.mark.parametrize("longitude", [28, -179.9])
def test_a_circle_is_exact_to_its_edge(latitude: float, longitude: float) -> None:
    draw = random.Random(4)
    for metres in (1_000, 50_000, 450_000, 3_000_000):
        reach = metres / 111_000
        width = min(180.0, reach / max(0.02, math.cos(math.radians(latitude))))
        places = [
            {
                "lat": max(-90.0, min(90.0, latitude + draw.uniform(-1.2, 1.2) * reach)),
                "lng": (longitude + draw.uniform(-1.2, 1.2) * width + 180) % 360 - 180,
            }
            for _ in range(400)
        ]
        circle = WithinRadius(latitude, longitude, metres)
        truth = {str(number) for number, place in enumerate(places) if located(place, circle)}
        text = f"_geoRadius({latitude}, {longitude}, {metres})"
        assert found_ids(filled([{"_geo": place} for place in places]), text) == truth
        assert 0 < len(truth) < 400


def test_a_list_joins_with_and_and_a_list_inside_it_with_or() -> None:
    contents = filled([{"a": 1, "tags": ["x"]}, {"a": 2, "tags": ["x"]}, {"a": 3, "tags": ["y"]}])
    assert found_ids(contents, [["a = 1", "a = 3"], "tags = x"]) == {"0"}
    assert found_ids(contents, ["tags = x", []]) == {"0", "1"}
    assert found_ids(contents, []) == {"0", "1", "2"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a =", "Expected a value"),
        ("a = 1 b = 2", "unexpected characters at the end"),
        ("(a = 1", r"Expected `\)`"),
        ("a = OR", "reserved words need quotes"),
        ("a % 2", "unexpected characters"),
        ("_geoRadius(1, 2)", "Expected `,`"),
        ("_geoRadius(91, 2, 3)", "latitude"),
        ("_geoRadius(1, 2, x)", "Expected a number"),
        ("_geoBoundingBox([1, 2], [3, 4])", "below its bottom"),
        ("secret = 1", "is not filterable"),
        ("a NOT 1", "Expected `TO`"),
        ("(" * 200 + "a = 1" + ")" * 200, "levels deep"),
        (" OR ".join(["a = 1"] * 4000), "at most 3000"),
        ({"a": 1}, "expected String, Array"),
        ([["a = 1", ["b = 2"]]], "found something else"),
    ],
)
def test_an_ill_formed_filter_is_refused_with_its_place(text: object, sentence: str) -> None:
    with pytest.raises(ApiError, match=sentence) as caught:
        found_ids(filled([{"a": 1}]), text)
    assert caught.value.code == "invalid_search_filter"
