"""What a payment as the provider reports it does to its order and to the ledger, whatever was heard of it before."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from domain.ledger import Transfer, captured, returned, returned_id, reversal_id, reversed_payment, surplus
from domain.orders import OWING, TRANSITIONS, Order, OrderStatus
from domain.payments import COLLECTED, Payment, PaymentStatus


@dataclass(frozen=True, slots=True)
class Heard:
    """What the record knows of a payment already."""

    is_collected: bool = False
    """Its money was seen to have come."""
    is_surplus: bool = False
    """It came for an order that owed nothing (any more)."""
    is_disputed: bool = False
    """It was disputed when it was last looked at."""
    posted: AbstractSet[str] = frozenset()
    """Ids of the order's transfers in the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What is to be written, all of it or nothing."""

    steps: tuple[OrderStatus, ...] = ()
    """Declared steps of the order, in turn."""
    transfers: tuple[Transfer, ...] = ()
    refunded_minor: int
    """Of the order's total, after this."""
    is_surplus: bool = False
    is_to_go_back: bool = False
    """Nobody owed this money, it is still here, and it was not asked back yet, or could not be."""


def settle(order: Order, payment: Payment, heard: Heard) -> Settlement:
    """Where order and ledger stand with this payment.

    Captures, refunds, lost disputes and failed refunds are each posted under an id of their own: told in any order,
    with repetitions and omissions that a later reading makes good, they end in the same balances (W1, L5, L6).
    """
    if payment.status not in COLLECTED:
        return Settlement(steps=_while_owing(order, payment), refunded_minor=order.refunded_minor)
    is_payer = not heard.is_surplus if heard.is_collected else order.status in OWING
    steps: list[OrderStatus] = []
    transfers: list[Transfer] = []
    at = order.status
    if not heard.is_collected:
        transfers.append(captured(order) if is_payer else surplus(order, payment))
        if is_payer:
            at = OrderStatus.PAID
            steps.append(at)
    refunded = order.refunded_minor
    for each in sorted(payment.reversals, key=lambda reversal: reversal.reversal_id):
        if reversal_id(each) not in heard.posted:
            left = order.total.amount_minor - refunded if is_payer else 0
            transfers.append(reversed_payment(order, each, left_minor=left))
            refunded += min(each.amount_minor, left)
        if each.has_failed and returned_id(each) not in heard.posted:
            transfers.append(returned(order, each))
    if is_payer:
        wanted = _after_payment(order, payment, refunded)
        if wanted in TRANSITIONS[at]:
            steps.append(wanted)
    return Settlement(
        steps=tuple(steps),
        transfers=tuple(transfers),
        refunded_minor=refunded,
        is_surplus=not is_payer,
        is_to_go_back=(not heard.is_collected or heard.is_disputed)
        and not is_payer
        and payment.status is PaymentStatus.SUCCEEDED
        and payment.reversed_minor < payment.amount.amount_minor,
    )


def _while_owing(order: Order, payment: Payment) -> tuple[OrderStatus, ...]:
    """An attempt that is not the newest says nothing of the order any more."""
    if payment.attempt < order.attempts:
        return ()
    match payment.status:
        case PaymentStatus.ACTION_REQUIRED if order.status is OrderStatus.PAYMENT_DUE:
            return (OrderStatus.ACTION_REQUIRED,)
        case PaymentStatus.FAILED | PaymentStatus.CANCELLED if order.status is OrderStatus.ACTION_REQUIRED:
            return (OrderStatus.PAYMENT_DUE,)
        case _:
            return ()


def _after_payment(order: Order, payment: Payment, refunded_minor: int) -> OrderStatus:
    if refunded_minor >= order.total.amount_minor:
        return OrderStatus.REFUNDED
    if payment.status is PaymentStatus.DISPUTED:
        return OrderStatus.DISPUTED
    return OrderStatus.PARTLY_REFUNDED if refunded_minor else OrderStatus.PAID
