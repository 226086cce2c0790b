"""Documents a query runs over: any list of them, or an indexed collection that changes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Protocol

from engines.groq.references import find_references
from engines.groq.values import Value

Document = dict[str, Value]


class Source(Protocol):
    """What the evaluation asks of the documents."""

    def all(self) -> list[Document]:
        """Every document, in the order of the dataset."""
        ...

    def by_id(self, document_id: str) -> Document | None:
        """The document of that id."""
        ...

    def with_ids(self, ids: Collection[str]) -> list[Document]:
        """Every document of those ids, in order."""
        ...

    def of_types(self, types: Collection[str]) -> list[Document] | None:
        """Every document of those types in order, or None when there is no such index."""
        ...

    def referring_to(self, ids: Collection[str]) -> list[Document]:
        """Every document that references one of those ids, in order."""
        ...

    def equal_at(self, path: str, value: str) -> list[Document] | None:
        """Every document with that string at the dotted path in order, or None when there is no such index."""
        ...


class DocumentList:
    """A plain sequence of documents; indexes that a query asks for are built on first use."""

    def __init__(self, documents: list[Document]) -> None:
        self._documents = documents
        self._by_id: dict[str, list[int]] | None = None
        self._referring: dict[str, list[int]] | None = None

    def all(self) -> list[Document]:
        """Every document, in the order given."""
        return self._documents

    def by_id(self, document_id: str) -> Document | None:
        """The first document of that id."""
        places = self._places_by_id().get(document_id)
        return self._documents[places[0]] if places else None

    def with_ids(self, ids: Collection[str]) -> list[Document]:
        """Every document of those ids, in the order given."""
        return self._pick(self._places_by_id(), ids)

    def of_types(self, types: Collection[str]) -> list[Document] | None:  # noqa: ARG002 - the protocol names it
        """No index: a list is scanned."""
        return None

    def referring_to(self, ids: Collection[str]) -> list[Document]:
        """Every document that references one of those ids, in the order given."""
        if self._referring is None:
            self._referring = {}
            for place, document in enumerate(self._documents):
                for target in find_references(document):
                    self._referring.setdefault(target, []).append(place)
        return self._pick(self._referring, ids)

    def equal_at(self, path: str, value: str) -> list[Document] | None:  # noqa: ARG002 - the protocol names them
        """No index: a list is scanned."""
        return None

    def _places_by_id(self) -> dict[str, list[int]]:
        if self._by_id is None:
            self._by_id = {}
            for place, document in enumerate(self._documents):
                if type(document) is dict and type(document.get("_id")) is str:
                    self._by_id.setdefault(document["_id"], []).append(place)
        return self._by_id

    def _pick(self, places: dict[str, list[int]], keys: Collection[str]) -> list[Document]:
        found = {place for key in keys for place in places.get(key, ())}
        return [self._documents[place] for place in sorted(found)]


class _OrderedDocuments:
    """Documents in `_id` order. Changes make a new list, so that whoever iterates keeps what they began with."""

    __slots__ = ("documents", "ids")

    def __init__(self, documents: Sequence[Document] = ()) -> None:
        self.documents = sorted(documents, key=itemgetter("_id"))
        self.ids = [document["_id"] for document in self.documents]

    def put(self, document: Document) -> None:
        document_id = document["_id"]
        at = bisect_left(self.ids, document_id)
        is_known = at < len(self.ids) and self.ids[at] == document_id
        self.documents = [*self.documents[:at], document, *self.documents[at + is_known :]]
        if not is_known:
            self.ids.insert(at, document_id)

    def remove(self, document_id: str) -> None:
        at = bisect_left(self.ids, document_id)
        if at < len(self.ids) and self.ids[at] == document_id:
            self.documents = [*self.documents[:at], *self.documents[at + 1 :]]
            del self.ids[at]


class Dataset:
    """An indexed, changeable collection of documents, iterated in `_id` order.

    Indexes: `_id`, `_type`, strings at the declared paths, and which documents reference an id. Documents belong to
    the dataset once put: whoever changes one afterwards puts it again. One writer at a time; a reader that began
    before a change goes on with the list it had.
    """

    def __init__(self, documents: Iterable[Document] = (), equality_paths: Sequence[str] = ("slug.current",)) -> None:
        self._paths = {path: tuple(path.split(".")) for path in equality_paths}
        self._documents: dict[str, Document] = {}
        for document in documents:
            self._documents[_id_of(document)] = document
        self._ordered = _OrderedDocuments(list(self._documents.values()))
        self._types: dict[str, _OrderedDocuments] = {}
        self._referring: dict[str, set[str]] = {}
        self._equal: dict[str, dict[str, set[str]]] = {path: {} for path in self._paths}
        by_type: dict[str, list[Document]] = {}
        for document in self._documents.values():
            self._link(document)
            if type(document.get("_type")) is str:
                by_type.setdefault(document["_type"], []).append(document)
        for type_name, members in by_type.items():
            self._types[type_name] = _OrderedDocuments(members)

    def put(self, document: Document) -> None:
        """Add the document, or replace the one of the same `_id`."""
        document_id = _id_of(document)
        old = self._documents.get(document_id)
        if old is not None:
            self._unlink(old)
            if old.get("_type") != document.get("_type"):
                self._leave_type(old)
        self._documents[document_id] = document
        self._link(document)
        self._ordered.put(document)
        type_name = document.get("_type")
        if type(type_name) is str:
            self._types.setdefault(type_name, _OrderedDocuments()).put(document)

    def remove(self, document_id: str) -> None:
        """Take the document out; nothing happens when there is none."""
        old = self._documents.pop(document_id, None)
        if old is not None:
            self._unlink(old)
            self._leave_type(old)
            self._ordered.remove(document_id)

    def get(self, document_id: str) -> Document | None:
        """The document of that id."""
        return self._documents.get(document_id)

    def __len__(self) -> int:
        return len(self._documents)

    def __iter__(self) -> Iterator[Document]:
        return iter(self._ordered.documents)

    def all(self) -> list[Document]:
        """Every document in `_id` order; not to be changed."""
        return self._ordered.documents

    by_id = get

    def with_ids(self, ids: Collection[str]) -> list[Document]:
        """Every document of those ids, in `_id` order."""
        return self._in_order({document_id for document_id in ids if document_id in self._documents})

    def of_types(self, types: Collection[str]) -> list[Document] | None:
        """Every document of those types in `_id` order; not to be changed."""
        members = [self._types[name].documents for name in set(types) if name in self._types]
        if len(members) == 1:
            return members[0]
        return sorted((document for part in members for document in part), key=itemgetter("_id"))

    def referring_to(self, ids: Collection[str]) -> list[Document]:
        """Every document that references one of those ids, in `_id` order."""
        found = [self._referring[target] for target in ids if target in self._referring]
        return self._in_order(found[0] if len(found) == 1 else set().union(*found))

    def equal_at(self, path: str, value: str) -> list[Document] | None:
        """Every document with that string at the declared path, in `_id` order."""
        index = self._equal.get(path)
        return None if index is None else self._in_order(index.get(value, ()))

    def _in_order(self, ids: Iterable[str]) -> list[Document]:
        documents = self._documents
        return [documents[document_id] for document_id in sorted(ids)]

    def _link(self, document: Document) -> None:
        document_id = document["_id"]
        for target in find_references(document):
            self._referring.setdefault(target, set()).add(document_id)
        for path, parts in self._paths.items():
            value = _value_at(document, parts)
            if value is not None:
                self._equal[path].setdefault(value, set()).add(document_id)

    def _unlink(self, document: Document) -> None:
        document_id = document["_id"]
        for target in find_references(document):
            _discard(self._referring, target, document_id)
        for path, parts in self._paths.items():
            value = _value_at(document, parts)
            if value is not None:
                _discard(self._equal[path], value, document_id)

    def _leave_type(self, document: Document) -> None:
        members = self._types.get(document.get("_type", ""))
        if members is not None:
            members.remove(document["_id"])


def _discard(index: dict[str, set[str]], key: str, document_id: str) -> None:
    members = index.get(key)
    if members is not None:
        members.discard(document_id)
        if not members:
            del index[key]


def _id_of(document: Mapping[str, Value]) -> str:
    document_id = document.get("_id")
    if type(document_id) is not str:
        raise ValueError("A document of a dataset needs a string _id")
    return document_id


def _value_at(document: Document, parts: tuple[str, ...]) -> str | None:
    value: Value = document
    for part in parts:
        if type(value) is not dict:
            return None
        value = value.get(part)
    return value if type(value) is str else None
