"""The three rules about the use of variables (spec section 5.8) in the one walk that validation makes anyway.

graphql-core asks for the variables of each definition by walking it a second time, which is a third of the time it
takes to validate a long document.
"""

from typing import NamedTuple

from graphql import (
    SKIP,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLInputType,
    OperationDefinitionNode,
    ValidationContext,
    ValidationRule,
    VariableDefinitionNode,
    VariableNode,
    VisitorAction,
    is_input_object_type,
    is_nullable_type,
    type_from_ast,
)
from graphql.validation.rules.variables_in_allowed_position import allowed_variable_usage


class _Usage(NamedTuple):
    node: VariableNode
    wanted: GraphQLInputType | None
    within: GraphQLInputType | None
    default: object


class VariablesRule(ValidationRule):
    """Every variable used is defined, every one defined is used, and every use allows its type."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._usages: dict[int, list[_Usage]] = {}
        self._current: list[_Usage] = []
        self._operations: list[OperationDefinitionNode] = []

    def enter_operation_definition(self, node: OperationDefinitionNode, *_args: object) -> None:
        """Begin to collect for an operation."""
        self._operations.append(node)
        self._current = self._usages.setdefault(id(node), [])

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_args: object) -> None:
        """Begin to collect for a fragment."""
        self._current = self._usages.setdefault(id(node), [])

    def enter_variable_definition(self, *_args: object) -> VisitorAction:
        """A definition is no use."""
        return SKIP

    def enter_variable(self, node: VariableNode, *_args: object) -> None:
        """Remember one use and what its place wants."""
        context = self.context
        default = context._type_info.get_default_value()  # noqa: SLF001  # the context hands out all but this
        self._current.append(_Usage(node, context.get_input_type(), context.get_parent_input_type(), default))

    def leave_document(self, *_args: object) -> None:
        """Judge each operation with the fragments that it reaches."""
        for operation in self._operations:
            usages = list(self._usages[id(operation)])
            for fragment in self.context.get_recursively_referenced_fragments(operation):
                usages += self._usages.get(id(fragment), ())
            self._judge(operation, usages)

    def _judge(self, operation: OperationDefinitionNode, usages: list[_Usage]) -> None:
        defined = {node.variable.name.value: node for node in operation.variable_definitions or ()}
        by = f" by operation '{operation.name.value}'" if operation.name else ""
        used: set[str] = set()
        for usage in usages:
            name = usage.node.name.value
            used.add(name)
            definition = defined.get(name)
            if definition is None:
                message = f"Variable '${name}' is not defined{by}."
                self.report_error(GraphQLError(message, [usage.node, operation]))
            elif usage.wanted is not None:
                self._judge_place(definition, usage, usage.wanted)
        for name, definition in defined.items():
            if name not in used:
                where = f" in operation '{operation.name.value}'" if operation.name else ""
                self.report_error(GraphQLError(f"Variable '${name}' is never used{where}.", definition))

    def _judge_place(self, definition: VariableDefinitionNode, usage: _Usage, wanted: GraphQLInputType) -> None:
        schema, name = self.context.schema, usage.node.name.value
        given = type_from_ast(schema, definition.type)
        if given is None:
            return
        if not allowed_variable_usage(schema, given, definition.default_value, wanted, usage.default):
            message = f"Variable '${name}' of type '{given}' used in position expecting type '{wanted}'."
            self.report_error(GraphQLError(message, [definition, usage.node]))
        if is_input_object_type(usage.within) and usage.within.is_one_of and is_nullable_type(given):
            message = f"Variable '${name}' must be non-nullable to be used in '{usage.within}'."
            self.report_error(GraphQLError(message, [definition, usage.node]))
