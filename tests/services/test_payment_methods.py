"""Saving cards by token: kept once, confirmed where the bank wants it, removed for good, and what is owed collected."""

import asyncio
from dataclasses import replace

import httpx
import pytest

from datasources.payments.stripe import StripePayments
from datasources.postgres import payments as recorded
from domain.orders import OrderStatus
from domain.payments import PaymentMethod, PaymentMethodDeclined, PaymentMethodRemoved, PaymentSetup
from domain.problems import BadInputError, IdempotencyConflict, InvalidInput, NotFound, RetryLater, WrongState
from services.payment_methods import keep_method, methods_of, remove, save_token, set_up
from services.payments import Cashier, apply_payment_event, charge_order
from services.salerooms import Saleroom
from tests.services.test_orders import a_won_lot, account, the_order
from tests.stores import NOWHERE, add_user, rows

KEY = "key-00000001"


async def post(stripe_url: str, path: str, **fields: str) -> httpx.Response:
    """What the buyer's browser says to the provider."""
    headers = {"authorization": "Bearer sk_test_gavel"}
    async with httpx.AsyncClient(base_url=stripe_url, headers=headers) as browser:
        return await browser.post(path, data=fields)


async def test_a_token_is_saved_once_whoever_reports_it_and_however_often(cashier: Cashier, database_url: str) -> None:
    ann = await add_user(database_url)
    calls = [save_token(cashier, ann, "pm_card_visa", idempotency_key=KEY) for _ in range(4)]
    saved = [each for each in await asyncio.gather(*calls) if isinstance(each, PaymentMethod)]
    again = await save_token(cashier, ann, "pm_card_visa", idempotency_key=KEY)
    assert isinstance(again, PaymentMethod)
    assert {each.method_id for each in [*saved, again]} == {again.method_id}
    assert [(each.brand, each.last4) for each in await methods_of(cashier, ann)] == [("visa", "4242")]
    other = await save_token(cashier, ann, "pm_card_mastercard", idempotency_key=KEY)
    assert isinstance(other, IdempotencyConflict)


async def test_the_newest_card_is_the_one_that_is_charged_until_it_is_removed(
    cashier: Cashier, database_url: str
) -> None:
    ann, bob = await add_user(database_url), await add_user(database_url)
    for number, card in enumerate(("pm_card_visa", "pm_card_mastercard")):
        await save_token(cashier, ann, card, idempotency_key=f"key-0000000{number}")
    newest, older = await methods_of(cashier, ann)
    assert newest.brand == "mastercard"
    assert isinstance(await remove(cashier.sources, bob, newest.method_id), NotFound)
    assert isinstance(await remove(cashier.sources, ann, newest.method_id), PaymentMethodRemoved)
    assert isinstance(await remove(cashier.sources, ann, newest.method_id), NotFound)
    assert await methods_of(cashier, ann) == [older]
    assert await rows(database_url, "select 1 from pgqueuer where entrypoint = 'payments.forget-method'")
    for _ in range(2):
        await cashier.provider.forget_method(newest.method_id)
    await save_token(cashier, ann, "pm_card_mastercard", idempotency_key="key-00000001")
    assert await methods_of(cashier, ann) == [older], "a late repetition brings nothing back"


async def test_what_cannot_be_saved_is_refused_with_a_reason(cashier: Cashier, database_url: str) -> None:
    ann = await add_user(database_url)
    declined = await save_token(cashier, ann, "pm_card_chargeDeclinedInsufficientFunds", idempotency_key=KEY)
    assert declined == PaymentMethodDeclined("insufficient_funds")
    for number, token in enumerate(("4242424242424242", "pm_no_such_method", "pm_" + "x" * 300)):
        refused = await save_token(cashier, ann, token, idempotency_key=f"key-9000000{number}")
        assert isinstance(refused, InvalidInput), token
    with pytest.raises(BadInputError, match="idempotency key"):
        await save_token(cashier, ann, "pm_card_visa", idempotency_key="x")
    for number in range(10):
        await save_token(cashier, ann, "pm_card_visa", idempotency_key=f"key-1000000{number}")
    assert isinstance(await save_token(cashier, ann, "pm_card_visa", idempotency_key="key-20000000"), WrongState)
    assert len(await methods_of(cashier, ann)) == 10


