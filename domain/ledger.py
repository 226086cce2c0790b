"""The ledger: transfers whose lines add up to nothing per currency, and which transfers each step of an order makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.money import Money
from domain.orders import Order

FEES_PENDING = "platform:fees:pending"
FEES_EARNED = "platform:fees:earned"
CLEARING = "clearing:stripe"


class UnbalancedTransferError(ValueError):
    """Lines that do not add up to nothing; a bug of ours, and refused by the database too."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One side of a transfer: positive amounts are owed to the account's owner, negative ones by it."""

    account_id: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Transfer:
    """What moves together. Its id is given by the caller, so that a repeated step posts nothing new."""

    transfer_id: str
    kind: str
    order_id: str | None
    lines: tuple[LedgerLine, ...]

    def __post_init__(self) -> None:
        sums: dict[str, int] = {}
        for line in self.lines:
            sums[line.amount.currency] = sums.get(line.amount.currency, 0) + line.amount.amount_minor
        if len(self.lines) < 2 or any(sums.values()):
            raise UnbalancedTransferError(f"The transfer {self.transfer_id} does not balance: {sums}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """A posted line, as its account's owner reads it."""

    entry_id: int
    transfer_id: str
    kind: str
    order_id: str | None
    account_id: str
    amount: Money
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account holds in one currency; derived from its entries, never set."""

    account_id: str
    amount: Money


def buyer_account(user_id: str) -> str:
    """What a buyer owes (negative) or is owed."""
    return f"buyer:{user_id}:due"


def seller_pending(profile_id: str) -> str:
    """A seller's share of sales that are not paid yet."""
    return f"seller:{profile_id}:pending"


def seller_available(profile_id: str) -> str:
    """A seller's money; the database refuses to let it go below nothing but by refunds and disputes."""
    return f"seller:{profile_id}:available"


def sold(order: Order) -> Transfer:
    """The buyer owes the price; seller and platform have their shares to come."""
    amounts = {
        buyer_account(order.buyer_id): -order.total.amount_minor,
        seller_pending(order.seller_id): order.net.amount_minor,
        FEES_PENDING: order.fee.amount_minor,
    }
    return _transfer(order, "sold", amounts)


def captured(order: Order) -> Transfer:
    """The payment came: the debt is settled and the shares become available."""
    amounts = {
        CLEARING: -order.total.amount_minor,
        buyer_account(order.buyer_id): order.total.amount_minor,
        seller_pending(order.seller_id): -order.net.amount_minor,
        seller_available(order.seller_id): order.net.amount_minor,
        FEES_PENDING: -order.fee.amount_minor,
        FEES_EARNED: order.fee.amount_minor,
    }
    return _transfer(order, "captured", amounts)


def fallen_through(order: Order) -> Transfer:
    """The sale ended without payment: nobody owes anything."""
    amounts = {
        buyer_account(order.buyer_id): order.total.amount_minor,
        seller_pending(order.seller_id): -order.net.amount_minor,
        FEES_PENDING: -order.fee.amount_minor,
    }
    return _transfer(order, "fallen-through", amounts)


def refunded(order: Order) -> Transfer:
    """The whole payment went back; seller and platform give their shares back."""
    amounts = {
        CLEARING: order.total.amount_minor,
        seller_available(order.seller_id): -order.net.amount_minor,
        FEES_EARNED: -order.fee.amount_minor,
    }
    return _transfer(order, "refund", amounts)


def _transfer(order: Order, kind: str, amounts: Mapping[str, int]) -> Transfer:
    lines = tuple(
        LedgerLine(account, Money(amount, order.total.currency))
        for account, amount in sorted(amounts.items())
        if amount
    )
    return Transfer(f"order:{order.order_id}:{kind}", kind, order.order_id, lines)
