"""The arguments of a selected field: fixed with the plan, once per execution, or on every call."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from graphql import Node, Undefined, VariableNode, Visitor, get_named_type, is_leaf_type, visit
from graphql.execution.values import VariableValues, get_argument_values

from .declared import UNSET_TYPE, Convert
from .selected import SelectedField

_FIXED = (int, str, float, bool, type(None), Enum, Decimal, datetime, date, time, timedelta, UUID, UNSET_TYPE)
Arguments = Callable[[Any, Any], dict[str, Any]]
"""`arguments(run, info)`: keyword arguments of one call, read-only."""


def fixed_arguments(field: SelectedField, convert: Convert | None, *, hide_suggestions: bool) -> dict[str, Any] | None:
    """The arguments where they are the same in every execution and cannot be changed by a resolver; else None."""
    if not _has_arguments(field):
        return {}
    if _names_variables(field.nodes[0]):
        return None
    try:
        values = get_argument_values(field.definition, field.nodes[0], None, None, hide_suggestions)
        found = convert(values, None) if convert is not None else values
    except Exception:  # noqa: BLE001  # each call raises it again, at its own path
        return None
    return found if is_fixed(found) else None


def arguments_of(field: SelectedField, convert: Convert | None, *, hide_suggestions: bool) -> Arguments:
    """Coerces at the first call of an execution; values that a resolver could change are made anew for each call."""
    given = {each.name.value for each in field.nodes[0].arguments or ()}
    # What is not given becomes its default: null stays null, other values are made anew by the type that reads them.
    follows_from_variables = all(
        is_leaf_type(get_named_type(each.type)) or (name not in given and each.default_value is None)
        for name, each in field.definition.args.items()
        if name in given or each.default_value is not Undefined
    )

    def arguments(run: Any, info: Any) -> dict[str, Any]:
        known: dict[str, Any] | None = run.inputs.arguments.get(field)
        if known is not None:
            return known
        variables: VariableValues = run.inputs.variables
        values = get_argument_values(field.definition, field.nodes[0], variables, None, hide_suggestions)
        found = convert(values, info) if convert is not None else values
        if is_fixed(found) and (follows_from_variables or not run.inputs.is_kept):
            run.inputs.arguments[field] = found
        return found

    return arguments


def _has_arguments(field: SelectedField) -> bool:
    return bool(field.definition.args or field.nodes[0].arguments)


def is_fixed(values: dict[str, Any]) -> bool:
    """Whether no resolver could change one of the values."""
    return all(isinstance(value, _FIXED) for value in values.values())


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_variable(self, node: VariableNode, *_args: object) -> None:
        self.found.add(node.name.value)


def variables_in(*nodes: Node) -> frozenset[str]:
    """Names of the variables that the nodes mention."""
    visitor = _Variables()
    for node in nodes:
        visit(node, visitor)
    return frozenset(visitor.found)


def _names_variables(node: Any) -> bool:
    return any(variables_in(argument.value) for argument in node.arguments or ())


__all__ = ["Arguments", "arguments_of", "fixed_arguments", "variables_in"]
