"""Collecting an order's money: each step may be killed and run again, and the provider's word is always read anew."""

from dataclasses import dataclass, replace
from typing import Any

import structlog

from datasources.payments.providers import PaymentProvider
from datasources.payments.stripe_events import StripeEvent
from datasources.postgres import deliveries, jobs, orders, payment_methods
from datasources.postgres import payments as recorded
from datasources.postgres.deliveries import Delivery
from datasources.postgres.payments import OrderChange
from datasources.sources import Sources
from domain.auctions import AuctionStatus
from domain.ledger import captured, refunded
from domain.notifications import Cause, NotificationKind
from domain.orders import MOST_PAYMENT_ATTEMPTS, OWING, Order, OrderStatus
from domain.payments import Payment, PaymentStatus
from services.notifications import Job, notice

APPLY_PAYMENT_EVENT = "payments.apply-event"
REFUND_PAYMENT = "payments.refund"
SETTLE_LISTING = "orders.settle-listing"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Cashier:
    """The open clients and the payment provider: workers collect with it, requests only save payment methods."""

    sources: Sources
    provider: PaymentProvider


async def charge_order(cashier: Cashier, order_id: str) -> Order | None:
    """Collect the order's total from the saved payment method: authorise, then capture (S0-026).

    An attempt is counted before the provider hears of it, and its key is order and attempt: run again after a kill it
    is the same attempt, run again after a decline it is the next.
    """
    database, now = cashier.sources.database, cashier.sources.clock()
    order = (await orders.by_ids(database, [order_id]))[0]
    if order is None or order.status not in OWING:
        return order
    provider = cashier.provider.name
    customer_id = await payment_methods.customer_of(database, order.buyer_id, provider=provider)
    methods = await payment_methods.of_user(database, order.buyer_id, provider=provider)
    if customer_id is None or not methods:
        await _ask_payment(cashier.sources, order, attempt=0)
        return order  # saving a payment method asks for this job again; the term of payment ends the waiting
    attempts = await recorded.of_order(database, order_id)
    last = attempts[-1] if attempts else None
    is_over = last is not None and last.attempt == order.attempts and last.status in _OVER
    attempt = order.attempts
    if attempt == 0 or is_over:
        if attempt >= MOST_PAYMENT_ATTEMPTS:
            return order
        if not await database.write(
            "orders.attempt", lambda it: orders.begin_attempt(it, order_id, expected=attempt, now=now)
        ):
            return order
        attempt += 1
    payment = await cashier.provider.authorise(
        order, attempt=attempt, customer_id=customer_id, payment_method_id=methods[0].method_id
    )
    if payment.status is PaymentStatus.AUTHORISED:
        payment = await cashier.provider.capture(payment)
    return await apply_payment(cashier, payment)


_OVER = frozenset({PaymentStatus.FAILED, PaymentStatus.CANCELLED})


async def apply_payment(cashier: Cashier, payment: Payment, *, event_id: str | None = None) -> Order | None:
    """Bring the order to where its payment stands; the order after it."""
    sources = cashier.sources
    order = (await orders.by_ids(sources.database, [payment.order_id]))[0]
    if order is None or payment.amount != order.total:
        _log.error("a payment fits no order", payment_id=payment.payment_id, order_id=payment.order_id)
        return None
    if payment.status in _AFTER_SUCCESS and order.status in OWING:
        # News of the success is late or lost; the order takes that step first.
        order = await _settle(cashier, order, replace(payment, status=PaymentStatus.SUCCEEDED)) or order
    stepped = await _settle(cashier, order, payment, event_id=event_id)
    if payment.status in {PaymentStatus.ACTION_REQUIRED, PaymentStatus.FAILED}:
        await _ask_payment(sources, order, attempt=payment.attempt)
    return stepped or (await orders.by_ids(sources.database, [order.order_id]))[0]


_AFTER_SUCCESS = frozenset({PaymentStatus.REFUNDED, PaymentStatus.DISPUTED})


async def _settle(cashier: Cashier, order: Order, payment: Payment, *, event_id: str | None = None) -> Order | None:
    return await recorded.settle(
        cashier.sources.database,
        payment,
        _change(order, payment),
        provider=cashier.provider.name,
        actor=cashier.provider.name,
        now=cashier.sources.clock(),
        event_id=event_id,
    )


