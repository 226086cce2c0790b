"""The offline judge of a run: what bidders were told and watchers saw, against what the record holds (A1-A9, L1-L2)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain.auctions import LotTerms
from domain.ledger import FEES_PENDING, buyer_account, seller_pending
from domain.lots import EntryKind, LotEntry, Offer, fold, opening_state, resolve
from domain.results import judge_result
from tests.faults.money_checker import money_violations

TAKEN = frozenset({"accepted", "outbid"})


@dataclass(slots=True)
class Call:
    """One call of a bidder: when it left, when and with what it came back (None while unknown)."""

    lot: str
    bidder: str
    key: str
    amount: int
    left_ns: int
    back_ns: int = 0
    answer: dict[str, Any] | None = None

    @property
    def is_taken(self) -> bool:
        return self.answer is not None and self.answer["kind"] in TAKEN


@dataclass(slots=True)
class Run:
    """Everything a run leaves behind."""

    terms: dict[str, LotTerms]
    calls: list[Call] = field(default_factory=list)
    watched: list[tuple[str, list[int]]] = field(default_factory=list)
    """Per watcher: the lot, and the sequences in the order shown, over all its resumptions."""
    log: dict[str, list[LotEntry]] = field(default_factory=dict)
    results: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    transfers: list[dict[str, Any]] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)
    jobs: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """What still waits, by kind and payload."""
    heard: list[str] = field(default_factory=list)
    """Ids of the provider's events that were stored."""
    books: list[dict[str, Any]] = field(default_factory=list)
    """Every object of the payment provider; empty for a run without one."""
    attempts: Counter[str] = field(default_factory=Counter)
    """How often each kind of answer was given, uncertain ones included."""
    faults: list[str] = field(default_factory=list)
    """What was done to it, and how long each took."""


def violations(run: Run) -> list[str]:
    """Every broken promise, by its name; empty for a run in order."""
    found = [*_answers(run), *_keys(run), *_real_time(run), *_watchers(run), *_closings(run), *_ledger(run)]
    if run.books:
        found += money_violations(run)
    for lot, log in run.log.items():
        found += _log(run.terms[lot], log)
    return found


def _answers(run: Run) -> Iterable[str]:
    """A1: what was answered as taken is in the record as answered. A7: every call ended with a certain answer."""
    held = {(lot, entry.seq): entry for lot, log in run.log.items() for entry in log}
    keys = {(lot, entry.bidder_id, entry.idempotency_key) for lot, log in run.log.items() for entry in log}
    for call in run.calls:
        if call.answer is None or call.answer["kind"] == "unknown":
            yield f"A7: the call {call.key} of {call.bidder} was never resolved"
        elif call.is_taken:
            entry = held.get((call.lot, call.answer["seq"]))
            if entry is None:
                yield f"A1: bid {call.answer['seq']} of {call.lot} was accepted and is not in the record"
            elif (entry.bidder_id, entry.idempotency_key, entry.max_minor) != (call.bidder, call.key, call.amount):
                yield f"A1: bid {call.answer['seq']} of {call.lot} is somebody else's in the record"
            elif entry.price_minor != call.answer["price"]:
                yield f"A1: bid {call.answer['seq']} of {call.lot} was answered with another price"
        elif (call.lot, call.bidder, call.key) in keys:
            yield f"A7: the call {call.key} was answered {call.answer} and its bid is in the record"


def _keys(run: Run) -> Iterable[str]:
    """A6: one key, one bid, one answer."""
    told: dict[tuple[str, str, str], set[tuple[int, int]]] = defaultdict(set)
    for call in run.calls:
        if call.is_taken and call.answer is not None:
            told[(call.lot, call.bidder, call.key)].add((call.answer["seq"], call.answer["price"]))
    yield from (
        f"A6: the key {key} got several answers: {answers}" for key, answers in told.items() if len(answers) > 1
    )
    for lot, log in run.log.items():
        keys = [(entry.bidder_id, entry.idempotency_key) for entry in log if entry.idempotency_key]
        if len(keys) != len(set(keys)):
            yield f"A6: a key of {lot} stands for several bids"


def _real_time(run: Run) -> Iterable[str]:
    """A8: who was answered before another one asked has the lower sequence."""
    by_lot: dict[str, list[Call]] = defaultdict(list)
    for call in run.calls:
        if call.is_taken and call.answer is not None and not call.answer["replayed"]:
            by_lot[call.lot].append(call)
    for lot, calls in by_lot.items():
        answered = sorted(calls, key=lambda call: call.back_ns)
        highest, at = 0, 0
        for call in sorted(calls, key=lambda call: call.left_ns):
            while at < len(answered) and answered[at].back_ns < call.left_ns:
                highest = max(highest, _seq(answered[at]))
                at += 1
            if _seq(call) <= highest:
                yield f"A8: on {lot} bid {_seq(call)} was asked after {highest} had been answered"


