"""Test cards by their well-known names, and what each does when it is charged or set up."""

from dataclasses import dataclass

from engines.payment_server.problems import invalid
from engines.payment_server.store import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCard:
    """A card. `asks` says when it wants 3-D Secure: never, always, or until it was set up once."""

    last4: str
    brand: str = "visa"
    decline: tuple[str, str | None] | None = None
    asks: str = "never"
    dispute_reason: str | None = None
    refund_status: str = "succeeded"


DECLINED = "Your card was declined."
DECLINE_SENTENCES = {
    "card_declined": DECLINED,
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}

TEST_CARDS = {
    "visa": TestCard(last4="4242"),
    "mastercard": TestCard(last4="4444", brand="mastercard"),
    "amex": TestCard(last4="0005", brand="amex"),
    "visa_debit": TestCard(last4="5556"),
    "visa_chargeDeclined": TestCard(last4="0002", decline=("card_declined", "generic_decline")),
    "chargeDeclined": TestCard(last4="0002", decline=("card_declined", "generic_decline")),
    "visa_chargeDeclinedInsufficientFunds": TestCard(last4="9995", decline=("card_declined", "insufficient_funds")),
    "chargeDeclinedInsufficientFunds": TestCard(last4="9995", decline=("card_declined", "insufficient_funds")),
    "visa_chargeDeclinedLostCard": TestCard(last4="9987", decline=("card_declined", "lost_card")),
    "visa_chargeDeclinedStolenCard": TestCard(last4="9979", decline=("card_declined", "stolen_card")),
    "chargeDeclinedFraudulent": TestCard(last4="0019", decline=("card_declined", "fraudulent")),
    "chargeDeclinedExpiredCard": TestCard(last4="0069", decline=("expired_card", None)),
    "chargeDeclinedIncorrectCvc": TestCard(last4="0127", decline=("incorrect_cvc", None)),
    "chargeDeclinedProcessingError": TestCard(last4="0119", decline=("processing_error", None)),
    "chargeCustomerFail": TestCard(last4="0341", decline=("card_declined", "generic_decline")),
    "authenticationRequired": TestCard(last4="3184", asks="always"),
    "authenticationRequiredOnSetup": TestCard(last4="3155", asks="until set up"),
    "authenticationRequiredSetupForOffSession": TestCard(last4="3155", asks="until set up"),
    "authenticationRequiredChargeDeclinedInsufficientFunds": TestCard(
        last4="8260", asks="always", decline=("card_declined", "insufficient_funds")
    ),
    "threeDSecure2Required": TestCard(last4="3220", asks="always"),
    "threeDSecureRequired": TestCard(last4="3063", asks="always"),
    "createDispute": TestCard(last4="0259", dispute_reason="fraudulent"),
    "createDisputeProductNotReceived": TestCard(last4="2685", dispute_reason="product_not_received"),
    "pendingRefund": TestCard(last4="7726", refund_status="pending"),
    "refundFail": TestCard(last4="5126", refund_status="failed"),
}


def card_named(token: str) -> TestCard | None:
    """The card behind `pm_card_NAME` or `tok_NAME`."""
    name = token.removeprefix("pm_card_") if token.startswith("pm_card_") else token.removeprefix("tok_")
    return TEST_CARDS.get(name) if name != token else None


def card_of(payment_method: Json) -> TestCard:
    """The card a payment method was made from."""
    return TEST_CARDS[payment_method["_test_card"]]


def refuse_card_numbers(card: Json) -> None:
    """Card data never reaches a server: only tokens do (PCI DSS)."""
    if set(card) & {"number", "cvc", "exp_month", "exp_year"}:
        raise invalid(
            "Sending credit card numbers directly to the Stripe API is generally unsafe. "
            "We suggest you use test tokens that map to the test card you are using.",
            param="card[number]",
            status=402,
        )
