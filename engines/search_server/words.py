"""Cutting text into normalised words: lower case, without accents, split at everything but letters and digits."""

import re
import unicodedata
from collections.abc import Iterator

WORD = re.compile(r"[^\W_]+")
LONGEST_WORD = 250
LONGEST_FIELD = 65_535  # words of one attribute that are indexed, as in Meilisearch


def fold(word: str) -> str:
    """One word as the index knows it: no case, no accents."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return "".join(letter for letter in decomposed if letter.isalnum())


def words_of(text: str) -> list[str]:
    """The normalised words of a text, in order."""
    if text.isascii():
        found = WORD.findall(text.lower())
    else:
        found = [folded for word in WORD.findall(text) if (folded := fold(word))]
    return [word[:LONGEST_WORD] for word in found[:LONGEST_FIELD]]


def words_with_places(text: str) -> Iterator[tuple[str, int, int]]:
    """Each normalised word with the start and end of its characters in the text."""
    for match in WORD.finditer(text):
        if folded := fold(match.group()):
            yield folded[:LONGEST_WORD], match.start(), match.end()
