"""order() and score()."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engines.groq import evaluate, parse


def ask(query: str, documents: list[dict[str, Any]] | None = None, **params: Any) -> Any:
    return evaluate(parse(query, params), documents or [], params)


MIXED = '[3, "b", null, true, 1.5, "a", false, dateTime("2020-01-01T00:00:00Z")]'


def test_types_have_an_order_of_their_own() -> None:
    ordered = ["2020-01-01T00:00:00Z", 1.5, 3, "a", "b", False, True, None]
    assert ask(f"{MIXED} | order(@)") == ordered
    assert ask(f"{MIXED} | order(@ desc)") == ordered[::-1]


def test_arrays_objects_and_null_are_equal_and_last() -> None:
    values = [{"k": [], "n": 1}, {"k": None, "n": 2}, {"k": {}, "n": 3}, {"k": 0, "n": 4}]
    assert ask("$values | order(k)", values=values) == [values[3], *values[:3]]
    assert ask("$values | order(k desc)", values=values) == [*values[:3], values[3]]


def test_several_keys_count_from_left_to_right() -> None:
    documents = [{"_id": str(index), "a": index % 2, "b": index} for index in range(6)]
    assert ask("* | order(a desc, b asc)._id", documents) == ["1", "3", "5", "0", "2", "4"]
    assert ask("* | order(a, b desc)._id", documents) == ["4", "2", "0", "5", "3", "1"]


@given(st.lists(st.tuples(st.sampled_from([None, True, 1, 2.5, "a", "b"]), st.integers(0, 3)), max_size=120))
def test_sorting_is_stable_in_both_directions(pairs: list[tuple[Any, int]]) -> None:
    documents = [{"_id": f"{index:03d}", "key": key, "other": other} for index, (key, other) in enumerate(pairs)]
    for direction in ("asc", "desc"):
        ids = ask(f"* | order(other {direction})._id", documents)
        sign = 1 if direction == "asc" else -1
        assert ids == [d["_id"] for d in sorted(documents, key=lambda d: sign * d["other"])]
        twice = ask(f"* | order(key {direction}) | order(other {direction})._id", documents)
        assert twice == ask(f"* | order(other {direction}, key {direction})._id", documents)


def test_what_is_no_array_cannot_be_ordered() -> None:
    assert ask("1 | order(@)") is None
    assert ask("null | score(true)") is None


DOCUMENTS = [
    {"_id": "a", "title": "red car", "n": 1},
    {"_id": "b", "title": "red red wagon", "n": 2},
    {"_id": "c", "title": "blue car", "n": 2},
]


def test_scores_add_up_and_sort() -> None:
    result = ask('* | score(n == 2, title match "car")', DOCUMENTS)
    assert [(item["_id"], item["_score"]) for item in result] == [("c", 2.0), ("a", 1.0), ("b", 1.0)]
    assert "_score" not in DOCUMENTS[0]


def test_logic_sums_the_clauses_that_hold() -> None:
    query = "* | score({}) | order(_id)._score"
    assert ask(query.format('n == 2 && title match "car"'), DOCUMENTS) == [0.0, 0.0, 2.0]
    assert ask(query.format('n == 2 || (title match "car")'), DOCUMENTS) == [1.0, 1.0, 2.0]
    assert ask(query.format("!(n == 2)"), DOCUMENTS) == [1.0, 0.0, 0.0]


def test_a_word_that_occurs_twice_scores_higher_but_not_twice() -> None:
    once, twice, _ = ask('* | score(title match "red") | order(_id)._score', DOCUMENTS)
    assert once < twice < 2 * once


def test_a_boost_counts_only_where_its_condition_holds() -> None:
    assert ask("* | score(boost(n == 2, 10)) | order(_id)._score", DOCUMENTS) == [0.0, 11.0, 11.0]
    assert ask("* | score(boost(n == 2, -1)) | order(_id)._score", DOCUMENTS) == [0.0, 0.0, 0.0]


def test_scoring_twice_adds_to_the_score() -> None:
    both = ask("* | score(n == 2) | score(n == 1, n == 2) | order(_id)._score", DOCUMENTS)
    assert both == [1.0, 2.0, 2.0]
