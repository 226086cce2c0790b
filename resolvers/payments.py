"""The viewer's payment methods, and how the payment of an order stands."""

from collections.abc import Sequence

import strawberry
from strawberry import Parent

from domain.flags import LAUNCH_PAYMENTS
from domain.nodes import encode_node_id, record_id_of
from domain.orders import Order
from domain.payments import Payment, PaymentMethod, PaymentMethodRemoved, PaymentSetup
from domain.problems import IdempotencyConflict, InvalidInput, NotAllowed, NotFound, RetryLater, WrongState
from resolvers.auction_context import AuctionInfo
from resolvers.flags import refusal_without
from resolvers.reading import reads
from services import payment_methods
from services.payment_methods import Saved

_KEY = "A UUID made by the client; repeating the call with it gives the same answer."
_NOT_HERE = RetryLater("No payment provider is configured here.")


@strawberry.input(description="A wish to save a payment method in the browser.")
class SetUpPaymentMethodInput:
    """Input of `setUpPaymentMethod`."""

    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.input(description="A payment method that the browser has handed to the provider.")
class SavePaymentMethodInput:
    """Input of `savePaymentMethod`."""

    token: str = strawberry.field(
        description="What the provider gave the browser for the card (`pm_...`); in test mode also a test card's name, "
        "such as `pm_card_visa`. Card numbers are never accepted."
    )
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.input(description="A saved payment method.")
class PaymentMethodInput:
    """Input of mutations that need nothing but a payment method."""

    id: strawberry.ID = strawberry.field(description="Id of the payment method.")


async def set_up_payment_method(
    info: AuctionInfo,
    input: SetUpPaymentMethodInput,  # noqa: A002 - the customary name of a mutation's one argument
) -> PaymentSetup | NotAllowed | WrongState | RetryLater:
    """Open a setup for the viewer's browser."""
    context = info.context
    if context.cashier is None:
        return _NOT_HERE
    if refusal := await refusal_without(LAUNCH_PAYMENTS, context):
        return refusal
    return await payment_methods.set_up(context.cashier, context.user, idempotency_key=input.idempotency_key)


async def save_payment_method(
    info: AuctionInfo,
    input: SavePaymentMethodInput,  # noqa: A002 - as above
) -> Saved | NotAllowed | InvalidInput | IdempotencyConflict | WrongState | RetryLater:
    """Save a payment method by its token."""
    context = info.context
    if context.cashier is None:
        return _NOT_HERE
    if refusal := await refusal_without(LAUNCH_PAYMENTS, context):
        return refusal
    return await payment_methods.save_token(
        context.cashier, context.user, input.token, idempotency_key=input.idempotency_key
    )


async def remove_payment_method(
    info: AuctionInfo,
    input: PaymentMethodInput,  # noqa: A002 - as above
) -> PaymentMethodRemoved | NotFound | RetryLater:
    """Stop charging a payment method."""
    method_id = record_id_of(input.id, "PaymentMethod")
    return await payment_methods.remove(info.context.sources, info.context.user, method_id)


@reads({})
async def viewer_payment_methods(info: AuctionInfo) -> Sequence[PaymentMethod]:
    """The viewer's payment methods, the one that is charged first."""
    context = info.context
    return [] if context.cashier is None else await payment_methods.methods_of(context.cashier, context.user)


@reads({PaymentMethod: ("method_id",)})
def method_id(root: Parent[PaymentMethod]) -> strawberry.ID:
    """The global id of a payment method."""
    return strawberry.ID(encode_node_id("PaymentMethod", root.method_id))


def removed_id(root: Parent[PaymentMethodRemoved]) -> strawberry.ID:
    """The global id of a payment method that was removed."""
    return strawberry.ID(encode_node_id("PaymentMethod", root.method_id))


def publishable_key(info: AuctionInfo) -> str:
    """What the browser shows the provider."""
    cashier = info.context.cashier
    return cashier.provider.publishable_key if cashier is not None else ""


@reads({Order: ("order_id", "buyer_id")})
async def payment_of(info: AuctionInfo, root: Parent[Order]) -> Payment | None:
    """The newest attempt at collecting the order's money, for its buyer alone."""
    user = info.context.viewer.user
    if user is None or root.buyer_id != str(user.user_id):
        return None
    return await info.context.auctions.payment_by_order.load(root.order_id)
