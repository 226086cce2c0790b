"""The built-in functions, namespace by namespace."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.groq import GroqUnsupportedError, evaluate, parse
from engines.groq.compiler.calls import KNOWN
from engines.groq.grammar.signatures import FUNCTIONS

NOW = datetime(2024, 5, 6, 7, 8, 9, 120_000, tzinfo=UTC)


def ask(query: str, documents: list[dict[str, Any]] | None = None, **params: Any) -> Any:
    return evaluate(parse(query, params), documents or [], params, now=NOW, project_id="p1", dataset_name="production")


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("coalesce(null, false, 1)", False),
        ("coalesce()", None),
        ("count([1, null])", 2),
        ('count("ab")', None),
        ("defined(null)", False),
        ("defined(0)", True),
        ('length("\N{GRINNING FACE}a")', 2),
        ("length([1])", 1),
        ("length(1)", None),
        ("select(1 > 2 => 'a', 2 > 1 => 'b', 'c')", "b"),
        ("select(null => 'a')", None),
        ("identity()", "me"),
        ("now()", "2024-05-06T07:08:09.120Z"),
        ("dateTime::now()", "2024-05-06T07:08:09.120Z"),
        ("dateTime(now()) == dateTime::now()", True),
        ("global::count([])", 0),
        ("sanity::projectId() + sanity::dataset()", "p1production"),
        ("path('a.*')", "a.*"),
        ("path(1)", None),
    ],
)
def test_global_functions(query: str, answer: Any) -> None:
    assert ask(query) == answer


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("round(2.5)", 3),
        ("round(-2.5)", -3),
        ("round(1.005, 2)", 1),
        ("round(2.345, 2)", 2.35),
        ("round(3.14159, 3)", 3.142),
        ("round(7, 2)", 7),
        ("round(1.5, -1)", None),
        ("round(1.5, 0.5)", None),
        ('round("1")', None),
        ("math::sum([1, null, 2.5])", 3.5),
        ("math::sum([])", 0),
        ("math::sum([1, '2'])", None),
        ("math::avg([1, 2])", 1.5),
        ("math::avg([])", None),
        ("math::min([3, 1, null])", 1),
        ("math::max([3, 1])", 3),
        ("math::max([true])", None),
        ("math::max(1)", None),
    ],
)
def test_numbers(query: str, answer: Any) -> None:
    assert ask(query) == answer


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("string(1.0)", "1"),
        ("string(0.1 + 0.2)", "0.30000000000000004"),
        ("string(1e21)", "1e+21"),
        ("string(123456789012345680000)", "123456789012345680000"),
        ("string(1e-7)", "1e-7"),
        ("string(0.000001)", "0.000001"),
        ("string(-1.5e-10)", "-1.5e-10"),
        ("string(true)", "true"),
        ("string([])", None),
        ('string(dateTime("1985-04-12T23:20:50.52Z"))', "1985-04-12T23:20:50.520Z"),
        ('lower("ÄB")', "äb"),
        ('string::upper("straße")', "STRASSE"),
        ("upper(1)", None),
        ('string::split("a,b,", ",")', ["a", "b", ""]),
        ('string::split("", ",")', []),
        ('string::split("añ", "")', ["a", "ñ"]),
        ('string::startsWith("abc", "ab")', True),
        ('string::startsWith("abc", 1)', None),
        ('array::join(["a", 1.0, true], "-")', "a-1-true"),
        ('array::join(["a", null], "-")', None),
        ('array::join([], "-")', ""),
    ],
)
def test_strings(query: str, answer: Any) -> None:
    assert ask(query) == answer


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53))
def test_the_text_of_a_number_reads_back_as_the_number(number: float) -> None:
    text = ask("string($number)", number=number)
    assert float(text) == number
    assert "E" not in text


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("array::compact([1, null, 2])", [1, 2]),
        ("array::compact(1)", None),
        ('array::unique([1, 1.0, "1", true, true, null, null])', [1, "1", True, None]),
        ("array::unique([{}, {}, []])", [{}, {}, []]),
        ("array::intersects([1, 2], [2.0])", True),
        ("array::intersects([true], [1])", False),
        ("array::intersects([[]], [[]])", False),
        ("array::intersects([], null)", None),
    ],
)
def test_arrays(query: str, answer: Any) -> None:
    assert ask(query) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z"),
        ("2020-01-02T03:04:05.6Z", "2020-01-02T03:04:05.600Z"),
        ("2020-01-02T03:04:05.123456789+02:30", "2020-01-02T00:34:05.123Z"),
        ("2020-01-02T03:04:05-01:00", "2020-01-02T04:04:05Z"),
        ("2020-02-30T00:00:00Z", None),
        ("2020-01-02", None),
        ("2020-01-02 03:04:05Z", None),
        ("2020-01-02T03:04:05", None),
        ("2020-01-02T03:04:05+99:00", None),
        (1, None),
    ],
)
def test_datetimes_are_rfc_3339_and_nothing_else(text: Any, answer: Any) -> None:
    assert ask("dateTime($text)", text=text) == answer


def test_references_looks_into_everything_but_other_references() -> None:
    documents: list[dict[str, Any]] = [
        {"_id": "a", "deep": [{"x": {"_ref": "t"}}]},
        {"_id": "b", "ref": {"_ref": "other", "inner": {"_ref": "t"}}},
        {"_id": "c", "_ref": 5},
    ]
    assert ask('*[references("t")]._id', documents) == ["a"]
    assert ask('*[references(["no", 1, "t"], "other")]._id', documents) == ["a", "b"]
    assert ask("*[references([])]", documents) == []
    assert ask("*[references(null)]", documents) == []


def test_portable_text_is_its_spans_with_an_empty_line_between_blocks() -> None:
    block = {
        "_type": "block",
        "children": [{"_type": "span", "text": "a"}, {"_type": "x"}, {"_type": "span", "text": "b"}],
    }
    assert ask("pt::text($block)", block=block) == "ab"
    assert ask("pt::text([$block, {'_type': 'image'}, [$block]])", block=block) == "ab\n\nab"
    assert ask("pt::text([])") is None
    assert ask("pt::text('x')") is None


def test_releases_and_versions_are_read_from_the_ids() -> None:
    documents = [{"_id": name} for name in ("drafts.x", "versions.r1.x", "versions.r2.y", "x", "y")]
    documents.append({"_id": "_.releases.r1", "_type": "system.release"})
    assert ask('*[sanity::versionOf("x")]._id', documents) == ["drafts.x", "versions.r1.x", "x"]
    assert ask('*[sanity::partOfRelease("r1")]._id', documents) == ["versions.r1.x"]
    assert ask("releases::all()[]._id", documents) == ["_.releases.r1"]
    assert ask("sanity::versionOf(1)") is None


def test_every_function_of_the_grammar_has_an_answer_or_a_named_refusal() -> None:
    known = {f"{namespace}::{name}" for namespace, functions in FUNCTIONS.items() for name in functions}
    hosted = {
        "documents::incomingGlobalDocumentReferenceCount",
        "documents::incomingRefCount",
        "media::aspect",
        "text::query",
        "text::semanticSimilarity",
    }
    assert known - KNOWN == hosted
    assert not KNOWN - known
    with pytest.raises(GroqUnsupportedError, match="text::query"):
        parse('*[text::query("x")]')


def test_custom_functions_project_their_argument() -> None:
    documents: list[dict[str, Any]] = [{"_id": "a", "n": 1, "ref": {"_ref": "b"}}, {"_id": "b", "n": 2}]
    assert ask('fn f::g($x) = $x{"m": n}; *[0]{"q": f::g(@)}', documents) == {"q": {"m": 1}}
    assert ask("fn f::g($x) = $x->{n}; *[0]{'q': f::g(ref)}", documents) == {"q": {"n": 2}}
    assert ask("fn f::g($x) = $x[]{n}; f::g(*)", documents) == [{"n": 1}, {"n": 2}]
    assert ask("fn f::g($x) = $x[]->{n}; f::g([*[0].ref])", documents) == [{"n": 2}]
    nested = "fn f::in($x) = $x{n}; fn f::out($y) = $y{'z': f::in(@)}; f::out(*[0])"
    assert ask(nested, documents) == {"z": {"n": 1}}


@pytest.mark.parametrize(
    "declarations",
    [
        "fn f::g($x) = $x;",
        "fn f::g($x) = $x{'q': $x};",
        "fn f::g($x) = $x{'q': ^.n};",
        "fn f::g($x) = $x{'q': f::g(@)};",
        "fn f::g($x) = $x{'q': f::h(@)}; fn f::h($x) = $x{'q': f::g(@)};",
        "fn f::g($x) = $x{n}; fn f::g($x) = $x{n};",
        "fn g($x) = $x{n};",
        "fn f::g($x, $y) = $x{n};",
        "fn f::g() = *{n};",
        "fn f::g($x) = $x{n}",
    ],
)
def test_custom_functions_of_another_form_are_refused(declarations: str) -> None:
    with pytest.raises(Exception, match=r".") as refusal:
        parse(f"{declarations} 1", {})
    assert type(refusal.value).__name__ == "GroqSyntaxError"
