"""Bounds on the written form of a document: counted once per document, in one walk that needs no schema."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
)

from .limits_broken import LimitBroken
from .options import Limits


@dataclass(slots=True)
class _Tally:
    limits: Limits
    aliases: int = 0
    repeats: int = 0
    directives: int = 0
    spreads: int = 0
    once: dict[str, int] = field(default_factory=dict)
    roots: dict[str, int] = field(default_factory=dict)


def judge_structure(document: DocumentNode, limits: Limits, *, once: frozenset[str]) -> LimitBroken | None:
    """The first bound that the document breaks, or None.

    `once` names the fields that one document may select a single time, under whatever alias.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    if len(operations) > limits.operations:
        return LimitBroken("operations", limits.operations)
    if len(fragments) > limits.fragments or len(document.definitions) - len(operations) > limits.fragments:
        return LimitBroken("fragments", limits.fragments)
    if any(len(operation.variable_definitions or ()) > limits.variables for operation in operations):
        return LimitBroken("variables", limits.variables)
    tally = _Tally(limits)
    definitions: list[OperationDefinitionNode | FragmentDefinitionNode] = [*operations, *fragments.values()]
    for definition in definitions:
        broken = _walk(definition, tally, once)
        if broken is not None:
            return broken
    for operation in operations:
        if _width(operation.selection_set, fragments, tally.roots, frozenset()) > limits.root_fields:
            return LimitBroken("root fields", limits.root_fields)
    return None


def _walk(
    definition: OperationDefinitionNode | FragmentDefinitionNode, tally: _Tally, once: frozenset[str]
) -> LimitBroken | None:
    """Visit every node below a definition with an explicit stack, so that no nesting can exhaust Python's."""
    limits = tally.limits
    sets: list[SelectionSetNode] = [definition.selection_set]
    broken = _directives(definition.directives or (), tally)
    while sets and broken is None:
        selections = sets.pop().selections
        broken = _repeats(selections, tally)
        for node in selections:
            broken = broken or _directives(node.directives or (), tally)
            if isinstance(node, FieldNode):
                tally.aliases += node.alias is not None
                broken = broken or _arguments(node, limits) or _once(node, tally, once)
            else:
                tally.spreads += 1
            if isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set is not None:
                sets.append(node.selection_set)
        if tally.aliases > limits.aliases:
            return LimitBroken("aliases", limits.aliases)
        if tally.spreads > limits.spreads:
            return LimitBroken("fragment spreads", limits.spreads)
    return broken


def _repeats(selections: tuple[SelectionNode, ...], tally: _Tally) -> LimitBroken | None:
    """Fields selected again under the same response key are merged by execution, after a costly comparison."""
    keys = [(node.alias or node.name).value for node in selections if isinstance(node, FieldNode)]
    tally.repeats += len(keys) - len(set(keys))
    return LimitBroken("repeated fields", tally.limits.repeats) if tally.repeats > tally.limits.repeats else None


def _directives(directives: tuple[object, ...], tally: _Tally) -> LimitBroken | None:
    tally.directives += len(directives)
    if len(directives) > tally.limits.directives_per_field:
        return LimitBroken("directives in one place", tally.limits.directives_per_field)
    return LimitBroken("directives", tally.limits.directives) if tally.directives > tally.limits.directives else None


def _once(node: FieldNode, tally: _Tally, once: frozenset[str]) -> LimitBroken | None:
    name = node.name.value
    if name not in once:
        return None
    tally.once[name] = tally.once.get(name, 0) + 1
    return LimitBroken(f"selections of {name}", 1) if tally.once[name] > 1 else None


def _arguments(node: FieldNode, limits: Limits) -> LimitBroken | None:
    for argument in node.arguments or ():
        for value in _values(argument.value):
            if isinstance(value, ListValueNode) and len(value.values) > limits.list_items:
                return LimitBroken("items in one list", limits.list_items)
    return None


def _values(value: ValueNode) -> Iterator[ValueNode]:
    stack = [value]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ListValueNode):
            stack.extend(node.values)
        elif isinstance(node, ObjectValueNode):
            stack.extend(entry.value for entry in node.fields)


def _width(
    selections: SelectionSetNode,
    fragments: dict[str, FragmentDefinitionNode],
    memo: dict[str, int],
    above: frozenset[str],
) -> int:
    """Fields at the top of a selection set, through fragments; memoised by fragment."""
    width = 0
    for node in selections.selections:
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            fragment = fragments.get(name)
            if fragment is None or name in above:
                continue
            if name not in memo:
                memo[name] = _width(fragment.selection_set, fragments, memo, above | {name})
            width += memo[name]
        elif isinstance(node, InlineFragmentNode):
            width += _width(node.selection_set, fragments, memo, above)
        else:
            width += 1
    return width
