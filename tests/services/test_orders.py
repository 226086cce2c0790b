"""Orders from the hammer to the money, through the official Stripe client and the local payment server."""

import asyncio
from dataclasses import replace
from functools import partial
from uuid import UUID

import pytest

from datasources.payments.stripe_events import StripeEvent
from datasources.postgres import auctions as auction_rows
from datasources.postgres import ledger, orders, payment_methods
from datasources.postgres import payments as recorded
from datasources.postgres.results import StandingOrderError
from datasources.sources import Sources
from domain.auctions import AuctionStatus
from domain.ledger import FEES_EARNED, buyer_account, seller_available, seller_pending
from domain.orders import Order, OrderKind, OrderStatus
from domain.payments import PaymentMethod
from domain.problems import WrongState
from domain.users import User
from services.closing import close_auction
from services.orders import (
    accept_second_chance,
    checkout,
    default_order,
    default_overdue,
    lapse_second_chance,
    offer_second_chance,
)
from services.payment_methods import save_token
from services.payments import (
    Cashier,
    apply_payment_event,
    charge_order,
    receive_event,
    refund_payment,
)
from services.salerooms import Saleroom
from tests.lots import an_auction, now_ms, put_up
from tests.services.test_closing import ended_lot
from tests.stores import add_user, rows

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # raised inside the Stripe client


async def a_won_lot(saleroom: Saleroom, database_url: str, *amounts: int) -> tuple[Order, list[str]]:
    bidders = await ended_lot(saleroom, database_url, *(amounts or (20_000, 50_000)))
    await close_auction(saleroom, "lot-1")
    order_id = (await rows(database_url, "select order_id from orders"))[0][0]
    return await the_order(saleroom.sources, order_id), bidders


async def the_order(sources: Sources, order_id: str) -> Order:
    found = (await orders.by_ids(sources.database, [order_id]))[0]
    assert found is not None
    return found


async def save_card(cashier: Cashier, user_id: str, card: str) -> PaymentMethod:
    """What the buyer's browser does with a test card."""
    saved = await save_token(cashier, account(user_id), card, idempotency_key=f"key-{card}")
    assert isinstance(saved, PaymentMethod)
    return saved


async def customer_id_of(cashier: Cashier, user_id: str) -> str:
    found = await payment_methods.customer_of(cashier.sources.database, user_id, provider="stripe")
    assert found is not None
    return found


async def held(sources: Sources, *accounts: str) -> dict[str, int]:
    return {each.account_id: each.amount.amount_minor for each in await ledger.balances(sources.database, accounts)}


async def test_a_saved_card_pays_the_order_and_the_ledger_follows(
    saleroom: Saleroom, cashier: Cashier, database_url: str
) -> None:
    order, (_, bob) = await a_won_lot(saleroom, database_url)
    saved = await save_card(cashier, bob, "pm_card_visa")
    assert (saved.brand, saved.last4) == ("visa", "4242")
    paid = await charge_order(cashier, order.order_id)
    assert paid is not None
    assert paid.status is OrderStatus.PAID
    accounts = (buyer_account(bob), seller_pending("seller-profile"), seller_available("seller-profile"), FEES_EARNED)
    assert await held(saleroom.sources, *accounts) == {
        accounts[0]: 0, accounts[1]: 0, accounts[2]: 15_250, accounts[3]: 5_000
    }  # fmt: skip
    assert (await rows(database_url, "select status from auctions"))[0][0] == "paid"
    assert await rows(database_url, "select 1 from pgqueuer where entrypoint = 'orders.settle-listing'")


async def test_the_buyer_is_asked_for_money_once_an_attempt_and_both_hear_that_it_came(
    saleroom: Saleroom, cashier: Cashier, database_url: str
) -> None:
    told = "select convert_from(payload, 'utf8')::jsonb->>'cause' from pgqueuer where entrypoint = 'notices.tell'"
    order, (_, bob) = await a_won_lot(saleroom, database_url)
    for _ in range(3):
        await charge_order(cashier, order.order_id)
    assert [row[0] for row in await rows(database_url, told)] == [f"payment-needed:{order.order_id}:0"]
    await save_card(cashier, bob, "pm_card_visa")
    for _ in range(2):
        await charge_order(cashier, order.order_id)
    assert {row[0] for row in await rows(database_url, told)} == {
        f"payment-needed:{order.order_id}:0",
        f"payment-received:{order.order_id}",
        f"sale-paid:{order.order_id}",
    }
    assert len(await rows(database_url, told)) == 3


