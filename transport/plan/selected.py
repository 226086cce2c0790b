"""The records of one selected field and of one operation's plan."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetails

from .declared import Attribute, Call, Declared, Loaded

Path = tuple[Any, str | int, str | None]
"""`(path of the parent, key, type name)`, as graphql-core's `Path` but cheaper to make; None is the root."""


class Later:
    """Stands in a result for a value that is still awaited."""


LATER: Final = Later()


@dataclass(slots=True, eq=False)
class SelectedField:
    """One response key of one object type: its nodes, where it hangs, and which of its list levels may be null.

    `owner` is the field whose value the object is; None for the root. `nullable[0]` is the field itself, each
    further entry the items of one more list level. `is_shareable_below` tells that the value's JSON follows from the
    record alone, wherever it stands: only attributes and resolvers that are given nothing but the record.
    `is_lasting_below` tells that it stays so: every such resolver is declared to be the same for everybody.
    `is_framed_below` tells the same of all but what loaders give for the record's attributes. `write_plain` is the
    quick way to the bytes of the field's object.
    """

    key: str
    definition: GraphQLField
    parent_type: GraphQLObjectType
    details: list[FieldDetails]
    owner: "SelectedField | None"
    declared: Declared
    nullable: tuple[bool, ...] = field(init=False)
    nodes: list[FieldNode] = field(init=False)
    is_shareable_below: bool = field(init=False)
    is_lasting_below: bool = field(init=False)
    is_framed_below: bool = field(init=False)
    write_plain: Callable[[Any], bytes | None] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.nullable = _nullability(self.definition.type)
        self.nodes = [each.node for each in self.details]
        is_leaf = is_leaf_type(get_named_type(self.definition.type))
        self.is_shareable_below = self.is_lasting_below = self.is_framed_below = is_leaf

    @property
    def is_shareable(self) -> bool:
        """Whether the field's JSON follows from the record that it is a field of."""
        declared = self.declared
        by_record = isinstance(declared, Attribute) or (
            isinstance(declared, Call) and not declared.is_async and declared.info is None and not declared.convert
        )
        return by_record and self.is_shareable_below

    @property
    def is_lasting(self) -> bool:
        """Whether the field's JSON is the same for as long as the record is the same object."""
        declared = self.declared
        is_declared = isinstance(declared, Attribute) or (isinstance(declared, Call) and declared.is_public)
        return is_declared and self.is_shareable and self.is_lasting_below

    @property
    def is_framed(self) -> bool:
        """Whether the field's JSON is the record's, or has holes that are filled with a loader's records."""
        if isinstance(self.declared, Loaded):
            return self.is_shareable_below
        return self.is_lasting or (isinstance(self.declared, Attribute) and self.is_framed_below)

    @property
    def definition_name(self) -> str:
        """The field's name in the schema; `key` may be an alias."""
        return self.nodes[0].name.value

    @property
    def depth(self) -> int:
        """Levels of lists around the field's objects."""
        return len(self.nullable) - 1


Complete = Callable[[Any, Any, Any], Any]
"""`complete(value, path, run)` gives the JSON value of a position, `LATER`, or raises the field's error."""

MakeObject = Callable[[GraphQLObjectType, SelectedField], Complete]
"""The completion of an object that is the value of a field."""


def _nullability(output: GraphQLOutputType) -> tuple[bool, ...]:
    levels: list[bool] = []
    current: Any = output
    while True:
        is_required = isinstance(current, GraphQLNonNull)
        inner = current.of_type if is_required else current
        levels.append(not is_required)
        if not isinstance(inner, GraphQLList):
            return tuple(levels)
        current = inner.of_type


def keys_of(path: Path | None) -> list[str | int]:
    """A path as errors show it."""
    found: list[str | int] = []
    current: Any = path
    while current is not None:
        found.append(current[1])
        current = current[0]
    found.reverse()
    return found
