"""Traversals, projections and scopes: how steps combine, what names come out, who `^` is."""

from __future__ import annotations

from typing import Any

import pytest

from engines.groq import evaluate, parse

DOCUMENTS: list[dict[str, Any]] = [
    {"_id": "a", "_type": "t", "n": 1, "tags": ["x", "y"], "items": [{"v": 1, "w": [1, 2]}, {"v": 2, "w": [3]}]},
    {"_id": "b", "_type": "t", "n": 2, "ref": {"_ref": "a"}, "refs": [{"_ref": "a"}, {"_ref": "gone"}]},
    {"_id": "c", "_type": "u", "n": 3, "nested": [[1, 2], [3, [4]]], "o": {"k": {"z": 9}}},
]


def ask(query: str, **params: Any) -> Any:
    return evaluate(parse(query, params), DOCUMENTS, params)


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("*.n", [1, 2, 3]),
        ("*[].n", [1, 2, 3]),
        ("*[0].n", 1),
        ("*[-1].n", 3),
        ("*[9].n", None),
        ("*[0..1].n", [1, 2]),
        ("*[0...1].n", [1]),
        ("*[1..-1].n", [2, 3]),
        ("*[-9..0].n", [1]),
        ("*[2..1]", []),
        ("*[n > 1].n", [2, 3]),
        ("*[n > 1][0].n", 2),
        ("*[0].tags[1]", "y"),
        ("*[0..0].tags[1]", ["y"]),
        ("*[0..0].tags", [["x", "y"]]),
        ("*[0..0].tags[]", ["x", "y"]),
        ("*[0].items[].v", [1, 2]),
        ("*[0].items.v", None),
        ("*[0].items[].w", [[1, 2], [3]]),
        ("*[0].items[].w[]", [1, 2, 3]),
        ("*[0].items[v > 1].w[]", [3]),
        ("*[2].nested[]", [[1, 2], [3, [4]]]),
        ("*[2].nested[][]", [[1, 2], [3, [4]]]),
        ("*[2].nested[][0]", [1, 2]),
        ("*[2].nested[0][1]", 2),
        ("*[2].o.k.z", 9),
        ('*[2]["o"]["k"].z', 9),
        ("*[1].ref->n", 1),
        ("*[1].ref->", DOCUMENTS[0]),
        ("*[1].refs[]->n", [1, None]),
        ("*[1].refs[0]->n", 1),
        ("*[1].refs->n", None),
        ("*[0].n[]", None),
        ("*[0].n[0]", None),
        ("*[0].n[true]", None),
        ("*[0].n{a}", None),
        ("([1, 2])[0]", 1),
        ("(*[n > 1])[0].n", 2),
        ('[{"a": 1}, {"a": 2}].a', [1, 2]),
        ('([{"a": 1}]).a', None),
        ("*|order(n desc)[0].n", 3),
        ("* | order(n desc).n", [3, 2, 1]),
        ('*{n}[n > 1]{"m": n}[0]', {"m": 2}),
    ],
)
def test_steps_combine_by_their_static_class(query: str, answer: Any) -> None:
    assert ask(query) == answer


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("*[0]{n}", {"n": 1}),
        ("*[0]{missing}", {"missing": None}),
        ('*[0]{"n": 5, n}', {"n": 1}),
        ('*[0]{n, "n": 5}', {"n": 5}),
        ("*[0]{tags[0]}", {"tags": "x"}),
        ("*[0]{items[]{v}}", {"items": [{"v": 1}, {"v": 2}]}),
        ("*[0]{items[v > 1]{v}}", {"items": [{"v": 2}]}),
        ("*[1]{ref->{n}}", {"ref": {"n": 1}}),
        ("*[1]{refs[]->{n}}", {"refs": [{"n": 1}, None]}),
        ("*[0]{tags | order(@ desc)}", {"tags": ["y", "x"]}),
        ("*[0]{(n)}", {"n": 1}),
        ("*[2]{...o}", {"k": {"z": 9}}),
        ("*[2]{...n}", {}),
        ('*[0]{n == 1 => {"one": true}, n == 2 => {"two": true}}', {"one": True}),
        ("*[0]{null => {n}}", {}),
        ('{"a": 1}{"b": a}', {"b": 1}),
        ("[1]{a}", [None]),
    ],
)
def test_projections_build_objects(query: str, answer: Any) -> None:
    assert ask(query) == answer


def test_a_later_entry_wins_and_keeps_the_first_place() -> None:
    assert list(ask('*[0]{"n": 9, "z": 1, ...}').items())[:2] == [("n", 1), ("z", 1)]


def test_the_caret_climbs_scopes_and_finds_null_above_the_last() -> None:
    assert ask('*[0]{"x": items[]{"up": ^.n, "upper": ^.^.n}}') == {"x": [{"up": 1, "upper": None}] * 2}
    assert ask('*[0]{"x": items[v == ^.n].v}') == {"x": [1]}
    assert ask('*[0..0]{"x": *[n == ^.n + 1]{"y": *[n == ^.^.n]._id}}') == [{"x": [{"y": ["a"]}]}]
    assert ask("^") is None
    assert ask("^.^.^.n") is None


def test_everything_stays_everything_in_an_inner_scope() -> None:
    assert ask('*[0]{"all": count(*), "others": *[_id != ^._id]._id}') == {"all": 3, "others": ["b", "c"]}


def test_the_root_value_is_the_at_sign() -> None:
    assert evaluate(parse("@.a"), [], root={"a": 1}) == 1
    assert ask("@") is None


def test_results_share_the_documents_instead_of_copying_them() -> None:
    assert ask("*[0]") is DOCUMENTS[0]