async def test_charging_twice_collects_once(saleroom: Saleroom, cashier: Cashier, database_url: str) -> None:
    order, (_, bob) = await a_won_lot(saleroom, database_url)
    await save_card(cashier, bob, "pm_card_visa")
    await asyncio.gather(*(charge_order(cashier, order.order_id) for _ in range(5)))
    await charge_order(cashier, order.order_id)
    assert len(await rows(database_url, "select 1 from payments")) == 1
    assert len(await rows(database_url, "select 1 from ledger_transfers where kind = 'captured'")) == 1


async def test_a_charge_cut_short_after_the_provider_did_it_is_taken_up(
    saleroom: Saleroom, cashier: Cashier, database_url: str
) -> None:
    order, (_, bob) = await a_won_lot(saleroom, database_url)
    method = await save_card(cashier, bob, "pm_card_visa")
    now = now_ms()
    database = saleroom.sources.database
    await database.write(
        "t", lambda it: orders.begin_attempt(it, order.order_id, expected=0, method_id=method.method_id, now=now)
    )
    first = await cashier.provider.authorise(
        order, attempt=1, customer_id=await customer_id_of(cashier, bob), payment_method_id=method.method_id
    )
    await charge_order(cashier, order.order_id)
    payments = await recorded.of_order(database, order.order_id)
    assert [each.payment_id for each in payments] == [first.payment_id]
    assert (await the_order(saleroom.sources, order.order_id)).status is OrderStatus.PAID


async def test_a_declined_card_leaves_the_order_due_and_the_next_attempt_is_another_payment(
    saleroom: Saleroom, cashier: Cashier, database_url: str
) -> None:
    order, (_, bob) = await a_won_lot(saleroom, database_url)
    await save_card(cashier, bob, "pm_card_chargeCustomerFail")
    declined = await charge_order(cashier, order.order_id)
    assert declined is not None
    assert declined.status is OrderStatus.PAYMENT_DUE
    assert (await recorded.of_order(saleroom.sources.database, order.order_id))[0].failure
    await save_card(cashier, bob, "pm_card_visa")
    paid = await charge_order(cashier, order.order_id)
    assert paid is not None
    assert (paid.status, paid.attempts) == (OrderStatus.PAID, 2)


async def test_events_twice_and_out_of_order_end_in_one_state(
    saleroom: Saleroom, cashier: Cashier, database_url: str
) -> None:
    order, (_, bob) = await a_won_lot(saleroom, database_url)
    method = await save_card(cashier, bob, "pm_card_visa")
    payment = await cashier.provider.authorise(
        order, attempt=1, customer_id=await customer_id_of(cashier, bob), payment_method_id=method.method_id
    )
    await cashier.provider.capture(payment)
    events = ["evt_b", "evt_a", "evt_b", "evt_c", "evt_a"]
    for event in events:
        await apply_payment_event(cashier, payment.payment_id, event_id=event)
    assert (await the_order(saleroom.sources, order.order_id)).status is OrderStatus.PAID
    assert len(await rows(database_url, "select 1 from ledger_transfers where kind = 'captured'")) == 1


async def test_an_event_is_stored_once_with_its_job(saleroom: Saleroom, database_url: str) -> None:
    event = StripeEvent("evt_1", "payment_intent.succeeded", "pi_1", None)
    assert await receive_event(saleroom.sources, event)
    assert not await receive_event(saleroom.sources, event)
    assert len(await rows(database_url, "select 1 from pgqueuer where entrypoint = 'payments.apply-event'")) == 1


async def test_a_refund_takes_every_share_back(saleroom: Saleroom, cashier: Cashier, database_url: str) -> None:
    order, (_, bob) = await a_won_lot(saleroom, database_url)
    await save_card(cashier, bob, "pm_card_visa")
    await charge_order(cashier, order.order_id)
    payment = (await recorded.of_order(saleroom.sources.database, order.order_id))[0]
    await refund_payment(cashier, payment.payment_id)
    await refund_payment(cashier, payment.payment_id)
    assert (await the_order(saleroom.sources, order.order_id)).status is OrderStatus.REFUNDED
    totals = await rows(database_url, "select account_id from ledger_entries group by 1 having sum(amount_minor) <> 0")
    assert totals == []


async def test_money_that_comes_after_a_default_goes_back(
    saleroom: Saleroom, cashier: Cashier, database_url: str
) -> None:
    order, (_, bob) = await a_won_lot(saleroom, database_url)
    method = await save_card(cashier, bob, "pm_card_visa")
    payment = await cashier.provider.authorise(
        order, attempt=1, customer_id=await customer_id_of(cashier, bob), payment_method_id=method.method_id
    )
    await default_order(saleroom.sources, order.order_id)
    await cashier.provider.capture(payment)
    await apply_payment_event(cashier, payment.payment_id, event_id="evt_late")
    assert (await the_order(saleroom.sources, order.order_id)).status is OrderStatus.DEFAULTED
    assert await rows(database_url, "select 1 from pgqueuer where entrypoint = 'payments.refund'")


