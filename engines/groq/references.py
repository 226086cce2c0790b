"""Which ids a document references, as the specification's HasReferenceTo sees it."""

from __future__ import annotations

from collections.abc import Container

from engines.groq.values import Value


def find_references(value: Value) -> set[str]:
    """Every id referenced at any depth; an object with `_ref` is not looked into any further."""
    found: set[str] = set()
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if type(current) is dict:
            if "_ref" in current:
                if type(current["_ref"]) is str:
                    found.add(current["_ref"])
            else:
                waiting.extend(item for item in current.values() if type(item) is dict or type(item) is list)
        elif type(current) is list:
            waiting.extend(item for item in current if type(item) is dict or type(item) is list)
    return found


def has_reference(value: Value, ids: Container[str]) -> bool:
    """Whether one of the ids is referenced at any depth."""
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if type(current) is dict:
            if "_ref" in current:
                if type(current["_ref"]) is str and current["_ref"] in ids:
                    return True
            else:
                waiting.extend(item for item in current.values() if type(item) is dict or type(item) is list)
        elif type(current) is list:
            waiting.extend(item for item in current if type(item) is dict or type(item) is list)
    return False
