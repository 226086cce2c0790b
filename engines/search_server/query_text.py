"""Reading the search box: words, "phrases", and -excluded ones."""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from engines.search_server.words import words_of

MOST_WORDS = 10  # later words are ignored, as in Meilisearch
MOST_EXCLUDED = 10
LONGEST_QUERY = 2_000

_PIECE = re.compile(r'(?P<minus>-)?"(?P<phrase>[^"]*)"?|(?P<chunk>[^\s"]+)')


@dataclass(frozen=True, slots=True)
class Word:
    """One word; `is_prefix` for the one still being typed."""

    text: str
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must follow each other."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QueryText:
    """What must be found, and what must not."""

    parts: tuple[Word | Phrase, ...] = ()
    excluded: tuple[Phrase, ...] = ()


def read_query(text: str, stop_words: AbstractSet[str] = frozenset(), *, has_prefix: bool = True) -> QueryText:
    """Parse a query; the last word is a prefix unless a space or a quote follows it."""
    text = text[:LONGEST_QUERY]
    parts: list[Word | Phrase] = []
    excluded: list[Phrase] = []
    ends_in_word = False
    for match in _PIECE.finditer(text):
        ends_in_word = False
        if match.group("phrase") is not None:
            words = tuple(words_of(match.group("phrase")))
            if words:
                (excluded if match.group("minus") else parts).append(Phrase(words))
            continue
        chunk = match.group("chunk")
        words = tuple(words_of(chunk))
        if chunk.startswith("-") and words:
            excluded.append(Phrase(words))
            continue
        parts.extend(Word(word) for word in words if word not in stop_words)
        ends_in_word = bool(words) and match.end() == len(text) and words[-1] not in stop_words
    parts = parts[:MOST_WORDS]
    if has_prefix and ends_in_word and parts and isinstance(last := parts[-1], Word):
        parts[-1] = Word(last.text, is_prefix=True)
    return QueryText(tuple(parts), tuple(excluded[:MOST_EXCLUDED]))
