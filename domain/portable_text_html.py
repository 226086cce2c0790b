"""Portable Text as HTML, to be put into a page as it is: escaped text, known marks, safe links and no scripts.

It agrees with what `@portabletext/to-html` writes for the marks, styles and lists of Sanity's editor. It differs where
that package shows a placeholder: marks nobody knows leave their text, and blocks nobody knows leave nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from domain.portable_text import LONGEST_TEXT, MOST_CHILDREN, is_array, items_of, span_text

ImageUrl = Callable[[Mapping[str, object]], str | None]
"""Answers the address of an image block, or None when it has none."""

LONGEST_HTML = 4 * LONGEST_TEXT
"""Characters beyond which the markup is closed and ends."""

_LONGEST_HREF = 2_048
_MOST_MARKS = 16
_DEEPEST_LEVEL = 10
_STYLES = {**{f"h{level}": f"h{level}" for level in range(1, 7)}, "blockquote": "blockquote"}
_DECORATORS = {
    "strong": ("<strong>", "</strong>"),
    "em": ("<em>", "</em>"),
    "code": ("<code>", "</code>"),
    "underline": ('<span style="text-decoration:underline">', "</span>"),
    "strike-through": ("<del>", "</del>"),
}
_RANKS = {name: rank for rank, name in enumerate(_DECORATORS)}
_LISTS = {"number": "ol"}
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "\0": "\ufffd"})
_SPACES = re.compile(" {2,}")
_SURROGATES = re.compile("[\ud800-\udfff]")


def to_html(value: object, *, image_url: ImageUrl | None = None) -> str:
    """The markup of a block or of an array of blocks; without `image_url`, image blocks are left out."""
    page = _Page()
    for block in items_of(value) if is_array(value) else (value,):
        if page.is_full:
            break
        if isinstance(block, Mapping):
            _render(page, block, image_url)
    page.close_lists()
    return "".join(page.parts)


def is_safe_href(href: str) -> bool:
    """Whether a link may be shown: http, https, mailto, tel, or relative (any colon comes after `?` or `#`)."""
    text = href.strip()
    scheme, colon, _ = text.partition(":")
    if text[:1] in {"#", "/"} or not colon:
        return True
    return scheme.lower() in _SCHEMES or "?" in scheme or "#" in scheme


@dataclass(slots=True)
class _Page:
    """What has been written, and the lists that are open: level, kind and what closes the current item."""

    parts: list[str] = field(default_factory=list)
    size: int = 0
    children: int = 0
    lists: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        return self.size >= LONGEST_HTML or self.children > MOST_CHILDREN

    def write(self, markup: str) -> None:
        self.parts.append(markup)
        self.size += len(markup)

    def close_item(self) -> tuple[int, str]:
        level, kind, ending = self.lists.pop()
        self.write(ending)
        return level, kind

    def close_lists(self, keep: int = 0) -> None:
        while len(self.lists) > keep:
            _, kind = self.close_item()
            self.write(f"</{_LISTS.get(kind, 'ul')}>")


def _render(page: _Page, block: Mapping[str, object], image_url: ImageUrl | None) -> None:
    kind = block.get("_type")
    children = block.get("children")
    if kind == "block" and is_array(children):
        list_kind, level = block.get("listItem"), block.get("level", 1)
        if isinstance(list_kind, str) and isinstance(level, (int, float)) and not isinstance(level, bool):
            _render_item(page, block, list_kind, level)
            return
        page.close_lists()
        tag = _tag(block) or "p"
        page.write(f"<{tag}>")
        _render_children(page, block)
        page.write(f"</{tag}>")
        return
    page.close_lists()
    if kind == "image" and image_url is not None:
        _render_image(page, block, image_url(block))


def _render_item(page: _Page, block: Mapping[str, object], kind: str, stated: float) -> None:
    """An item joins the open list of its level and kind, nests under the last item, or begins a new list."""
    level = int(max(1, min(_DEEPEST_LEVEL, stated)))
    current = page.lists[-1] if page.lists else None
    match = next((at for at, (depth, name, _) in enumerate(page.lists) if (depth, name) == (level, kind)), None)
    if current is not None and level > current[0]:
        page.write(f"<{_LISTS.get(kind, 'ul')}>")
    elif match is not None:
        page.close_lists(match + 1)
        page.close_item()
    else:
        page.close_lists()
        page.write(f"<{_LISTS.get(kind, 'ul')}>")
    tag = _tag(block)
    page.write(f"<li><{tag}>" if tag else "<li>")
    page.lists.append((level, kind, f"</{tag}></li>" if tag else "</li>"))
    _render_children(page, block)


def _tag(block: Mapping[str, object]) -> str | None:
    """The element of a block's style: None for a normal one, a paragraph for a style nobody knows."""
    style = block.get("style")
    if not isinstance(style, str) or style in {"", "normal"}:
        return None
    return _STYLES.get(style, "p")


