"""Payments as the providers report them, in our own words; tokens only, never card data (S0-042)."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from domain.money import Money


class PaymentStatus(Enum):
    """How far the collection of an order's money has come."""

    PROCESSING = "processing"
    ACTION_REQUIRED = "action-required"
    AUTHORISED = "authorised"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    DISPUTED = "disputed"


COLLECTED = frozenset({PaymentStatus.SUCCEEDED, PaymentStatus.REFUNDED, PaymentStatus.DISPUTED})
"""The money came, whatever became of it afterwards."""


class ReversalKind(Enum):
    """Who sent the money back."""

    REFUND = "refund"
    DISPUTE = "dispute"
    """The bank, after a dispute that was lost."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """Money of a payment that went back, in minor units of its currency; several may add up to the whole."""

    reversal_id: str
    """The provider's id of the refund or of the dispute."""
    kind: ReversalKind
    amount_minor: int
    has_failed: bool = False
    """The buyer's bank did not take it: the money is with us again, and it is the buyer's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One attempt to collect an order's money."""

    payment_id: str
    order_id: str
    attempt: int
    amount: Money
    status: PaymentStatus
    failure: str | None = None
    client_secret: str | None = None
    """Lets the buyer's own browser confirm the payment with the provider."""
    is_surplus: bool = False
    """As recorded: it came when nobody owed it (any more), and goes back."""
    reversals: tuple[Reversal, ...] = ()
    """What went back so far, as far as this reading of the payment tells."""

    @property
    def reversed_minor(self) -> int:
        """How much was sent back, whether or not it arrived."""
        return sum(each.amount_minor for each in self.reversals)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSetup:
    """A payment method being saved, which the buyer's browser finishes directly with the provider."""

    setup_id: str
    customer_id: str
    client_secret: str | None
    is_action_required: bool = False
    """The bank wants the buyer to confirm."""
    action_url: str | None = None
    """A page on which that is done, where the provider names one."""
    method_id: str | None = None
    """The token of the payment method, once it is saved."""
    brand: str | None = None
    last4: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethod:
    """A saved payment method: the provider's token and what its owner knows it by."""

    method_id: str
    user_id: str
    brand: str | None
    last4: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentMethodRemoved:
    """The payment method is not charged any more."""

    method_id: str


@dataclass(frozen=True, slots=True)
class PaymentMethodDeclined:
    """The provider did not take the payment method; nothing was saved."""

    reason: str
    """The provider's own word, such as `insufficient_funds`."""
    message: str = "The payment method was declined; use another one."
    code: str = "PAYMENT_METHOD_DECLINED"


MOST_PAYMENT_METHODS = 10
"""Of one account; the newest is the one that is charged."""


def is_method_token(text: str) -> bool:
    """Whether it looks like a provider's token of a payment method; card numbers never do (S0-042)."""
    return bool(re.fullmatch(r"pm_[A-Za-z0-9_]{1,200}", text, re.ASCII))
