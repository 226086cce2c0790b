"""The match operator: text to words, patterns to terms with wildcards."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from engines.groq.values import Value

_SEPARATORS = re.escape('!@#$%^&(),\\/?";:{}|[]+<>-') + r"\s"
_WORDS = re.compile(f"[^{_SEPARATORS}*]+")
_TERMS = re.compile(f"[^{_SEPARATORS}]+")
# Dots beside letters and digits say nothing: ding.dong is the word dingdong, in texts as in patterns.
_EDGE_DOTS = re.compile(r"\b\.+|\.+\b", re.ASCII)
_LONGEST_TERM = 1024
# BM25 term saturation: the second occurrence of a word counts for less than the first.
_SATURATION = 1.2


@dataclass(frozen=True, slots=True)
class Term:
    """One word to look for, cut at its wildcards, in lower case."""

    parts: tuple[str, ...]

    def matches(self, word: str) -> bool:
        """Whether the whole word fits; the word is in lower case. Time is linear in its length."""
        parts = self.parts
        first = parts[0]
        if len(parts) == 1:
            return word == first
        last = parts[-1]
        if not word.startswith(first) or not word.endswith(last) or len(word) < len(first) + len(last):
            return False
        position = len(first)
        end = len(word) - len(last)
        for part in parts[1:-1]:
            found = word.find(part, position, end)
            if found < 0:
                return False
            position = found + len(part)
        return True


def _trimmed(text: str) -> str:
    return (_EDGE_DOTS.sub("", text) if "." in text else text).lower()


@lru_cache(maxsize=4096)
def _words_of(text: str) -> tuple[str, ...]:
    return tuple(_WORDS.findall(_trimmed(text)))


@lru_cache(maxsize=1024)
def _terms_of(text: str) -> tuple[Term, ...]:
    terms = _TERMS.findall(_trimmed(text))
    return tuple(Term(tuple(term[:_LONGEST_TERM].split("*"))) for term in terms)


def words_in(value: Value) -> list[str]:
    """Every word of a string, or of the strings in an array."""
    if type(value) is str:
        return list(_words_of(value))
    if type(value) is list:
        return [word for part in value if type(part) is str for word in _words_of(part)]
    return []


def terms_in(value: Value) -> list[Term] | None:
    """Every term of a pattern or an array of patterns; None when it is neither."""
    if type(value) is str:
        return list(_terms_of(value))
    if type(value) is list and all(type(part) is str for part in value):
        return [term for part in value for term in _terms_of(part)]
    return None


def matcher(pattern: Value) -> Callable[[Value], bool]:
    """A test for one pattern over many texts: every term fits some word."""
    terms = terms_in(pattern)
    if not terms:
        return lambda _text: False
    parts = [part for term in terms for part in term.parts if part]

    def fits(text: Value) -> bool:
        if type(text) is str:
            lowered = _trimmed(text)
            for part in parts:
                if part not in lowered:
                    return False
        words = words_in(text)
        return all(any(term.matches(word) for word in words) for term in terms)

    return fits


def match_value(text: Value, pattern: Value) -> bool:
    """`text match pattern`."""
    return matcher(pattern)(text)


def scorer(pattern: Value) -> Callable[[Value], float]:
    """How well one pattern fits each of many texts; 0 when nothing of it is found."""
    terms = [(term, [part for part in term.parts if part]) for term in terms_in(pattern) or ()]

    def score(text: Value) -> float:
        looked_for = terms
        if type(text) is str:
            lowered = _trimmed(text)
            looked_for = [entry for entry in terms if all(part in lowered for part in entry[1])]
        if not looked_for:
            return 0.0
        words = words_in(text)
        total = 0.0
        for term, _ in looked_for:
            frequency = sum(term.matches(word) for word in words)
            total += frequency * (_SATURATION + 1) / (frequency + _SATURATION)
        return total

    return score
