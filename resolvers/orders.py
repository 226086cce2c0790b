"""The viewer's orders and wallet."""

from dataclasses import dataclass

import strawberry
from strawberry import Parent

from datasources.postgres import ledger
from datasources.postgres import orders as recorded
from domain.ledger import LedgerEntry, buyer_account, seller_available, seller_pending
from domain.money import Money
from domain.nodes import encode_node_id, record_id_of
from domain.orders import Order
from domain.pages import Page, page_of, slice_of
from domain.problems import NotAllowed, NotFound, RetryLater, WrongState
from domain.users import User
from resolvers.arguments import After, First
from resolvers.context import Info
from resolvers.reading import reads
from services import order_requests


@dataclass(frozen=True, slots=True)
class Wallet:
    """The viewer's ledger accounts."""

    user: User

    @property
    def account_ids(self) -> tuple[str, ...]:
        """The accounts that are the viewer's."""
        own = (buyer_account(str(self.user.user_id)),)
        profile_id = self.user.profile_id
        return own if profile_id is None else (*own, seller_pending(profile_id), seller_available(profile_id))


@strawberry.input(description="An order.")
class OrderInput:
    """Input of mutations that need nothing but an order."""

    order_id: strawberry.ID = strawberry.field(description="Id of the order.")


@strawberry.input(description="An order whose payment is to be given back.")
class RefundOrderInput:
    """Input of `refundOrder`."""

    order_id: strawberry.ID = strawberry.field(description="Id of the order.")
    reason: str = strawberry.field(description="Why, for the audit log.")


async def pay_order(
    info: Info,
    input: OrderInput,  # noqa: A002 - the customary name of a mutation's one argument
) -> Order | NotFound | WrongState | RetryLater:
    """Have the viewer's order collected again."""
    wanted = record_id_of(input.order_id, "Order")
    return await order_requests.pay_order(info.context.sources, info.context.user, wanted)


async def refund_order(
    info: Info,
    input: RefundOrderInput,  # noqa: A002 - as above
) -> Order | NotFound | NotAllowed | WrongState | RetryLater:
    """Have an order's payment given back."""
    context, wanted = info.context, record_id_of(input.order_id, "Order")
    return await order_requests.refund_order(context.sources, context.viewer, wanted, reason=input.reason)


@reads({Order: ("order_id",)})
def order_id(root: Parent[Order]) -> strawberry.ID:
    """The global id of an order."""
    return strawberry.ID(encode_node_id("Order", root.order_id))


@reads({})
async def viewer_orders(info: Info, first: First = 20, after: After = None) -> Page[Order]:
    """What the viewer bought, newest first."""
    wanted = slice_of(first, after, arity=1)
    context = info.context
    found = await recorded.page_of_buyer(
        context.sources.database, context.user.user_id, wanted, fields=context.selection.of(Order)
    )
    return page_of(found, wanted, key=lambda order: (order.order_id,))


@reads({})
def viewer_wallet(info: Info) -> Wallet:
    """The viewer's wallet."""
    return Wallet(info.context.user)


async def _sums(info: Info, suffix: str, accounts: tuple[str, ...]) -> list[Money]:
    held = await ledger.balances(info.context.sources.database, accounts)
    return [each.amount for each in held if each.account_id.endswith(suffix)]


@reads({Wallet: ("user",)})
async def available(info: Info, root: Parent[Wallet]) -> list[Money]:
    """Money of the viewer's sales, per currency."""
    return await _sums(info, ":available", root.account_ids)


@reads({Wallet: ("user",)})
async def pending(info: Info, root: Parent[Wallet]) -> list[Money]:
    """The viewer's shares of sales that are not paid yet, per currency."""
    return await _sums(info, ":pending", root.account_ids)


@reads({Wallet: ("user",)})
async def owed(info: Info, root: Parent[Wallet]) -> list[Money]:
    """What the viewer still owes, per currency."""
    return [Money(-each.amount_minor, each.currency) for each in await _sums(info, ":due", root.account_ids)]


@reads({Wallet: ("user",)})
async def entries(info: Info, root: Parent[Wallet], first: First = 20, after: After = None) -> Page[LedgerEntry]:
    """Every line of the viewer's accounts, newest first."""
    wanted = slice_of(first, after, arity=1)
    fields = info.context.selection.of(LedgerEntry)
    found = await ledger.entries_of(info.context.sources.database, root.account_ids, wanted, fields=fields)
    return page_of(found, wanted, key=lambda entry: (entry.entry_id,))
