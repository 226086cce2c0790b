"""Stripe by its official asynchronous client: payment intents, setup intents and refunds."""

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import stripe

from datasources.guards import Guard
from datasources.payments.providers import LostAttemptError, UnusableTokenError
from domain.money import Money
from domain.orders import Order
from domain.payments import (
    Payment,
    PaymentMethodDeclined,
    PaymentSetup,
    PaymentStatus,
    Reversal,
    ReversalKind,
)

T = TypeVar("T")
Row = Mapping[str, Any]

_CONCURRENCY = 8

_STATUSES = {
    "requires_action": PaymentStatus.ACTION_REQUIRED,
    "requires_confirmation": PaymentStatus.PROCESSING,
    "requires_capture": PaymentStatus.AUTHORISED,
    "requires_payment_method": PaymentStatus.FAILED,
    "processing": PaymentStatus.PROCESSING,
    "succeeded": PaymentStatus.SUCCEEDED,
    "canceled": PaymentStatus.CANCELLED,
}


_DISPUTES_WON = frozenset({"won", "warning_closed"})
_DISPUTES_LOST = frozenset({"lost"})
_REFUNDS_FAILED = frozenset({"failed", "canceled"})
_MOST_LISTED = 100
"""Stripe gives no more on a page."""


class StripePayments:
    """The provider `stripe`; `url` is the API's address where it is not Stripe's own."""

    name = "stripe"

    def __init__(
        self, secret_key: str, *, url: str = "", publishable_key: str = "", call_seconds: float = 20.0
    ) -> None:
        self.publishable_key = publishable_key
        self._http: Any = stripe.HTTPXClient(timeout=call_seconds, allow_sync_methods=False)
        self._client = stripe.StripeClient(
            secret_key,
            http_client=self._http,
            base_addresses={"api": url} if url else {},
            max_network_retries=0,
        )
        faults = (stripe.APIConnectionError, stripe.APIError, stripe.RateLimitError)
        self.guard = Guard("payments", budget_seconds=call_seconds, concurrency=_CONCURRENCY, faults=faults)

    async def create_customer(self, user_id: str) -> str:
        """The customer of this account, made once."""
        found = await self._call(
            "customer",
            lambda: self._client.v1.customers.create_async(
                {"metadata": {"user_id": user_id}}, {"idempotency_key": f"customer:{user_id}"}
            ),
        )
        return str(found.id)

    async def begin_setup(self, customer_id: str, *, key: str) -> PaymentSetup:
        """A setup intent for charges while the buyer is away."""
        found = await self._call(
            "setup",
            lambda: self._client.v1.setup_intents.create_async(
                {"customer": customer_id, "usage": "off_session"},
                {"idempotency_key": key},
            ),
        )
        return _setup(found.to_dict())

    async def save_token(self, customer_id: str, token: str, *, key: str) -> PaymentSetup | PaymentMethodDeclined:
        """A setup intent confirmed with the token that the buyer's browser got from Stripe."""
        try:
            found = await self._call(
                "save-token",
                lambda: self._client.v1.setup_intents.create_async(
                    {
                        "customer": customer_id,
                        "usage": "off_session",
                        "payment_method": token,
                        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                        "confirm": True,
                        "expand": ["payment_method"],
                    },
                    {"idempotency_key": key},
                ),
            )
        except stripe.CardError as error:
            return PaymentMethodDeclined(_word_of(error))
        except stripe.InvalidRequestError as error:
            raise UnusableTokenError from error
        return _setup(found.to_dict())

    async def forget_method(self, method_id: str) -> None:
        """Detach the payment method; one that is gone already is fine."""
        with contextlib.suppress(stripe.InvalidRequestError):
            await self._call("detach", lambda: self._client.v1.payment_methods.detach_async(method_id))

    async def read_setup(self, setup_id: str) -> PaymentSetup:
        """The setup intent, with the saved card's brand and last digits once it has succeeded."""
        found = await self._call(
            "read-setup",
            lambda: self._client.v1.setup_intents.retrieve_async(setup_id, {"expand": ["payment_method"]}),
        )
        return _setup(found.to_dict())

    async def authorise(self, order: Order, *, attempt: int, customer_id: str, payment_method_id: str) -> Payment:
        """A payment intent confirmed off-session with manual capture; a decline is a failed payment, not a fault.

        Stripe repeats a fault of its own to the same key for ever. Then it is looked up whether the intent was made;
        LostAttemptError where it was not.
        """
        metadata = {"order_id": order.order_id, "attempt": str(attempt)}
        intent: Any = {
            "amount": order.total.amount_minor,
            "currency": order.total.currency.lower(),
            "customer": customer_id,
            "payment_method": payment_method_id,
            "capture_method": "manual",
            "confirm": True,
            "off_session": True,
            "metadata": metadata,
        }
        key: Any = {"idempotency_key": f"order:{order.order_id}:{attempt}"}

        async def create() -> Row | None:
            try:
                return (await self._client.v1.payment_intents.create_async(intent, key)).to_dict()
            except stripe.APIError as error:
                if not _is_repeated(error):
                    raise
                return await self._find(customer_id, metadata)

        try:
            found = await self._call("authorise", create)
        except stripe.CardError as error:
            return self._declined(error)
        if found is None:
            raise LostAttemptError
        return _payment(found)

    async def _find(self, customer_id: str, metadata: Row) -> Row | None:
        """The customer's intent of this order and attempt, if it was made."""
        about: Any = {"customer": customer_id, "limit": _MOST_LISTED}
        made = await self._client.v1.payment_intents.list_async(about)
        rows: list[Row] = [each.to_dict() for each in made.data]
        return next((row for row in rows if row.get("metadata") == metadata), None)

    def _declined(self, error: stripe.CardError) -> Payment:
        """The payment that a refused charge left behind, as the refusal itself describes it."""
        body: Any = error.json_body
        about: Row = body["error"] if isinstance(body, dict) else {}
        if not about.get("payment_intent"):
            raise error
        needs_buyer = error.code == "authentication_required"
        return replace(
            _payment(about["payment_intent"]),
            status=PaymentStatus.ACTION_REQUIRED if needs_buyer else PaymentStatus.FAILED,
            failure=_word_of(error),
        )

    async def capture(self, payment: Payment) -> Payment:
        """Capture the whole authorised amount. Like the two steps below it needs no key: an intent takes it once."""
        return await self._step(
            "capture", payment, lambda: self._client.v1.payment_intents.capture_async(payment.payment_id)
        )

    async def cancel(self, payment: Payment) -> Payment:
        """Cancel an intent that has not been captured."""
        return await self._step(
            "cancel", payment, lambda: self._client.v1.payment_intents.cancel_async(payment.payment_id)
        )

    async def refund(self, payment: Payment) -> None:
        """Refund what is left of the intent."""
        about: Any = {"payment_intent": payment.payment_id}
        with contextlib.suppress(stripe.InvalidRequestError):  # nothing is left, or a dispute holds it
            await self._call("refund", lambda: self._client.v1.refunds.create_async(about))

    async def read(self, payment_id: str) -> Payment | None:
        """The intent with what became of its charge."""
        found = await self._call(
            "read",
            lambda: self._client.v1.payment_intents.retrieve_async(payment_id, {"expand": ["latest_charge"]}),
        )
        row = found.to_dict()
        if "order_id" not in (row.get("metadata") or {}):
            return None
        payment = _payment(row)
        charge = row.get("latest_charge")
        if payment.status is not PaymentStatus.SUCCEEDED or not isinstance(charge, dict):
            return payment
        return await self._with_reversals(payment, is_disputed=bool(charge.get("disputed")))

    async def _with_reversals(self, payment: Payment, *, is_disputed: bool) -> Payment:
        """What went back of it, by refunds and by disputes that were lost.

        A charge stays marked as disputed for ever; how a dispute ended is said by the dispute alone.
        """
        about: Any = {"payment_intent": payment.payment_id, "limit": _MOST_LISTED}
        refunds = await self._call("refunds", lambda: self._client.v1.refunds.list_async(about))
        reversals = [
            Reversal(each.id, ReversalKind.REFUND, each.amount, has_failed=each.status in _REFUNDS_FAILED)
            for each in refunds.data
        ]
        status = payment.status
        if is_disputed:
            disputes = await self._call("disputes", lambda: self._client.v1.disputes.list_async(about))
            lost = [each for each in disputes.data if each.status in _DISPUTES_LOST]
            reversals += [Reversal(each.id, ReversalKind.DISPUTE, each.amount) for each in lost]
            if any(each.status not in _DISPUTES_WON | _DISPUTES_LOST for each in disputes.data):
                status = PaymentStatus.DISPUTED
        found = replace(payment, reversals=tuple(reversals), status=status)
        if status is PaymentStatus.SUCCEEDED and found.reversed_minor >= payment.amount.amount_minor:
            return replace(found, status=PaymentStatus.REFUNDED)
        return found

    async def _step(self, operation: str, payment: Payment, work: Callable[[], Awaitable[Any]]) -> Payment:
        """The intent after a step; one that does not stand where the step begins is given as it stands."""
        try:
            return _payment((await self._call(operation, work)).to_dict())
        except stripe.InvalidRequestError:
            return await self.read(payment.payment_id) or payment

    async def _call(self, operation: str, work: Callable[[], Awaitable[T]]) -> T:
        async def run() -> T:
            return await work()

        return await self.guard.call(operation, run)

    async def close(self) -> None:
        """Close pooled connections."""
        await self._http.close_async()


