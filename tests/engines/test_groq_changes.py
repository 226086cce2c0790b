"""Differences between two values, and the delta mode of webhooks."""

from __future__ import annotations

from typing import Any

import pytest

from engines.groq import evaluate, parse


def ask(query: str) -> Any:
    return evaluate(parse(query, {}), [])


def delta(query: str, before: Any, after: Any) -> Any:
    return evaluate(parse(query, {}, mode="delta"), [], before=before, after=after)


@pytest.mark.parametrize(
    ("before", "after", "selector", "any_", "only"),
    [
        ('{"a": 1}', '{"a": 1.0}', "a", False, True),
        ('{"a": 1}', '{"a": 2}', "a", True, True),
        ('{"a": 1}', '{"a": 2}', "b", False, False),
        ("{}", '{"a": 1}', "a", True, True),
        ('{"a": 1}', "{}", "a", True, True),
        ('{"a": null}', "{}", "a", True, True),
        ('{"a": 1, "b": 1}', '{"a": 2, "b": 2}', "(a, b)", True, True),
        ('{"a": 1, "b": 1}', '{"a": 2, "b": 2}', "a", True, False),
        ('{"a": {"b": 1, "c": 1}}', '{"a": {"b": 2, "c": 1}}', "a.b", True, True),
        ('{"a": {"b": 1, "c": 1}}', '{"a": {"b": 1, "c": 2}}', "a.b", False, False),
        ('{"a": {"b": 1, "c": 1}}', '{"a": {"b": 1, "c": 2}}', "a", True, True),
        ('{"a": [1, 2]}', '{"a": [1, 3]}', "a[]", True, True),
        ('{"a": [1, 2]}', '{"a": [1]}', "a[]", True, False),
        ('{"a": [1, 2]}', '{"a": [1]}', "a", True, True),
        ('{"a": [{"k": 1, "v": 1}]}', '{"a": [{"k": 1, "v": 2}]}', "a[k == 1].v", True, True),
        ('{"a": [{"k": 1, "v": 1}]}', '{"a": [{"k": 1, "v": 2}]}', "a[k == 2].v", False, False),
        ('{"a": [{"k": 1, "v": 1}]}', '{"a": [{"k": 1, "v": 2}]}', "a[].(k, v)", True, True),
        ('{"a": {"t": "x", "v": 1}}', '{"a": {"t": "x", "v": 2}}', 'anywhere(t == "x").v', True, True),
        ("{}", "{}", "a", False, True),
        ("null", '{"a": 1}', "a", True, False),
    ],
)
def test_selectors_say_which_changes_count(
    before: str,
    after: str,
    selector: str,
    any_: bool,  # noqa: FBT001 - a table
    only: bool,  # noqa: FBT001 - a table
) -> None:
    assert ask(f"diff::changedAny({before}, {after}, {selector})") is any_
    assert ask(f"diff::changedOnly({before}, {after}, {selector})") is only


def test_delta_mode_knows_both_sides_of_a_change() -> None:
    old, new = {"_id": "a", "price": 1, "title": "x"}, {"_id": "a", "price": 2, "title": "x"}
    assert delta("before().price < after().price", old, new) is True
    assert delta("delta::changedAny(price)", old, new) is True
    assert delta("delta::changedAny((title, slug))", old, new) is False
    assert delta("delta::changedOnly(price)", old, new) is True
    assert delta("delta::operation()", old, new) == "update"
    assert delta("delta::operation()", None, new) == "create"
    assert delta("delta::operation()", old, None) == "delete"
    assert delta("before()", None, new) is None
    assert delta('{"was": before().price, "is": after().price}', old, new) == {"was": 1, "is": 2}
