"""The `_formatted` view of a hit: matches between tags, long text cropped around them, and where matches stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engines.search_server.flattening import covers, number_text
from engines.search_server.matching import Term
from engines.search_server.query_text import Phrase, Word
from engines.search_server.search_requests import SearchRequest
from engines.search_server.words import words_with_places

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Marking:
    """What counts as a match when text is shown."""

    words: Mapping[str, int | None]  # an indexed word -> how many letters of it match; None for all
    phrases: tuple[tuple[str, ...], ...]

    def spans(self, text: str) -> list[Span]:
        """Start and end characters of every match, in order."""
        if not self.words and not self.phrases:
            return []
        placed = list(words_with_places(text))
        found: dict[int, int] = {}
        for word, start, end in placed:
            if word in self.words:
                letters = self.words[word]
                found[start] = end if letters is None else min(end, start + letters)
        for phrase in self.phrases:
            for place in range(len(placed) - len(phrase) + 1):
                window = placed[place : place + len(phrase)]
                if all(word == wanted for (word, _, _), wanted in zip(window, phrase, strict=True)):
                    found[window[0][1]] = window[-1][2]
                    for _, start, _ in window[1:]:
                        found.pop(start, None)
        return sorted(found.items())


def marking_of(terms: Sequence[Term]) -> Marking:
    """What the terms of a query mark: whole words, and only the typed letters of a prefix match."""
    words: dict[str, int | None] = {}
    phrases = []
    for term in terms:
        if isinstance(term.part, Phrase):
            phrases.append(term.part.words)
            continue
        for near, typos in term.near_words.items():
            words[near] = _letters(term.part, near, typos)
    return Marking(words, tuple(phrases))


def _letters(word: Word, near: str, typos: int) -> int | None:
    is_longer = word.is_prefix and near != word.text and near.startswith(word.text)
    return len(word.text) if is_longer and not typos else None


def _crop_length(item: str, standard: int) -> tuple[str, int]:
    name, _, length = item.rpartition(":")
    return (name, int(length)) if name and length.isdigit() else (item, standard)


class Formatter:
    """Makes highlighted and cropped copies of the hits of one search."""

    def __init__(self, request: SearchRequest, marking: Marking) -> None:
        self._request = request
        self._marking = marking
        self._crops = dict(_crop_length(item, request.crop_length) for item in request.attributes_to_crop)
        self._wishes: dict[str, tuple[bool, int]] = {}

    def formatted(self, document: dict[str, Any]) -> dict[str, Any]:
        """The copy of one hit."""
        return {key: self._value(key, value) for key, value in document.items()}

    def _wish(self, path: str) -> tuple[bool, int]:
        """Whether an attribute's matches are marked, and to how many words it is cropped (0: not at all)."""
        known = self._wishes.get(path)
        if known is None:
            is_marked = any(covers(pattern, path) for pattern in self._request.attributes_to_highlight)
            length = next((length for pattern, length in self._crops.items() if covers(pattern, path)), 0)
            known = self._wishes[path] = (is_marked, length)
        return known

    def _value(self, path: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._value(f"{path}.{key}", inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._value(path, inner) for inner in value]
        is_marked, length = self._wish(path)
        if value is None or isinstance(value, bool) or not (is_marked or length):
            return value
        text = value if isinstance(value, str) else number_text(float(value))
        spans = self._marking.spans(text)
        start, end = cropped(text, spans, length) if length else (0, len(text))
        inside = [span for span in spans if start <= span[0] and span[1] <= end] if is_marked else []
        marked = self._tagged(text, start, end, inside)
        before = self._request.crop_marker if start > 0 else ""
        after = self._request.crop_marker if end < len(text) else ""
        return f"{before}{marked}{after}"

    def _tagged(self, text: str, start: int, end: int, spans: Sequence[Span]) -> str:
        pieces = []
        place = start
        for first, last in spans:
            pieces += [
                text[place:first],
                self._request.highlight_pre_tag,
                text[first:last],
                self._request.highlight_post_tag,
            ]
            place = last
        return "".join([*pieces, text[place:end]])


def cropped(text: str, spans: Sequence[Span], length: int) -> Span:
    """The characters of the window of `length` words with the most matches, the first such one."""
    places = [(start, end) for _, start, end in words_with_places(text)]
    if len(places) <= length:
        return 0, len(text)
    starts = {start for start, _ in spans}
    hits = [start in starts for start, _ in places]
    count = best = sum(hits[:length])
    best_at = 0
    for place in range(1, len(places) - length + 1):
        count += hits[place + length - 1] - hits[place - 1]
        if count > best:
            best, best_at = count, place
    if best:
        # Centre the first match instead of leaving it at the window's edge.
        first = next(place for place in range(best_at, best_at + length) if hits[place])
        last = max(place for place in range(best_at, best_at + length) if hits[place])
        slack = length - (last - first + 1)
        best_at = max(0, min(first - slack // 2, len(places) - length))
    start = 0 if best_at == 0 else places[best_at][0]
    end = len(text) if best_at + length >= len(places) else places[best_at + length - 1][1]
    return start, end


def match_positions(document: dict[str, Any], marking: Marking) -> dict[str, list[dict[str, Any]]]:
    """Where matches stand in each attribute, in bytes of its UTF-8 text."""
    found: dict[str, list[dict[str, Any]]] = {}
    for key, value in document.items():
        _collect(key, value, (), marking, found)
    return found


def _collect(
    path: str, value: object, indices: tuple[int, ...], marking: Marking, found: dict[str, list[dict[str, Any]]]
) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _collect(f"{path}.{key}", inner, indices, marking, found)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _collect(path, inner, (*indices, place), marking, found)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        text = value if isinstance(value, str) else number_text(float(value))
        for start, end in marking.spans(text):
            position: dict[str, Any] = {"start": len(text[:start].encode()), "length": len(text[start:end].encode())}
            if indices:
                position["indices"] = list(indices)
            found.setdefault(path, []).append(position)
