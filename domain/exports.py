"""Content exports: reading one, the pictures it brings, and an order in which references always point backwards."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

Document = dict[str, Any]

LONGEST_LINE = 16 * 1024 * 1024
_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}")
_ASSET = re.compile(r"image@file://(?:\./)?(.+)")
ASSET_KEY = "_sanityAsset"


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that is no document; nothing of the file is imported."""

    number: int
    sentence: str


def read_export(lines: Iterable[str]) -> list[Document] | BrokenLine:
    """Every document of an NDJSON export, or the first line that is none. Empty lines are skipped."""
    documents: list[Document] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        found = _document(line)
        if isinstance(found, str):
            return BrokenLine(number, found)
        if found["_id"] in seen:
            return BrokenLine(number, f"the id {found['_id']} already stands in line {seen[found['_id']]}")
        seen[found["_id"]] = number
        documents.append(found)
    return documents


def _document(line: str) -> Document | str:
    if len(line) > LONGEST_LINE:
        return "the line is longer than 16 MiB"
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"it is not JSON ({error})"
    if not isinstance(found, dict):
        return "it is not a JSON object"
    document_id, kind = found.get("_id"), found.get("_type")
    if not isinstance(document_id, str) or not _ID.fullmatch(document_id):
        return "it has no usable _id"
    if not isinstance(kind, str) or not kind:
        return "it has no _type"
    return found


def asset_files(documents: Iterable[Document]) -> list[str]:
    """The relative paths of the pictures that the export brings, each once."""
    found: dict[str, None] = {}
    for document in documents:
        for holder in _objects(document):
            match = _ASSET.fullmatch(str(holder.get(ASSET_KEY, "")))
            if match:
                found[match[1]] = None
    return list(found)


def with_assets(value: Any, ids: Mapping[str, str]) -> Any:
    """The value with each brought picture replaced by a reference to its uploaded asset."""
    if isinstance(value, list):
        return [with_assets(each, ids) for each in value]
    if not isinstance(value, dict):
        return value
    changed = {name: with_assets(each, ids) for name, each in value.items() if name != ASSET_KEY}
    match = _ASSET.fullmatch(str(value.get(ASSET_KEY, "")))
    if match and match[1] in ids:
        changed["asset"] = {"_type": "reference", "_ref": ids[match[1]]}
    return changed


def in_reference_order(documents: Sequence[Document]) -> list[Document]:
    """The documents with every strong reference pointing backwards; a circle keeps the order of the file."""
    by_id = {each["_id"]: each for each in documents}
    graph = {each["_id"]: [ref for ref in strong_references(each) if ref in by_id] for each in documents}
    try:
        return [by_id[each] for each in TopologicalSorter(graph).static_order()]
    except CycleError:
        return list(documents)


def strong_references(document: Document) -> Iterator[str]:
    """Ids of the documents that must exist for this one to be stored."""
    for holder in _objects(document):
        target = holder.get("_ref")
        if isinstance(target, str) and not holder.get("_weak") and target != document["_id"]:
            yield target


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)


def batches(documents: Sequence[Document], *, most_bytes: int, most_documents: int) -> Iterator[list[Document]]:
    """Runs of documents that fit in one transaction."""
    batch: list[Document] = []
    size = 0
    for document in documents:
        length = len(json.dumps(document, ensure_ascii=False).encode())
        if batch and (size + length > most_bytes or len(batch) >= most_documents):
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += length
    if batch:
        yield batch