async def test_no_card_number_is_ever_stored(cashier: Cashier, database_url: str) -> None:
    ann = await add_user(database_url)
    await save_token(cashier, ann, "pm_card_visa", idempotency_key=KEY)
    await save_token(cashier, ann, "4242424242424242", idempotency_key="key-00000002")
    for table in ("payment_methods", "payment_customers", "payments", "idempotency_keys", "audit_entries"):
        assert "4242424242424242" not in str(await rows(database_url, f"select t::text from {table} t"))


async def test_a_browser_finishes_a_setup_with_the_provider_and_its_event_saves_the_card(
    saleroom: Saleroom, cashier: Cashier, database_url: str, stripe_url: str
) -> None:
    order, (_, bob) = await a_won_lot(saleroom, database_url)
    begun = await set_up(cashier, account(bob), idempotency_key=KEY)
    assert isinstance(begun, PaymentSetup)
    assert await set_up(cashier, account(bob), idempotency_key=KEY) == begun
    second = await set_up(cashier, account(bob), idempotency_key="key-00000002")
    assert isinstance(second, PaymentSetup)
    assert not await keep_method(cashier, begun.setup_id), "nothing is saved yet"
    await post(stripe_url, f"/v1/setup_intents/{begun.setup_id}/confirm", payment_method="pm_card_visa")
    for _ in range(2):
        assert await keep_method(cashier, begun.setup_id), "also when another setup was begun after it"
    assert len(await methods_of(cashier, account(bob))) == 1
    asked = "select 1 from pgqueuer where entrypoint = 'orders.charge' and dedupe_key like '%pm_%'"
    assert len(await rows(database_url, asked)) == 1
    paid = await charge_order(cashier, order.order_id)
    assert paid is not None
    assert paid.status is OrderStatus.PAID


async def test_a_bank_that_wants_the_buyer_is_asked_before_the_card_is_kept(
    cashier: Cashier, database_url: str, stripe_url: str
) -> None:
    ann = await add_user(database_url)
    begun = await save_token(cashier, ann, "pm_card_authenticationRequired", idempotency_key=KEY)
    assert isinstance(begun, PaymentSetup)
    assert (begun.is_action_required, bool(begun.client_secret), bool(begun.action_url)) == (True, True, True)
    assert await methods_of(cashier, ann) == []
    await post(stripe_url, f"/admin/authenticate/{begun.setup_id}")
    assert await keep_method(cashier, begun.setup_id)
    assert [each.last4 for each in await methods_of(cashier, ann)] == ["3184"]


async def test_a_charge_that_the_buyer_confirmed_is_captured_by_its_event(
    saleroom: Saleroom, cashier: Cashier, database_url: str, stripe_url: str
) -> None:
    order, (_, bob) = await a_won_lot(saleroom, database_url)
    begun = await save_token(cashier, account(bob), "pm_card_authenticationRequired", idempotency_key=KEY)
    assert isinstance(begun, PaymentSetup)
    await post(stripe_url, f"/admin/authenticate/{begun.setup_id}")
    await keep_method(cashier, begun.setup_id)
    asked = await charge_order(cashier, order.order_id)
    assert asked is not None
    assert asked.status is OrderStatus.ACTION_REQUIRED
    (attempt,) = await recorded.of_order(cashier.sources.database, order.order_id)
    assert attempt.client_secret, "the browser confirms with it"
    (method,) = await methods_of(cashier, account(bob))
    intent = attempt.payment_id
    await post(
        stripe_url, f"/v1/payment_intents/{intent}/confirm", payment_method=method.method_id, off_session="false"
    )
    await post(stripe_url, f"/admin/authenticate/{intent}")
    await apply_payment_event(cashier, intent, event_id="evt_capturable")
    assert (await the_order(cashier.sources, order.order_id)).status is OrderStatus.PAID


async def test_while_the_provider_is_away_the_same_call_may_be_repeated(cashier: Cashier, database_url: str) -> None:
    ann = await add_user(database_url)
    away = replace(cashier, provider=StripePayments("sk_test_gavel", url=NOWHERE, call_seconds=2))
    assert isinstance(await set_up(away, ann, idempotency_key=KEY), RetryLater)
    assert isinstance(await save_token(away, ann, "pm_card_visa", idempotency_key=KEY), RetryLater)
    assert isinstance(await save_token(cashier, ann, "pm_card_visa", idempotency_key=KEY), PaymentMethod)
    await away.provider.close()  # type: ignore[attr-defined]  # the seam has no such call
