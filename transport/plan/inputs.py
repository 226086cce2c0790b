"""The coerced variables of an execution, remembered for variables that come again."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import VariableValues, get_variable_values

from .arguments import is_fixed

_MOST_ERRORS: Final = 50
_MOST_KEPT: Final = 32
_LONGEST: Final = 200
_SIMPLE: Final = frozenset({str, int, bool, type(None)})


class Inputs:
    """Variables as the schema types them, with the arguments made of them so far.

    `is_kept` tells that other executions get the same object, so that only what follows from the variables alone, and
    what no resolver can change, may be put into `arguments`.
    """

    __slots__ = ("arguments", "is_kept", "variables")

    def __init__(self, variables: VariableValues, *, is_kept: bool) -> None:
        self.variables = variables
        self.arguments: dict[Any, dict[str, Any]] = {}
        self.is_kept = is_kept


class KeptInputs:
    """The latest inputs of one operation by their simple values; long texts, lists and objects are not kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, Inputs] = OrderedDict()

    def coerced(
        self,
        schema: GraphQLSchema,
        definition: OperationDefinitionNode,
        variables: Mapping[str, object],
        *,
        hide_suggestions: bool,
    ) -> Inputs | list[GraphQLError]:
        """The inputs, or what is wrong with them."""
        key = _key_of(variables)
        known = self._kept.get(key) if key is not None else None
        if known is not None:
            return known
        values = VariableValues({}, {})
        if definition.variable_definitions:
            found = get_variable_values(
                schema,
                definition.variable_definitions,
                dict(variables),
                max_errors=_MOST_ERRORS,
                hide_suggestions=hide_suggestions,
            )
            if isinstance(found, list):
                return found
            values = found
        if key is None or not is_fixed(values.coerced):
            return Inputs(values, is_kept=False)
        made = self._kept[key] = Inputs(values, is_kept=True)
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return made


def _key_of(variables: Mapping[str, object]) -> object:
    """What must be equal for equal inputs; None where a value is not simple."""
    for value in variables.values():
        if value.__class__ not in _SIMPLE or (value.__class__ is str and len(value) > _LONGEST):
            return None
    return tuple([(name, value.__class__, value) for name, value in variables.items()])
