"""What operations need of records: found over fragments, aliases, conditions and places, and never too little."""

from collections.abc import Mapping

import pytest
from graphql import GraphQLObjectType, OperationDefinitionNode, parse
from graphql.execution.values import VariableValues

from domain.auctions import Auction
from domain.notifications import Notification
from domain.orders import Order
from schema.build import build_schema
from transport.field_facts import graphql_schema
from transport.selections import RecordReads, selected_under

SCHEMA = graphql_schema(build_schema())
READS = RecordReads(SCHEMA)


def needed(source: str, **flags: bool) -> Mapping[type, frozenset[str] | None] | None:
    document = parse(source)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    if not flags:
        return READS.needed(document, operation)
    return READS.needed(document, operation, selected_under(VariableValues({}, dict(flags))))


def of(record: type, source: str, **flags: bool) -> set[str] | None:
    found = needed(source, **flags)
    assert found is not None
    names = found.get(record, frozenset())
    return None if names is None else set(names)


def test_attributes_resolvers_and_properties_say_what_they_read() -> None:
    page = "{ viewer { orders { edges { node { %s } } } } }"
    assert of(Order, page % "total { amountMinor } __typename") == {"total"}
    assert of(Order, page % "id payment { status }") == {"order_id", "buyer_id"}
    assert of(Order, "{ viewer { orders { pageInfo { hasNextPage } } } }") == set()
    told = "{ viewer { notifications { edges { node { %s } } } } }"
    assert of(Notification, told % "title") == {"kind", "facts", "count"}
    assert of(Notification, told % "isRead createdAt") == {"read_at", "created_at"}
    assert of(Auction, "{ auctions { edges { node { startPrice { amountMinor } increments { stepMinor } } } } }") == {
        "terms.start_minor", "terms.currency", "terms.policy",
    }  # fmt: skip


def test_places_fragments_aliases_and_type_conditions_count_together() -> None:
    source = """query { viewer { orders { edges { node { ...Card ... { dueAt } first: status } } }
        conversations { edges { node { order { createdAt } } } } }
      node(id: "x") { ... on Order { ...Card kind } ... on Notification { path } } }
      fragment Card on Order { total { amountMinor } ...Rest } fragment Rest on Node { id }"""
    assert of(Order, source) == {"due_at", "status", "created_at", "total", "order_id", "kind"}
    assert of(Notification, source) >= {"kind", "facts", "count"}  # type: ignore[operator]  # not everything


def test_what_conditions_leave_out_is_not_needed() -> None:
    source = """query ($full: Boolean!) { viewer { orders { edges { node { id total @include(if: $full) { currency }
        ... @skip(if: $full) { status } ...Due @include(if: $full) } } } } } fragment Due on Order { dueAt }"""
    assert of(Order, source, full=True) == {"order_id", "total", "due_at"}
    assert of(Order, source, full=False) == {"order_id", "status"}
    assert of(Order, source) == {"order_id", "total", "due_at", "status"}, "without knowing, all of it may be needed"


@pytest.mark.parametrize(
    "source",
    [
        'mutation { payOrder(input: {orderId: "x"}) { ... on Order { id } } }',
        "subscription { notifications { ... on NotificationTold { notification { id } } } }",
    ],
)
def test_where_nobody_said_what_is_read_everything_is_needed(source: str) -> None:
    assert needed(source) is None


def test_every_field_that_a_query_can_reach_says_what_it_reads() -> None:
    """One that does not would have every operation with it fetch everything."""
    silent = [
        f"{name}.{field}"
        for name, kind in SCHEMA.type_map.items()
        if isinstance(kind, GraphQLObjectType) and name in reached()
        for field in kind.fields
        if READS.of(kind, field) is None
    ]
    assert silent == []


def reached() -> set[str]:
    """Object types that a query shows: those below its root, and the members of what it shows."""
    found: set[str] = set()
    waiting = ["Query"]
    while waiting:
        name = waiting.pop()
        kind = SCHEMA.type_map[name]
        if name in found or not isinstance(kind, GraphQLObjectType):
            continue
        found.add(name)
        for field in kind.fields.values():
            shown = str(field.type).strip("[]!")
            waiting += READS.objects(shown)
    return found
