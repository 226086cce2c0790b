"""What any payment provider can do for us; Stripe is the first one."""

from typing import Protocol

from domain.orders import Order
from domain.payments import Payment, PaymentMethodDeclined, PaymentSetup


class UnusableTokenError(Exception):
    """The provider knows no such payment method, or it is somebody else's."""


class LostAttemptError(Exception):
    """The provider failed at this attempt for good and made no payment of it; the next attempt may."""


class PaymentProvider(Protocol):
    """Every call repeats safely: by a key, or because the payment takes the step only once."""

    name: str
    publishable_key: str
    """What browsers identify us to the provider with; no secret."""

    async def create_customer(self, user_id: str) -> str:
        """The provider's id of this account."""

    async def begin_setup(self, customer_id: str, *, key: str) -> PaymentSetup:
        """A payment method to be saved by the buyer's browser."""

    async def save_token(self, customer_id: str, token: str, *, key: str) -> PaymentSetup | PaymentMethodDeclined:
        """Save the payment method behind a token at once; UnusableTokenError when there is none."""

    async def forget_method(self, method_id: str) -> None:
        """Make sure that a saved payment method cannot be charged any more."""

    async def read_setup(self, setup_id: str) -> PaymentSetup:
        """How far that has come."""

    async def authorise(self, order: Order, *, attempt: int, customer_id: str, payment_method_id: str) -> Payment:
        """Reserve the order's total on the saved payment method while the buyer is away.

        LostAttemptError when this attempt can lead to nothing any more.
        """

    async def capture(self, payment: Payment) -> Payment:
        """Collect what was reserved."""

    async def cancel(self, payment: Payment) -> Payment:
        """Give the reservation up."""

    async def refund(self, payment: Payment) -> None:
        """Give back what is left of the payment, once."""

    async def read(self, payment_id: str) -> Payment | None:
        """The payment as it stands now, with what went back of it; None when it is not one of our orders'."""
