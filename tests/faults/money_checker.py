"""The offline judge of a run's money: the provider's own books against our orders, payments and ledger."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from domain.ledger import CLEARING, FEES_EARNED, FEES_PENDING, buyer_account, seller_available, seller_pending
from domain.orders import OrderStatus
from domain.payments import COLLECTED
from services.payments import SETTLE_LISTING
from tests.faults.tills import MONEY_JOBS

if TYPE_CHECKING:
    from tests.faults.checker import Run

_S = OrderStatus
_TAKEN = frozenset({_S.PAID, _S.COMPLETED, _S.PARTLY_REFUNDED, _S.REFUNDED, _S.DISPUTED})
_COLLECTED = frozenset(each.value for each in COLLECTED)


@dataclass(slots=True)
class Taken:
    """A captured payment in the provider's books."""

    payment_id: str
    amount: int
    back: int = 0
    """Sent back by refunds and lost disputes, whether or not it arrived."""
    returned: int = 0
    is_disputed: bool = False


@dataclass(slots=True)
class Books:
    """The provider's objects by what the judge asks of them."""

    taken: dict[str, list[Taken]] = field(default_factory=lambda: defaultdict(list))
    """By order."""
    events: set[str] = field(default_factory=set)
    gross: int = 0
    """What the provider holds for us before its fees, as its own movements add up."""

    @classmethod
    def of(cls, objects: list[dict[str, Any]]) -> "Books":
        books = cls()
        kinds: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for each in objects:
            kinds[each["object"]].append(each)
        by_charge: dict[str, Taken] = {}
        for intent in kinds["payment_intent"]:
            order_id = intent["metadata"].get("order_id")
            if intent["status"] == "succeeded" and order_id is not None:
                taken = Taken(intent["id"], intent["amount_received"])
                by_charge[intent["latest_charge"]] = taken
                books.taken[order_id].append(taken)
        for refund in kinds["refund"]:
            by_charge[refund["charge"]].back += refund["amount"]
            by_charge[refund["charge"]].returned += refund["amount"] if refund["status"] == "failed" else 0
        for dispute in kinds["dispute"]:
            if dispute["status"] == "lost":
                by_charge[dispute["charge"]].back += dispute["amount"]
            elif dispute["status"] != "won":
                by_charge[dispute["charge"]].is_disputed = True
                books.gross += dispute["amount"]  # withdrawn for now; nothing is lost yet
        books.gross += sum(each["amount"] for each in kinds["balance_transaction"])
        books.events = {each["id"] for each in kinds["event"]}
        return books


def money_violations(run: "Run") -> list[str]:
    """Every broken promise about money, by its name; empty for a run in order."""
    books = Books.of(run.books)
    lines: dict[str, Counter[str]] = defaultdict(Counter)
    owner = {each["transfer_id"]: each["order_id"] for each in run.transfers}
    for entry in run.entries:
        lines[owner.get(entry["transfer_id"], "")][entry["account_id"]] += entry["amount_minor"]
    found = [*_rest(run, books), *_whole(run, books)]
    for order in run.orders:
        found += _order(run, order, books.taken.get(order["order_id"], []), lines[order["order_id"]])
    return found


def _rest(run: "Run", books: Books) -> Iterable[str]:
    """W4: each event is stored once. J2: every job of money came to its end."""
    if len(run.heard) != len(set(run.heard)):
        yield "W4: an event is stored twice"
    if missing := books.events - set(run.heard):
        yield f"W4: {len(missing)} events of the provider were never stored"
    for name, payload in run.jobs:
        if name in MONEY_JOBS:
            yield f"J2: a job {name} {payload} still waits"


