"""Chapter by chapter: the query text, its literals, its precedence, and how it is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engines.groq import GroqParameterError, GroqSyntaxError, evaluate, parse


def ask(query: str, documents: list[dict[str, Any]] | None = None, **params: Any) -> Any:
    return evaluate(parse(query, params), documents or [], params)


@pytest.mark.parametrize(
    "text",
    ['{"array": ["string", 3.14, true, null], "object": {"key": "value"}, "empty": {}}', '"\\ud83d\\ude05"', "-1.5e3"],
)
def test_json_is_a_query_that_answers_itself(text: str) -> None:
    assert ask(text) == json.loads(text)


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("'single'", "single"),
        ('"\\u{1F600}"', "\N{GRINNING FACE}"),
        ('"\\uD83D\\uDE00"', "\N{GRINNING FACE}"),
        (r'"\"\\\/\b\f\n\r\t"', '"\\/\b\f\n\r\t'),
        ('"a\nb"', "a\nb"),
        ("1 // a comment\n + 1", 2),
        ("1 // the last line needs no end", 1),
        ("\t\x0b\x0c\x85\xa01", 1),
        ("1e400", None),
        ("4E+2", 400),
        ("[1, 2,]", [1, 2]),
        ("[...[1], 2, ...null, ...[3]]", [1, 2, 3]),
    ],
)
def test_literals_and_white_space(query: str, answer: Any) -> None:
    assert ask(query) == answer


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("-2 ** 2", -4),
        ("2 ** 3 ** 2", 512),
        ("2 ** -1", 0.5),
        ("4 * 2 ** 3", 32),
        ("10 - 3 - 2", 5),
        ("10 % 4 * 2", 4),
        ("+-2", -2),
        ("!true == false", True),
        ("1 + 1 in 1 + 1..3", True),
        ("true || false && false", True),
        ("1 < 2 && 2 < 3", True),
    ],
)
def test_operators_bind_by_their_precedence(query: str, answer: Any) -> None:
    assert ask(query) == answer


@pytest.mark.parametrize(
    "query",
    [
        "",
        "1 2",
        "1 == 1 == 1",
        "1 < 2 < 3",
        "1..3",
        "[1][0..1.5]",
        "[1][1.5]",
        "[1][0..@]",
        "1 => 2",
        "(true => 1)",
        "select(1, true => 2)",
        "{a.b}",
        '{"a"}',
        "{@}",
        "name desc",
        "count()",
        "count(1, 2)",
        "nothing(1)",
        "nowhere::count(1)",
        "* | count()",
        "* | order()",
        "* | order(a => 1)",
        "order(a)",
        "boost(a, 1)",
        "*{a} | score(a == 1)",
        '"open',
        '"\\x"',
        '"\\ud83d"',
        "1e",
        "#",
        "before()",
        "delta::changedAny(a)",
        "diff::changedAny({}, {}, 1)",
        "diff::changedAny({}, {}, a[0])",
        "$",
        "$ name",
        "$missing",
    ],
)
def test_a_query_outside_of_the_grammar_is_refused(query: str) -> None:
    with pytest.raises(GroqSyntaxError) as refusal:
        parse(query, {})
    assert 0 <= refusal.value.start <= refusal.value.end <= len(query)
    assert refusal.value.message


def test_a_refusal_says_where_the_query_went_wrong() -> None:
    with pytest.raises(GroqSyntaxError) as refusal:
        parse('*[_type == "a" && ]', {})
    assert (refusal.value.start, refusal.value.end) == (18, 19)
    with pytest.raises(GroqSyntaxError) as refusal:
        parse("*[round(1, 2, 3) > 1]", {})
    assert (refusal.value.start, refusal.value.end) == (2, 16)


def test_a_parameter_that_nobody_gave_is_missed_at_evaluation() -> None:
    query = parse("$name")
    assert evaluate(query, [], {"name": "x"}) == "x"
    with pytest.raises(GroqParameterError, match=r"\$name"):
        evaluate(query, [])


def test_a_missing_parameter_is_named_even_where_brackets_depend_on_another() -> None:
    query = parse("[1, 2][$at] + $more")
    assert evaluate(query, [], {"at": 0, "more": 1}) == 2
    for params in ({}, {"at": 0}, {"more": 1}):
        with pytest.raises(GroqParameterError):
            evaluate(query, [], params)
    assert evaluate(parse("fn f::g($x) = $x{n}; f::g({'n': 1})"), []) == {"n": 1}


def test_one_query_serves_every_value_of_a_parameter_in_brackets() -> None:
    query = parse("[[1, 2, 3], {'a': 4}][0][$at]")
    assert evaluate(query, [], {"at": 1}) == 2
    assert evaluate(query, [], {"at": -1}) == 3
    assert evaluate(query, [], {"at": True}) == [1, 2, 3]
    assert evaluate(parse("{'a': 4}[$at]"), [], {"at": "a"}) == 4
    slices = parse("[1, 2, 3, 4][$from...$to]", {"from": 0, "to": 1})
    assert [evaluate(slices, [], {"from": 0, "to": size}) for size in (1, 2, 3)] == [[1], [1, 2], [1, 2, 3]]


def test_parameters_may_carry_any_json() -> None:
    assert ask("$a[0].b + $n", a=[{"b": 1}], n=1.5) == 2.5
    assert ask("*[_id in $ids]._id", [{"_id": "x"}, {"_id": "y"}], ids=["y"]) == ["y"]


def test_words_of_the_language_can_name_attributes() -> None:
    document = {"_id": "k", "in": 1, "match": 2, "asc": 3, "desc": 4}
    assert ask("*[0]{in, match, asc, desc}", [document]) == {"in": 1, "match": 2, "asc": 3, "desc": 4}
