"""The local payment service as the official Stripe client sees it: payments, cards, customers, lists."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import stripe

from engines.supervisor import LocalEngines

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # raised inside the Stripe client


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with LocalEngines(tmp_path_factory.mktemp("payments")) as engines:
        yield engines.start_server("engines.payment_server")


@pytest.fixture
async def client(address: str) -> AsyncIterator[stripe.StripeClient]:
    http = stripe.HTTPXClient(allow_sync_methods=False)
    yield stripe.StripeClient("sk_test_shop", base_addresses={"api": address}, http_client=http)
    await http.close_async()  # type: ignore[no-untyped-call]  # the library left it untyped


@pytest.fixture
async def admin(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{address}/admin", trust_env=False) as http:
        yield http


async def new_customer(client: stripe.StripeClient) -> str:
    return (await client.v1.customers.create_async({"email": "buyer@example.test", "name": "B"})).id


async def pay(client: stripe.StripeClient, card: str = "pm_card_visa", **more: Any) -> stripe.PaymentIntent:
    params: Any = {"amount": 12_500, "currency": "zar", "payment_method": card, "confirm": True, **more}
    return await client.v1.payment_intents.create_async(params)


async def test_a_card_payment_succeeds_at_once(client: stripe.StripeClient) -> None:
    intent = await pay(client, metadata={"order": "o-1"}, expand=["latest_charge.balance_transaction"])
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert isinstance(charge.balance_transaction, stripe.BalanceTransaction)
    assert (intent.status, intent.amount_received, intent.metadata["order"]) == ("succeeded", 12_500, "o-1")
    assert (charge.captured, charge.balance_transaction.net) == (True, 12_500 - 12_500 * 29 // 1000 - 30)


async def test_a_payment_is_authorised_then_captured_in_part(client: stripe.StripeClient) -> None:
    intent = await pay(client, capture_method="manual")
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 12_500, 0)
    with pytest.raises(stripe.InvalidRequestError) as too_much:
        await client.v1.payment_intents.capture_async(intent.id, {"amount_to_capture": 12_501})
    assert too_much.value.code == "amount_too_large"
    captured = await client.v1.payment_intents.capture_async(intent.id, {"amount_to_capture": 10_000})
    assert (captured.status, captured.amount_received, captured.amount_capturable) == ("succeeded", 10_000, 0)
    with pytest.raises(stripe.InvalidRequestError) as twice:
        await client.v1.payment_intents.capture_async(intent.id)
    assert twice.value.code == "payment_intent_unexpected_state"


async def test_an_authorisation_is_released_by_cancelling(client: stripe.StripeClient) -> None:
    intent = await pay(client, capture_method="manual")
    canceled = await client.v1.payment_intents.cancel_async(intent.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.amount_capturable, canceled.cancellation_reason) == ("canceled", 0, "abandoned")
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        await client.v1.payment_intents.confirm_async(intent.id)


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", None),
    ],
)
async def test_a_declined_card_leaves_a_payment_that_another_card_completes(
    client: stripe.StripeClient, card: str, code: str, decline_code: str | None
) -> None:
    with pytest.raises(stripe.CardError) as refused:
        await pay(client, card)
    assert refused.value.error is not None
    failed = refused.value.error.payment_intent
    assert failed is not None
    assert (refused.value.code, refused.value.error.decline_code) == (code, decline_code)
    kept = await client.v1.payment_intents.retrieve_async(failed.id, {"expand": ["latest_charge"]})
    assert isinstance(kept.latest_charge, stripe.Charge)
    assert (kept.status, kept.latest_charge.status) == ("requires_payment_method", "failed")
    paid = await client.v1.payment_intents.confirm_async(failed.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)


async def test_three_d_secure_is_asked_for_and_answered(client: stripe.StripeClient, admin: httpx.AsyncClient) -> None:
    intent = await pay(client, "pm_card_threeDSecure2Required", return_url="https://shop.example/back")
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    page = str(intent.next_action.redirect_to_url.url)
    async with httpx.AsyncClient(trust_env=False) as browser:
        assert "Complete authentication" in (await browser.get(page)).text
        answered = await browser.post(page, data={"outcome": "succeed"})
    assert (answered.status_code, answered.headers["location"]) == (303, "https://shop.example/back")
    assert (await client.v1.payment_intents.retrieve_async(intent.id)).status == "succeeded"
    failing = await pay(client, "pm_card_threeDSecure2Required")
    await admin.post(f"/authenticate/{failing.id}", json={"outcome": "fail"})
    failed = await client.v1.payment_intents.retrieve_async(failing.id)
    assert failed.status == "requires_payment_method"
    assert failed.last_payment_error is not None
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"


async def test_a_card_set_up_once_pays_off_session_and_one_that_was_not_must_ask(
    client: stripe.StripeClient, admin: httpx.AsyncClient
) -> None:
    customer = await new_customer(client)
    setup = await client.v1.setup_intents.create_async(
        {"customer": customer, "payment_method": "pm_card_authenticationRequiredOnSetup", "confirm": True}
    )
    assert setup.status == "requires_action"
    done = (await admin.post(f"/authenticate/{setup.id}", json={})).json()
    assert done["status"] == "succeeded"
    kept = await client.v1.customers.payment_methods.list_async(customer)
    assert [method.id for method in kept.data] == [done["payment_method"]]
    paid = await pay(client, done["payment_method"], customer=customer, off_session=True)
    assert paid.status == "succeeded"
    always = await client.v1.payment_methods.attach_async("pm_card_authenticationRequired", {"customer": customer})
    with pytest.raises(stripe.CardError) as refused:
        await pay(client, always.id, customer=customer, off_session=True)
    assert refused.value.code == "authentication_required"


async def test_a_failed_setup_keeps_no_card(client: stripe.StripeClient) -> None:
    customer = await new_customer(client)
    with pytest.raises(stripe.CardError):
        await client.v1.setup_intents.create_async(
            {"customer": customer, "payment_method": "pm_card_visa_chargeDeclined", "confirm": True}
        )
    assert (await client.v1.payment_methods.list_async({"customer": customer})).data == []


async def test_a_payment_method_serves_one_customer_and_is_used_up_without_one(client: stripe.StripeClient) -> None:
    first, second = await new_customer(client), await new_customer(client)
    method = await client.v1.payment_methods.create_async({"type": "card", "card": {"token": "tok_visa"}})
    await client.v1.payment_methods.attach_async(method.id, {"customer": first})
    with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method"):
        await pay(client, method.id, customer=second)
    await client.v1.payment_methods.detach_async(method.id)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        await pay(client, method.id, customer=first)
    single = await client.v1.payment_methods.create_async({"type": "card", "card": {"token": "tok_visa"}})
    assert (await pay(client, single.id)).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        await pay(client, single.id)


async def test_card_numbers_are_never_taken(client: stripe.StripeClient) -> None:
    card: Any = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034}
    with pytest.raises(stripe.CardError, match="generally unsafe"):
        await client.v1.payment_methods.create_async({"type": "card", "card": card})


async def test_refunds_never_exceed_the_payment(client: stripe.StripeClient) -> None:
    intent = await pay(client)
    part = await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 2_500})
    assert (part.status, part.amount) == ("succeeded", 2_500)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 10_001})
    assert (await client.v1.refunds.create_async({"payment_intent": intent.id})).amount == 10_000
    with pytest.raises(stripe.InvalidRequestError) as again:
        await client.v1.refunds.create_async({"payment_intent": intent.id})
    assert again.value.code == "charge_already_refunded"
    charge = await client.v1.charges.retrieve_async(str(intent.latest_charge))
    assert (charge.refunded, charge.amount_refunded) == (True, 12_500)


async def test_a_refund_may_wait_for_the_bank(client: stripe.StripeClient, admin: httpx.AsyncClient) -> None:
    intent = await pay(client, "pm_card_pendingRefund")
    refund = await client.v1.refunds.create_async({"payment_intent": intent.id})
    assert refund.status == "pending"
    await admin.post(f"/refunds/{refund.id}/settle", json={})
    assert (await client.v1.refunds.retrieve_async(refund.id)).status == "succeeded"


async def test_a_dispute_takes_the_money_back_and_evidence_wins_it(client: stripe.StripeClient) -> None:
    intent = await pay(client, "pm_card_createDispute", currency="chf", amount=50_000)
    before = await balance_of(client, "chf")
    (dispute,) = (await client.v1.disputes.list_async({"payment_intent": intent.id})).data
    assert (dispute.status, dispute.amount) == ("needs_response", 50_000)
    with pytest.raises(stripe.InvalidRequestError, match="disputed"):
        await client.v1.refunds.create_async({"payment_intent": intent.id})
    won = await client.v1.disputes.update_async(dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}})
    assert won.status == "won"
    assert await balance_of(client, "chf") == before + 50_000


async def balance_of(client: stripe.StripeClient, currency: str) -> int:
    balance = await client.v1.balance.retrieve_async()
    return sum(part.amount for part in balance.available if part.currency == currency)


async def test_a_seller_is_paid_from_the_payment_less_the_fee(client: stripe.StripeClient) -> None:
    account = await client.v1.accounts.create_async({"type": "express", "country": "ZA", "email": "s@example.test"})
    intent = await pay(client, application_fee_amount=1_500, transfer_data={"destination": account.id}, currency="aud")
    (transfer,) = (await client.v1.transfers.list_async({"destination": account.id})).data
    assert (transfer.amount, transfer.source_transaction) == (11_000, intent.latest_charge)
    reversal = await client.v1.transfers.reversals.create_async(transfer.id, {"amount": 1_000})
    assert reversal.amount == 1_000
    with pytest.raises(stripe.InvalidRequestError) as poor:
        await client.v1.transfers.create_async({"amount": 9_999_999, "currency": "aud", "destination": account.id})
    assert poor.value.code == "balance_insufficient"


async def test_a_checkout_page_takes_the_payment(client: stripe.StripeClient) -> None:
    product: Any = {"currency": "zar", "unit_amount": 9_900, "product_data": {"name": "<Hilux> & co"}}
    session = await client.v1.checkout.sessions.create_async(
        {
            "mode": "payment",
            "line_items": [{"price_data": product, "quantity": 2}],
            "success_url": "https://shop.example/done?session={CHECKOUT_SESSION_ID}",
            "payment_intent_data": {"metadata": {"order": "o-9"}},
        }
    )
    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", 19_800)
    async with httpx.AsyncClient(trust_env=False) as browser:
        shown = await browser.get(str(session.url))
        assert "&lt;Hilux&gt; &amp; co" in shown.text
        assert "<Hilux>" not in shown.text
        refused = await browser.post(str(session.url), data={"card": "visa_chargeDeclined"})
        assert refused.status_code == 402
        done = await browser.post(str(session.url), data={"card": "visa"})
        assert done.headers["location"] == f"https://shop.example/done?session={session.id}"
        assert (await browser.post(str(session.url), data={"card": "visa"})).status_code == 404
    paid = await client.v1.checkout.sessions.retrieve_async(session.id, {"expand": ["payment_intent"]})
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    assert paid.payment_intent.metadata["order"] == "o-9"


async def test_a_checkout_in_setup_mode_keeps_a_card(client: stripe.StripeClient, admin: httpx.AsyncClient) -> None:
    customer = await new_customer(client)
    session = await client.v1.checkout.sessions.create_async({"mode": "setup", "customer": customer, "currency": "zar"})
    await admin.post(f"/checkout/{session.id}/complete", json={})
    assert (await client.v1.checkout.sessions.retrieve_async(session.id)).status == "complete"
    assert len((await client.v1.payment_methods.list_async({"customer": customer})).data) == 1
    late = await client.v1.checkout.sessions.create_async({"mode": "setup", "currency": "zar"})
    assert (await client.v1.checkout.sessions.expire_async(late.id)).status == "expired"


async def test_lists_are_read_page_by_page_in_both_directions(client: stripe.StripeClient) -> None:
    customer = await new_customer(client)
    made = [(await pay(client, customer=customer)).id for _ in range(7)]
    first = await client.v1.payment_intents.list_async({"customer": customer, "limit": 3})
    assert [intent.id for intent in first.data] == made[:3:-1]
    assert first.has_more
    every = [intent.id async for intent in first.auto_paging_iter()]
    assert every == made[::-1]
    back = await client.v1.payment_intents.list_async({"customer": customer, "limit": 2, "ending_before": made[3]})
    assert [intent.id for intent in back.data] == [made[5], made[4]]
    assert (
        await client.v1.payment_intents.list_async({"customer": customer, "created": {"gt": 4_000_000_000}})
    ).data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent"):
        await client.v1.payment_intents.list_async({"starting_after": "pi_nothing"})


async def test_a_customer_is_changed_and_deleted(client: stripe.StripeClient) -> None:
    customer = await new_customer(client)
    await client.v1.customers.update_async(customer, {"metadata": {"a": "1", "b": "2"}})
    changed = await client.v1.customers.update_async(customer, {"name": "N", "metadata": {"a": ""}})
    assert (changed.name, changed.metadata and changed.metadata.to_dict()) == ("N", {"b": "2"})
    assert (await client.v1.customers.delete_async(customer)).deleted
    assert getattr(await client.v1.customers.retrieve_async(customer), "deleted", False)
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        await pay(client, customer=customer)


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"currency": "zar"}, "amount", "parameter_missing"),
        ({"amount": 5}, "currency", "parameter_missing"),
        ({"amount": 0, "currency": "zar"}, "amount", "parameter_invalid_integer"),
        ({"amount": "5.5", "currency": "zar"}, "amount", "parameter_invalid_integer"),
        ({"amount": 10**12, "currency": "zar"}, "amount", "amount_too_large"),
        ({"amount": 5, "currency": "rand"}, "currency", None),
        ({"amount": 5, "currency": "zar", "colour": "red"}, "colour", "parameter_unknown"),
        ({"amount": 5, "currency": "zar", "customer": "cus_none"}, "customer", "resource_missing"),
        ({"amount": 5, "currency": "zar", "capture_method": "later"}, "capture_method", None),
        ({"amount": 5, "currency": "zar", "off_session": True}, "off_session", None),
        ({"amount": 5, "currency": "zar", "metadata": {"a": {"b": "c"}}}, "metadata", None),
        (
            {"amount": 5, "currency": "zar", "automatic_payment_methods": {"on": 1}},
            "automatic_payment_methods[on]",
            "parameter_unknown",
        ),
        ({"amount": 5, "currency": "zar", "expand": ["amount"]}, "expand", None),
    ],
)
async def test_a_wrong_parameter_is_named(
    client: stripe.StripeClient, params: Any, param: str, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await client.v1.payment_intents.create_async(params)
    assert (refused.value.param, refused.value.code) == (param, code)


async def test_keys_that_are_missing_or_live_are_refused(address: str) -> None:
    for key in ("sk_live_real", "nonsense"):
        http = stripe.HTTPXClient(allow_sync_methods=False)
        stranger = stripe.StripeClient(key, base_addresses={"api": address}, http_client=http)
        with pytest.raises(stripe.AuthenticationError):
            await stranger.v1.balance.retrieve_async()
        await http.close_async()  # type: ignore[no-untyped-call]  # the library left it untyped
    async with httpx.AsyncClient(base_url=address, trust_env=False) as bare:
        assert (await bare.get("/v1/balance")).status_code == 401
        headers = {"authorization": "Bearer sk_test_x"}
        unknown = await bare.get("/v1/unicorns", headers=headers)
        assert (unknown.status_code, unknown.json()["error"]["type"]) == (404, "invalid_request_error")
        for body in (
            b"a[b]=1&a=2&a[c]=3",
            b"[]=1",
            b"\xff=%ff",
            b"a" + b"[b]" * 20 + b"=1",
            b"&".join([b"x=1"] * 2000),
        ):
            answer = await bare.post("/v1/customers", content=body, headers=headers)
            assert answer.status_code == 400, body
