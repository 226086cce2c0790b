"""What the transport knows of each field, derived once from the schema: weight, page size, cache hint.

This is the only module that looks inside Strawberry. A schema states facts in `strawberry.field(metadata={...})`:

- `cost`: weight of each object or value that the field yields (default 1 for objects, 0 for leaves and for the
  wrappers of a page: edges and page information);
- `list_size`: elements assumed for a list without page arguments (default 10);
- `once`: the field may be selected at most once in a document (log-in, coupons, one-time codes);
- `max_age`: seconds for which the field's value may be reused, and `scope`: "PUBLIC" or "PRIVATE";
- `tags`: names under which content changes invalidate cached answers;
- `topic`: the field is a live one whose events are the same for everybody (see `transport.shared_topics`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
)

PAGE_ARGUMENTS: Final = ("first", "last", "limit", "ids")
ASSUMED_LIST_SIZE: Final = 10
INTROSPECTION_COST: Final = 100
_WRAPPERS: Final = ("Edge", "PageInfo")
_STRAWBERRY_KEY: Final = "strawberry-definition"

Scope = Literal["PUBLIC", "PRIVATE"]
Place = int | Mapping[str, int]
"""Where an event stands: its number in a log, or the versions of the things whose state it shows."""


class StrawberrySchema(Protocol):
    """The part of `strawberry.Schema` that is used; graphql-core's schema has no public accessor."""

    _schema: GraphQLSchema


class Topic(Protocol):
    """What is said of a live field whose events are the same for everybody with the same arguments.

    A log shows every event once, in order, its numbers rising by one; a state shows the newest of each thing. Without a
    cursor its source first yields how things stand.
    """

    @property
    def is_log(self) -> bool:
        """Whether every event counts."""
        ...

    def place(self, event: Any, /) -> Place:
        """Where an event stands."""
        ...

    def cursor(self, event: Any, /) -> str | None:
        """The cursor that clients keep of it."""
        ...

    def restarts(self, event: Any, /) -> bool:
        """Whether it stands for events before it that cannot be shown."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheHint:
    """How long a field's value may be reused and by whom."""

    max_age: int
    scope: Scope = "PUBLIC"
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFact:
    """One field as the cost pass sees it; `returns` is the composite type below it, None for leaves.

    `inherits_page` marks the list of a connection (`edges`, `nodes`), whose length its parent's page arguments decide.
    `is_computed` tells a field with a resolver, whose value may depend on the viewer, from a plain attribute.
    """

    weight: int
    returns: str | None
    is_list: bool
    list_size: int
    page_arguments: tuple[str, ...]
    default_page: int | None
    inherits_page: bool
    is_computed: bool
    once: bool
    hint: CacheHint | None
    topic: Topic | None

    @property
    def is_public(self) -> bool:
        """Whether everybody is shown the same value of the same parent: said by the schema, or a plain attribute."""
        return self.hint.scope == "PUBLIC" if self.hint is not None else not self.is_computed


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """All fields by type and name.

    `objects` holds the names of object types, `roots` maps operation kinds to types, and `members` an interface or
    union to the object types behind it.
    """

    by_type: Mapping[str, Mapping[str, FieldFact]]
    objects: frozenset[str]
    roots: Mapping[str, str]
    members: Mapping[str, tuple[str, ...]]

    def find(self, type_name: str | None, field_name: str) -> FieldFact | None:
        """The fact of a field, or None where the document names something that the schema does not have."""
        fields = self.by_type.get(type_name) if type_name is not None else None
        return fields.get(field_name) if fields is not None else None


def graphql_schema(schema: StrawberrySchema | GraphQLSchema) -> GraphQLSchema:
    """The graphql-core schema behind a Strawberry schema (or that schema itself)."""
    return schema if isinstance(schema, GraphQLSchema) else schema._schema  # noqa: SLF001  # Strawberry has no accessor


def derive_field_facts(schema: GraphQLSchema) -> FieldFacts:
    """Read every field of a schema once."""
    by_type: dict[str, dict[str, FieldFact]] = {}
    objects: set[str] = set()
    members: dict[str, tuple[str, ...]] = {}
    for name, named in schema.type_map.items():
        if isinstance(named, GraphQLObjectType):
            objects.add(name)
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            by_type[name] = {field_name: _fact(name, field) for field_name, field in named.fields.items()}
        elif isinstance(named, GraphQLUnionType):
            by_type[name] = {}
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            members[name] = tuple(each.name for each in schema.get_possible_types(named))
    roots = {
        kind: root.name
        for kind, root in (
            ("query", schema.query_type),
            ("mutation", schema.mutation_type),
            ("subscription", schema.subscription_type),
        )
        if root is not None
    }
    return FieldFacts(by_type=by_type, objects=frozenset(objects), roots=roots, members=members)


def _fact(type_name: str, field: GraphQLField) -> FieldFact:
    stated = _stated(field)
    named = get_named_type(field.type)
    returns = named.name if is_composite_type(named) else None
    pages = tuple(name for name in PAGE_ARGUMENTS if name in field.args)
    is_list = _is_list(field.type)
    return FieldFact(
        weight=int(stated.get("cost", 0 if returns is None or returns.endswith(_WRAPPERS) else 1)),
        returns=returns,
        is_list=is_list,
        list_size=int(stated.get("list_size", ASSUMED_LIST_SIZE)),
        page_arguments=pages,
        default_page=_default_page(field, pages),
        inherits_page=is_list and not pages and "list_size" not in stated and type_name.endswith("Connection"),
        is_computed=_is_computed(field),
        once=bool(stated.get("once", False)),
        hint=_hint(stated),
        topic=stated.get("topic"),
    )


def _stated(field: GraphQLField) -> Mapping[str, Any]:
    definition = (field.extensions or {}).get(_STRAWBERRY_KEY)
    metadata = getattr(definition, "metadata", None)
    return metadata if isinstance(metadata, Mapping) else field.extensions or {}


def _is_computed(field: GraphQLField) -> bool:
    definition = (field.extensions or {}).get(_STRAWBERRY_KEY)
    return definition is None or getattr(definition, "base_resolver", None) is not None


def _is_list(output: GraphQLOutputType) -> bool:
    inner = output.of_type if isinstance(output, GraphQLNonNull) else output
    return isinstance(inner, GraphQLList)


def _default_page(field: GraphQLField, pages: tuple[str, ...]) -> int | None:
    for name in pages:
        default = field.args[name].default_value
        value = getattr(default, "value", default)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None


def _hint(stated: Mapping[str, Any]) -> CacheHint | None:
    if "max_age" not in stated:
        return None
    scope: Scope = "PRIVATE" if stated.get("scope") == "PRIVATE" else "PUBLIC"
    return CacheHint(max_age=int(stated["max_age"]), scope=scope, tags=tuple(stated.get("tags", ())))
