"""The walk of our own shows every rule what graphql-core's visitor shows it, in the same order."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    BREAK,
    SKIP,
    ASTValidationRule,
    GraphQLError,
    GraphQLSchema,
    Node,
    parse,
    specified_rules,
    validate,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.limits.bombs import FAMILIES
from schema.build import build_schema
from transport.field_facts import graphql_schema
from transport.rule_walks import find_errors

SCHEMA: GraphQLSchema = graphql_schema(build_schema())
EXAMPLES = sorted(Path("examples/operations").glob("*.graphql"))
WRONG = """
query ($a: Int!, $a: String, $unused: ID, $input: Nonsense = {x: 1}) @skip(if: 3) {
  listing(id: [1, {deep: $missing}], wrong: true) { title { no } ...Loop ... on Money { amount } ... on Nothing { x } }
  listing: viewer { id }
  unknown(x: 1) @include @nobody(y: $a) { a { b } }
}
fragment Loop on Listing { id ...Loop }
fragment Unused on Query { __typename }
subscription { auctionEvents(auctionId: 1) { cursor } more: auctionTicker(ids: []) { price } }
{ anonymous }
type Extra { a: Int }
"""


def parses(source: str) -> bool:
    """Some are nested so deeply that graphql-core's parser refuses them."""
    try:
        return bool(parse(source))
    except GraphQLError:
        return False


HOSTILE = {name: source for name, family in FAMILIES.items() if parses(source := family(1024))}


def shown(errors: Sequence[GraphQLError]) -> list[tuple[str, Any]]:
    return [(error.message, error.locations) for error in errors]


def both(source: str, rules: Sequence[type[ASTValidationRule]] = specified_rules, most: int = 100) -> tuple[Any, Any]:
    document = parse(source)
    ours = find_errors(SCHEMA, document, rules, max_errors=most, hide_suggestions=False)
    theirs = validate(SCHEMA, document, rules, max_errors=most)
    return shown(ours), shown(theirs)


def watching(seen: list[Any], turns_at: int, answer: object) -> type[ASTValidationRule]:
    """A rule that writes down all it is shown, and turns away at its n-th node."""

    class Watching(ASTValidationRule):
        count = 0

        def enter(self, node: Node, key: object, parent: Any, path: list[Any], ancestors: list[Any]) -> Any:
            kinds = [each.kind if isinstance(each, Node) else len(each) for each in ancestors]
            context: Any = self.context
            of = (context.get_type(), context.get_parent_type(), context.get_input_type())
            above = parent.kind if isinstance(parent, Node) else parent and len(parent)
            seen.append(("enter", node.kind, key, above, list(path), kinds, [str(each) for each in of]))
            self.count += 1
            return answer if self.count == turns_at else None

        def leave(self, node: Node, key: object, parent: Any, path: list[Any], ancestors: list[Any]) -> Any:
            seen.append(("leave", node.kind, key, list(path), len(ancestors)))

    return Watching


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_products_documents_are_found_valid(path: Path) -> None:
    ours, theirs = both(path.read_text())
    assert ours == theirs == []


@pytest.mark.parametrize("most", [0, 1, 5, 100])
def test_a_document_with_every_mistake_gets_the_same_errors_in_the_same_order(most: int) -> None:
    ours, theirs = both(WRONG, most=most)
    assert ours == theirs
    assert len(ours) > min(most, 10)


@pytest.mark.parametrize("family", HOSTILE)
def test_hostile_documents_get_the_same_errors(family: str) -> None:
    ours, theirs = both(HOSTILE[family])
    assert ours == theirs


@settings(max_examples=60, deadline=None)
@given(turns_at=st.integers(1, 90), answer=st.sampled_from([SKIP, False, BREAK, True, None]))
def test_a_rule_that_turns_away_is_shown_the_same(turns_at: int, answer: object) -> None:
    ours: list[Any] = []
    theirs: list[Any] = []
    document = parse(WRONG)
    rules = [watching(ours, turns_at, answer), watching(ours, turns_at + 7, answer)]
    find_errors(SCHEMA, document, rules, max_errors=9, hide_suggestions=False)
    validate(SCHEMA, document, [watching(theirs, turns_at, answer), watching(theirs, turns_at + 7, answer)])
    assert ours
    assert ours == theirs
