"""Portable Text as plain text: what GROQ's `pt::text` says of the same value, bounded and cut at a word.

The value comes from a content store that anyone with a Studio may fill, so any JSON is accepted and none raises.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

LONGEST_TEXT = 200_000
"""Characters beyond which text and markup are not rendered."""
MOST_BLOCKS = 5_000
"""Members of any one array beyond which the rest is left out."""
MOST_CHILDREN = 20_000
"""Spans and inline objects of all blocks together beyond which the rest is left out."""

_ELLIPSIS = "…"


def plain_text(value: object, *, max_length: int | None = None) -> str:
    """The text of a block or of an array of blocks, with an empty line between two blocks.

    Spans are joined as they are; whatever is no block has no text. With `max_length` (at least 1) a longer text is cut
    after its last whole word that leaves room for an ellipsis; a single longer word is cut within.
    """
    longest = LONGEST_TEXT if max_length is None else max(1, min(max_length, LONGEST_TEXT))
    parts: list[str] = []
    length, children = -2, 0
    for block in blocks_of(value):
        text = _text_of(block, longest + 1)
        parts.append(text)
        length += 2 + len(text)
        children += len(items_of(block.get("children")))
        if length > longest or children > MOST_CHILDREN:
            break
    return _shortened("\n\n".join(parts), longest)


def blocks_of(value: object) -> Iterator[Mapping[str, object]]:
    """The objects of a Portable Text value that have a type and children, nested arrays included, at most so many."""
    waiting = [iter(items_of(value) if is_array(value) else (value,))]
    seen = 0
    while waiting and seen < MOST_BLOCKS:
        seen += 1
        for item in waiting[-1]:
            if is_array(item):
                waiting.append(iter(items_of(item)))
            elif isinstance(item, Mapping) and isinstance(item.get("_type"), str) and is_array(item.get("children")):
                yield item
            break
        else:
            waiting.pop()


def is_array(value: object) -> bool:
    """Whether a value is what JSON calls an array (records hold arrays as tuples)."""
    return isinstance(value, (list, tuple))


def items_of(value: object) -> Sequence[object]:
    """The members of an array, at most so many; anything else has none."""
    return value[:MOST_BLOCKS] if isinstance(value, (list, tuple)) else ()


def span_text(child: object) -> str | None:
    """The text of a span; None for inline objects and for what is malformed."""
    if not isinstance(child, Mapping) or child.get("_type") != "span":
        return None
    text = child.get("text")
    return text if isinstance(text, str) else None


def _text_of(block: Mapping[str, object], longest: int) -> str:
    parts: list[str] = []
    room = longest
    for child in items_of(block.get("children")):
        part = (span_text(child) or "")[:room]
        parts.append(part)
        room -= len(part)
        if room <= 0:
            break
    return "".join(parts)


def _shortened(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    is_within_word = not text[longest - 1].isspace() and not head[-1:].isspace()
    if is_within_word and len(words := head.rsplit(None, 1)) > 1:
        head = words[0]
    return head.rstrip() + _ELLIPSIS
