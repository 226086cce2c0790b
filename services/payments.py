"""Collecting an order's money: each step may be killed and run again, and the provider's word is always read anew."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from datasources.payments.providers import LostAttemptError, PaymentProvider
from datasources.payments.stripe_events import StripeEvent
from datasources.postgres import deliveries, jobs, orders, payment_methods
from datasources.postgres import payments as recorded
from datasources.postgres.deliveries import Delivery
from datasources.postgres.payments import Effects, NotSettled, Reading
from datasources.sources import Sources
from domain.auctions import AuctionStatus
from domain.notifications import Cause, NotificationKind
from domain.orders import MOST_PAYMENT_ATTEMPTS, OWING, Order, OrderStatus
from domain.payments import Payment, PaymentMethod, PaymentStatus
from domain.problems import UpstreamUnavailableError
from domain.settlements import Heard, settle
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
    database = cashier.sources.database
    order = (await orders.by_ids(database, [order_id]))[0]
    if order is None or order.status not in OWING:
        return order
    provider = cashier.provider.name
    customer_id = await payment_methods.customer_of(database, order.buyer_id, provider=provider)
    methods = await payment_methods.of_user(database, order.buyer_id, provider=provider)
    if customer_id is None or not methods:
        await _ask_payment(cashier.sources, order, attempt=0)
        return order  # saving a payment method asks for this job again; the term of payment ends the waiting
    attempt = await _attempt(cashier, order, methods)
    if attempt is None:
        return order
    settled_before = 0 if attempt.last is None else await recorded.times_settled(database, attempt.last.payment_id)
    try:
        payment = await cashier.provider.authorise(
            order, attempt=attempt.number, customer_id=customer_id, payment_method_id=attempt.method_id
        )
    except LostAttemptError:
        if await _begin(cashier, order, after=attempt.number, method_id=methods[0].method_id):
            raise UpstreamUnavailableError(cashier.provider.name) from None  # the job comes again with the next one
        return order
    if payment.status is PaymentStatus.AUTHORISED:
        payment = await cashier.provider.capture(payment)
    return await apply_payment(cashier, Reading(payment, settled_before))


_OVER = frozenset({PaymentStatus.FAILED, PaymentStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class _Attempt:
    number: int
    method_id: str
    last: Payment | None
    """What is known of this very attempt."""


async def _attempt(cashier: Cashier, order: Order, methods: Sequence[PaymentMethod]) -> _Attempt | None:
    """The attempt to make or to take up again, with the payment method it began with; None when there is none left."""
    database = cashier.sources.database
    known = await recorded.of_order(database, order.order_id)
    last = known[-1] if known and known[-1].attempt == order.attempts else None
    newest = methods[0].method_id
    is_over = last is not None and last.status in _OVER
    if last is not None and last.status is PaymentStatus.ACTION_REQUIRED and order.attempt_method_id != newest:
        # Rather than confirm with the bank, the buyer has given another payment method.
        await cashier.provider.cancel(last)
        is_over = True
    number = order.attempts
    if number and not is_over:
        return _Attempt(number, order.attempt_method_id or newest, last)
    is_begun = await _begin(cashier, order, after=number, method_id=newest)
    return _Attempt(number + 1, newest, None) if is_begun else None


async def _begin(cashier: Cashier, order: Order, *, after: int, method_id: str) -> bool:
    """Count the next attempt, if one is left and nobody else has counted it."""
    now = cashier.sources.clock()
    return after < MOST_PAYMENT_ATTEMPTS and await cashier.sources.database.write(
        "orders.attempt",
        lambda it: orders.begin_attempt(it, order.order_id, expected=after, method_id=method_id, now=now),
    )


async def apply_payment(cashier: Cashier, reading: Reading, *, event_id: str | None = None) -> Order | None:
    """Bring the order to where its payment stands; the order after it.

    A reading that was overtaken by another settling is taken anew.
    """
    sources, payment = cashier.sources, reading.payment
    order = (await orders.by_ids(sources.database, [payment.order_id]))[0]
    if order is None or payment.amount != order.total:
        _log.error("a payment fits no order", payment_id=payment.payment_id, order_id=payment.order_id)
        return None
    for _ in range(_MOST_READINGS):
        outcome = await _settle(cashier, reading, event_id=event_id)
        if outcome is not NotSettled.OVERTAKEN:
            break
        reading = await read_anew(cashier, payment.payment_id) or reading
    else:
        raise UpstreamUnavailableError("payments")  # others keep settling it; the job comes again
    if reading.payment.status in {PaymentStatus.ACTION_REQUIRED, PaymentStatus.FAILED}:
        await _ask_payment(sources, order, attempt=payment.attempt)
    return outcome if isinstance(outcome, Order) else order


_MOST_READINGS = 5


async def read_anew(cashier: Cashier, payment_id: str) -> Reading | None:
    """The payment as it stands now; None when it is not one of our orders'."""
    settled_before = await recorded.times_settled(cashier.sources.database, payment_id)
    payment = await cashier.provider.read(payment_id)
    return None if payment is None else Reading(payment, settled_before)


async def _settle(cashier: Cashier, reading: Reading, *, event_id: str | None) -> Order | NotSettled:
    return await recorded.settle(
        cashier.sources.database,
        reading,
        lambda order, heard: _effects(order, reading.payment, heard),
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


def _effects(order: Order, payment: Payment, heard: Heard) -> Effects:
    settlement = settle(order, payment, heard)
    follow_up: tuple[Job, ...] = ()
    if OrderStatus.PAID in settlement.steps and not heard.is_collected:
        job = {"id": order.order_id}
        follow_up = ((SETTLE_LISTING, job, f"{order.order_id}:paid"), *_paid_notices(order))
    if settlement.is_to_go_back:
        follow_up = (*follow_up, (REFUND_PAYMENT, {"id": payment.payment_id}, payment.payment_id))
    return Effects(settlement, AuctionStatus.PAID if follow_up and not settlement.is_surplus else None, follow_up)


async def refund_payment(cashier: Cashier, payment_id: str) -> None:
    """Give what is left of a payment back; the order follows once the provider has done it."""
    reading = await read_anew(cashier, payment_id)
    if reading is not None and reading.payment.status is PaymentStatus.SUCCEEDED:
        await cashier.provider.refund(reading.payment)
        reading = await read_anew(cashier, payment_id)
    if reading is not None:
        await apply_payment(cashier, reading)


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
    reading = await read_anew(cashier, payment_id)
    if reading is None:
        return
    if reading.payment.status is PaymentStatus.AUTHORISED:
        reading = replace(reading, payment=await _collect(cashier, reading.payment))
    await apply_payment(cashier, reading, event_id=event_id)


async def _collect(cashier: Cashier, payment: Payment) -> Payment:
    """Capture what the buyer has confirmed with the bank, or give it up where nobody owes it any more."""
    order = (await orders.by_ids(cashier.sources.database, [payment.order_id]))[0]
    if order is not None and order.status in OWING and payment.amount == order.total:
        return await cashier.provider.capture(payment)
    return await cashier.provider.cancel(payment)
