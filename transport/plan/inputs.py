"""The coerced variables of an execution, remembered for variables that come again."""

from collections import OrderedDict
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import VariableValues, get_variable_values

from .arguments import is_fixed

if TYPE_CHECKING:
    from .plans import Plan

_MOST_ERRORS: Final = 50
_MOST_KEPT: Final = 32
_LONGEST: Final = 200
_SIMPLE: Final = frozenset({str, int, bool, type(None)})


class Inputs:
    """Variables as the schema types them, with the arguments made of them so far.

    `is_kept` tells that other executions get the same object, so that only what follows from the variables alone, and
    what no resolver can change, may be put into `arguments`.
    """

    __slots__ = ("arguments", "is_kept", "plan", "variables")

    def __init__(self, variables: VariableValues, *, is_kept: bool) -> None:
        self.variables = variables
        self.plan: Plan | None = None
        """The plan that these inputs choose, once it is known."""
        self.arguments: dict[Any, dict[str, Any]] = {}
        self.is_kept = is_kept


class KeptInputs:
    """The latest inputs of one operation by their simple values; long texts, lists and objects are not kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, Inputs] = OrderedDict()
        self._same: dict[int, tuple[Mapping[str, object], Inputs]] = {}

    def same(self, variables: Mapping[str, object]) -> Inputs | None:
        """The inputs of the very object that came before, where nobody can have changed it meanwhile."""
        known = self._same.get(id(variables))
        return known[1] if known is not None and known[0] is variables else None

    def forget(self) -> None:
        """Know nothing any more."""
        self._kept.clear()
        self._same.clear()

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
            self._remember(variables, known)
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

    def _remember(self, variables: Mapping[str, object], inputs: Inputs) -> None:
        # Of requests that come again these are views of what nobody else holds (`transport/known_requests.py`).
        if variables.__class__ is MappingProxyType:
            if len(self._same) >= _MOST_KEPT:
                self._same.clear()
            self._same[id(variables)] = (variables, inputs)


def _key_of(variables: Mapping[str, object]) -> object:
    """What must be equal for equal inputs; None where a value is not simple."""
    for value in variables.values():
        if value.__class__ not in _SIMPLE or (value.__class__ is str and len(value) > _LONGEST):
            return None
    return tuple([(name, value.__class__, value) for name, value in variables.items()])
