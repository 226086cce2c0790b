"""Which subscriptions of the product share their events between all who watch."""

import pytest
from graphql import OperationDefinitionNode, parse

from schema.build import build_schema
from transport.field_facts import FieldFacts, derive_field_facts, graphql_schema
from transport.shared_topics import judge_sharing

FACTS: FieldFacts = derive_field_facts(graphql_schema(build_schema()))
EVENT = "__typename cursor version at price { amountMinor formatted } leader bidCount reserveStatus effectiveEndAt"


def is_shared(document: str) -> bool:
    parsed = parse(document)
    operation = parsed.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return judge_sharing(parsed, operation, FACTS) is not None


@pytest.mark.parametrize(
    "below",
    [
        f"{EVENT} ... on BidPlaced {{ bidder hasNewLeader }} ... on AuctionClosed {{ outcome }}",
        "auction { id title status price { amount } version bidCount leader serverTime result { outcome } }",
    ],
)
def test_watchers_of_a_lot_share_what_everybody_sees(below: str) -> None:
    assert is_shared(
        f"subscription ($id: ID!, $after: String) {{ auctionEvents(auctionId: $id, after: $after) {{ {below} }} }}"
    )
    assert is_shared(f"subscription ($ids: [ID!]!) {{ auctionTicker(ids: $ids) {{ {EVENT} }} }}")


@pytest.mark.parametrize(
    "below",
    [
        "myStanding { isLeading }",
        "minimumNext { amountMinor }",
        "nextBids { amountMinor }",
        "bids { edges { node { isMine } } }",
        "listing { id }",
    ],
)
def test_what_depends_on_the_viewer_is_made_for_each_viewer(below: str) -> None:
    assert not is_shared(
        f"subscription ($id: ID!) {{ auctionEvents(auctionId: $id) {{ version auction {{ {below} }} }} }}"
    )


def test_followers_of_the_same_counters_share_them() -> None:
    assert is_shared("subscription ($ids: [ID!]!) { listingCounters(ids: $ids) { listingId views likes favourites } }")


@pytest.mark.parametrize(
    "followed",
    [
        "myBidUpdates { version standing }",
        'presence(userIds: ["a"]) { userId isOnline }',
        'typing(conversationId: "c") { isTyping }',
        'conversationEvents(conversationId: "c") { __typename }',
        "inboxEvents { __typename }",
        "notifications { __typename }",
    ],
)
def test_what_needs_a_viewer_is_nobody_elses(followed: str) -> None:
    assert not is_shared(f"subscription {{ {followed} }}")


def test_every_subscription_is_either_for_everybody_or_for_its_viewer() -> None:
    fields = FACTS.by_type["Subscription"]
    shared = {name for name, fact in fields.items() if fact.topic is not None}
    assert shared == {"auctionEvents", "auctionTicker", "listingCounters"}
    assert set(fields) - shared == {
        "myBidUpdates",
        "presence",
        "typing",
        "conversationEvents",
        "inboxEvents",
        "notifications",
    }
