"""The pt namespace: plain text of Portable Text."""

from __future__ import annotations

from engines.groq.values import Value


def text_of(value: Value) -> Value:
    """The text of a block, or of all blocks in an array with an empty line between them; null without any."""
    if type(value) is dict:
        return _text_of_block(value)
    if type(value) is not list:
        return None
    texts: list[str] = []
    waiting: list[Value] = [value]
    while waiting:
        current = waiting.pop()
        if type(current) is list:
            waiting.extend(reversed(current))
        elif type(current) is dict:
            text = _text_of_block(current)
            if text is not None:
                texts.append(text)
    return "\n\n".join(texts) if texts else None


def as_portable_text(value: Value) -> Value:
    """The value itself when it is a block or an array of blocks, else null."""
    if type(value) is dict:
        return value if _is_block(value) else None
    if type(value) is list and all(type(item) is dict and _is_block(item) for item in value):
        return value
    return None


def _is_block(value: dict[str, Value]) -> bool:
    return type(value.get("_type")) is str and type(value.get("children")) is list


def _text_of_block(block: dict[str, Value]) -> str | None:
    if not _is_block(block):
        return None
    return "".join(
        child["text"]
        for child in block["children"]
        if type(child) is dict and child.get("_type") == "span" and type(child.get("text")) is str
    )
