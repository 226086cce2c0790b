"""One walk over a document for all its validation rules: graphql-core's visiting order at half its price.

graphql-core offers every node to every rule, and asks by name again at each node. Here each kind of node knows, once
per document, the rules that care for it; what the rules see (node, key, parent, path, ancestors) is the same.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from graphql import DocumentNode, FragmentDefinitionNode, GraphQLError, GraphQLSchema, Node, TypeInfo, Visitor
from graphql.language.visitor import BREAK, SKIP, VisitorKeyMap
from graphql.validation import ASTValidationRule, ValidationContext
from graphql.validation.validate import (
    FragmentNestingVisitor,
    ValidationAbortedError,
    query_document_keys_to_validate,
)

_TOO_MANY: Final = "Too many validation errors, error limit reached. Validation aborted."
_Call = Callable[..., Any]


class _Step(NamedTuple):
    """What happens at nodes of one kind."""

    learn: Callable[[Any], None] | None
    """How the type information enters such a node, and below, how it leaves."""
    forget: Callable[[], None] | None
    entering: tuple[tuple[int, _Call], ...]
    leaving: tuple[tuple[int, _Call], ...]
    children: tuple[str, ...]


class _Walk:
    def __init__(self, rules: Sequence[Visitor], types: TypeInfo, keys: VisitorKeyMap) -> None:
        self._rules = rules
        self._types = types
        self._keys = keys
        self._is_away = [False] * len(rules)
        self._steps: dict[str, _Step] = {}
        self._path: list[Any] = []
        self._ancestors: list[Any] = []

    def _step(self, kind: str) -> _Step:
        entering: list[tuple[int, _Call]] = []
        leaving: list[tuple[int, _Call]] = []
        for index, rule in enumerate(self._rules):
            enter, leave = rule.get_enter_leave_for_kind(kind)
            if enter is not None:
                entering.append((index, enter))
            if leave is not None:
                leaving.append((index, leave))
        self._steps[kind] = step = _Step(
            getattr(self._types, f"enter_{kind}", None),
            getattr(self._types, f"leave_{kind}", None),
            tuple(entering),
            tuple(leaving),
            tuple(self._keys.get(kind, ())),
        )
        return step

    def visit(self, node: Any, key: str | int | None, parent: Any) -> None:
        """Show the node, what is below it, and its end to every rule that has not turned away from it."""
        learn, forget, entering, leaving, children = self._steps.get(node.kind) or self._step(node.kind)
        if learn is not None:
            learn(node)
        returning = self._enter(entering, node, key, parent) if entering else ()
        if children:
            self._below(node, parent, children)
        is_away = self._is_away
        for index, call in leaving:
            if not is_away[index]:
                answer = call(node, key, parent, self._path, self._ancestors)
                if answer is BREAK or answer is True:
                    is_away[index] = True
        for index in returning:
            is_away[index] = False
        if forget is not None:
            forget()

    def _enter(self, entering: tuple[tuple[int, _Call], ...], node: Node, key: Any, parent: Any) -> Sequence[int]:
        """Show the node to its rules; which of them come back after it."""
        is_away, path, ancestors = self._is_away, self._path, self._ancestors
        returning: list[int] = []
        for index, call in entering:
            if is_away[index]:
                continue
            answer = call(node, key, parent, path, ancestors)
            if answer is None:
                continue
            is_away[index] = True
            if answer is SKIP or answer is False:
                returning.append(index)
        return returning

    def _below(self, node: Node, parent: Any, children: tuple[str, ...]) -> None:
        path, ancestors, visit = self._path, self._ancestors, self.visit
        if parent is not None:
            ancestors.append(parent)
        for name in children:
            child = getattr(node, name, None)
            if child is None:
                continue
            path.append(name)
            if isinstance(child, tuple):
                ancestors.append(node)
                for index, each in enumerate(child):
                    path.append(index)
                    visit(each, index, child)
                    path.pop()
                ancestors.pop()
            else:
                visit(child, name, node)
            path.pop()
        if parent is not None:
            ancestors.pop()


def find_errors(
    schema: GraphQLSchema,
    document: DocumentNode,
    rules: Sequence[type[ASTValidationRule]],
    *,
    max_errors: int,
    hide_suggestions: bool,
) -> list[GraphQLError]:
    """What graphql-core's `validate` finds, in the same order."""
    errors: list[GraphQLError] = []

    def report(error: GraphQLError) -> None:
        if len(errors) >= max_errors:
            raise ValidationAbortedError(_TOO_MANY)
        errors.append(error)

    types = TypeInfo(schema)
    context = ValidationContext(schema, document, types, report, hide_suggestions)
    visitors: list[Visitor] = [rule(context) for rule in rules]
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    if fragments:
        visitors.insert(0, FragmentNestingVisitor(fragments))
    try:
        _Walk(visitors, types, query_document_keys_to_validate).visit(document, None, None)
    except ValidationAbortedError as error:
        errors.append(error.with_traceback(None))
    except RecursionError:
        errors.append(ValidationAbortedError("Validation aborted."))
    return errors
