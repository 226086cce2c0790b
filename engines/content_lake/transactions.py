"""Works out what a list of mutations does to a dataset, without doing it: all of them, or a named refusal."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from engines.content_lake.contents import (
    add_array_keys,
    check_contents,
    check_id,
    check_size,
    strong_references,
)
from engines.content_lake.faults import MutationFailedError, items_fault
from engines.content_lake.patches import apply_patch
from engines.content_lake.records import Change, Document, Outcome, Transaction, timestamp

Query = Callable[[str, Mapping[str, object]], list[str]]


class Documents(Protocol):
    """What planning has to know about the dataset as it is."""

    def find(self, document_id: str) -> Document | None:
        """The stored document."""

    def ids(self) -> Iterable[str]:
        """Every id."""

    def referrers(self, document_id: str) -> Iterable[str]:
        """Ids of documents that refer to it strongly."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A transaction as it is asked for."""

    transaction_id: str
    at: datetime
    author: str
    mutations: list[Document]
    kind: str = "mutationError"
    does_add_keys: bool = False
    does_keep_times: bool = False
    does_allow_dangling: bool = False


class Plan:
    """The working state of one transaction: reads through to the dataset, writes stay here."""

    def __init__(self, documents: Documents, intent: Intent, query: Query) -> None:
        self._documents = documents
        self._intent = intent
        self._query = query
        self._working: dict[str, Document | None] = {}
        self._causes: dict[str, int] = {}
        self._index = 0
        self._results: list[tuple[str, str]] = []
        self._referrers_here: dict[str, set[str]] = {}

    def find(self, document_id: str) -> Document | None:
        """The document as this transaction sees it so far."""
        if document_id in self._working:
            return self._working[document_id]
        return self._documents.find(document_id)

    def find_prefix(self, prefix: str) -> list[Document]:
        """Documents whose ids begin with a text, in the order of ids."""
        ids = {one for one in (*self._documents.ids(), *self._working) if one.startswith(prefix)}
        return [document for one in sorted(ids) if (document := self.find(one)) is not None]

    @property
    def at(self) -> datetime:
        """When the transaction happens."""
        return self._intent.at

    def put(self, document_id: str, document: Document | None) -> None:
        """Writes a document, or removes it with None, in the working state."""
        self._working[document_id] = document
        self._causes[document_id] = self._index

    def run(self, steps: Iterable[Callable[["Plan"], None]]) -> Outcome:
        """Applies the steps in order; raises LakeError with every item that failed and then changes nothing."""
        failures: list[tuple[int, MutationFailedError]] = []
        for index, step in enumerate(steps):
            self._index = index
            try:
                step(self)
            except MutationFailedError as failure:
                failures.append((index, failure))
        if not failures:
            failures = [*self._stamp(), *self._check_references()]
        if failures:
            raise items_fault(self._intent.kind, failures)
        changes = tuple(
            Change(document_id, before, after)
            for document_id, after in self._working.items()
            if (before := self._documents.find(document_id)) is not None or after is not None
        )
        transaction = Transaction(
            self._intent.transaction_id, self._intent.at, self._intent.author, self._intent.mutations, changes
        )
        befores = {change.document_id: change.before for change in changes}
        results = [
            (document_id, operation, self.find(document_id) or befores.get(document_id))
            for document_id, operation in self._results
        ]
        return Outcome(transaction, results)

    def mutate(self, mutation: object) -> None:
        """Applies one mutation of the HTTP API."""
        if not isinstance(mutation, dict) or len(mutation) != 1:
            raise MutationFailedError("invalidMutationError", "A mutation is an object with exactly one operation")
        ((name, operand),) = mutation.items()
        if not isinstance(operand, dict):
            raise MutationFailedError("invalidMutationError", f'The mutation "{name}" takes an object')
        if name in {"create", "createOrReplace", "createIfNotExists"}:
            self.create(operand, mode=name)
        elif name == "delete":
            for document_id in self._targets(operand, name):
                self.delete(document_id)
        elif name == "patch":
            for document_id in self._targets(operand, name):
                self.patch(document_id, operand)
        else:
            raise MutationFailedError("invalidMutationError", f'There is no mutation "{name}"')

    def create(self, body: Mapping[str, Any], *, mode: str) -> str:
        """Creates a document in the named way and returns its id."""
        document_id = _creation_id(body, mode)
        document_type = body.get("_type")
        if not isinstance(document_type, str) or not document_type:
            raise MutationFailedError("invalidDocumentError", 'A document needs a "_type"', id=document_id)
        before = self.find(document_id)
        if before is not None and mode == "create":
            raise MutationFailedError(
                "documentAlreadyExistsError", f'Document by ID "{document_id}" already exists', id=document_id
            )
        if before is not None and mode == "createIfNotExists":
            self._results.append((document_id, "none"))
            return document_id
        document: Document = {**body, "_id": document_id}
        now = timestamp(self._intent.at)
        document["_createdAt"] = body.get("_createdAt") or now
        document["_updatedAt"] = (self._intent.does_keep_times and body.get("_updatedAt")) or now
        self.put(document_id, document)
        self._results.append((document_id, "create" if before is None else "update"))
        return document_id

    def delete(self, document_id: str) -> None:
        """Removes a document; a missing one is no failure."""
        exists = self.find(document_id) is not None
        if exists:
            self.put(document_id, None)
        self._results.append((document_id, "delete" if exists else "none"))

    def patch(self, document_id: str, body: Mapping[str, Any]) -> None:
        """Changes a document that has to exist, and to be at the expected revision when one is named."""
        before = self.find(document_id)
        if before is None:
            raise MutationFailedError(
                "documentNotFoundError", f'The document with the ID "{document_id}" was not found', id=document_id
            )
        self.expect_revision(document_id, body.get("ifRevisionID", body.get("ifRevisionId")))
        after = apply_patch(before, body)
        after["_updatedAt"] = timestamp(self._intent.at)
        self.put(document_id, after)
        self._results.append((document_id, "update"))

    def expect_revision(self, document_id: str, expected: object) -> None:
        """Refuses when the document is not at the expected revision; None expects nothing."""
        current = (self.find(document_id) or {}).get("_rev")
        if expected is not None and expected != current:
            raise MutationFailedError(
                "documentRevisionIDDoesNotMatchError",
                f'Document "{document_id}" has unexpected revision ID ("{current}"), expected "{expected}"',
                currentRevisionID=current,
                expectedRevisionID=expected,
                id=document_id,
            )

    def _targets(self, operand: Mapping[str, Any], name: str) -> list[str]:
        if ("id" in operand) == ("query" in operand):
            raise MutationFailedError("invalidMutationError", f'"{name}" takes either an "id" or a "query"')
        if "id" in operand:
            return [check_id(operand["id"])]
        params = operand.get("params", {})
        if not isinstance(operand["query"], str) or not isinstance(params, dict):
            raise MutationFailedError("invalidMutationError", f'"{name}" takes a query string and an object of params')
        return self._query(operand["query"], params)

    def _stamp(self) -> list[tuple[int, MutationFailedError]]:
        """Gives changed documents their revision and checks what they contain."""
        failures = []
        for document_id, document in self._working.items():
            if document is None:
                continue
            if self._intent.does_add_keys:
                add_array_keys(document)
            document["_rev"] = self._intent.transaction_id
            try:
                check_contents(document)
                check_size(document)
            except MutationFailedError as failure:
                failures.append((self._causes[document_id], failure))
        return failures

    def _check_references(self) -> list[tuple[int, MutationFailedError]]:
        failures = []
        targets = {one: strong_references(document) for one, document in self._working.items() if document}
        for source, ids in targets.items():
            for target in ids:
                self._referrers_here.setdefault(target, set()).add(source)
        for document_id, document in self._working.items():
            failure = (
                self._missing_target(document_id, targets[document_id])
                if document
                else self._still_referenced(document_id)
            )
            if failure is None and document is not None:
                failure = self._changed_type(document)
            if failure is not None:
                failures.append((self._causes[document_id], failure))
        return failures

    def _missing_target(self, document_id: str, targets: set[str]) -> MutationFailedError | None:
        """What a document newly refers to must exist; a reference left open by an import does not forbid edits."""
        if self._intent.does_allow_dangling:
            return None
        already = strong_references(self._documents.find(document_id))
        for target in sorted(targets - already):
            if self.find(target) is None:
                return MutationFailedError(
                    "documentReferenceDoesNotExistError",
                    f'Document "{document_id}" references non-existent document "{target}"',
                    id=document_id,
                    referenceID=target,
                )
        return None

    def _referrers(self, document_id: str) -> list[str]:
        """Strong referrers after this transaction."""
        untouched = {other for other in self._documents.referrers(document_id) if other not in self._working}
        return sorted((untouched | self._referrers_here.get(document_id, set())) - {document_id})

    def _still_referenced(self, document_id: str) -> MutationFailedError | None:
        referrers = self._referrers(document_id) if self._documents.find(document_id) else []
        if not referrers:
            return None
        return MutationFailedError(
            "documentHasExistingReferencesError",
            f'Document "{document_id}" cannot be deleted as there are references to it from "{referrers[0]}"',
            id=document_id,
            referencingIDs=referrers[:100],
        )

    def _changed_type(self, document: Document) -> MutationFailedError | None:
        document_id = document["_id"]
        before = self._documents.find(document_id)
        if before is None or before["_type"] == document["_type"] or not self._referrers(document_id):
            return None
        return MutationFailedError(
            "documentHasExistingReferencesError",
            f'The type of document "{document_id}" cannot be changed as there are references to it',
            id=document_id,
            referencingIDs=self._referrers(document_id)[:100],
        )


def _creation_id(body: Mapping[str, Any], mode: str) -> str:
    """The id asked for; `create` without one makes a random id, and an id ending in a dot is a prefix for one."""
    wanted = body.get("_id")
    if wanted in (None, "") and mode == "create":
        return str(uuid.uuid4())
    if isinstance(wanted, str) and wanted.endswith(".") and len(wanted) > 1:
        return check_id(f"{wanted}{uuid.uuid4()}")
    return check_id(wanted)
