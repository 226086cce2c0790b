"""Loaders fetch the fields that are selected: seen in the statements and queries sent, and never a field too few."""

from collections.abc import AsyncIterator, Iterator
from random import Random
from typing import Any

import pytest
from graphql import GraphQLField, GraphQLNonNull, GraphQLObjectType, get_named_type, is_leaf_type

from tests.api.filled_market import FilledMarket, filled_market, global_ids
from tests.api.test_plan_operations import SCHEMA
from transport.plan.executors import CompiledExecutor
from transport.selections import record_reads

PLACES = {
    "Order": ("viewer { orders { edges { cursor node { %s } } } }", "node(id: ORDER) { ... on Order { %s } }"),
    "LedgerEntry": ("viewer { wallet { entries { edges { cursor node { %s } } } } }",),
    "Wallet": ("viewer { wallet { %s } }",),
    "Notification": (
        "viewer { notifications { edges { cursor node { %s } } } }",
        "node(id: NOTIFICATION) { ... on Notification { %s } }",
    ),
    "Conversation": (
        "viewer { conversations { edges { cursor node { %s } } } }",
        "conversation(id: CONVERSATION) { %s }",
    ),
    "Participant": ("conversation(id: CONVERSATION) { participants { %s } }",),
    "Message": (
        "conversation(id: CONVERSATION) { messages { edges { cursor node { %s } } } lastMessage { %s } }",
        "conversation(id: CONVERSATION) { messages(first: 5) { edges { node { %s } } } }",
        "node(id: MESSAGE) { ... on Message { %s } }",
    ),
    "Auction": (
        "auctions { edges { cursor node { %s } } }",
        "listing(id: LISTING) { auction { %s } }",
        "auction(id: AUCTION) { %s }",
    ),
    "Sale": ("sale(id: SALE) { %s }",),
    "Bid": ("auction(id: AUCTION) { bids { edges { node { %s } } } }", "viewer { bids { edges { node { %s } } } }"),
    "MyStanding": ("auction(id: AUCTION) { myStanding { %s } }",),
    "SavedSearch": ("viewer { savedSearches { %s } }",),
    "ModerationCase": ("moderationCases { edges { cursor node { %s } } }",),
    "Question": ("listing(id: LISTING) { questions { edges { node { %s } } } }",),
    "Listing": (
        "listings(first: 3) { edges { cursor node { %s } } }",
        "viewer { listings(first: 2) { edges { cursor node { %s } } } }",
        "conversation(id: CONVERSATION) { listing { %s } }",
    ),
    "PublicUser": ("listing(id: LISTING) { seller { %s } }", "viewer { profile { %s } }"),
    "Category": ("listing(id: LISTING) { category { %s } }",),
    "Promotion": ("promotions(first: 2) { edges { cursor node { %s } } }",),
    "ContentPage": ("node(id: CONTENTPAGE) { ... on ContentPage { %s } }",),
    "Faq": ("faqs(first: 2) { edges { cursor node { %s } } }",),
    "Payment": ("viewer { orders { edges { node { payment { %s } } } } }",),
}
"""Where records of each type are shown; the upper-case names are ids."""
MOVING = {"serverTime"}
"""Fields that are another each time."""


@pytest.fixture
async def market(database_url: str, redis_url: str) -> AsyncIterator[FilledMarket]:
    async with filled_market(database_url, redis_url) as opened:
        yield opened


def written(market: FilledMarket, template: str, selection: str) -> str:
    names = {each.upper(): each for each in PLACES if each in market.ids} | {"CONTENTPAGE": "contentPage"}
    text = template.replace("%s", selection)
    for name, kind in sorted(names.items(), key=lambda each: -len(each[0])):
        record = "ContentPage" if kind == "contentPage" else kind
        (found,) = global_ids({record: market.ids[kind]}, record)
        text = text.replace(f"id: {name})", f'id: "{found}")')
    return text


