"""Saving payment methods: the card goes from the buyer's browser to the provider, only tokens come here (S0-042)."""

import hashlib
from collections.abc import Sequence

from datasources.payments.providers import UnusableTokenError
from datasources.postgres import idempotency
from datasources.postgres import payment_methods as recorded
from datasources.sources import Sources
from domain.bids import is_bid_key
from domain.payments import (
    MOST_PAYMENT_METHODS,
    PaymentMethod,
    PaymentMethodDeclined,
    PaymentMethodRemoved,
    PaymentSetup,
    is_method_token,
)
from domain.problems import (
    BadInputError,
    FieldProblem,
    IdempotencyConflict,
    InvalidInput,
    NotFound,
    RetryLater,
    UpstreamUnavailableError,
    WrongState,
)
from domain.users import User
from services.closing import CHARGE_ORDER
from services.payments import Cashier

FORGET_METHOD = "payments.forget-method"
_UNUSABLE = FieldProblem("token", "This is no token of a payment method that can be saved.")

Saved = PaymentMethod | PaymentSetup | PaymentMethodDeclined
"""A saved payment method, one that the bank wants confirmed first, or none."""


async def set_up(cashier: Cashier, user: User, *, idempotency_key: str) -> PaymentSetup | WrongState | RetryLater:
    """Open a setup at the provider, in which the buyer's browser saves a payment method."""
    _check(idempotency_key)
    try:
        if refusal := await _too_many(cashier, user):
            return refusal
        customer_id = await _customer(cashier, str(user.user_id))
        return await cashier.provider.begin_setup(customer_id, key=f"setup:{user.user_id}:{idempotency_key}")
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)


async def save_token(
    cashier: Cashier, user: User, token: str, *, idempotency_key: str
) -> Saved | InvalidInput | IdempotencyConflict | WrongState | RetryLater:
    """Save the payment method behind a token that the buyer's browser got from the provider."""
    _check(idempotency_key)
    if not is_method_token(token):
        return InvalidInput((_UNUSABLE,))
    sources = cashier.sources
    try:
        claimed = await idempotency.claim(
            sources.database,
            user_id=user.user_id,
            operation="payment-methods.save",
            key=idempotency_key,
            input_hash=hashlib.sha256(token.encode()).hexdigest(),
            subject_id=idempotency_key,
            now=sources.clock(),
        )
        if claimed is None:
            return IdempotencyConflict()
        if refusal := await _too_many(cashier, user):
            return refusal
        customer_id = await _customer(cashier, str(user.user_id))
        key = f"save:{user.user_id}:{idempotency_key}"
        found = await cashier.provider.save_token(customer_id, token, key=key)
        if isinstance(found, PaymentMethodDeclined) or found.method_id is None:
            return found
        return await _keep(cashier, str(user.user_id), found)
    except UnusableTokenError:
        return InvalidInput((_UNUSABLE,))
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)


async def keep_method(cashier: Cashier, setup_id: str) -> bool:
    """Keep what a setup saved; its event and the buyer's own call may both come, in any order."""
    setup = await cashier.provider.read_setup(setup_id)
    if setup.method_id is None:
        return False
    database, provider = cashier.sources.database, cashier.provider.name
    owner = await recorded.owner_of(database, setup.customer_id, provider=provider)
    if owner is None:
        return False
    await _keep(cashier, owner, setup)
    return True


async def remove(sources: Sources, user: User, method_id: str) -> PaymentMethodRemoved | NotFound | RetryLater:
    """Stop charging a payment method; a job has the provider forget it."""
    try:
        is_removed = await recorded.remove(
            sources.database, user.user_id, method_id, forget_job=FORGET_METHOD, now=sources.clock()
        )
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    return PaymentMethodRemoved(method_id) if is_removed else NotFound("There is no such payment method of yours.")


async def methods_of(cashier: Cashier, user: User) -> Sequence[PaymentMethod]:
    """The account's payment methods, the one that is charged first."""
    return await recorded.of_user(cashier.sources.database, str(user.user_id), provider=cashier.provider.name)


async def _too_many(cashier: Cashier, user: User) -> WrongState | None:
    if len(await methods_of(cashier, user)) < MOST_PAYMENT_METHODS:
        return None
    return WrongState("FULL", f"At most {MOST_PAYMENT_METHODS} payment methods can be kept; remove one first.")


async def _customer(cashier: Cashier, user_id: str) -> str:
    """The provider's id of the account, made once: the provider forgets keys after a day, the record does not."""
    database, provider = cashier.sources.database, cashier.provider
    found = await recorded.customer_of(database, user_id, provider=provider.name)
    if found is not None:
        return found
    made = await provider.create_customer(user_id)
    return await recorded.add_customer(database, user_id, made, provider=provider.name, now=cashier.sources.clock())


async def _keep(cashier: Cashier, user_id: str, setup: PaymentSetup) -> PaymentMethod:
    """Keep the token of a payment method, and collect with it what its owner still owes."""
    database = cashier.sources.database
    method = PaymentMethod(
        method_id=setup.method_id or "",
        user_id=user_id,
        brand=setup.brand,
        last4=setup.last4,
        created_at=cashier.sources.clock(),
    )
    await recorded.add(database, method, provider=cashier.provider.name, charge_job=CHARGE_ORDER)
    return method


def _check(idempotency_key: str) -> None:
    if not is_bid_key(idempotency_key):
        raise BadInputError("BAD_IDEMPOTENCY_KEY", "An idempotency key is a UUID or 8 to 64 letters, digits, - or _.")
