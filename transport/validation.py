"""Validation against the schema: graphql-core's rules with two of ours, each reporting a bounded number of errors."""

from collections.abc import Mapping
from copy import copy
from typing import Any, Final

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    MaxIntrospectionDepthRule,
    NoFragmentCyclesRule,
    NoUndefinedVariablesRule,
    NoUnusedFragmentsRule,
    NoUnusedVariablesRule,
    OverlappingFieldsCanBeMergedRule,
    UniqueDirectivesPerLocationRule,
    ValidationRule,
    VariablesInAllowedPositionRule,
    specified_rules,
)

from .merging import FieldsMergeRule
from .rule_walks import find_errors
from .variable_rules import VariablesRule

_REPLACED: Final = frozenset(
    {
        OverlappingFieldsCanBeMergedRule,
        NoUndefinedVariablesRule,
        NoUnusedVariablesRule,
        VariablesInAllowedPositionRule,
    }
)
_DOES_NOT_FIT: Final = "This part of the document does not fit the schema."
_ABOUT: Final[Mapping[type[ASTValidationRule], str]] = {
    VariablesRule: "$",
    UniqueDirectivesPerLocationRule: "@",
    NoFragmentCyclesRule: "fragment",
    NoUnusedFragmentsRule: "fragment",
    MaxIntrospectionDepthRule: "__",
}
"""Rules about something that cannot be in a text without these characters; such a text need not be walked for them."""

_NAMING_THE_SCHEMA: Final = frozenset(
    {
        "FieldsMergeRule",
        "FieldsOnCorrectTypeRule",
        "FragmentsOnCompositeTypesRule",
        "KnownArgumentNamesRule",
        "KnownTypeNamesRule",
        "PossibleFragmentSpreadsRule",
        "ProvidedRequiredArgumentsRule",
        "ScalarLeafsRule",
        "StreamDirectiveOnListField",
        "ValuesOfCorrectTypeRule",
        "VariablesAreInputTypesRule",
        "VariablesRule",
    }
)
"""Rules whose sentences tell types and fields apart; where introspection is off they would be introspection."""

Rules = tuple[type[ASTValidationRule], ...]


class NoIntrospectionRule(ValidationRule):
    """Refuse `__schema` and `__type`: the schema of a production endpoint is not for strangers."""

    def enter_field(self, node: FieldNode, *_args: object) -> None:
        """Report the first introspection field."""
        if node.name.value in {"__schema", "__type"}:
            self.report_error(GraphQLError("Introspection is off on this endpoint.", node))


def build_rules(*, introspection: bool, errors_per_rule: int) -> Rules:
    """The rules of one endpoint, in graphql-core's order."""
    chosen: list[type[ASTValidationRule]] = [rule for rule in specified_rules if rule not in _REPLACED]
    chosen += [FieldsMergeRule, VariablesRule]
    if not introspection:
        chosen.append(NoIntrospectionRule)
    return tuple(_bounded(rule, errors_per_rule, is_open=introspection) for rule in chosen)


def judge_document(
    schema: GraphQLSchema, source: str, document: DocumentNode, rules: Rules, *, suggestions: bool
) -> list[GraphQLError]:
    """All reported errors of a document; empty means valid."""
    needed = [rule for rule in rules if _ABOUT.get(rule.__mro__[1], "") in source]
    return find_errors(schema, document, needed, max_errors=len(rules) * 5, hide_suggestions=not suggestions)


def _bounded(rule: type[ASTValidationRule], errors: int, *, is_open: bool) -> type[ASTValidationRule]:
    """A subclass of a rule that falls silent after some errors: a flood of mistakes earns no flood of answers.

    Where the schema is not open, a sentence that would name parts of it is replaced by one that does not.
    """
    is_told = is_open or rule.__name__ not in _NAMING_THE_SCHEMA

    class Bounded(rule):  # type: ignore[misc, valid-type]  # the base is chosen at run time
        def __init__(self, context: Any) -> None:
            # Some rules report to themselves, some to their context: both ways lead through `report_error` here.
            own = copy(context)
            own.report_error = self.report_error
            super().__init__(own)
            self._pass_on = context.report_error
            self._left = errors

        def report_error(self, error: GraphQLError) -> None:
            if self._left > 0:
                self._left -= 1
                self._pass_on(error if is_told else GraphQLError(_DOES_NOT_FIT, error.nodes))

    # `judge_document` finds the rule again as the class right above this one.
    Bounded.__name__ = rule.__name__
    return Bounded
