"""Portable Text as text and as HTML: agreement with the reference package, safety, and bounds on any JSON."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.portable_text import LONGEST_TEXT, plain_text
from domain.portable_text_html import LONGEST_HTML, is_safe_href, to_html

NODE = Path(__file__).parents[1] / "node"


def span(text: str, *marks: str) -> dict[str, Any]:
    return {"_type": "span", "text": text, "marks": list(marks)}


def block(
    *children: str | dict[str, Any], style: str = "normal", links: dict[str, str] | None = None
) -> dict[str, Any]:
    spans = [span(child) if isinstance(child, str) else child for child in children]
    definitions = [{"_type": "link", "_key": key, "href": href} for key, href in (links or {}).items()]
    return {"_type": "block", "style": style, "markDefs": definitions, "children": spans}


def item(text: str, level: int = 1, kind: str = "bullet", style: str = "normal") -> dict[str, Any]:
    return {**block(text, style=style), "listItem": kind, "level": level}


UNDERLINED = '<span style="text-decoration:underline">'
CASES: dict[str, tuple[Any, str]] = {
    "a paragraph": ([block("one")], "<p>one</p>"),
    "a block without an array": (block("one"), "<p>one</p>"),
    "an empty block": ([block()], "<p></p>"),
    "markup in text": ([block("<b> & \"q\" 'a'")], "<p>&lt;b&gt; &amp; &quot;q&quot; &#x27;a&#x27;</p>"),
    "line feeds": ([block("a\nb\n\nc")], "<p>a<br/>b<br/><br/>c</p>"),
    "runs of spaces": ([block("a   b  c")], "<p>a&nbsp;&nbsp; b&nbsp; c</p>"),
    "styles": (
        [block("t", style="h2"), block("q", style="blockquote"), block("x", style="lead")],
        "<h2>t</h2><blockquote>q</blockquote><p>x</p>",
    ),
    "decorators": (
        [
            block(
                span("a", "strong"),
                span("b", "em"),
                span("c", "code"),
                span("d", "underline"),
                span("e", "strike-through"),
            )
        ],
        f"<p><strong>a</strong><em>b</em><code>c</code>{UNDERLINED}d</span><del>e</del></p>",
    ),
    "marks that overlap": (
        [block(span("a", "strong"), span("b", "strong", "em"), span("c", "em"))],
        "<p><strong>a<em>b</em></strong><em>c</em></p>",
    ),
    "the longer run outside": (
        [block(span("a", "em", "strong"), span("b", "strong"))],
        "<p><strong><em>a</em>b</strong></p>",
    ),
    "a link over two spans": (
        [block(span("a", "k"), span("b", "k", "strong"), "c", links={"k": "https://x.example/?a=1&b=2"})],
        '<p><a href="https://x.example/?a=1&amp;b=2">a<strong>b</strong></a>c</p>',
    ),
    "a script link": ([block(span("a", "k"), links={"k": "javascript:alert(1)"})], "<p>a</p>"),
    "a data link": ([block(span("a", "k"), links={"k": "data:text/html,x"})], "<p>a</p>"),
    "a mail link": (
        [block(span("a", "k"), links={"k": "mailto:a@b.example"})],
        '<p><a href="mailto:a@b.example">a</a></p>',
    ),
    "a telephone link": ([block(span("a", "k"), links={"k": "tel:+27"})], '<p><a href="tel:+27">a</a></p>'),
    "a relative link": ([block(span("a", "k"), links={"k": "/p?q=a:b"})], '<p><a href="/p?q=a:b">a</a></p>'),
    "a scheme in capitals": ([block(span("a", "k"), links={"k": "HTTPS://x.y"})], '<p><a href="HTTPS://x.y">a</a></p>'),
    "an unknown mark": ([block(span("a", "zap"), "b")], "<p>ab</p>"),
    "an unknown block": ([{"_type": "map", "lat": 1}, block("x")], "<p>x</p>"),
    "an inline object": ([block("a", {"_type": "icon"}, "b")], "<p>ab</p>"),
    "a list": ([item("one"), item("two")], "<ul><li>one</li><li>two</li></ul>"),
    "a nested list": (
        [item("one"), item("a", 2), item("b", 2), item("two")],
        "<ul><li>one<ul><li>a</li><li>b</li></ul></li><li>two</li></ul>",
    ),
    "bullets within numbers": (
        [item("one", 1, "number"), item("a", 2), item("two", 1, "number")],
        "<ol><li>one<ul><li>a</li></ul></li><li>two</li></ol>",
    ),
    "another kind of list": ([item("one"), item("two", 1, "number")], "<ul><li>one</li></ul><ol><li>two</li></ol>"),
    "a list that begins deep": ([item("a", 3), item("b", 1)], "<ul><li>a</li></ul><ul><li>b</li></ul>"),
    "a skipped level": (
        [item("a"), item("b", 3), item("c", 2)],
        "<ul><li>a<ul><li>b</li></ul></li></ul><ul><li>c</li></ul>",
    ),
    "an unknown kind of list": ([item("a", 1, "dash")], "<ul><li>a</li></ul>"),
    "a heading in a list": ([item("a", style="h3"), item("b", 2)], "<ul><li><h3>a<ul><li>b</li></ul></h3></li></ul>"),
    "a list that is interrupted": (
        [item("a"), block("x"), item("b")],
        "<ul><li>a</li></ul><p>x</p><ul><li>b</li></ul>",
    ),
}

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
any_json = st.recursive(
    scalars | st.sampled_from(["block", "span", "link", "strong", "bullet", "image"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["_type", "_key", "children", "text", "marks", "markDefs", "href", "style", "listItem", "level"]
            )
            | st.text(max_size=4),
            inner,
            max_size=6,
        )
    ),
    max_leaves=24,
)
near_blocks = st.lists(
    st.fixed_dictionaries(
        {"_type": st.just("block"), "children": st.lists(any_json | st.builds(span, st.text(max_size=9)), max_size=5)},
        optional={
            "style": any_json,
            "listItem": any_json,
            "level": any_json,
            "markDefs": st.lists(any_json, max_size=3),
        },
    )
    | any_json,
    max_size=6,
)


class Balance(HTMLParser):
    """Collects start tags and fails on an end tag that closes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def balance_of(markup: str) -> Balance:
    parser = Balance()
    parser.feed(markup)
    parser.close()
    assert parser.open == []
    return parser


