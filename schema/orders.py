"""Orders and wallets as clients see them."""

from datetime import datetime

import strawberry

from domain import ledger as domain_ledger
from domain import orders as domain
from resolvers import orders as resolve
from resolvers import payments as resolve_payments
from schema.connections import Connection
from schema.fields import attribute, resolved
from schema.money import Money
from schema.nodes import Node, view
from schema.payments import Payment


@view(of=domain.Order, description="A sale to be paid.")
class Order(Node):
    """A view of `domain.orders.Order`."""

    id: strawberry.ID = resolved(by=resolve.order_id, description="An opaque id, unique over the whole API.")
    kind: domain.OrderKind = attribute("How the sale came about.")
    status: domain.OrderStatus = attribute("Where the money stands.")
    total: Money = attribute("What the buyer owes.")
    refunded: Money = attribute(
        "How much of the total went back, by refunds and by disputes that were lost.", reads=("refunded_minor", "total")
    )
    due_at: datetime = attribute("Until when it is to be paid.")
    created_at: datetime = attribute("When it was opened.")
    payment: Payment | None = resolved(
        by=resolve_payments.payment_of, description="The newest attempt to collect its money; the buyer's alone."
    )


@view(of=domain_ledger.LedgerEntry, description="One line of the ledger.")
class LedgerEntry:
    """A view of `domain.ledger.LedgerEntry`."""

    kind: str = attribute("What moved the money: sold, captured, refund and the like.")
    amount: Money = attribute("Positive amounts are the viewer's, negative ones are owed.")
    posted_at: datetime = attribute("When it was posted.")


@view(of=resolve.Wallet, description="The viewer's money; balances are sums of the entries and stored nowhere.")
class Wallet:
    """A view of `resolvers.orders.Wallet`."""

    available: list[Money] = resolved(by=resolve.available, description="Money of sales that were paid, per currency.")
    pending: list[Money] = resolved(by=resolve.pending, description="Shares of unpaid sales, per currency.")
    owed: list[Money] = resolved(by=resolve.owed, description="What is still to pay, per currency.")
    entries: Connection[LedgerEntry] = resolved(by=resolve.entries, description="Every line, newest first.")
