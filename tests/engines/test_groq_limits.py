"""Nothing that a query says can make the engine run away."""

from __future__ import annotations

import inspect
import sys
import time
from contextlib import suppress
from typing import Any

import pytest

from engines.groq import Dataset, GroqError, GroqLimitError, GroqSyntaxError, Limits, evaluate, parse

LENGTH = 100_000
DOCUMENTS = [{"_id": f"d{number}", "n": number, "a": [1, 2, 3]} for number in range(2_000)]


def repeated(text: str) -> str:
    return text * (LENGTH // len(text))


LONG = {
    "a chain of conditions": "*[" + " || ".join(['_id == "x"'] * 7_000) + "]",
    "a sum": "+".join(["1"] * 50_000),
    "a power": "**".join(["1"] * 30_000),
    "parentheses": "(" * 50_000 + "1" + ")" * 50_000,
    "arrays within each other": "[" * 50_000 + "]" * 50_000,
    "objects within each other": '{"a":' * 16_000 + "1" + "}" * 16_000,
    "minus signs": "-" * LENGTH + "1",
    "filters within each other": "*[" * 30_000 + "1" + "]" * 30_000,
    "filters after each other": "*" + repeated("[true]"),
    "attributes": "a" + repeated(".a"),
    "arrays through arrays": "a" + repeated(".a[]"),
    "references": "a" + repeated("->"),
    "projections": "*[0]" + repeated('{"a":@}'),
    "pipes": "*" + repeated("|order(n)"),
    "parents": "^" + repeated(".^"),
    "calls": repeated("lower(") + '"a"',
    "functions": "".join(f"fn a::f{number}($x) = $x{{n}};" for number in range(3_000)) + "1",
    "a comment": "//" + "x" * LENGTH,
    "a string": '"' + "x" * LENGTH + '"',
    "elements": "[" + repeated("1,") + "]",
    "ranges": repeated("1.."),
    "membership": "1" + repeated(" in [1]"),
}


@pytest.mark.parametrize("query", LONG.values(), ids=LONG.keys())
def test_a_long_query_ends_in_bounded_time(query: str) -> None:
    began = time.monotonic()
    with suppress(GroqError):
        evaluate(parse(query, {}), DOCUMENTS[:50], limits=Limits(seconds=0.3))
    assert time.monotonic() - began < 15.0


GROWING = {
    "strings": '{"x":"aaaaaaaa"}' + '{"x":x+x}' * 100,
    "arrays": '{"x":[1,1]}' + '{"x":x+x}' * 100,
    "spread arrays": '{"x":[1,1]}' + '{"x":[...x,...x]}' * 100,
    "shared arrays": '{"x":[1,1]}' + '{"x":[x,x]}' * 60,
    "products of the dataset": '*{"x": *{"x": *{"x": *[n != ^.n]}}}',
    "wide projections": "*{" + ",".join(f'"a{number}":n' for number in range(8_000)) + "}",
    "letters": '*{"x": string::split("' + "x" * 90_000 + '", "")}',
    "functions": "fn a::f0($x) = $x{n};"
    + "".join(f'fn a::f{n}($x) = $x{{"a": a::f{n - 1}(@), "b": a::f{n - 1}(@)}};' for n in range(1, 40))
    + "a::f39(*[0])",
    "scans within scans": "*[count(*[count(*[n > ^.n && n < ^.^.n]) > 0]) > 0]",
}


@pytest.mark.parametrize("query", GROWING.values(), ids=GROWING.keys())
def test_a_short_query_with_an_endless_answer_is_stopped_by_name(query: str) -> None:
    began = time.monotonic()
    with pytest.raises(GroqLimitError):
        evaluate(parse(query, {}), DOCUMENTS, limits=Limits(seconds=0.5, working_bytes=60_000_000))
    assert time.monotonic() - began < 15.0


def test_uncorrelated_scans_within_each_other_are_read_once() -> None:
    query = "*[count(*[count(*[count(*[count(*[count(*) > 0]) > 0]) > 0]) > 0]) > 0]._id"
    assert len(evaluate(parse(query), DOCUMENTS, limits=Limits(seconds=2.0))) == len(DOCUMENTS)


def test_each_limit_can_be_set() -> None:
    everything = parse("*")
    with pytest.raises(GroqLimitError, match="more than 100 values"):
        evaluate(everything, DOCUMENTS, limits=Limits(result_values=100))
    nested: Any = 1
    for _ in range(30):
        nested = [nested]
    with pytest.raises(GroqLimitError, match="deeper than 20"):
        evaluate(parse("$x"), [], {"x": nested}, limits=Limits(result_depth=20))
    with pytest.raises(GroqLimitError, match="0 s"):
        evaluate(parse("*[*[n > ^.n][0].n > 3]"), DOCUMENTS, limits=Limits(seconds=0))
    with pytest.raises(GroqSyntaxError, match="longer than"):
        parse("1" * 1_000_001)


def test_a_deep_stack_of_callers_gets_a_named_error_too() -> None:
    query = '{"a":' * 35 + "1" + "}" * 35

    def call(depth: int) -> Any:
        return call(depth - 1) if depth else evaluate(parse(query, {}), [])

    assert call(0)["a"]
    room = sys.getrecursionlimit() - len(inspect.stack(0)) - 60
    with pytest.raises(GroqError, match="nested too deeply"):
        call(room)


def test_shapes_with_too_many_corners_are_refused_by_name() -> None:
    teeth = [[number % 2 * 50, number / 1000] for number in range(30_000)]
    corners = [*teeth, [60, 31], [60, -1], [0, -1]]
    polygon = {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}
    with pytest.raises(GroqLimitError, match="corners"):
        evaluate(parse("geo($x)"), [], {"x": polygon})


def test_a_pattern_with_many_wildcards_is_matched_in_linear_time() -> None:
    began = time.monotonic()
    assert evaluate(parse("$x match $p"), [], {"x": "a" * 50_000, "p": "a*" * 400 + "b"}) is False
    assert evaluate(parse("$x in path($p)"), [], {"x": "a." * 2_000, "p": "**.*." * 200 + "b"}) is False
    assert time.monotonic() - began < 5.0


def test_a_dataset_is_not_touched_by_a_query_that_fails() -> None:
    dataset = Dataset([{"_id": "a", "n": 1}])
    with pytest.raises(GroqLimitError):
        evaluate(parse('{"x":[1,1]}' + '{"x":x+x}' * 100), dataset)
    assert list(dataset) == [{"_id": "a", "n": 1}]
