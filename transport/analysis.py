"""The one linear pass over a document: structure, cost and cache hints, memoised per fragment.

A selection set under a page of unknown size `n` costs `fixed + n * paged`; both coefficients are summed once per
fragment, so a ladder of fragments that would execute two to the power of its length is priced in its written length.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from .field_facts import INTROSPECTION_COST, CacheHint, FieldFact, FieldFacts

_CEILING: Final = 10**12


class Price(NamedTuple):
    """Cost and field executions of one selection set, each as a constant and a factor of the page above; and depth."""

    cost: int = 0
    cost_paged: int = 0
    fields: int = 0
    fields_paged: int = 0
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What an operation may cost at most, and how its answer may be cached (None: not at all)."""

    cost: int
    fields: int
    depth: int
    hint: CacheHint | None


@dataclass(slots=True)
class _Pass:
    facts: FieldFacts
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, object]
    used: set[str]
    memo: dict[str, Price] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    max_age: int | None = None
    is_private: bool = False
    tags: set[str] = field(default_factory=set)


def estimate(
    document: DocumentNode, operation: OperationDefinitionNode, facts: FieldFacts, variables: Mapping[str, object]
) -> tuple[Estimate, frozenset[str]]:
    """Price an operation under its variables, and name the variables that the price depended on.

    The document has passed `structure.judge_structure`, so recursion is bounded by its nesting limit.
    """
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    used: set[str] = set()
    run = _Pass(facts, fragments, _with_defaults(operation, variables), used)
    root = facts.roots.get(operation.operation.value)
    price = _selections(run, operation.selection_set, root, is_root=True)
    hint = None
    if run.max_age is not None and operation.operation.value == "query":
        scope: Final = "PRIVATE" if run.is_private else "PUBLIC"
        hint = CacheHint(max_age=run.max_age, scope=scope, tags=tuple(sorted(run.tags)))
    found = Estimate(
        cost=min(price.cost + price.cost_paged, _CEILING),
        fields=min(price.fields + price.fields_paged, _CEILING),
        depth=price.depth,
        hint=hint if hint is not None and hint.max_age > 0 else None,
    )
    return found, frozenset(used)


def _selections(run: _Pass, selections: SelectionSetNode, type_name: str | None, *, is_root: bool = False) -> Price:
    """The price of one selection set.

    Fragments on different object types exclude each other, so only the dearest counts.
    """
    together: list[Price] = []
    alternatives: dict[str, list[Price]] = {}
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            together.append(_field(run, selection, type_name, is_root=is_root))
            continue
        if isinstance(selection, FragmentSpreadNode):
            fragment = run.fragments.get(selection.name.value)
            condition = fragment.type_condition.name.value if fragment is not None else None
            price = _spread(run, fragment, is_root=is_root)
        elif isinstance(selection, InlineFragmentNode):
            stated = selection.type_condition
            condition = stated.name.value if stated is not None else type_name
            price = _selections(run, selection.selection_set, condition, is_root=is_root)
        else:
            continue
        if condition is not None and condition != type_name and condition in run.facts.objects:
            alternatives.setdefault(condition, []).append(price)
        else:
            together.append(price)
    together += [_dearest([_sum(prices) for prices in alternatives.values()])] if alternatives else []
    return _sum(together)


def _spread(run: _Pass, fragment: FragmentDefinitionNode | None, *, is_root: bool) -> Price:
    if fragment is None:
        return Price()
    name = fragment.name.value
    known = run.memo.get(name)
    if known is not None:
        return known
    if name in run.open:
        return Price()
    run.open.add(name)
    price = _selections(run, fragment.selection_set, fragment.type_condition.name.value, is_root=is_root)
    run.open.discard(name)
    run.memo[name] = price
    return price


def _field(run: _Pass, node: FieldNode, type_name: str | None, *, is_root: bool) -> Price:
    name = node.name.value
    if name in {"__schema", "__type"}:
        _remember_hint(run, None, is_source=True)
        return Price(cost=INTROSPECTION_COST, fields=INTROSPECTION_COST, depth=1)
    if name == "__typename":
        return Price(fields=1, depth=1)
    fact = run.facts.find(type_name, name)
    _remember_hint(run, fact, is_source=is_root)
    weight = fact.weight if fact is not None else 1
    if node.selection_set is None:
        return Price(cost=weight, fields=1, depth=1)
    below = _selections(run, node.selection_set, fact.returns if fact is not None else None)
    if fact is not None and fact.inherits_page:
        return Price(
            cost_paged=min(weight + below.cost + below.cost_paged, _CEILING),
            fields=1,
            fields_paged=min(below.fields + below.fields_paged, _CEILING),
            depth=below.depth + 1,
        )
    size = _page_size(run, node, fact)
    each = size if fact is not None and fact.is_list else 1
    return Price(
        cost=min(each * (weight + below.cost + size * below.cost_paged), _CEILING),
        fields=min(1 + each * (below.fields + size * below.fields_paged), _CEILING),
        depth=below.depth + 1,
    )


def _page_size(run: _Pass, node: FieldNode, fact: FieldFact | None) -> int:
    if fact is None:
        return 1
    asked: list[int] = []
    for argument in node.arguments or ():
        if argument.name.value in fact.page_arguments:
            value = _integer(run, argument.value)
            if value is not None:
                asked.append(max(value, 0))
    if asked:
        return max(asked)
    return fact.default_page if fact.default_page is not None else fact.list_size


def _integer(run: _Pass, value: ValueNode) -> int | None:
    """A page size as written or as given by a variable; a list of ids is as long as it is."""
    if isinstance(value, IntValueNode):
        return int(value.value) if len(value.value) <= 12 else _CEILING
    if isinstance(value, ListValueNode):
        return len(value.values)
    if isinstance(value, VariableNode):
        name = value.name.value
        run.used.add(name)
        return size_of(run.variables.get(name))
    return None


def size_of(given: object) -> int | None:
    """The page size in a variable's value, None where it holds none."""
    if isinstance(given, list):
        return len(given)
    return given if isinstance(given, int) and not isinstance(given, bool) else None


def _with_defaults(operation: OperationDefinitionNode, variables: Mapping[str, object]) -> Mapping[str, object]:
    merged: dict[str, object] = {}
    for definition in operation.variable_definitions or ():
        if isinstance(definition.default_value, IntValueNode) and len(definition.default_value.value) <= 12:
            merged[definition.variable.name.value] = int(definition.default_value.value)
    merged.update(variables)
    return merged


def _remember_hint(run: _Pass, fact: FieldFact | None, *, is_source: bool) -> None:
    """Merge restrictively: a root or computed field without a hint forbids caching; plain attributes inherit."""
    hint = fact.hint if fact is not None else None
    if hint is None:
        if is_source or fact is None or fact.is_computed:
            run.max_age = 0
        return
    run.max_age = hint.max_age if run.max_age is None else min(run.max_age, hint.max_age)
    run.is_private = run.is_private or hint.scope == "PRIVATE"
    run.tags.update(hint.tags)


def _sum(prices: list[Price]) -> Price:
    if not prices:
        return Price()
    return Price(
        cost=min(sum(price.cost for price in prices), _CEILING),
        cost_paged=min(sum(price.cost_paged for price in prices), _CEILING),
        fields=min(sum(price.fields for price in prices), _CEILING),
        fields_paged=min(sum(price.fields_paged for price in prices), _CEILING),
        depth=max(price.depth for price in prices),
    )


def _dearest(prices: list[Price]) -> Price:
    return Price(*(max(column) for column in zip(*prices, strict=True)))