def _render_children(page: _Page, block: Mapping[str, object]) -> None:
    """Spans with their marks: a mark that runs on over the next spans stays open, and longer runs lie outside."""
    children = items_of(block.get("children"))
    page.children += len(children)
    definitions = _definitions(block.get("markDefs"))
    marked = [_marks(child) for child in children]
    runs = _runs(marked)
    opened: list[tuple[str, str]] = []
    for child, marks, run in zip(children, marked, runs, strict=True):
        needed = sorted(marks, key=lambda mark: (-run[mark], _RANKS.get(mark, -1), mark.casefold(), mark.swapcase()))
        keep = 0
        while keep < len(opened) and opened[keep][0] in needed:
            needed.remove(opened[keep][0])
            keep += 1
        _close_marks(page, opened, keep)
        if page.size >= LONGEST_HTML:
            break
        for mark in needed:
            start, end = _element(mark, definitions.get(mark))
            page.write(start)
            opened.append((mark, end))
        page.write(_escaped((span_text(child) or "")[:LONGEST_TEXT]))
    _close_marks(page, opened, 0)


def _close_marks(page: _Page, opened: list[tuple[str, str]], keep: int) -> None:
    while len(opened) > keep:
        page.write(opened.pop()[1])


def _marks(child: object) -> list[str]:
    if span_text(child) is None or not isinstance(child, Mapping):
        return []
    return [mark for mark in items_of(child.get("marks"))[:_MOST_MARKS] if isinstance(mark, str)]


def _runs(marked: list[list[str]]) -> list[dict[str, int]]:
    """For each span, over how many spans from there on each of its marks runs without a gap."""
    runs: list[dict[str, int]] = []
    after: dict[str, int] = {}
    for marks in reversed(marked):
        after = {mark: 1 + after.get(mark, 0) for mark in marks}
        runs.append(after)
    return runs[::-1]


def _definitions(found: object) -> dict[str, Mapping[str, object]]:
    """Mark definitions by key; of two with one key the first counts."""
    definitions: dict[str, Mapping[str, object]] = {}
    for each in items_of(found):
        key = each.get("_key") if isinstance(each, Mapping) else None
        if isinstance(each, Mapping) and isinstance(key, str):
            definitions.setdefault(key, each)
    return definitions


def _element(mark: str, definition: Mapping[str, object] | None) -> tuple[str, str]:
    """What opens and closes a mark; nothing for a link that is not safe and for marks nobody knows."""
    if definition is None:
        return _DECORATORS.get(mark, ("", ""))
    kind = definition.get("_type")
    if kind != "link":
        return _DECORATORS.get(kind, ("", "")) if isinstance(kind, str) else ("", "")
    href = definition.get("href")
    text = href if isinstance(href, str) else ""
    if len(text) > _LONGEST_HREF or not is_safe_href(text):
        return "", ""
    return f'<a href="{_attribute(text)}">', "</a>"


def _render_image(page: _Page, block: Mapping[str, object], url: str | None) -> None:
    if not url or len(url) > _LONGEST_HREF:
        return
    alt, caption = block.get("alt"), block.get("caption")
    page.write(f'<figure><img src="{_attribute(url)}" alt="{_attribute(alt if isinstance(alt, str) else "")}"/>')
    if isinstance(caption, str) and caption:
        page.write(f"<figcaption>{_escaped(caption[:_LONGEST_HREF])}</figcaption>")
    page.write("</figure>")


def _escaped(text: str) -> str:
    """Text as markup: a line feed becomes a break, and of several spaces all but the last are kept from collapsing."""
    spaced = _SPACES.sub(lambda run: "&nbsp;" * (len(run[0]) - 1) + " ", _clean(text))
    return spaced.replace("\n", "<br/>")


def _attribute(text: str) -> str:
    return _clean(text[:_LONGEST_HREF])


def _clean(text: str) -> str:
    """Escaped for text and for quoted attributes; half surrogates, which UTF-8 cannot carry, become a mark."""
    return _SURROGATES.sub("\ufffd", text).translate(_ESCAPES)
