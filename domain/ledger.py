"""The ledger: transfers whose lines add up to nothing per currency, and which transfers each step of an order makes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.money import Money
from domain.orders import Order
from domain.payments import Payment, Reversal

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


def surplus(order: Order, payment: Payment) -> Transfer:
    """Money that came for an order that owes nothing (any more): it is the buyer's until it has gone back."""
    amounts = {CLEARING: -payment.amount.amount_minor, buyer_account(order.buyer_id): payment.amount.amount_minor}
    return Transfer(surplus_id(payment.payment_id), "surplus", order.order_id, _lines(order, amounts))


def reversed_payment(order: Order, reversal: Reversal, *, left_minor: int) -> Transfer:
    """Money went back: seller and platform give their shares back, as far as the sale has something `left_minor`.

    The rest of it was the buyer's already. Shares are parts of the whole fee, so that many small refunds add up to it.
    """
    of_sale = min(reversal.amount_minor, left_minor)
    before = order.total.amount_minor - left_minor
    fee = _fee_of(order, before + of_sale) - _fee_of(order, before)
    amounts = {
        CLEARING: reversal.amount_minor,
        seller_available(order.seller_id): fee - of_sale,
        FEES_EARNED: -fee,
        buyer_account(order.buyer_id): of_sale - reversal.amount_minor,
    }
    return Transfer(reversal_id(reversal), reversal.kind.value, order.order_id, _lines(order, amounts))


def returned(order: Order, reversal: Reversal) -> Transfer:
    """The buyer's bank did not take a refund: the money is here again, and it is the buyer's."""
    amounts = {CLEARING: -reversal.amount_minor, buyer_account(order.buyer_id): reversal.amount_minor}
    return Transfer(returned_id(reversal), "returned", order.order_id, _lines(order, amounts))


def surplus_id(payment_id: str) -> str:
    """The transfer of a surplus payment."""
    return f"payment:{payment_id}:surplus"


def reversal_id(reversal: Reversal) -> str:
    """The transfer of a reversal: one for each of the provider's own ids, in whatever order we hear of them."""
    return f"reversal:{reversal.reversal_id}"


def returned_id(reversal: Reversal) -> str:
    """The transfer of a reversal that failed."""
    return f"reversal:{reversal.reversal_id}:returned"


def _fee_of(order: Order, minor: int) -> int:
    """The fee's share of so much of the total, rounded half up."""
    total = order.total.amount_minor
    return (2 * order.fee.amount_minor * minor + total) // (2 * total)


def _transfer(order: Order, kind: str, amounts: Mapping[str, int]) -> Transfer:
    return Transfer(f"order:{order.order_id}:{kind}", kind, order.order_id, _lines(order, amounts))


def _lines(order: Order, amounts: Mapping[str, int]) -> tuple[LedgerLine, ...]:
    return tuple(
        LedgerLine(account, Money(amount, order.total.currency))
        for account, amount in sorted(amounts.items())
        if amount
    )