def _whole(run: "Run", books: Books) -> Iterable[str]:
    """L1: everything adds up to nothing per currency. M3: what is being cleared is what the provider holds."""
    sums: Counter[str] = Counter()
    for entry in run.entries:
        sums[entry["currency"]] += entry["amount_minor"]
    yield from (f"L1: the ledger adds up to {total} {currency}" for currency, total in sums.items() if total)
    cleared = sum(entry["amount_minor"] for entry in run.entries if entry["account_id"] == CLEARING)
    if cleared != -books.gross:
        yield f"M3: {-cleared} are being cleared, the provider holds {books.gross}"
    orders = {each["order_id"] for each in run.orders}
    yield from (f"M1: money was taken for the unknown order {each}" for each in books.taken if each not in orders)


def _order(run: "Run", order: dict[str, Any], taken: list[Taken], held: Counter[str]) -> Iterable[str]:
    """M1: what was taken is known, and paid for the order once. M2: each account holds what its books say."""
    name = order["order_id"]
    rows = {each["payment_id"]: each for each in run.payments if each["order_id"] == name}
    known = {each for each, row in rows.items() if row["status"] in _COLLECTED}
    if known != {each.payment_id for each in taken}:
        yield f"M1: the provider took {[each.payment_id for each in taken]} for {name}, the record says {known}"
        return
    try:
        status = OrderStatus(order["status"])
    except ValueError:
        yield f"M5: the order {name} stands in no declared state: {order['status']}"
        return
    payers = [each for each in taken if not rows[each.payment_id]["is_surplus"]]
    if len(payers) != (status in _TAKEN):
        yield f"M1: the order {name} is {status.value} and was paid {len(payers)} times"
        return
    surplus = [each for each in taken if each not in payers]
    for each in surplus:
        if not each.back and not each.is_disputed:
            yield f"M1: the surplus payment {each.payment_id} did not go back"
    wanted = _expected(order, status, payers, surplus)
    if +wanted != +held or -wanted != -held:
        yield f"M2: the accounts of {name} ({status.value}) hold {dict(held)}, not {dict(wanted)}"
    yield from _said(run, order, status, payers)


def _said(run: "Run", order: dict[str, Any], status: OrderStatus, payers: list[Taken]) -> Iterable[str]:
    """M5: the order says what became of its payment. M6: content is told of a sale that was paid, once."""
    name, total = order["order_id"], order["total_minor"]
    back = min(total, sum(each.back for each in payers))
    if order["refunded_minor"] != back:
        yield f"M5: of {name} {back} went back, the order says {order['refunded_minor']}"
    if payers and status not in {_S.COMPLETED, _after(total, back, is_disputed=payers[0].is_disputed)}:
        yield f"M5: the order {name} is {status.value} with {back} of {total} gone back, {payers[0]}"
    told = sum(kind == SETTLE_LISTING and payload.get("id") == name for kind, payload in run.jobs)
    if told != len(payers):
        yield f"M6: content is told {told} times of the sale {name} paid {len(payers)} times"


def _after(total: int, back: int, *, is_disputed: bool) -> OrderStatus:
    if back >= total:
        return _S.REFUNDED
    if is_disputed:
        return _S.DISPUTED
    return _S.PARTLY_REFUNDED if back else _S.PAID


def _expected(order: dict[str, Any], status: OrderStatus, payers: list[Taken], surplus: list[Taken]) -> Counter[str]:
    """What the order's transfers should leave on each account, from its state and the provider's books alone."""
    total, fee = order["total_minor"], order["fee_minor"]
    buyer, seller = buyer_account(str(order["buyer_id"])), order["seller_profile_id"]
    held: Counter[str] = Counter()
    if status in {_S.PAYMENT_DUE, _S.ACTION_REQUIRED}:
        held.update({buyer: -total, seller_pending(seller): total - fee, FEES_PENDING: fee})
    for each in payers:
        of_sale = min(total, each.back)
        of_fee = (2 * fee * of_sale + total) // (2 * total)
        held.update({seller_available(seller): total - fee - of_sale + of_fee, FEES_EARNED: fee - of_fee})
        held.update({buyer: of_sale - each.back + each.returned, CLEARING: each.back - total - each.returned})
    for each in surplus:
        left = each.amount - each.back + each.returned
        held.update({buyer: left, CLEARING: -left})
    return held
