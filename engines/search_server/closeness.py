"""Looking into one document's words: how near the query's words stand to each other, and in which attribute."""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from engines.search_server.contents import Contents
from engines.search_server.matching import Term
from engines.search_server.query_text import Phrase

FARTHEST = 8  # words this far apart, or in different attributes, are simply not near


def side_by_side(contents: Contents, terms: Sequence[Term]) -> Callable[[int], bool]:
    """A quick test for the least possible `pair_costs`: every two neighbouring query words stand next to each other."""
    patterns = [
        re.compile(f"(?:{left.pattern.pattern})(?:{right.pattern.pattern})")
        for left, right in pairwise(terms)
        if not (left.letter and right.letter)
    ]
    plain = [left.letter + right.letter for left, right in pairwise(terms) if left.letter and right.letter]
    texts = contents.texts

    def is_best(number: int) -> bool:
        held = texts[number]
        return all(any(pair in text for text in held) for pair in plain) and all(
            any(pattern.search(text) for text in held) for pattern in patterns
        )

    return is_best


def pair_costs(contents: Contents, terms: Sequence[Term], number: int) -> int:
    """The sum over neighbouring query words of their least distance: 1 is side by side, 8 is not near at all."""
    texts = contents.texts[number]
    return sum(_pair_cost(texts, left, right) for left, right in pairwise(terms))


def _pair_cost(texts: Sequence[str], left: Term, right: Term) -> int:
    best = FARTHEST
    width = len(left.part.words) if isinstance(left.part, Phrase) else 1
    for text in texts:
        firsts = left.starts(text)
        if not firsts:
            continue
        for second in right.starts(text):
            for first in firsts:
                # The other way round counts one more, as in Meilisearch.
                cost = second - first - width + 1 if second > first else first - second + 1
                if cost < best:
                    best = max(1, cost)
        if best == 1:
            return 1
    return best


def places(contents: Contents, terms: Sequence[Term], number: int) -> tuple[int, int]:
    """The sum of the ranks of the best attribute of each word, then a coarse sum of their positions in it."""
    texts = contents.texts[number]
    ranks = 0
    positions = 0
    for term in terms:
        for rank, text in enumerate(texts):
            place = term.first(text)
            if place >= 0:
                ranks += rank
                positions += place.bit_length()
                break
    return ranks, positions


def exact_attribute(contents: Contents, terms: Sequence[Term], number: int) -> int:
    """0 where an attribute is exactly the query, 1 where one starts with it, else 2."""
    numbers: list[int] = []
    for term in terms:
        words = term.part.words if isinstance(term.part, Phrase) else (term.part.text,)
        for word in words:
            known = contents.vocabulary.numbers.get(word)
            if known is None:
                return 2
            numbers.append(known)
    wanted = "".join(map(chr, numbers))
    best = 2
    for text in contents.texts[number]:
        if text == wanted:
            return 0
        if text.startswith(wanted):
            best = 1
    return best
