"""Documents made ready for execution: parsed, bounded, validated and kept, so that a known text costs a look-up."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Literal

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, parse

from .analysis import Estimate, estimate, size_of
from .document_shapes import judge_shape
from .errors import (
    LIMIT_EXCEEDED,
    OPERATION_NOT_RESOLVED,
    PARSE_FAILED,
    VALIDATION_FAILED,
    Refused,
    error_body,
    refuse_document,
)
from .field_facts import FieldFacts
from .limits_broken import LimitBroken
from .options import TransportOptions
from .shared_topics import Sharing, judge_sharing
from .structure import judge_structure
from .validation import build_rules, judge_document

Kind = Literal["query", "mutation", "subscription"]
_ESTIMATES_KEPT = 16
_LONG = 2_048


@dataclass(slots=True, eq=False)
class PreparedOperation:
    """One operation of a validated document, with the estimates made of it so far."""

    document: DocumentNode
    definition: OperationDefinitionNode
    kind: Kind
    name: str | None
    digest: str
    is_incremental: bool
    _depends_on: tuple[str, ...] | None = None
    _estimates: "OrderedDict[tuple[int | None, ...], Estimate]" = field(default_factory=OrderedDict)
    _sharing: Sharing | Literal["unjudged"] | None = "unjudged"

    def estimate(self, facts: FieldFacts, variables: Mapping[str, object]) -> Estimate:
        """The price under these variables; only those that size a page matter, so most calls are a look-up."""
        if self._depends_on is not None:
            known = self._estimates.get(self._key(variables))
            if known is not None:
                return known
        found, depends_on = estimate(self.document, self.definition, facts, variables)
        self._depends_on = tuple(sorted(depends_on))
        self._estimates[self._key(variables)] = found
        if len(self._estimates) > _ESTIMATES_KEPT:
            self._estimates.popitem(last=False)
        return found

    def sharing(self, facts: FieldFacts) -> Sharing | None:
        """How a subscription's events may be shared between its clients; judged once."""
        if self._sharing == "unjudged":
            self._sharing = judge_sharing(self.document, self.definition, facts)
        return self._sharing

    def _key(self, variables: Mapping[str, object]) -> tuple[int | None, ...]:
        return tuple([size_of(variables.get(name)) for name in self._depends_on]) if self._depends_on else ()


@dataclass(frozen=True, slots=True)
class _Known:
    operations: Mapping[str, PreparedOperation]
    refusal: Refused | None
    size: int


class Documents:
    """Prepares documents under one schema and one set of options; keeps the latest, refused ones included.

    The cache is bounded in entries and in bytes of text, least recently used first out.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        facts: FieldFacts,
        options: TransportOptions,
        *,
        max_entries: int = 2_000,
        max_bytes: int = 8 * 1024 * 1024,
    ) -> None:
        self._schema = schema
        self._facts = facts
        self._options = options
        self._rules = build_rules(introspection=options.introspection, errors_per_rule=options.errors_per_rule)
        self._limits = options.limits
        self._suggestions = options.suggestions
        self._once = frozenset(name for fields in facts.by_type.values() for name, fact in fields.items() if fact.once)
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._bytes = 0
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self.hits = 0
        self.misses = 0

    def outspoken(self) -> "Documents":
        """The same judge for those who run the endpoint: every mistake is told, with suggestions."""
        told = replace(self._options, introspection=True, suggestions=True, errors_per_rule=5)
        return Documents(self._schema, self._facts, told)

    def known(self, source: str, operation_name: str | None) -> PreparedOperation | Refused | None:
        """The same as `prepare`, for a text that is known, and without counting it; None for any other."""
        known = self._known.get(source)
        if known is None:
            return None
        self._known.move_to_end(source)
        return known.refusal or _choose(known.operations, operation_name)

    async def prepare(self, source: str, operation_name: str | None) -> PreparedOperation | Refused:
        """The named operation of a document (or its only one), or why it cannot run.

        A long text is read in steps between which the event loop turns, so that nobody else waits for all of it.
        """
        prepared = self.known(source, operation_name)
        if prepared is not None:
            self.hits += 1
            return prepared
        self.misses += 1
        read = await self._read(source)
        self._keep(source, read)
        return read.refusal or _choose(read.operations, operation_name)

    async def _read(self, source: str) -> _Known:
        size = len(source)
        too_long = judge_shape(source, self._limits) if size <= self._limits.document_bytes else None
        if size > self._limits.document_bytes:
            too_long = f"The document is longer than {self._limits.document_bytes} bytes."
        if too_long is not None:
            return _Known({}, _limit_refusal(too_long), size)
        pause = size > _LONG
        try:
            document = parse(source, max_tokens=self._limits.tokens * 2)
        except GraphQLError as error:
            return _Known({}, refuse_document([error], PARSE_FAILED), size)
        if pause:
            await asyncio.sleep(0)
        broken = judge_structure(document, self._limits, once=self._once)
        if broken is not None:
            return _Known({}, refuse_limit(broken), size)
        errors = judge_document(self._schema, source, document, self._rules, suggestions=self._suggestions)
        if errors:
            return _Known({}, refuse_document(errors, VALIDATION_FAILED), size)
        return _Known(_operations(document, source), None, size)

    def _keep(self, source: str, known: _Known) -> None:
        replaced = self._known.pop(source, None)
        self._known[source] = known
        self._bytes += known.size - (replaced.size if replaced is not None else 0)
        while len(self._known) > self._max_entries or (self._bytes > self._max_bytes and len(self._known) > 1):
            _, dropped = self._known.popitem(last=False)
            self._bytes -= dropped.size


def digest_of(source: str) -> str:
    """The SHA-256 of a document's text in hexadecimal: its name in every persisted-document protocol."""
    return sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


def refuse_limit(broken: LimitBroken) -> Refused:
    """The refusal of a document that breaks a bound."""
    return _limit_refusal(broken.message)


def _limit_refusal(message: str) -> Refused:
    return Refused(status=400, errors=[error_body(LIMIT_EXCEEDED, message)], is_graphql=True)


def _operations(document: DocumentNode, source: str) -> Mapping[str, PreparedOperation]:
    digest = digest_of(source)
    is_incremental = "@defer" in source or "@stream" in source
    operations: dict[str, PreparedOperation] = {}
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            name = node.name.value if node.name else None
            kind: Kind = node.operation.value
            operations[name or ""] = PreparedOperation(document, node, kind, name, digest, is_incremental)
    return operations


def _choose(operations: Mapping[str, PreparedOperation], name: str | None) -> PreparedOperation | Refused:
    if name is not None:
        chosen = operations.get(name) if name else None
        return chosen or _unresolved(f'The document has no operation named "{name[:100]}".')
    if len(operations) == 1:
        return next(iter(operations.values()))
    if not operations:
        return _unresolved("The document contains no operation.")
    return _unresolved("The document contains several operations; operationName must say which one to run.")


def _unresolved(message: str) -> Refused:
    return Refused(status=400, errors=[error_body(OPERATION_NOT_RESOLVED, message)], is_graphql=True)