def selected(name: str, field: GraphQLField) -> str:
    """One field with the least that may stand below it."""
    if is_leaf_type(get_named_type(field.type)):
        return name
    kind = get_named_type(field.type)
    if kind.name.endswith("Connection"):
        return f"{name} {{ edges {{ node {{ __typename }} }} }}"
    return f"{name} {{ {_leaves(kind)} }}"


def _leaves(kind: Any) -> str:
    fields = kind.fields.items() if isinstance(kind, GraphQLObjectType) and kind.name not in PLACES else ()
    plain = [name for name, each in fields if is_leaf_type(get_named_type(each.type)) and not _requires(each)]
    return " ".join(["__typename", *plain])


def _requires(field: GraphQLField) -> bool:
    return any(isinstance(each.type, GraphQLNonNull) and each.default_value is None for each in field.args.values())


def fields_of(name: str) -> Iterator[str]:
    kind = SCHEMA.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    for field_name, field in kind.fields.items():
        if field_name not in MOVING:
            yield selected(field_name, field)


async def faults(market: FilledMarket, *names: str) -> list[str]:
    """Fields that, selected alone, are not answered as they are among all others."""
    found: list[str] = []
    for name in names or PLACES:
        for place, template in enumerate(PLACES[name]):
            alone = list(fields_of(name))[:: 1 if place == 0 else 4]  # what a field reads is the same at every place
            whole = await market.ask(f"{{ {written(market, template, ' '.join(alone))} }}", is_whole=True)
            assert whole.errors is None, (name, whole.errors)
            for each in alone:
                document = f"{{ {written(market, template, each)} }}"
                told = await market.ask(document)
                if told.errors is not None or not holds(whole.data, told.data):
                    found.append(f"{name}.{each.partition(' ')[0]}")
    return found


