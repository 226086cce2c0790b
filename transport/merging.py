"""The rule "field selection merging" (spec section 5.3.2) in linear time.

Pairwise comparison costs the square of the fields that share a response name, and one kilobyte of text can make that
hundreds of milliseconds. Here fields are grouped instead: every group is compared with its first member, and the
sub-selections of a group are merged into one set that is looked at once, however many ways lead to it.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from graphql import (
    ArgumentNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
    ValueNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
)

_STEPS: Final = 40_000
_SHAPE: Final = "shape"
_MERGE: Final = "merge"
_BOTH: Final = "both"
"""What is asked of a merged set: do its answers have one shape, are its fields one call, or both at once."""


class _Selected(NamedTuple):
    parent: GraphQLNamedType | None
    node: FieldNode
    returns: GraphQLOutputType | None


class _Under(NamedTuple):
    """A selection set with the type that it is read on."""

    selections: SelectionSetNode
    parent: GraphQLNamedType | None


class _TooManyStepsError(Exception):
    """The document merges so many sets that even grouping is too much work."""


class FieldsMergeRule(ValidationRule):
    """Fields of one response name must be mergeable without ambiguity."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._seen: set[tuple[str, frozenset[int]]] = set()
        self._steps = 0
        self._fragments: dict[str, FragmentDefinitionNode] = {}

    def enter_operation_definition(self, node: OperationDefinitionNode, *_args: object) -> None:
        """Check everything that one operation can reach."""
        if not self._fragments:
            self._fragments = {
                definition.name.value: definition
                for definition in self.context.document.definitions
                if isinstance(definition, FragmentDefinitionNode)
            }
        root = _Under(node.selection_set, self.context.schema.get_root_type(node.operation))
        try:
            self._check(_BOTH, [root])
        except _TooManyStepsError:
            self.report_error(GraphQLError("The document merges too many selections.", node))

    def _check(self, question: str, sets: list[_Under]) -> None:
        key = (question, frozenset(id(under.selections) for under in sets))
        if key in self._seen:
            return
        self._seen.add(key)
        by_name: dict[str, list[_Selected]] = {}
        for selected in self._collect(sets):
            by_name.setdefault((selected.node.alias or selected.node.name).value, []).append(selected)
        for name, group in by_name.items():
            parts = _overlapping(group) if question != _SHAPE else []
            if question == _BOTH and len(parts) == 1:
                self._same_shape(name, group)
                self._same_field(name, group)
                self._descend(_BOTH, group)
                continue
            if question != _MERGE:
                self._same_shape(name, group)
                self._descend(_SHAPE, group)
            for part in parts:
                self._same_field(name, part)
                self._descend(_MERGE, part)

    def _descend(self, question: str, group: list[_Selected]) -> None:
        below = [
            _Under(selected.node.selection_set, get_named_type(selected.returns) if selected.returns else None)
            for selected in group
            if selected.node.selection_set is not None
        ]
        if below:
            self._check(question, below)

    def _collect(self, sets: list[_Under]) -> list[_Selected]:
        found: list[_Selected] = []
        spread: set[str] = set()
        stack = list(reversed(sets))
        while stack:
            selections, parent = stack.pop()
            self._steps += len(selections.selections)
            if self._steps > _STEPS:
                raise _TooManyStepsError
            for node in selections.selections:
                if isinstance(node, FieldNode):
                    found.append(_Selected(parent, node, self._returns(parent, node)))
                elif isinstance(node, InlineFragmentNode):
                    condition = node.type_condition
                    on = self.context.schema.get_type(condition.name.value) if condition else parent
                    stack.append(_Under(node.selection_set, on))
                elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                    spread.add(node.name.value)
                    fragment = self._fragments.get(node.name.value)
                    if fragment is not None:
                        on = self.context.schema.get_type(fragment.type_condition.name.value)
                        stack.append(_Under(fragment.selection_set, on))
        return found

    def _returns(self, parent: GraphQLNamedType | None, node: FieldNode) -> GraphQLOutputType | None:
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return None
        field = self.context.schema.get_field(parent, node.name.value)
        return field.type if field is not None else None

    def _same_shape(self, name: str, group: list[_Selected]) -> None:
        first = group[0]
        for other in group[1:]:
            if first.returns and other.returns and _shapes_differ(first.returns, other.returns):
                reason = f"they return conflicting types '{first.returns}' and '{other.returns}'"
                self._report(name, reason, first, other)
                return

    def _same_field(self, name: str, group: list[_Selected]) -> None:
        first = group[0]
        expected: tuple[object, ...] | None = None
        for other in group[1:]:
            if first.node.name.value != other.node.name.value:
                reason = f"'{first.node.name.value}' and '{other.node.name.value}' are different fields"
                self._report(name, reason, first, other)
                return
            expected = expected if expected is not None else _call_key(first.node)
            if expected != _call_key(other.node):
                self._report(name, "they have differing arguments", first, other)
                return

    def _report(self, name: str, reason: str, first: _Selected, other: _Selected) -> None:
        advice = "Use different aliases on the fields to fetch both if this was intentional."
        self.report_error(
            GraphQLError(f"Fields '{name}' conflict because {reason}. {advice}", [first.node, other.node])
        )


def _overlapping(group: list[_Selected]) -> list[list[_Selected]]:
    """Split a group so that fields on different object types, which never meet in one object, stay apart."""
    if len(group) == 1:
        return [group]
    abstract = [selected for selected in group if not isinstance(selected.parent, GraphQLObjectType)]
    by_object: dict[str, list[_Selected]] = {}
    for selected in group:
        if isinstance(selected.parent, GraphQLObjectType):
            by_object.setdefault(selected.parent.name, []).append(selected)
    return [abstract + concrete for concrete in by_object.values()] or [abstract]


def _shapes_differ(first: GraphQLOutputType, other: GraphQLOutputType) -> bool:
    left: Any = first
    right: Any = other
    while left is not right:
        for wrapper in (GraphQLNonNull, GraphQLList):
            if isinstance(left, wrapper) or isinstance(right, wrapper):
                if not (isinstance(left, wrapper) and isinstance(right, wrapper)):
                    return True
                left, right = left.of_type, right.of_type
                break
        else:
            return is_leaf_type(left) or is_leaf_type(right)
    return False


def _call_key(node: FieldNode) -> tuple[object, ...]:
    """What must be equal for two selections of a field to be one call: arguments, in any order, and `@stream`."""
    streams = [directive for directive in node.directives or () if directive.name.value == "stream"]
    return (_arguments_key(node.arguments or ()), *(_directive_key(directive) for directive in streams))


def _directive_key(directive: DirectiveNode) -> object:
    return _arguments_key(directive.arguments or ())


def _arguments_key(arguments: Iterable[ArgumentNode]) -> frozenset[tuple[str, object]]:
    return frozenset((argument.name.value, _value_key(argument.value)) for argument in arguments)


def _value_key(value: ValueNode) -> object:
    if isinstance(value, ListValueNode):
        return ("list", *(_value_key(item) for item in value.values))
    if isinstance(value, ObjectValueNode):
        return frozenset((entry.name.value, _value_key(entry.value)) for entry in value.fields)
    if isinstance(value, VariableNode):
        return ("variable", value.name.value)
    return (value.kind, getattr(value, "value", None))
