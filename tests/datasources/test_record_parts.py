"""Records in parts: only what is asked for has a value, and the choices that are told apart stay few."""

from dataclasses import dataclass
from itertools import combinations
from operator import itemgetter

import pytest

from datasources.record_parts import MOST_KEPT, Part, RecordParts


@dataclass(frozen=True, slots=True)
class Inner:
    one: int
    two: int


@dataclass(frozen=True, slots=True)
class Thing:
    key: str
    title: str
    price: tuple[int, str]
    inner: Inner
    note: str = ""


def of(*names: str) -> Part[str]:
    return Part(names, itemgetter(*names))


PARTS = {
    "key": of("key"),
    "title": of("title"),
    "price": of("amount", "currency"),
    "inner.one": of("one"),
    "inner.two": of("two", "currency"),
    "note": of("note"),
}
ROW = {"key": "k", "title": "t", "amount": 5, "currency": "ZAR", "one": 1, "two": 2, "note": "n"}


def parts() -> RecordParts[Thing, str]:
    return RecordParts(Thing, PARTS, always=("key",), inner={"inner": Inner})


def test_only_what_is_asked_for_is_fetched_and_has_a_value() -> None:
    variant = parts().variant(frozenset({"price", "inner.one", "unknown"}))
    assert variant.sources == ("key", "amount", "currency", "one")
    found = variant.record(ROW)
    assert (found.key, found.price, found.inner.one) == ("k", (5, "ZAR"), 1)
    for missing in ("title", "note"):
        with pytest.raises(AttributeError):
            getattr(found, missing)
    with pytest.raises(AttributeError):
        _ = found.inner.two
    with pytest.raises(AttributeError):
        assert parts().variant(frozenset()).record(ROW).inner


def test_the_same_fields_are_the_same_statement_and_a_whole_is_all_of_its_parts() -> None:
    known = parts()
    assert known.variant(frozenset({"title", "note"})) is known.variant(frozenset({"note", "title"}))
    assert known.variant(frozenset({"note", "key"})).sources == known.variant(frozenset({"note"})).sources
    assert known.variant(frozenset({"inner"})).sources == ("key", "one", "two", "currency")
    assert known.variant(None) is known.whole
    assert known.whole.record(ROW).inner == Inner(1, (2, "ZAR"))  # type: ignore[arg-type]  # as the part reads it
    assert known.variant(frozenset({"title", "price", "inner", "note"})) is known.whole


def test_every_choice_has_what_it_asked_for_and_few_are_remembered() -> None:
    known = parts()
    names = ["title", "price", "inner.one", "inner.two", "note", "unknown", "another"]
    asked = [frozenset(each) for size in range(len(names) + 1) for each in combinations(names, size)]
    assert len(asked) > MOST_KEPT
    for wanted in asked * 2:
        assert known.variant(wanted).fields == (wanted & set(PARTS)) | {"key"}
    assert len(known._variants) == MOST_KEPT


def test_a_field_without_a_part_is_refused_at_once() -> None:
    with pytest.raises(TypeError):
        RecordParts(Thing, {name: part for name, part in PARTS.items() if name != "note"}, always=("key",))
