"""Ranking rules as a lazy bucket sort: each rule cuts a set of documents into buckets, the next rule cuts those.

Only the buckets that reach the asked page are ever cut further.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from engines.search_server.bitmaps import Membership, bitmap_of, numbers_of
from engines.search_server.closeness import exact_attribute, pair_costs, places, side_by_side
from engines.search_server.contents import Contents
from engines.search_server.geography import distance
from engines.search_server.matching import Term
from engines.search_server.sorting import GeoOrder, Order

MANY = 1_500  # from here on, walking a sorted column beats collecting every document's value
MOST_COMPARED = 10_000  # larger buckets are not cut by the rules that look into each text

Buckets = Iterator[tuple[int, Sequence[Term]]]
TEXT_RULES = {"typo", "proximity", "attribute", "attributeRank", "wordPosition", "exactness"}


class Ranking:
    """The order of documents for one query."""

    def __init__(
        self,
        contents: Contents,
        terms: Sequence[Term],
        orders: Sequence[Order | GeoOrder],
        *,
        strategy: str,
        rules: Sequence[str],
    ) -> None:
        self._contents = contents
        self._orders = orders
        self.steps = word_steps(contents, terms, strategy)
        self._rules = self._planned(rules) if terms else self._orders_only(rules)

    @property
    def found(self) -> int:
        """Every document that some step of the matching strategy accepts."""
        result = 0
        for bits, _ in self.steps:
            result |= bits
        return result

    def ordered(self, bits: int) -> Iterator[int]:
        """The documents of a set, best first."""
        terms = self.steps[0][1] if self.steps else ()
        return self._refined(bits, terms, 0)

    def _planned(self, rules: Sequence[str]) -> list[str | Order | GeoOrder]:
        planned: list[str | Order | GeoOrder] = []
        for rule in rules:
            if rule in TEXT_RULES and "words" not in planned:
                planned.append("words")
            if rule == "sort":
                planned.extend(self._orders)
            elif ":" in rule:
                planned.append(_custom(rule))
            elif rule != "words" or "words" not in planned:
                planned.append(rule)
        return planned if "words" in planned else ["words", *planned]

    def _orders_only(self, rules: Sequence[str]) -> list[str | Order | GeoOrder]:
        return [rule for rule in self._planned(rules) if not isinstance(rule, str)]

    def _refined(self, bits: int, terms: Sequence[Term], place: int) -> Iterator[int]:
        if not bits:
            return
        if place >= len(self._rules) or not bits & (bits - 1):
            yield from numbers_of(bits)
            return
        for bucket, active in self._buckets(self._rules[place], bits, terms):
            yield from self._refined(bucket, active, place + 1)

    def _buckets(self, rule: str | Order | GeoOrder, bits: int, terms: Sequence[Term]) -> Buckets:
        contents = self._contents
        if isinstance(rule, Order | GeoOrder):
            for bucket in _sorted_buckets(contents, rule, bits):
                yield bucket, terms
            return
        if rule == "words":
            for accepted, active in self.steps:
                yield bits & accepted, active
            return
        if rule == "typo":
            yield from ((bucket, terms) for bucket in _costs(bits, [term.levels for term in terms]))
            return
        if rule == "exactness":
            for bucket in _by_key(bits, lambda number: exact_attribute(contents, terms, number)):
                inexact = [(term.whole, bucket & ~term.whole) for term in terms]
                yield from ((part, terms) for part in _costs(bucket, inexact))
            return
        if rule == "proximity":
            keyed = _near_first(contents, terms, bits) if len(terms) > 1 else iter((bits,))
        else:
            keyed = _by_key(bits, lambda number: places(contents, terms, number))
        yield from ((bucket, terms) for bucket in keyed)


def word_steps(contents: Contents, terms: Sequence[Term], strategy: str) -> list[tuple[int, Sequence[Term]]]:
    """Disjoint sets of documents by how many terms they match, with the terms that count there.

    `last` drops words from the end (never the first), `frequency` the most frequent first, `all` none.
    """
    if not terms:
        return [(contents.alive, ())]
    droppable = [term for term in terms if not term.is_mandatory]
    if strategy == "frequency":
        droppable.sort(key=lambda term: -term.found.bit_count())
    else:
        droppable.reverse()
    if len(droppable) == len(terms):
        droppable = droppable[:-1]
    active = list(terms)
    seen = 0
    steps: list[tuple[int, Sequence[Term]]] = []
    for count in range(1 if strategy == "all" else len(droppable) + 1):
        if count:
            active = [term for term in active if term is not droppable[count - 1]]
        bits = contents.alive
        for term in active:
            bits &= term.found
        steps.append((bits & ~seen, tuple(active)))
        seen |= bits
    return steps


def _near_first(contents: Contents, terms: Sequence[Term], bits: int) -> Iterator[int]:
    """By the distances between the words; the best bucket is found by a quick test, often enough to fill a page."""
    is_best = side_by_side(contents, terms)
    best = bitmap_of((number for number in numbers_of(bits) if is_best(number)), bits.bit_length())
    yield best
    yield from _by_key(bits & ~best, lambda number: pair_costs(contents, terms, number))


def _custom(rule: str) -> Order:
    attribute, direction = rule.rsplit(":", 1)
    return Order(attribute, is_descending=direction == "desc")


def _costs(bits: int, levels: Sequence[Sequence[int]]) -> Iterator[int]:
    """Documents by total cost, where a term's cost is the place of its level that holds the document."""
    totals = {0: bits}
    for term_levels in levels:
        following: dict[int, int] = defaultdict(int)
        for total, held in totals.items():
            for cost, level in enumerate(term_levels):
                if both := held & level:
                    following[total + cost] |= both
        totals = following
    for total in sorted(totals):
        yield totals[total]


