"""Operators: three-valued logic, equality and comparison across types, arithmetic, in and match."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.groq import evaluate, parse


def ask(query: str, documents: list[dict[str, Any]] | None = None, **params: Any) -> Any:
    return evaluate(parse(query, params), documents or [], params)


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("true && null", None),
        ("false && null", False),
        ("null && false", False),
        ("1 && true", None),
        ("true || null", True),
        ("null || true", True),
        ("false || null", None),
        ("false || 1", None),
        ("!null", None),
        ("!1", None),
        ("!false", True),
        ("true && true && null && false", False),
        ("false || null || true", True),
    ],
)
def test_logic_has_three_values(query: str, answer: Any) -> None:
    assert ask(query) is answer


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("null == null", True),
        ("1 == null", False),
        ("1 == 1.0", True),
        ("1 == true", False),
        ("0 != false", True),
        ('"1" == 1', False),
        ("[] == []", False),
        ("[] != []", True),
        ("{} != {}", True),
        ('dateTime("2020-01-01T00:00:00Z") == dateTime("2020-01-01T01:00:00+01:00")', True),
        ('dateTime("2020-01-01T00:00:00Z") == "2020-01-01T00:00:00Z"', False),
        ("1 < true", None),
        ('"a" < "b"', True),
        ('"\N{GRINNING FACE}" > "\uffff"', True),
        ("false < true", True),
        ("null <= null", None),
        ("[] < []", None),
        ("2 >= 2", True),
    ],
)
def test_equality_and_order_never_cross_types(query: str, answer: Any) -> None:
    assert ask(query) is answer


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("1 + true", None),
        ('"a" + "b"', "ab"),
        ('"a" + 1', None),
        ("[1] + [2]", [1, 2]),
        ('{"a": 1, "b": 1} + {"b": 2}', {"a": 1, "b": 2}),
        ("1 / 0", None),
        ("0 / 0", None),
        ("7 / 2", 3.5),
        ("6 / 2", 3),
        ("-5 % 3", -2),
        ("5 % -3", 2),
        ("5.5 % 2", 1.5),
        ("5 % 0", None),
        ("(-8) ** 0.5", None),
        ("2 ** 5000", None),
        ("0 ** -1", None),
        ("-true", None),
        ('+"1"', None),
        ('dateTime("2020-01-01T00:00:00Z") + 0.25', "2020-01-01T00:00:00.250Z"),
        ('dateTime("2020-01-01T00:00:00Z") - 86400', "2019-12-31T00:00:00Z"),
        ('dateTime("2020-01-02T00:00:00Z") - dateTime("2020-01-01T00:00:00Z")', 86400),
        ('dateTime("9999-12-31T23:59:59Z") + 1e12', None),
    ],
)
def test_arithmetic_answers_null_where_it_has_no_answer(query: str, answer: Any) -> None:
    assert ask(query) == answer
    assert type(ask(query)) is type(answer)


@given(st.integers(-(2**60), 2**60), st.integers(-(2**60), 2**60), st.sampled_from(["+", "-", "*"]))
def test_whole_numbers_are_exact_as_long_as_doubles_are(left: int, right: int, operator: str) -> None:
    result = ask(f"$left {operator} $right", left=left, right=right)
    exact = {"+": left + right, "-": left - right, "*": left * right}[operator]
    if abs(exact) <= 2**53:
        assert type(result) is int
        assert result == exact
    else:
        assert result == float(exact)


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("1 in [1.0]", True),
        ("true in [1]", False),
        ("null in [null]", True),
        ("[] in [[]]", False),
        ('"a" in "abc"', None),
        ('"a" in null', None),
        ("2 in 1..2", True),
        ("2 in 1...2", False),
        ("2 in (1..2)", True),
        ('2 in "a".."b"', None),
        ('"b" in "a".."c"', True),
        ('"a.b" in path("a.*")', True),
        ('"a.b.c" in path("a.*")', False),
        ('"a.b.c" in path("a.**")', True),
        ('path("a.b") in path("a.*")', True),
        ("1 in path('a')", None),
    ],
)
def test_membership(query: str, answer: Any) -> None:
    assert ask(query) is answer


@pytest.mark.parametrize(
    ("text", "pattern", "answer"),
    [
        ("The quick brown fox", "quick", True),
        ("The quick brown fox", "QUICK fox", True),
        ("The quick brown fox", "qui", False),
        ("The quick brown fox", "qui*", True),
        ("The quick brown fox", "*ick", True),
        ("The quick brown fox", "q*c*", True),
        ("The quick brown fox", "quick hound", False),
        ("The quick brown fox", ["quick", "fo*"], True),
        ("The quick brown fox", ["quick", 1], False),
        ("foo-bar, baz/qux@home", "bar qux home", True),
        ("version 1.5.", "1.5", True),
        ("", "*", False),
        ("anything", "", False),
        ("anything", [], False),
        (["one text", "another"], "another one", True),
        (["one", 2, None], "one", True),
        (None, "x", False),
        ("x", None, False),
        ("посчастливится!", "посч*", True),
    ],
)
def test_match_compares_whole_words(text: Any, pattern: Any, answer: bool) -> None:  # noqa: FBT001 - a table
    assert ask("$text match $pattern", text=text, pattern=pattern) is answer


@given(st.lists(st.sampled_from("ab"), max_size=12), st.lists(st.sampled_from("ab*"), min_size=1, max_size=8))
def test_wildcards_mean_what_a_regular_expression_would(letters: list[str], pattern: list[str]) -> None:
    word, term = "".join(letters), "".join(pattern)
    expected = bool(word) and re.fullmatch(term.replace("*", ".*"), word) is not None
    assert ask("$word match $term", word=word, term=term) is expected


@given(st.lists(st.sampled_from(["a", "b", ""]), min_size=1, max_size=6).map(".".join), st.data())
def test_a_path_means_what_a_regular_expression_would(text: str, data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.sampled_from(["a", "b", "*", "**"]), min_size=1, max_size=5))
    expression = r"\.".join({"*": "[^.]+", "**": ".*"}.get(part, part) for part in parts)
    assert ask("$text in path($path)", text=text, path=".".join(parts)) is (re.fullmatch(expression, text) is not None)