def _seq(call: Call) -> int:
    return int(call.answer["seq"]) if call.answer else 0


def _watchers(run: Run) -> Iterable[str]:
    """A9: each watcher sees every line once and in order, from the first one it sees to the last one recorded."""
    for lot, seqs in run.watched:
        last = max((entry.seq for entry in run.log.get(lot, [])), default=0)
        expected = list(range(seqs[0], last + 1)) if seqs else []
        if seqs != expected:
            yield f"A9: a watcher of {lot} saw {_holes(seqs, expected)}"


def _holes(seqs: Sequence[int], expected: Sequence[int]) -> str:
    missing, extra = sorted(set(expected) - set(seqs)), len(seqs) - len(set(seqs))
    return f"not {missing[:5]} and {extra} lines twice, ended at {seqs[-1] if seqs else None} of {expected[-1:]}"


def _log(terms: LotTerms, log: Sequence[LotEntry]) -> Iterable[str]:
    """A2, A4, A5: refolded from zero, each line is what the rules make of it, in time and with one leader."""
    lot, state, price = terms.auction_id, opening_state(terms), 0
    if [entry.seq for entry in log] != list(range(1, len(log) + 1)):
        yield f"A1: the log of {lot} has holes"
    for entry in log:
        if entry.kind is not EntryKind.BID or entry.bidder_id is None or entry.max_minor is None:
            continue
        if entry.at >= state.ends_at or entry.at < terms.starts_at:
            yield f"A4: bid {entry.seq} of {lot} was taken at {entry.at}, the end was {state.ends_at}"
        least = terms.start_minor if state.price_minor is None else terms.policy.next_minimum(state.price_minor)
        if entry.max_minor < least and entry.bidder_id != state.leader_id:
            yield f"A2: bid {entry.seq} of {lot} is below the minimum of its time"
        offer = Offer(entry.bidder_id, entry.max_minor, entry.is_exact)
        state = resolve(state, terms.policy, terms.start_minor, offer)
        if (entry.price_minor, entry.leader_id) != (state.price_minor, state.leader_id):
            yield f"A5: bid {entry.seq} of {lot} left another price or leader than the rules"
        if (entry.price_minor or 0) < price:
            yield f"A2: the price of {lot} fell at bid {entry.seq}"
        state = replace(state, ends_at=entry.ends_at)
        price = entry.price_minor or 0


def _closings(run: Run) -> Iterable[str]:
    """A3: each lot has one result, that of its log, and a sold one exactly one order."""
    for lot, log in run.log.items():
        found = [each for each in run.results if each["auction_id"] == lot]
        orders = [each for each in run.orders if each["auction_id"] == lot]
        if len(found) != 1:
            yield f"A3: {lot} has {len(found)} results"
            continue
        before = tuple(entry for entry in log if entry.kind is not EntryKind.CLOSED)
        if len(before) < len(log) - 1:
            yield f"A3: {lot} was closed {len(log) - len(before)} times"
        judged = judge_result(lot, fold(run.terms[lot], before), before, has_bought=False)
        stands = (found[0]["outcome"], found[0]["winner_id"] and str(found[0]["winner_id"]), found[0]["price_minor"])
        if stands != (judged.outcome.value, judged.winner_id, judged.price_minor):
            yield f"A3: the result of {lot} is {stands}, its log says {judged}"
        wanted = [judged.price_minor] if judged.winner_id else []
        if [each["total_minor"] for each in orders] != wanted:
            yield f"A3: {lot} has {len(orders)} orders"


def _ledger(run: Run) -> Iterable[str]:
    """L1: each transfer balances per currency. L2: the balances are what the orders say, each posted exactly once."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    lines: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for entry in run.entries:
        sums[(entry["transfer_id"], entry["currency"])] += entry["amount_minor"]
        lines[entry["transfer_id"]].append((entry["account_id"], entry["currency"], entry["amount_minor"]))
    yield from (f"L1: the transfer {key} does not balance" for key, total in sums.items() if total)
    for order in run.orders:
        total, fee, currency = order["total_minor"], order["fee_minor"], order["currency"]
        wanted = [
            (buyer_account(str(order["buyer_id"])), currency, -total),
            (seller_pending(order["seller_profile_id"]), currency, total - fee),
            (FEES_PENDING, currency, fee),
        ]
        if sorted(lines.pop(f"order:{order['order_id']}:sold", [])) != sorted(line for line in wanted if line[2]):
            yield f"L2: the sale {order['order_id']} is not posted as its order says"
    orders = {each["order_id"] for each in run.orders}
    of_order = {each["transfer_id"]: each["order_id"] for each in run.transfers}
    for key in lines:
        if key.endswith(":sold") or of_order.get(key) not in orders:
            yield f"L2: the transfer {key} belongs to no order"