def account(user_id: str) -> User:
    return User(UUID(user_id), "https://issuer.test", user_id, None, now_ms())


async def test_after_a_default_runner_ups_are_asked_in_turn_for_their_own_maximum(
    saleroom: Saleroom, database_url: str
) -> None:
    sources = saleroom.sources
    order, (ann, bob, cat) = await a_won_lot(saleroom, database_url, 20_000, 30_000, 50_000)
    assert order.buyer_id == cat
    await rows(database_url, "update orders set due_at = now() - interval '1 second'")
    assert await default_overdue(sources) == 1
    assert await default_overdue(sources) == 0
    assert await offer_second_chance(sources, "lot-1")
    assert not await offer_second_chance(sources, "lot-1")
    assert isinstance(await accept_second_chance(sources, account(ann), "lot-1"), WrongState)
    assert await lapse_second_chance(sources, "lot-1", bob)
    taken = await accept_second_chance(sources, account(ann), "lot-1")
    assert isinstance(taken, Order)
    assert (taken.kind, taken.total.amount_minor) == (OrderKind.SECOND_CHANCE, 20_000)
    assert isinstance(await accept_second_chance(sources, account(ann), "lot-1"), WrongState)
    sums = await held(sources, buyer_account(cat), buyer_account(ann))
    assert sums == {buyer_account(cat): 0, buyer_account(ann): -20_000}


async def test_three_runner_ups_are_asked_and_no_fourth(saleroom: Saleroom, database_url: str) -> None:
    sources = saleroom.sources
    amounts = (20_000, 25_000, 30_000, 35_000, 50_000)
    order, bidders = await a_won_lot(saleroom, database_url, *amounts)
    await default_order(sources, order.order_id)
    assert await offer_second_chance(sources, "lot-1")
    assert await lapse_second_chance(sources, "lot-1", bidders[3])
    assert await lapse_second_chance(sources, "lot-1", bidders[2])
    assert not await lapse_second_chance(sources, "lot-1", bidders[1])
    assert not await offer_second_chance(sources, "lot-1")
    offers = await rows(database_url, "select round, bidder_id, price_minor, status from second_chances order by 1")
    assert [(each["round"], str(each["bidder_id"]), each["price_minor"]) for each in offers] == [
        (1, bidders[3], 35_000),
        (2, bidders[2], 30_000),
        (3, bidders[1], 25_000),
    ]
    assert {each["status"] for each in offers} == {"lapsed"}


async def test_a_runner_up_who_does_not_pay_either_makes_room_for_the_next(
    saleroom: Saleroom, database_url: str
) -> None:
    sources = saleroom.sources
    order, (ann, bob, _) = await a_won_lot(saleroom, database_url, 20_000, 30_000, 50_000)
    await default_order(sources, order.order_id)
    assert not await default_order(sources, order.order_id)
    await offer_second_chance(sources, "lot-1")
    taken = await accept_second_chance(sources, account(bob), "lot-1")
    assert isinstance(taken, Order)
    assert (await rows(database_url, "select status from auctions"))[0][0] == "payment-due"
    await default_order(sources, taken.order_id)
    assert await offer_second_chance(sources, "lot-1")
    assert isinstance(await accept_second_chance(sources, account(ann), "lot-1"), Order)
    held_now = await held(sources, buyer_account(bob), buyer_account(ann))
    assert held_now == {buyer_account(bob): 0, buyer_account(ann): -20_000}


async def test_an_offer_cannot_be_taken_up_after_its_term_nor_twice_at_once(
    saleroom: Saleroom, database_url: str
) -> None:
    sources = saleroom.sources
    order, (ann, _) = await a_won_lot(saleroom, database_url, 20_000, 50_000)
    await default_order(sources, order.order_id)
    await offer_second_chance(sources, "lot-1")
    await rows(database_url, "update second_chances set expires_at = now() - interval '1 second'")
    assert isinstance(await accept_second_chance(sources, account(ann), "lot-1"), WrongState)
    await rows(database_url, "update second_chances set expires_at = now() + interval '1 hour'")
    taken = await asyncio.gather(*(accept_second_chance(sources, account(ann), "lot-1") for _ in range(4)))
    assert sum(isinstance(each, Order) for each in taken) == 1


async def test_one_order_stands_per_listing_and_key(saleroom: Saleroom, database_url: str) -> None:
    sources = saleroom.sources
    await rows(
        database_url,
        "insert into listings_meta (listing_id, seller_profile_id, title, status, price_minor, currency, revision, "
        "content_updated_at) values ('bike', 'seller-profile', 'A bike', 'active', 80000, 'ZAR', 'r', now())",
    )
    ann, bob = await add_user(database_url), await add_user(database_url)
    first = await checkout(sources, ann, "bike", idempotency_key="key-00000001")
    assert isinstance(first, Order)
    assert await checkout(sources, ann, "bike", idempotency_key="key-00000001") == first
    assert isinstance(await checkout(sources, bob, "bike", idempotency_key="key-00000002"), WrongState)
    await default_order(sources, first.order_id)
    assert isinstance(await checkout(sources, bob, "bike", idempotency_key="key-00000003"), Order)


