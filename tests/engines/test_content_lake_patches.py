"""JSONMatch paths, patch operations and text patches of the local content store."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.content_lake.faults import MutationFailedError
from engines.content_lake.json_paths import PathSyntaxError, parse_path
from engines.content_lake.locations import locate
from engines.content_lake.patches import apply_patch
from engines.content_lake.text_patches import apply_text_patch

PEOPLE: dict[str, Any] = {
    "_id": "d",
    "_type": "t",
    "name": "Thandi",
    "friends": [
        {"_key": "k1", "name": "Sipho", "age": 41},
        {"_key": "k2", "name": "Lerato", "age": 33},
        {"_key": "k3", "name": "Pieter"},
    ],
    "roles": ["buyer", "dealer"],
    "place": {"province": {"code": "WC", "title": "Western Cape"}},
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("name", ["name"]),
        ("['name']", ["name"]),
        ("place.province.code", ["place.province.code"]),
        ("friends[*].name", ["friends.0.name", "friends.1.name", "friends.2.name"]),
        ("friends.name", ["friends.0.name", "friends.1.name", "friends.2.name"]),
        ("friends[age > 35].name", ["friends.0.name"]),
        ("friends[age >= 33].name", ["friends.0.name", "friends.1.name"]),
        ('friends[age > 40, name == "Lerato"].name', ["friends.0.name", "friends.1.name"]),
        ("friends[age?].age", ["friends.0.age", "friends.1.age"]),
        ('friends[_key=="k2"].age', ["friends.1.age"]),
        ("friends[0, 2].name", ["friends.0.name", "friends.2.name"]),
        ("friends[1:2].name", ["friends.1.name"]),
        ("friends[1:].name", ["friends.1.name", "friends.2.name"]),
        ("friends[-2:].name", ["friends.1.name", "friends.2.name"]),
        ("friends[0, 1:2].name", ["friends.0.name", "friends.1.name"]),
        ("friends.age[@ > 35]", ["friends.0.age"]),
        ("roles[-1]", ["roles.1"]),
        ("roles[9]", []),
        ('roles[@ == "dealer"]', ["roles.1"]),
        ("place..code", ["place.province.code"]),
        ("place.province[code, title]", ["place.province.code", "place.province.title"]),
        ("[name, roles]", ["name", "roles"]),
        ("friends[0].zip", ["friends.0.zip"]),
        ("a.b.c", ["a.b.c"]),
    ],
)
def test_a_path_selects_the_locations_of_the_language(path: str, expected: list[str]) -> None:
    found = [".".join(str(step) for step in location) for location in locate(PEOPLE, parse_path(path))]
    assert found == expected


@pytest.mark.parametrize(
    "path", ["", "a[", "a[]", "a..", "a b", "a[1.5]", "a[x ==]", "a]", "[" * 3000, "a[?]", "x" * 5000]
)
def test_a_path_that_cannot_be_read_is_refused_with_a_sentence(path: str) -> None:
    with pytest.raises(PathSyntaxError, match=r"path|Path"):
        parse_path(path)


@pytest.mark.parametrize(
    ("patch", "path", "expected"),
    [
        ({"set": {"name": "Zanele"}}, ("name",), "Zanele"),
        ({"set": {"deep.er.still": 1}}, ("deep",), {"er": {"still": 1}}),
        ({"set": {'friends[_key=="k3"].age': 7}}, ("friends", 2, "age"), 7),
        ({"setIfMissing": {"name": "x", "extra": 5}}, ("extra",), 5),
        ({"unset": ["friends[0,2]"]}, ("friends",), [PEOPLE["friends"][1]]),
        ({"unset": ["roles[*]"]}, ("roles",), []),
        ({"inc": {"friends[0].age": 2}}, ("friends", 0, "age"), 43),
        ({"dec": {"friends[age?].age": 1}}, ("friends", 1, "age"), 32),
        ({"insert": {"after": "roles[-1]", "items": ["x"]}}, ("roles",), ["buyer", "dealer", "x"]),
        ({"insert": {"before": "roles[0]", "items": ["x", "y"]}}, ("roles",), ["x", "y", "buyer", "dealer"]),
        ({"insert": {"replace": "roles[0:2]", "items": ["z"]}}, ("roles",), ["z"]),
        ({"setIfMissing": {"n": []}, "insert": {"after": "n[-1]", "items": [1]}}, ("n",), [1]),
        ({"diffMatchPatch": {"name": "@@ -1,6 +1,6 @@\n Th\n-a\n+u\n ndi\n"}}, ("name",), "Thundi"),
        ({"inc": {"m": 2}, "set": {"m": 1}}, ("m",), 3),
    ],
)
def test_each_operation_does_what_it_says(patch: dict[str, Any], path: tuple[Any, ...], expected: object) -> None:
    before = copy.deepcopy(PEOPLE)
    value: Any = apply_patch(PEOPLE, patch)
    for step in path:
        value = value[step]
    assert value == expected
    assert before == PEOPLE


@pytest.mark.parametrize(
    "patch",
    [
        {"sett": {"a": 1}},
        {"set": ["a"]},
        {"set": {"a[": 1}},
        {"set": {"_id": "other"}},
        {"set": {"_type": ""}},
        {"set": {"name.first": 1}},
        {"unset": "a"},
        {"unset": ["_type"]},
        {"inc": {"name": 1}},
        {"inc": {"missing": 1}},
        {"inc": {"friends[0].age": True}},
        {"insert": {"after": "roles", "items": [1]}},
        {"insert": {"after": "roles[0]", "before": "roles[0]", "items": [1]}},
        {"insert": {"after": "roles[0]"}},
        {"diffMatchPatch": {"name": "nonsense"}},
        {"diffMatchPatch": {"friends[0].age": "@@ -1 +1 @@\n-a\n+b\n"}},
    ],
)
def test_an_operation_that_makes_no_sense_is_refused_by_name(patch: dict[str, Any]) -> None:
    with pytest.raises(MutationFailedError) as refused:
        apply_patch(PEOPLE, patch)
    assert refused.value.description


def test_a_text_patch_finds_its_place_when_the_text_moved() -> None:
    patch = "@@ -1,9 +1,9 @@\n the \n-old\n+new\n  c\n"
    assert apply_text_patch("yesterday the old car", patch) == "yesterday the new car"


def test_a_text_patch_counts_utf8_bytes() -> None:
    patch = "@@ -7,5 +7,6 @@\n caf\n-e\n+%C3%A9\n \n"
    assert apply_text_patch("öö - cafe", patch) == "öö - café"


@given(st.text(max_size=40), st.text(max_size=40))
def test_replacing_a_whole_text_by_a_patch_gives_the_new_text(old: str, new: str) -> None:
    def quoted(text: str) -> str:
        return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))

    if any("\ud800" <= letter <= "\udfff" for letter in old + new):
        return
    removed = f"-{quoted(old)}\n" if old else ""
    added = f"+{quoted(new)}\n" if new else ""
    assert apply_text_patch(old, f"@@ -1,{len(old)} +1,{len(new)} @@\n{removed}{added}") == new