def _is_repeated(error: stripe.APIError) -> bool:
    """Whether this is the stored answer to an earlier call, which no repetition will change."""
    headers: Any = error.headers or {}
    return str(headers.get("idempotent-replayed", "")).lower() == "true"


def _word_of(error: stripe.CardError) -> str:
    """Why a card was refused, in Stripe's own word."""
    body: Any = error.json_body
    about: Row = body["error"] if isinstance(body, dict) else {}
    return str(about.get("decline_code") or error.code or "card_declined")


def _setup(intent: Row) -> PaymentSetup:
    is_saved = intent["status"] == "succeeded"
    method: Any = intent.get("payment_method") if is_saved else None
    details: Row = method if isinstance(method, dict) else {}
    card: Row = details.get("card") or {}
    action: Row = (intent.get("next_action") or {}).get("redirect_to_url") or {}
    return PaymentSetup(
        setup_id=intent["id"],
        customer_id=intent["customer"],
        client_secret=intent["client_secret"],
        is_action_required=intent["status"] == "requires_action",
        action_url=action.get("url"),
        method_id=details.get("id"),
        brand=card.get("brand"),
        last4=card.get("last4"),
    )


def _payment(intent: Row) -> Payment:
    metadata: Row = intent.get("metadata") or {}
    error: Row = intent.get("last_payment_error") or {}
    status = _STATUSES.get(intent["status"], PaymentStatus.PROCESSING)
    if status is PaymentStatus.FAILED and error.get("code") == "authentication_required":
        # The attempt is not over: the bank wants the buyer, whose browser may still confirm this very payment.
        status = PaymentStatus.ACTION_REQUIRED
    return Payment(
        payment_id=intent["id"],
        order_id=metadata.get("order_id", ""),
        attempt=int(metadata.get("attempt", "0")),
        amount=Money(intent["amount"], intent["currency"].upper()),
        status=status,
        failure=error.get("code"),
        client_secret=intent.get("client_secret"),
    )
