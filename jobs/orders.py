"""Jobs of orders: collecting, refunding, defaults, second chances, and what the payment provider reports."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from datasources.payments.providers import PaymentProvider
from datasources.sources import Sources
from jobs.kinds import JobKind, Payload, Work, text_of
from services import closing, orders, payment_methods, payments
from services.payments import Cashier

_PROVIDER_SECONDS = 90.0


async def default_overdue(sources: Sources, _payload: Payload) -> None:
    """Let unpaid orders fall through when their term has passed."""
    await orders.default_overdue(sources)


async def offer_second_chance(sources: Sources, payload: Payload) -> None:
    """Ask the next runner-up."""
    await orders.offer_second_chance(sources, text_of(payload, "id"))


async def lapse_second_chance(sources: Sources, payload: Payload) -> None:
    """Let an offer lapse and ask the next one."""
    await orders.lapse_second_chance(sources, text_of(payload, "id"), text_of(payload, "bidder"))


async def settle_listing(sources: Sources, payload: Payload) -> None:
    """Say in content that the listing is sold (S0-027)."""
    await orders.settle_listing(sources, text_of(payload, "id"))


async def charge_order(cashier: Cashier, payload: Payload) -> None:
    """Collect an order's money (S0-026)."""
    await payments.charge_order(cashier, text_of(payload, "id"))


async def refund_payment(cashier: Cashier, payload: Payload) -> None:
    """Give a payment back."""
    await payments.refund_payment(cashier, text_of(payload, "id"))


async def apply_event(cashier: Cashier, payload: Payload) -> None:
    """Apply what a provider's event points at."""
    payment, setup = payload.get("payment"), payload.get("setup")
    if isinstance(setup, str):
        await payment_methods.keep_method(cashier, setup)
    if isinstance(payment, str):
        await payments.apply_payment_event(cashier, payment, event_id=text_of(payload, "event"))


async def forget_method(cashier: Cashier, payload: Payload) -> None:
    """Have the provider forget a removed payment method."""
    await cashier.provider.forget_method(text_of(payload, "id"))


def kinds(provider: PaymentProvider) -> tuple[JobKind, ...]:
    """The jobs of this noun; those that call the provider hold it here."""

    def at_the_till(work: Callable[[Cashier, Payload], Awaitable[None]]) -> Work:
        async def run(sources: Sources, payload: Payload) -> None:
            await work(Cashier(sources, provider), payload)

        return run

    return (
        JobKind(closing.CHARGE_ORDER, at_the_till(charge_order), seconds=_PROVIDER_SECONDS),
        JobKind(payments.REFUND_PAYMENT, at_the_till(refund_payment), seconds=_PROVIDER_SECONDS),
        JobKind(payments.APPLY_PAYMENT_EVENT, at_the_till(apply_event), seconds=_PROVIDER_SECONDS),
        JobKind(payment_methods.FORGET_METHOD, at_the_till(forget_method), seconds=_PROVIDER_SECONDS),
        JobKind(orders.DEFAULT_OVERDUE, default_overdue, concurrency=1, every=timedelta(minutes=5)),
        JobKind(orders.OFFER_SECOND_CHANCE, offer_second_chance),
        JobKind(orders.LAPSE_SECOND_CHANCE, lapse_second_chance),
        JobKind(payments.SETTLE_LISTING, settle_listing),
    )