async def test_what_an_auction_sells_cannot_be_checked_out_beside_it(saleroom: Saleroom, database_url: str) -> None:
    await put_up(saleroom, an_auction())
    await rows(
        database_url,
        "insert into listings_meta (listing_id, seller_profile_id, title, status, price_minor, currency, revision, "
        "content_updated_at) values ('listing-of-lot-1', 'seller-profile', 'A', 'active', 80000, 'ZAR', 'r', now())",
    )
    ann = await add_user(database_url)
    refused = await checkout(saleroom.sources, ann, "listing-of-lot-1", idempotency_key="key-00000001")
    assert isinstance(refused, WrongState)
    assert refused.state == "IN_AUCTION"


async def for_sale(database_url: str, listing_id: str) -> None:
    await rows(
        database_url,
        "insert into listings_meta (listing_id, seller_profile_id, title, status, price_minor, currency, revision, "
        "content_updated_at) values ($1, 'seller-profile', 'A', 'active', 80000, 'ZAR', 'r', now())",
        listing_id,
    )


async def test_of_an_auction_and_an_order_at_the_same_moment_one_has_the_thing(
    saleroom: Saleroom, database_url: str
) -> None:
    ann = await add_user(database_url)
    for number in range(12):
        lot = replace(an_auction(f"lot-{number}"), status=AuctionStatus.SCHEDULED)
        await for_sale(database_url, lot.listing_id)
        ordered, status = await asyncio.gather(
            checkout(saleroom.sources, ann, lot.listing_id, idempotency_key=f"key-{number:08d}"),
            saleroom.sources.database.write("t", partial(auction_rows.upsert, auction=lot)),
        )
        assert isinstance(ordered, Order) == (status is AuctionStatus.DRAFT), number


async def test_what_is_on_order_is_not_auctioned_until_the_order_falls_through(
    saleroom: Saleroom, database_url: str
) -> None:
    sources, lot = saleroom.sources, replace(an_auction(), status=AuctionStatus.SCHEDULED)
    await for_sale(database_url, lot.listing_id)
    ann = await add_user(database_url)
    order = await checkout(sources, ann, lot.listing_id, idempotency_key="key-00000001")
    assert isinstance(order, Order)
    held_back = await sources.database.write("t", lambda it: auction_rows.upsert(it, lot))
    assert held_back is AuctionStatus.DRAFT
    assert await default_order(sources, order.order_id)
    assert await rows(database_url, "select 1 from pgqueuer where entrypoint = 'auctions.sync'")
    assert await sources.database.write("t", lambda it: auction_rows.upsert(it, lot)) is AuctionStatus.SCHEDULED
    again = await checkout(sources, ann, lot.listing_id, idempotency_key="key-00000002")
    assert isinstance(again, WrongState)
    assert again.state == "IN_AUCTION"


async def test_while_a_runner_up_is_asked_nobody_else_can_order_the_thing(
    saleroom: Saleroom, database_url: str
) -> None:
    sources = saleroom.sources
    order, (ann, _) = await a_won_lot(saleroom, database_url)
    await for_sale(database_url, order.listing_id)
    await default_order(sources, order.order_id)
    assert await offer_second_chance(sources, "lot-1")
    cat = await add_user(database_url)
    assert isinstance(await checkout(sources, cat, order.listing_id, idempotency_key="key-00000001"), WrongState)
    assert await lapse_second_chance(sources, "lot-1", ann) is False
    assert isinstance(await checkout(sources, cat, order.listing_id, idempotency_key="key-00000002"), Order)


async def test_a_lot_whose_thing_is_on_order_closes_into_nothing(saleroom: Saleroom, database_url: str) -> None:
    await ended_lot(saleroom, database_url, 20_000)
    await rows(
        database_url,
        "insert into orders (order_id, kind, listing_id, buyer_id, seller_profile_id, total_minor, fee_minor, currency,"
        " status, due_at, created_at, updated_at) values ('o1', 'buy-now', 'listing-of-lot-1', gen_random_uuid(), 's',"
        " 80000, 5000, 'ZAR', 'paid', now(), now(), now())",
    )
    with pytest.raises(StandingOrderError):
        await close_auction(saleroom, "lot-1")
    for table in ("auction_results", "ledger_transfers"):
        assert await rows(database_url, f"select 1 from {table}") == []
