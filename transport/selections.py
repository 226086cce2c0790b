"""What an operation needs of the records that it reads, found in its document from what each field says it reads.

A schema says it in `strawberry.field(metadata={"reads": ...})`: names of fields of the record that the type shows (its
`is_type_of` carries that record as `shown`), or names by record, or None for everything. A plain attribute reads
itself. Of a resolver that says nothing everything is assumed, and then nothing is narrowed in the whole operation.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
)
from graphql.execution.values import VariableValues, get_directive_values

Needed = Mapping[type[Any], frozenset[str] | None]
"""Names of fields by record; None for all of them. A record that is not there is not read."""
IsSelected = Callable[[Any], bool]
"""Whether a field or fragment is part of this execution, as its directives say."""

_STRAWBERRY_KEY: Final = "strawberry-definition"
_EVERYTHING: Final = None
_NOTHING: Final[frozenset[str]] = frozenset()


class RecordReads:
    """What each field of a schema reads, looked up once."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._known: dict[tuple[str, str], Needed | None] = {}

    def of(self, shown: GraphQLObjectType, name: str) -> Needed | None:
        """The fields of records that a field of an object type reads; None for everything."""
        key = (shown.name, name)
        if key not in self._known:
            self._known[key] = _read_by(shown, name)
        return self._known[key]

    def objects(self, name: str) -> frozenset[str]:
        """The object types behind a type's name."""
        kind = self._schema.type_map.get(name)
        if kind is None or not is_abstract_type(kind):
            return frozenset({name})
        return frozenset(each.name for each in self._schema.get_possible_types(kind))

    def needed(
        self, document: DocumentNode, operation: OperationDefinitionNode, is_selected: IsSelected = lambda _node: True
    ) -> Needed | None:
        """What an operation needs; None for everything."""
        root = self._schema.get_root_type(operation.operation)
        if root is None:
            return _EVERYTHING
        return _Walk(self, self._schema, document, is_selected).needed(operation.selection_set, root.name)


class _EverythingError(Exception):
    """Somewhere something is read of which nobody said what it is."""


class _Walk:
    def __init__(
        self, reads: RecordReads, schema: GraphQLSchema, document: DocumentNode, is_selected: IsSelected
    ) -> None:
        self._reads = reads
        self._types = schema.type_map
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._is_selected = is_selected
        self._seen: set[tuple[int, frozenset[str]]] = set()
        self._needed: dict[type[Any], frozenset[str] | None] = {}

    def needed(self, selection: SelectionSetNode, root: str) -> Needed | None:
        try:
            self._walk(selection, frozenset({root}))
        except _EverythingError:
            return _EVERYTHING
        return self._needed

    def _walk(self, selection: SelectionSetNode, shown: frozenset[str]) -> None:
        if (id(selection), shown) in self._seen:
            return
        self._seen.add((id(selection), shown))
        for node in selection.selections:
            if not self._is_selected(node):
                continue
            if isinstance(node, FieldNode):
                self._field(node, shown)
            elif isinstance(node, InlineFragmentNode):
                self._fragment(node.selection_set, node.type_condition, shown)
            elif (found := self._fragments.get(node.name.value)) is not None:  # type: ignore[attr-defined]  # a spread
                self._fragment(found.selection_set, found.type_condition, shown)

    def _fragment(self, selection: SelectionSetNode, condition: Any, shown: frozenset[str]) -> None:
        inside = shown if condition is None else shown & self._reads.objects(condition.name.value)
        if inside:
            self._walk(selection, inside)

    def _field(self, node: FieldNode, shown: frozenset[str]) -> None:
        below: set[str] = set()
        for kind in map(self._types.get, shown):
            if not isinstance(kind, GraphQLObjectType) or (field := kind.fields.get(node.name.value)) is None:
                continue
            found = self._reads.of(kind, node.name.value)
            if found is None:
                raise _EverythingError
            for record, names in found.items():
                known = self._needed.get(record, _NOTHING)
                self._needed[record] = None if known is None or names is None else known | names
            below |= self._reads.objects(get_named_type(field.type).name)
        if node.selection_set is not None:
            self._walk(node.selection_set, frozenset(below))


def _read_by(shown: GraphQLObjectType, name: str) -> Needed | None:
    definition = (shown.fields[name].extensions or {}).get(_STRAWBERRY_KEY)
    record = getattr(shown.is_type_of, "shown", None)
    if definition is None or getattr(definition, "is_subscription", False):
        return _EVERYTHING
    said: Any = definition.metadata.get("reads")
    if isinstance(said, Mapping):
        return said
    loaded = definition.metadata.get("loaded")
    if loaded is not None:
        return _of(record, {loaded.key})
    if said is not None:
        return _of(record, said)
    if definition.base_resolver is not None:
        return _EVERYTHING
    names = {each.name for each in fields(record)} if record is not None and is_dataclass(record) else set()
    return _of(record, {definition.python_name} if definition.python_name in names else None)


def _of(record: type[Any] | None, names: Iterable[str] | None) -> Needed:
    """A type without a record of its own shows values that were read already."""
    return {} if record is None else {record: None if names is None else frozenset(names)}


@lru_cache(maxsize=4)
def record_reads(schema: GraphQLSchema) -> RecordReads:
    """What a schema's fields read, one for each schema."""
    return RecordReads(schema)


def tell(context: object, needed: Needed | None) -> None:
    """Let a context that wants to know hear what its operation needs."""
    selection = getattr(context, "selection", None)
    if selection is not None:
        selection.narrow(needed)


def selected_under(flags: VariableValues) -> IsSelected:
    """What `@skip` and `@include` leave of a document under these variables."""

    def is_selected(node: Any) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, flags)
        include = get_directive_values(GraphQLIncludeDirective, node, flags)
        return not (skip and skip["if"]) and (include is None or bool(include["if"]))

    return is_selected