@pytest.mark.parametrize("name", CASES)
def test_html_of_a_case_is_as_written_down(name: str) -> None:
    value, expected = CASES[name]
    assert to_html(value) == expected


@pytest.mark.node
def test_the_reference_package_writes_the_same_html() -> None:
    if shutil.which("node") is None or not (NODE / "node_modules/@portabletext/to-html").is_dir():
        pytest.skip("needs Node.js and `npm ci` in tests/node with @portabletext/to-html")
    asked = json.dumps([value for value, _ in CASES.values()])
    done = subprocess.run(
        ["node", NODE / "portable_text.mjs"], input=asked, capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == [expected for _, expected in CASES.values()]


@given(near_blocks | any_json)
def test_any_json_gives_balanced_markup_of_known_elements_and_never_raises(value: Any) -> None:
    found = balance_of(to_html(value, image_url=lambda _: "https://x.example/i.jpg"))
    headings = {f"h{level}" for level in range(1, 7)}
    inline = {"a", "strong", "em", "code", "span", "del", "br"}
    assert found.seen <= {"p", "blockquote", "ul", "ol", "li", "figure", "img", "figcaption"} | headings | inline
    assert all(is_safe_href(href) for href in found.links)


@given(near_blocks | any_json, st.none() | st.integers(1, 30))
def test_any_json_gives_text_within_its_limit(value: Any, limit: int | None) -> None:
    assert len(plain_text(value, max_length=limit)) <= (limit or LONGEST_TEXT)


@pytest.mark.parametrize(
    "href",
    [
        "javascript:alert(1)",
        " JaVaScRiPt:x",
        "java\nscript:x",
        "vbscript:x",
        "data:text/html,x",
        "\x01javascript:x",
        "file:/x",
    ],
)
def test_a_link_with_another_scheme_is_not_safe(href: str) -> None:
    assert not is_safe_href(href)
    assert to_html(block(span("text", "k"), links={"k": href})) == "<p>text</p>"


def test_a_quote_in_an_address_cannot_leave_its_attribute() -> None:
    markup = to_html(block(span("x", "k"), links={"k": '/"onmouseover="alert(1)'}))
    assert markup == '<p><a href="/&quot;onmouseover=&quot;alert(1)">x</a></p>'


def test_an_image_block_is_shown_where_its_address_is_known_and_left_out_otherwise() -> None:
    picture = {"_type": "image", "asset": {"_ref": "image-a-1x1-jpg"}, "alt": 'A "red" car', "caption": "<Red>"}
    markup = to_html([picture], image_url=lambda image: f"/i/{image['_type']}?w=1&h=2")
    expected = '<img src="/i/image?w=1&amp;h=2" alt="A &quot;red&quot; car"/><figcaption>&lt;Red&gt;</figcaption>'
    assert markup == f"<figure>{expected}</figure>"
    assert to_html([picture]) == ""
    assert to_html([picture], image_url=lambda _: None) == ""


def test_a_huge_document_ends_early_and_closed() -> None:
    deep = [item("x" * 4_000, 1 + at % 5) for at in range(3_000)]
    markup = to_html(deep)
    assert LONGEST_HTML <= len(markup) < LONGEST_HTML + 50_000
    balance_of(markup)
    assert LONGEST_TEXT - 4_001 < len(plain_text(deep)) <= LONGEST_TEXT


def test_marks_without_end_stay_bounded() -> None:
    many = block(*(span("x", *(f"m{at}" for at in range(500))) for _ in range(2_000)), links={"m1": "/a" * 1_000})
    assert len(to_html([many] * 50)) < LONGEST_HTML + 50_000
    assert to_html([block(*["x"] * 5_000)] * 5_000).count("<p>") == 5


def test_text_of_blocks_is_parted_by_empty_lines_and_spans_are_joined_as_they_are() -> None:
    assert plain_text([block("one ", span("two", "strong")), {"_type": "map"}, item("three")]) == "one two\n\nthree"
    assert plain_text([block(), block("x")]) == "\n\nx"
    assert plain_text([[block("nested")], block("y", {"_type": "icon", "text": "no"})]) == "nested\n\ny"
    assert plain_text(None) == plain_text("text") == plain_text({}) == ""


def test_a_record_may_hold_its_blocks_in_a_tuple() -> None:
    assert plain_text((block("one"), block("two"))) == "one\n\ntwo"
    assert to_html((block("one"),)) == "<p>one</p>"


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (100, "A bakkie that works"),
        (19, "A bakkie that works"),
        (18, "A bakkie that…"),
        (14, "A bakkie that…"),
        (13, "A bakkie…"),
        (9, "A bakkie…"),
        (2, "A…"),
        (1, "…"),
    ],
)
def test_a_long_text_is_cut_after_a_whole_word(limit: int, expected: str) -> None:
    assert plain_text([block("A bakkie that works")], max_length=limit) == expected


def test_a_single_long_word_is_cut_within() -> None:
    assert plain_text([block("abcdefghij")], max_length=5) == "abcd…"


@given(st.text(alphabet="ab \n", min_size=1, max_size=60), st.integers(1, 40))
def test_a_cut_text_begins_the_whole_text(text: str, limit: int) -> None:
    cut = plain_text([block(text)], max_length=limit)
    assert len(cut) <= limit
    assert text.startswith(cut.removesuffix("…"))
    assert (cut == text) == (len(text) <= limit)


def test_text_equals_what_groq_says_of_the_same_blocks() -> None:
    evaluate = pytest.importorskip("engines.groq")
    values = [value for value, _ in CASES.values()]
    said = evaluate.evaluate(
        evaluate.parse("*[]{'text': pt::text(body)}.text"), [{"_id": str(at), "body": v} for at, v in enumerate(values)]
    )
    by_hand = [plain_text(value) for value in values]
    assert sorted(text or "" for text in said) == sorted(by_hand)
    assert re.search(r"\n\n", "".join(by_hand))
