"""What buyers and staff ask for about orders that stand: another try at collecting, and a refund."""

from datasources.postgres import orders, payments
from datasources.sources import Sources
from domain.orders import MOST_PAYMENT_ATTEMPTS, OWING, Order, OrderStatus
from domain.payments import PaymentStatus
from domain.problems import NotAllowed, NotFound, RetryLater, UpstreamUnavailableError, WrongState
from domain.users import User, Viewer
from services.closing import CHARGE_ORDER
from services.payments import REFUND_PAYMENT

_LONGEST_REASON = 500
_REFUNDABLE = frozenset({OrderStatus.PAID, OrderStatus.COMPLETED, OrderStatus.PARTLY_REFUNDED})
_UNKNOWN = NotFound("There is no such order.")


async def pay_order(sources: Sources, user: User, order_id: str) -> Order | NotFound | WrongState | RetryLater:
    """Have the order's money collected again, as after a decline; a worker does it within seconds."""
    actor = str(user.user_id)
    try:
        order = (await orders.by_ids(sources.database, [order_id]))[0]
        if order is None or order.buyer_id != actor:
            return _UNKNOWN
        if order.attempts >= MOST_PAYMENT_ATTEMPTS:
            return WrongState("NO_ATTEMPTS_LEFT", "No further attempt is made to collect this.")
        is_asked = await orders.request(
            sources.database,
            order_id,
            allowed=OWING,
            job=(CHARGE_ORDER, {"id": order_id}, f"{order_id}:asked"),
            audit_line=(actor, "order.pay-asked", {}),
            now=sources.clock(),
        )
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    return order if is_asked else WrongState(order.status.name, "Nothing is owed on this order.")


async def refund_order(
    sources: Sources, viewer: Viewer, order_id: str, *, reason: str
) -> Order | NotFound | NotAllowed | WrongState | RetryLater:
    """Have what is left of the payment given back; the order follows when the provider has done it."""
    if not viewer.is_staff or viewer.user is None:
        return NotAllowed("Only staff may do this.")
    try:
        order = (await orders.by_ids(sources.database, [order_id]))[0]
        if order is None:
            return _UNKNOWN
        attempts = await payments.of_order(sources.database, order_id)
        collected = [each for each in attempts if each.status is PaymentStatus.SUCCEEDED and not each.is_surplus]
        if not collected:
            return WrongState(order.status.name, "Nothing was collected that could be given back.")
        payment_id = collected[-1].payment_id
        is_asked = await orders.request(
            sources.database,
            order_id,
            allowed=_REFUNDABLE,
            job=(REFUND_PAYMENT, {"id": payment_id}, payment_id),
            audit_line=(str(viewer.user.user_id), "order.refund-asked", {"reason": reason[:_LONGEST_REASON]}),
            now=sources.clock(),
        )
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    return order if is_asked else WrongState(order.status.name, "This order cannot be refunded now.")