def _by_key(bits: int, key: Callable[[int], Any]) -> Iterator[int]:
    if bits.bit_count() > MOST_COMPARED:
        yield bits
        return
    groups: dict[Any, list[int]] = defaultdict(list)
    for number in numbers_of(bits):
        groups[key(number)].append(number)
    size = bits.bit_length()
    for value in sorted(groups):
        yield bitmap_of(groups[value], size)


def _sorted_buckets(contents: Contents, order: Order | GeoOrder, bits: int) -> Iterator[int]:
    if isinstance(order, GeoOrder):
        yield from _geo_buckets(contents, order, bits)
        return
    column = contents.columns.get(order.attribute)
    if column is None:
        yield bits
        return
    rest = bits
    if bits.bit_count() > MANY:
        members = Membership(bits)
        current: float | None = None
        bucket = 0
        for value, number in column.numbers.in_order(descending=order.is_descending):
            if number not in members or not rest >> number & 1:
                continue
            if value != current and bucket:
                yield bucket
                bucket = 0
            current = value
            bucket |= 1 << number
            rest &= ~(1 << number)
        if bucket:
            yield bucket
    yield from _collected_buckets(contents, order, rest)


def _collected_buckets(contents: Contents, order: Order, bits: int) -> Iterator[int]:
    column = contents.columns[order.attribute]
    numeric: dict[float, list[int]] = defaultdict(list)
    texts: dict[str, list[int]] = defaultdict(list)
    missing: list[int] = []
    for number in numbers_of(bits):
        value = column.sort_value(number, descending=order.is_descending)
        if value is None:
            missing.append(number)
        elif isinstance(value, str):
            texts[value].append(number)
        else:
            numeric[value].append(number)
    size = bits.bit_length()
    for value in sorted(numeric, reverse=order.is_descending):
        yield bitmap_of(numeric[value], size)
    for text in sorted(texts, reverse=order.is_descending):
        yield bitmap_of(texts[text], size)
    if missing:
        yield bitmap_of(missing, size)


def _geo_buckets(contents: Contents, order: GeoOrder, bits: int) -> Iterator[int]:
    located = []
    missing = bits
    for number in numbers_of(bits):
        point = contents.points.get(number)
        if point is not None:
            metres = distance(order.latitude, order.longitude, *point)
            located.append((-metres if order.is_descending else metres, number))
            missing &= ~(1 << number)
    for _, number in sorted(located):
        yield 1 << number
    if missing:
        yield missing
