"""The small shapes every document is made of: references, slugs, images, blocks and money in Sanity's form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

Document = dict[str, Any]

_LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
_STRONG = re.compile(r"\*\*([^*]+)\*\*")


def slug(text: str, suffix: str = "") -> Document:
    """A slug object made of a title; a suffix keeps equal titles apart."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80].strip("-")
    return {"_type": "slug", "current": f"{words}-{suffix}" if suffix else words}


def reference(document_id: str, *, weak: bool = False) -> Document:
    """A reference to another document; a weak one may point at nothing."""
    found: Document = {"_type": "reference", "_ref": document_id}
    return {**found, "_weak": True} if weak else found


def keyed(references: Iterable[Document]) -> list[Document]:
    """References as members of an array, which Sanity wants to have keys."""
    return [{"_key": f"r{index}", **each} for index, each in enumerate(references)]


def image(name: str, alt: str, key: str | None = None) -> Document:
    """An image field as exports hold it: the file is named, and whoever imports it uploads it."""
    found: Document = {"_type": "image", "_sanityAsset": f"image@file://./images/{name}.jpg", "alt": alt}
    return {"_key": key, **found} if key else found


def money(rand: int) -> Document:
    """A price: integer cents and the currency."""
    return {"_type": "money", "amountMinor": rand * 100, "currency": "ZAR"}


def block(key: str, text: str, style: str = "normal", *, bullet: str | None = None) -> Document:
    """One Portable Text block; `**strong**` and `[text](href)` in the text become marks."""
    marks: list[Document] = []
    children: list[Document] = []
    at = 0
    for found in _LINK.finditer(text):
        children += _spans(text[at : found.start()])
        mark = f"{key}l{len(marks)}"
        marks.append({"_type": "link", "_key": mark, "href": found[2]})
        children.append({"_type": "span", "text": found[1], "marks": [mark]})
        at = found.end()
    children += _spans(text[at:])
    spans = [{"_key": f"{key}s{index}", **child} for index, child in enumerate(children)]
    head: Document = {"_type": "block", "_key": key, "style": style}
    if bullet:
        head |= {"listItem": bullet, "level": 1}
    return {**head, "markDefs": marks, "children": spans}


def _spans(text: str) -> list[Document]:
    parts = _STRONG.split(text)
    return [
        {"_type": "span", "text": part, "marks": ["strong"] if index % 2 else []}
        for index, part in enumerate(parts)
        if part
    ]


def body(paragraphs: Sequence[str], points: Sequence[str] = ()) -> list[Document]:
    """Portable Text of paragraphs; `## ` begins a heading, `- ` and `1. ` list items, `> ` a quotation."""
    lines = [*paragraphs, *(f"- {point}" for point in points)]
    return [_line(f"b{index}", line) for index, line in enumerate(lines)]


def _line(key: str, line: str) -> Document:
    if line.startswith("## "):
        return block(key, line[3:], "h2")
    if line.startswith("> "):
        return block(key, line[2:], "blockquote")
    if line.startswith("- "):
        return block(key, line[2:], bullet="bullet")
    if line.startswith("1. "):
        return block(key, line[3:], bullet="number")
    return block(key, line)