def holds(whole: Any, part: Any) -> bool:
    """Whether everything of a part stands in the whole, at the same place."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and holds(whole[key], part[key]) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and len(whole) == len(part) and all(map(holds, whole, part))
    return bool(whole == part)


async def test_every_field_alone_is_answered_without_a_field_that_was_not_fetched(market: FilledMarket) -> None:
    assert await faults(market) == []


async def test_a_resolver_that_says_too_little_is_found(market: FilledMarket, monkeypatch: pytest.MonkeyPatch) -> None:
    known = record_reads(SCHEMA)
    for type_name, field in (("Order", "total"), ("Message", "body"), ("Listing", "images"), ("Auction", "nextBids")):
        kind = SCHEMA.type_map[type_name]
        assert isinstance(kind, GraphQLObjectType)
        assert known.of(kind, field)
        with monkeypatch.context() as patch:
            patch.setitem(known._known, (type_name, field), {})
            market.executor = CompiledExecutor(SCHEMA)
            assert set(await faults(market, type_name)) == {f"{type_name}.{field}"}


async def test_postgres_is_asked_for_the_selected_columns_alone(market: FilledMarket) -> None:
    own = "orders.order_id, orders.buyer_id, orders.seller_profile_id"

    async def sent(document: str) -> str:
        assert (await market.ask(document)).errors is None
        (statement,) = [each for each in market.statements if each.startswith("SELECT")]
        return statement.removeprefix("SELECT ").partition(" WHERE ")[0]

    page = "{ viewer { orders { edges { node { %s } } } } }"
    assert await sent(page % "id") == f"{own} FROM orders"
    assert await sent(page % "total { formatted } status") == await sent(page % "status total { currency } id")
    assert "status" not in await sent(page % "total { formatted }")
    assert "fee" not in await sent(page % "kind status total { formatted } dueAt createdAt")
    told = "{ viewer { notifications { edges { node { %s } } } } }"
    assert "facts" not in await sent(told % "isRead updatedAt")
    assert "facts" in await sent(told % "isRead body")
    auctions = "{ auctions { edges { node { %s } } } }"
    assert "increments" not in await sent(auctions % "title startPrice { formatted } scheduledEndAt")
    assert "increments" in await sent(auctions % "increments { fromMinor }")
    assert "snapshot" not in await sent("{ moderationCases { edges { node { state } } } }")
    assert "query" not in await sent("{ viewer { savedSearches { name } } }")
    entries = "{ viewer { wallet { entries { edges { node { %s } } } } } }"
    assert "JOIN" not in await sent(entries % "amount { formatted }")
    assert "JOIN" in await sent(entries % "amount { formatted } kind")


async def test_people_of_conversations_and_texts_of_messages_are_read_for_those_who_ask(market: FilledMarket) -> None:
    listed = "{ viewer { conversations { edges { node { %s } } } } }"
    await market.ask(listed % "id lastMessageAt lastMessage { createdAt }")
    assert not any("JOIN participants" in each or "body" in each for each in market.statements)
    await market.ask(listed % "unreadCount lastMessage { body }")
    assert any("JOIN participants" in each for each in market.statements)
    assert any("messages.body" in each for each in market.statements)


async def test_content_is_asked_for_the_selected_items_where_answers_are_not_kept(market: FilledMarket) -> None:
    def projection() -> str:
        (asked,) = [each for each in market.content.asked if '_type == "listing"' in each]
        return asked[asked.rindex("]") + 1 :] if "images" not in asked else asked

    await market.ask("{ listings(first: 2) { edges { node { title city } } } }")
    usual = '"slug": slug.current, "sellerId": seller._ref, price, city, status, _createdAt, publishedAt'
    assert projection() == f"{{_id, title, {usual}}}"
    await market.ask("{ listings(first: 2) { edges { node { images { lqip } body { text } } } } }")
    assert '"images": images[]{..., "lqip": asset->metadata.lqip}' in projection()
    assert "body" in projection()
    assert "title" not in projection()
    await market.ask("{ viewer { listings(first: 2) { edges { node { tags } } } } }")
    assert ("body" in projection(), "tags" in projection()) == (False, True)
    (page,) = global_ids({"ContentPage": market.ids["contentPage"]}, "ContentPage")
    await market.ask(f'{{ node(id: "{page}") {{ ... on ContentPage {{ title }} }} }}')
    assert not any("body" in each for each in market.content.asked)


async def test_two_places_of_one_record_are_one_read_of_what_both_show(market: FilledMarket) -> None:
    (listing, auction) = global_ids(market.ids, "Listing", "Auction")
    document = f"""{{ first: auction(id: "{auction}") {{ title ...Steps }}
      second: auction(id: "{auction}") {{ lotNumber }}
      listing(id: "{listing}") {{ title seller {{ displayName }} }} viewer {{ profile {{ city }} }} }}
      fragment Steps on Auction {{ increments {{ stepMinor }} }}"""
    told = await market.ask(document)
    assert told.errors is None
    (statement,) = [each for each in market.statements if " FROM auctions" in each]
    assert all(name in statement for name in ("auctions.title", "auctions.lot_number", "auctions.increments"))
    assert "start_minor" not in statement


async def test_random_selections_get_the_answer_of_whole_records(market: FilledMarket) -> None:
    for seed in range(25):
        roll = Random(seed)
        parts = []
        for number, name in enumerate(roll.choices(list(PLACES), k=roll.randint(1, 3))):
            fields = list(fields_of(name))
            chosen = roll.sample(fields, min(len(fields), roll.randint(1, 4)))
            root, _, rest = written(market, roll.choice(PLACES[name]), " ".join(chosen)).partition(" ")
            root, bracket, arguments = root.partition("(")
            parts.append(f"a{number}: {root}{bracket}{arguments} {rest}")
        document = f"{{ {' '.join(parts)} }}"
        whole, told = await market.ask(document, is_whole=True), await market.ask(document)
        assert (told.errors, told.data) == (None, whole.data), document
