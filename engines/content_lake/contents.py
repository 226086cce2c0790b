"""What a document may contain: ids, sizes and shapes that are allowed, and the references found inside."""

import re
import secrets
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from engines.content_lake.faults import MutationFailedError
from engines.content_lake.records import Document

MAX_DOCUMENT_BYTES = 32 * 1024 * 1024
MAX_ATTRIBUTES = 1_000
MAX_DEPTH = 20

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


def check_id(document_id: object) -> str:
    """The id itself when it is well formed; raises MutationFailedError otherwise."""
    if (
        not isinstance(document_id, str)
        or not _ID.fullmatch(document_id)
        or ".." in document_id
        or document_id.endswith(".")
    ):
        raise MutationFailedError("invalidDocumentIDError", f'Malformed document ID: "{document_id}"', id=document_id)
    return document_id


def check_contents(document: Document) -> None:
    """Refuses a document that is too deep or has too many distinct attribute paths."""
    paths: set[str] = set()
    pending: list[tuple[Any, str, int]] = [(document, "", 1)]
    while pending:
        value, path, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise _too_much(document, f"attributes are nested more than {MAX_DEPTH} levels deep")
        if type(value) is dict:
            for name, child in value.items():
                below = f"{path}.{name}"
                paths.add(below)
                if type(child) is dict or type(child) is list:
                    pending.append((child, below, depth + 1))
            if len(paths) > MAX_ATTRIBUTES:
                raise _too_much(document, f"it has more than {MAX_ATTRIBUTES} attributes")
        else:
            for child in value:
                if type(child) is dict:
                    pending.append((child, path, depth))
                elif type(child) is list:
                    pending.append((child, path, depth + 1))


def check_size(document: Document) -> None:
    """Refuses a document whose JSON is larger than the limit."""
    if len(orjson.dumps(document)) > MAX_DOCUMENT_BYTES:
        raise _too_much(document, f"it is larger than {MAX_DOCUMENT_BYTES // 1024 // 1024} MB")


def _too_much(document: Document, reason: str) -> MutationFailedError:
    document_id = document.get("_id")
    return MutationFailedError("documentLimitError", f'Document "{document_id}": {reason}', id=document_id)


def strong_references(value: object) -> set[str]:
    """Ids of the same dataset that must exist: every `_ref` that is not `_weak` and names no other dataset."""
    return {target for target, is_weak in references(value) if not is_weak}


def references(value: object) -> Iterator[tuple[str, bool]]:
    """Every reference inside a value to a document of the same dataset: (id, whether it is weak)."""
    pending = [value]
    while pending:
        current = pending.pop()
        if type(current) is dict:
            target = current.get("_ref")
            if type(target) is str and _is_local(target, current):
                yield target, current.get("_weak") is True
            children: Iterable[object] = current.values()
        else:
            children = current if type(current) is list else ()
        pending.extend([child for child in children if type(child) is dict or type(child) is list])


def _is_local(target: str, reference: Document) -> bool:
    return "_dataset" not in reference and "_projectId" not in reference and ":" not in target


def add_array_keys(value: object) -> None:
    """Gives every object in an array a random `_key` where it has none, in place."""
    pending = [value]
    while pending:
        current = pending.pop()
        if type(current) is dict:
            pending.extend([child for child in current.values() if type(child) is dict or type(child) is list])
        elif type(current) is list:
            for child in current:
                if type(child) is dict:
                    if "_key" not in child:
                        child["_key"] = secrets.token_hex(6)
                    pending.append(child)
                elif type(child) is list:
                    pending.append(child)
