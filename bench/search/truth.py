"""The right answers, found the slow way: every document is looked at, words are compared letter by letter."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

EARTH_METRES = 6_372_797.560856
FACETS = ("attributes.make", "city", "condition")


@dataclass(frozen=True, slots=True)
class Case:
    """One search: words that must all match, a price limit in minor units, and a circle on the map."""

    text: str
    most: int
    latitude: float
    longitude: float
    metres: float

    @property
    def filter(self) -> str:
        """The filter's text."""
        return f"priceMinor <= {self.most} AND _geoRadius({self.latitude}, {self.longitude}, {self.metres})"


@dataclass(frozen=True, slots=True)
class Truth:
    """Which documents a case must find, and how its facets count."""

    ids: frozenset[str]
    facets: Mapping[str, Mapping[str, int]]


def truth_of(case: Case, documents: Sequence[Mapping[str, Any]], words: Sequence[frozenset[str]]) -> Truth:
    """The answer by brute force; `words` are the words of each document."""
    wanted = case.text.lower().split()
    found = [
        document
        for document, held in zip(documents, words, strict=True)
        if document["priceMinor"] <= case.most
        and _metres(case, document["_geo"]) <= case.metres
        and all(any(fits(word, other, place == len(wanted) - 1) for other in held) for place, word in enumerate(wanted))
    ]
    return Truth(
        ids=frozenset(document["id"] for document in found),
        facets={facet: Counter(_value(document, facet) for document in found) for facet in FACETS},
    )


def words_of(document: Mapping[str, Any]) -> frozenset[str]:
    """The searchable words of a document."""
    values = [document["title"], document["text"], document["city"], *map(str, document["attributes"].values())]
    return frozenset(re.findall(r"[a-z0-9]+", " ".join(values).lower()))


@cache
def fits(word: str, other: str, is_prefix: bool) -> bool:  # noqa: FBT001 - positional so that the cache is shared
    """Whether an indexed word answers a query word: 1 typo from 5 letters, 2 from 9, a first letter counts double."""
    allowed = 2 if len(word) >= 9 else int(len(word) >= 5)
    starts = range(max(0, len(word) - allowed), len(word) + allowed + 1) if is_prefix else (len(other),)
    if is_prefix and other.startswith(word):
        return True
    least = min((edits(word, other[:size]) for size in starts), default=99)
    return least + (least > 0 and other[:1] != word[0]) <= allowed


def edits(left: str, right: str) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours between two words."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for place, letter in enumerate(left, 1):
        previous, row = row, [place]
        for column, other in enumerate(right, 1):
            best = min(previous[column] + 1, row[-1] + 1, previous[column - 1] + (letter != other))
            if place > 1 and column > 1 and letter == right[column - 2] and left[place - 2] == other:
                best = min(best, before[column - 2] + 1)
            row.append(best)
        before = previous
    return row[-1]


def _metres(case: Case, place: Mapping[str, float]) -> float:
    first, second = math.radians(case.latitude), math.radians(place["lat"])
    rise, turn = math.sin((second - first) / 2), math.sin(math.radians(place["lng"] - case.longitude) / 2)
    return 2 * EARTH_METRES * math.asin(math.sqrt(rise * rise + math.cos(first) * math.cos(second) * turn * turn))


def _value(document: Mapping[str, Any], facet: str) -> str:
    value: Any = document
    for name in facet.split("."):
        value = value[name]
    return str(value)