async def _ask_payment(sources: Sources, order: Order, *, attempt: int) -> None:
    """Have the buyer told that money is due; once for each attempt, however often its job runs."""
    if order.status not in OWING:
        return
    cause = Cause(
        kind=NotificationKind.PAYMENT_NEEDED,
        key=f"payment-needed:{order.order_id}:{attempt}",
        group=order.order_id,
        facts=_facts(order) | {"due": f"{order.due_at:%d %B %Y, %H:%M} UTC"},
    )
    name, payload, key = notice(cause, users=[order.buyer_id])
    await sources.database.write("orders.ask-payment", lambda it: jobs.enqueue(it, name, payload, dedupe_key=key))


def _facts(order: Order) -> dict[str, str]:
    about = {"order": order.order_id, "listing": order.listing_id, "price": order.total.formatted}
    return about if order.auction_id is None else about | {"auction": order.auction_id}


def _paid_notices(order: Order) -> tuple[Job, ...]:
    causes = {
        kind: Cause(kind=kind, key=f"{kind.code}:{order.order_id}", group=order.order_id, facts=_facts(order))
        for kind in (NotificationKind.PAYMENT_RECEIVED, NotificationKind.SALE_PAID)
    }
    return (
        notice(causes[NotificationKind.PAYMENT_RECEIVED], users=[order.buyer_id]),
        notice(causes[NotificationKind.SALE_PAID], seller=order.seller_id),
    )


def _change(order: Order, payment: Payment) -> OrderChange | None:
    job = {"id": order.order_id}
    match payment.status:
        case PaymentStatus.SUCCEEDED:
            has_fallen = order.status in {OrderStatus.DEFAULTED, OrderStatus.CANCELLED}
            return OrderChange(
                OrderStatus.PAID,
                transfer=captured(order),
                auction_status=AuctionStatus.PAID,
                follow_up=((SETTLE_LISTING, job, f"{order.order_id}:paid"), *_paid_notices(order)),
                # The money came after the sale had fallen through: it goes back.
                if_refused=((REFUND_PAYMENT, {"id": payment.payment_id}, payment.payment_id),) if has_fallen else (),
            )
        case PaymentStatus.ACTION_REQUIRED:
            return OrderChange(OrderStatus.ACTION_REQUIRED)
        case PaymentStatus.REFUNDED:
            return OrderChange(OrderStatus.REFUNDED, transfer=refunded(order))
        case PaymentStatus.DISPUTED:
            return OrderChange(OrderStatus.DISPUTED)
        case PaymentStatus.FAILED if order.status is OrderStatus.ACTION_REQUIRED:
            return OrderChange(OrderStatus.PAYMENT_DUE)
        case _:
            return None


async def refund_payment(cashier: Cashier, payment_id: str) -> None:
    """Give a payment back; the order follows once the provider has done it."""
    payment = await cashier.provider.read(payment_id)
    if payment is None or payment.status is not PaymentStatus.SUCCEEDED:
        return
    await apply_payment(cashier, await cashier.provider.refund(payment))


async def receive_event(sources: Sources, event: StripeEvent) -> bool:
    """Store a signed event and enqueue its job in one transaction; False when it was stored before (W4)."""
    payload: dict[str, Any] = {"event": event.event_id, "payment": event.payment_id, "setup": event.setup_id}
    delivery = Delivery(
        source="stripe",
        delivery_id=event.event_id,
        operation=event.kind,
        payload=payload,
        received_at=sources.clock(),
    )
    is_ours = event.payment_id is not None or event.setup_id is not None
    return await sources.database.write(
        "deliveries.receive",
        lambda it: deliveries.receive(it, delivery, entrypoint=APPLY_PAYMENT_EVENT if is_ours else None),
    )


async def apply_payment_event(cashier: Cashier, payment_id: str, *, event_id: str) -> None:
    """Apply the payment that an event points at as it stands now: duplicates and any order end the same (W1)."""
    payment = await cashier.provider.read(payment_id)
    if payment is None:
        return
    if payment.status is PaymentStatus.AUTHORISED:
        payment = await _collect(cashier, payment)
    await apply_payment(cashier, payment, event_id=event_id)


async def _collect(cashier: Cashier, payment: Payment) -> Payment:
    """Capture what the buyer has confirmed with the bank, or give it up where nobody owes it any more."""
    order = (await orders.by_ids(cashier.sources.database, [payment.order_id]))[0]
    if order is not None and order.status in OWING and payment.amount == order.total:
        return await cashier.provider.capture(payment)
    return await cashier.provider.cancel(payment)
