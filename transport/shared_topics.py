"""Which subscriptions may share their events: judged from the document and what the schema says of its fields alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson
from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    NonNullTypeNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    visit,
)

from .field_facts import FieldFacts, Topic

_CURSOR_ARGUMENT: Final = "after"


@dataclass(frozen=True, slots=True)
class Sharing:
    """A subscription whose events are the same for everybody; its cursor variable says only where a client starts."""

    topic: Topic
    cursor_variable: str | None

    def split(self, variables: Mapping[str, object]) -> tuple[dict[str, object], str | None] | None:
        """The variables that all of a group have, and the client's cursor; None where they cannot be compared."""
        shared = {name: value for name, value in variables.items() if name != self.cursor_variable}
        cursor = variables.get(self.cursor_variable) if self.cursor_variable is not None else None
        if cursor is not None and not isinstance(cursor, str):
            return None
        return shared, cursor


def key_of(variables: Mapping[str, object]) -> bytes | None:
    """Equal for equal variables; None for those that have no such key."""
    try:
        return orjson.dumps(variables, option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError):
        return None


def judge_sharing(document: DocumentNode, operation: OperationDefinitionNode, facts: FieldFacts) -> Sharing | None:
    """How a subscription may be shared; None where any field is not said to be the same for everybody."""
    selections = operation.selection_set.selections
    if operation.operation.value != "subscription" or len(selections) != 1:
        return None
    root = selections[0]
    if not isinstance(root, FieldNode) or root.directives or operation.directives:
        return None
    fact = facts.find(facts.roots.get("subscription"), root.name.value)
    if fact is None or fact.topic is None:
        return None
    cursor = next((each for each in root.arguments or () if each.name.value == _CURSOR_ARGUMENT), None)
    if cursor is not None and not _is_only_a_cursor(document, operation, cursor):
        return None
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    walk = _Walk(facts, fragments)
    if root.selection_set is not None and not walk.is_public(root.selection_set, fact.returns):
        return None
    variable = cursor.value.name.value if cursor is not None and isinstance(cursor.value, VariableNode) else None
    return Sharing(fact.topic, variable)


@dataclass(slots=True)
class _Walk:
    facts: FieldFacts
    fragments: Mapping[str, FragmentDefinitionNode]
    seen: set[str] = field(default_factory=set)

    def is_public(self, selections: SelectionSetNode, type_name: str | None) -> bool:
        """Whether no field below depends on who looks, whatever type stands behind an interface or union."""
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                below = selection.selection_set
                if not self._is_public_field(selection.name.value, type_name):
                    return False
                fact = self.facts.find(type_name, selection.name.value)
                if below is not None and not self.is_public(below, fact.returns if fact is not None else None):
                    return False
            elif isinstance(selection, InlineFragmentNode):
                condition = selection.type_condition
                if not self.is_public(selection.selection_set, condition.name.value if condition else type_name):
                    return False
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in self.seen:
                self.seen.add(selection.name.value)
                fragment = self.fragments.get(selection.name.value)
                if fragment is None or not self.is_public(fragment.selection_set, fragment.type_condition.name.value):
                    return False
        return True

    def _is_public_field(self, name: str, type_name: str | None) -> bool:
        if name == "__typename":
            return True
        if type_name is None:
            return False
        named = self.facts.find(type_name, name)
        found = [self.facts.find(each, name) for each in self.facts.members.get(type_name, ())]
        return named is not None and all(fact is not None and fact.is_public for fact in (named, *found))


class _Uses(Visitor):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.count = 0

    def enter_variable(self, node: VariableNode, *_args: object) -> None:
        self.count += node.name.value == self.name


def _is_only_a_cursor(document: DocumentNode, operation: OperationDefinitionNode, argument: ArgumentNode) -> bool:
    """Whether the argument can be left out and nothing else depends on its variable."""
    if isinstance(argument.value, NullValueNode):
        return True
    if not isinstance(argument.value, VariableNode):
        return False
    name = argument.value.name.value
    for definition in operation.variable_definitions or ():
        if definition.variable.name.value == name and (
            isinstance(definition.type, NonNullTypeNode) or definition.default_value is not None
        ):
            return False
    uses = _Uses(name)
    visit(document, uses)
    return uses.count == 2  # where it is defined, and here
