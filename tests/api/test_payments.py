"""Cards, orders and switches as clients meet them: by token, with codes, on for some and off for others."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from config import Settings
from domain.nodes import encode_node_id
from tests.api.auction_house import AuctionHouse
from tests.api.conftest import Asker, serving

SAVE = """mutation ($token: String!, $key: String!) { savePaymentMethod(input: {token: $token, idempotencyKey: $key}) {
  __typename
  ... on PaymentMethod { id brand last4 }
  ... on PaymentMethodSetup { isActionRequired clientSecret publishableKey actionUrl }
  ... on PaymentMethodDeclined { reason }
  ... on InvalidInput { problems { field } }
  ... on Problem { code } } }"""
SET_UP = """mutation ($key: String!) { setUpPaymentMethod(input: {idempotencyKey: $key}) {
  __typename ... on PaymentMethodSetup { clientSecret publishableKey } ... on Problem { code } } }"""
REMOVE = """mutation ($id: ID!) { removePaymentMethod(input: {id: $id}) {
  __typename ... on PaymentMethodRemoved { id } ... on Problem { code } } }"""
CARDS = "{ viewer { paymentMethods { id brand last4 } } }"
CHECKOUT = """mutation ($id: ID!, $key: String!) { checkout(input: {listingId: $id, idempotencyKey: $key}) {
  __typename ... on Order { id kind status total { amountMinor } payment { status } } ... on WrongState { state }
  ... on Problem { code } } }"""
PAY = "mutation ($id: ID!) { payOrder(input: {orderId: $id}) { __typename ... on Problem { code } } }"
REFUND = """mutation ($id: ID!) { refundOrder(input: {orderId: $id, reason: "broken"}) {
  __typename ... on Problem { code } } }"""
SWITCH = """mutation ($name: String!, $on: Boolean!, $role: Role) {
  setFlag(input: {name: $name, isOn: $on, role: $role}) {
    __typename ... on Flag { name isOn roles userCount } ... on Problem { code } } }"""


@pytest.fixture
async def ask(marketplace: Settings, stripe_url: str, tokens: dict[str, str]) -> AsyncIterator[Asker]:
    paying = {"stripe_url": stripe_url, "stripe_seconds": 10}
    async with serving(marketplace.model_copy(update=paying), tokens) as asker:
        yield asker


async def save(ask: Asker, token: str, *, by: str | None, key: str | None = None) -> Any:
    return (await ask(SAVE, {"token": token, "key": key or str(uuid4())}, by=by)).data["savePaymentMethod"]


async def test_a_card_is_saved_shown_to_its_owner_alone_and_removed(ask: Asker) -> None:
    assert (await save(ask, "pm_card_visa", by=None))["code"] == "NOT_SIGNED_IN"
    key = str(uuid4())
    saved = await save(ask, "pm_card_visa", by="buyer-1", key=key)
    assert (saved["brand"], saved["last4"]) == ("visa", "4242")
    assert await save(ask, "pm_card_visa", by="buyer-1", key=key) == saved
    assert (await save(ask, "pm_card_amex", by="buyer-1", key=key))["code"] == "IDEMPOTENCY_CONFLICT"
    (card,) = (await ask(CARDS, by="buyer-1")).data["viewer"]["paymentMethods"]
    assert card["id"] == saved["id"]
    assert (await ask(CARDS, by="buyer-2")).data["viewer"]["paymentMethods"] == []
    stolen = (await ask(REMOVE, {"id": saved["id"]}, by="buyer-2")).data["removePaymentMethod"]
    assert stolen["code"] == "NOT_FOUND"
    removed = (await ask(REMOVE, {"id": saved["id"]}, by="buyer-1")).data["removePaymentMethod"]
    assert removed == {"__typename": "PaymentMethodRemoved", "id": saved["id"]}
    assert (await ask(CARDS, by="buyer-1")).data["viewer"]["paymentMethods"] == []


async def test_cards_that_are_not_saved_say_why(ask: Asker) -> None:
    declined = await save(ask, "pm_card_chargeDeclined", by="buyer-3")
    assert (declined["code"], declined["reason"]) == ("PAYMENT_METHOD_DECLINED", "generic_decline")
    number = await save(ask, "4242424242424242", by="buyer-3")
    assert (number["code"], number["problems"]) == ("INVALID_INPUT", [{"field": "token"}])
    asked = await save(ask, "pm_card_authenticationRequired", by="buyer-3")
    assert (asked["__typename"], asked["isActionRequired"], asked["publishableKey"]) == (
        "PaymentMethodSetup", True, "pk_test_api"
    )  # fmt: skip
    assert asked["actionUrl"].startswith("http://127.0.0.1")
    begun = (await ask(SET_UP, {"key": str(uuid4())}, by="buyer-3")).data["setUpPaymentMethod"]
    assert begun["clientSecret"].startswith("seti_")
    assert (await ask(SET_UP, {"key": "x"}, by="buyer-3")).codes == ["BAD_IDEMPOTENCY_KEY"]


async def test_a_fixed_price_is_ordered_once_and_only_its_buyer_sees_the_order(
    ask: Asker, marketplace: Settings
) -> None:
    house = AuctionHouse(marketplace)
    try:
        listing_id, _ = await house.listing()
    finally:
        await house.leave()
    listing, key = encode_node_id("Listing", listing_id), str(uuid4())
    first = (await ask(CHECKOUT, {"id": listing, "key": key}, by="buyer-4")).data["checkout"]
    assert (first["kind"], first["status"], first["payment"]) == ("FIXED_PRICE", "PAYMENT_DUE", None)
    assert (await ask(CHECKOUT, {"id": listing, "key": key}, by="buyer-4")).data["checkout"] == first
    late = (await ask(CHECKOUT, {"id": listing, "key": str(uuid4())}, by="buyer-5")).data["checkout"]
    assert (late["code"], late["state"]) == ("WRONG_STATE", "RESERVED")
    order = {"id": first["id"]}
    assert (await ask(PAY, order, by="buyer-4")).data["payOrder"]["__typename"] == "Order"
    assert (await ask(PAY, order, by="buyer-5")).data["payOrder"]["code"] == "NOT_FOUND"
    assert (await ask(REFUND, order, by="buyer-4")).data["refundOrder"]["code"] == "NOT_ALLOWED"
    assert (await ask(REFUND, order, by="admin-1")).data["refundOrder"]["code"] == "WRONG_STATE"
    node = "query ($id: ID!) { node(id: $id) { ... on Order { total { amountMinor } } } }"
    assert (await ask(node, order, by="buyer-4")).data["node"] is not None
    assert (await ask(node, order, by="buyer-5")).data["node"] is None


async def test_staff_switch_features_and_every_mutation_of_one_that_is_off_says_so(
    ask: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.flags._FRESH_SECONDS", -1.0)
    listing = (await ask("{ listings(first: 1) { edges { node { id } } } }")).data["listings"]["edges"][0]["node"]["id"]
    write = {"listingId": listing, "clientMessageId": str(uuid4()), "body": "Is it there?"}
    calls: dict[str, list[tuple[str, dict[str, str]]]] = {
        "launch_payments": [
            (SAVE, {"token": "pm_card_visa", "key": str(uuid4())}),
            (SET_UP, {"key": str(uuid4())}),
            (CHECKOUT, {"id": listing, "key": str(uuid4())}),
        ],
        "launch_chat": [(said(name, write), {}) for name in ("startConversation", "askQuestion")],
    }
    refused = (await ask(SWITCH, {"name": "launch_chat", "on": False}, by="buyer-1")).data["setFlag"]
    assert refused["code"] == "NOT_ALLOWED"
    for name, mutations in calls.items():
        off = (await ask(SWITCH, {"name": name, "on": False}, by="admin-1")).data["setFlag"]
        assert off == {"__typename": "Flag", "name": name, "isOn": False, "roles": [], "userCount": 0}
        for document, variables in mutations:
            (answer,) = (await ask(document, variables, by="buyer-2")).data.values()
            assert answer["code"] == "DISABLED_BY_FLAG", document
        await ask(SWITCH, {"name": name, "on": True, "role": "USER"}, by="admin-1")
        assert name in (await ask("{ features }", by="buyer-2")).data["features"]
        assert name not in (await ask("{ features }")).data["features"]
        for role in ("USER", None):
            await ask(SWITCH, {"name": name, "on": role is None, "role": role}, by="admin-1")
    unknown = (await ask(SWITCH, {"name": "launch_rockets", "on": True}, by="admin-1")).data["setFlag"]
    assert unknown["code"] == "INVALID_INPUT"


def said(name: str, write: dict[str, str]) -> str:
    given = ", ".join(f'{key}: "{value}"' for key, value in write.items())
    return f"mutation {{ {name}(input: {{{given}}}) {{ __typename ... on Problem {{ code }} }} }}"


async def test_without_a_payment_provider_nothing_is_begun(marketplace: Settings, tokens: dict[str, str]) -> None:
    async with serving(marketplace.model_copy(update={"stripe_key": SecretStr("")}), tokens) as asker:
        assert (await save(asker, "pm_card_visa", by="buyer-1"))["code"] == "RETRY_LATER"
