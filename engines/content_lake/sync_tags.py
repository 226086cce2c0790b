"""Sync tags: opaque names for what a query read, and for what a transaction changed.

A query's tags come from tracing every access it makes to the documents, so they are as precise as its plan: ids that
were looked up or followed, types that were scanned, an indexed value, the referrers of an id, or the whole dataset.
A transaction carries the tag of everything that could notice it.
"""

import base64
import hashlib
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from engines.content_lake.contents import references
from engines.content_lake.perspectives import split_id
from engines.content_lake.records import Change, Document
from engines.groq import Dataset

MAX_TAGS = 300
EQUALITY_PATHS = ("slug.current",)


@lru_cache(maxsize=65_536)
def _tag(dataset: str, kind: str, name: str) -> str:
    digest = hashlib.sha256(f"{dataset}\0{kind}\0{name}".encode()).digest()[:9]
    return f"s1:{base64.urlsafe_b64encode(digest).decode()}"


class TracedDataset(Dataset):
    """Another dataset's documents, and the tags of everything that was asked of them."""

    def __init__(self, documents: Dataset, name: str) -> None:
        self._source = documents
        self._name = name
        self._tags: set[str] = set()

    def tags(self) -> list[str]:
        """What was read; too many tags become the one of the whole dataset."""
        everything = _tag(self._name, "dataset", "")
        if everything in self._tags or len(self._tags) > MAX_TAGS:
            return [everything]
        return sorted(self._tags)

    def _read(self, kind: str, names: Iterable[str]) -> None:
        self._tags.update(_tag(self._name, kind, name) for name in names)

    def __len__(self) -> int:
        self._read("dataset", ("",))
        return len(self._source)

    def __iter__(self) -> Iterator[Document]:
        return iter(self.all())

    def all(self) -> list[Document]:
        """Every document; reads the dataset."""
        self._read("dataset", ("",))
        return self._source.all()

    def get(self, document_id: str) -> Document | None:
        """The document of that id; reads the id, also when there is no such document."""
        self._tags.add(_tag(self._name, "id", document_id))
        return self._source.get(document_id)

    by_id = get

    def with_ids(self, ids: Collection[str]) -> list[Document]:
        """The documents of those ids; reads the ids."""
        self._read("id", ids)
        return self._source.with_ids(ids)

    def of_types(self, types: Collection[str]) -> list[Document] | None:
        """The documents of those types; reads the types."""
        self._read("type", types)
        return self._source.of_types(types)

    def referring_to(self, ids: Collection[str]) -> list[Document]:
        """The documents that refer to one of the ids; reads their referrers."""
        self._read("referrers", ids)
        return self._source.referring_to(ids)

    def equal_at(self, path: str, value: str) -> list[Document] | None:
        """The documents with a value at an indexed path; reads the value."""
        found = self._source.equal_at(path, value)
        if found is not None:
            self._read(path, (value,))
        return found


def change_tags(dataset: str, changes: Iterable[Change]) -> list[str]:
    """The tags of everything that could notice these changes."""
    tags = {_tag(dataset, "dataset", "")}
    for change in changes:
        tags.add(_tag(dataset, "id", change.document_id))
        tags.add(_tag(dataset, "id", split_id(change.document_id)[0]))
        for document in (change.before, change.after):
            if document is not None:
                tags.add(_tag(dataset, "type", document["_type"]))
                tags.update(_tag(dataset, "referrers", target) for target, _ in references(document))
                tags.update(_tag(dataset, path, value) for path, value in _values(document))
    return sorted(tags)


def _values(document: Document) -> Iterator[tuple[str, str]]:
    for path in EQUALITY_PATHS:
        value: object = document
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, str):
            yield path, value
