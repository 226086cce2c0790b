"""Finding the documents of each query word: by typos, by whole word or prefix, through synonyms and split words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from engines.search_server.bitmaps import bitmap_of, numbers_of
from engines.search_server.contents import Contents
from engines.search_server.query_text import Phrase, QueryText, Word
from engines.search_server.words import words_of

LONGEST_SYNONYM_KEY = 3
_NOTHING = re.compile(r"(?!)")


@dataclass(slots=True)
class Term:
    """One query word or phrase against one state of an index."""

    part: Word | Phrase
    levels: tuple[int, ...]  # documents by the fewest typos needed: bitmaps that do not overlap
    whole: int  # documents that hold the word itself, not a prefix, typo or synonym of it
    pattern: re.Pattern[str]  # where it stands in a document's words
    near_words: dict[str, int] = field(default_factory=dict)  # indexed words it stands for, with their typos
    letter: str | None = None  # its one character in a document's words, where it stands for one word only

    @property
    def found(self) -> int:
        """Documents that match the term in any way."""
        result = 0
        for level in self.levels:
            result |= level
        return result

    def starts(self, text: str) -> list[int]:
        """Where it begins in one attribute's words."""
        if self.letter is None:
            return [match.start() for match in self.pattern.finditer(text)]
        if self.letter not in text:
            return []
        found = []
        place = text.find(self.letter)
        while place >= 0:
            found.append(place)
            place = text.find(self.letter, place + 1)
        return found

    def first(self, text: str) -> int:
        """Where it first begins in one attribute's words; -1 if it does not."""
        if self.letter is not None:
            return text.find(self.letter)
        match = self.pattern.search(text)
        return -1 if match is None else match.start()

    @property
    def is_mandatory(self) -> bool:
        """Whether the matching strategy may never drop the term."""
        return isinstance(self.part, Phrase)


def match_terms(contents: Contents, query: QueryText, fields: Sequence[int] | None) -> list[Term]:
    """The terms of a query; `fields` limits them to some searchable attributes by rank."""
    terms = []
    for place, part in enumerate(query.parts):
        if isinstance(part, Phrase):
            term = _phrase(contents, part)
        else:
            neighbours = _joined(query.parts, place)
            alternatives = _synonyms(contents, query.parts, place)
            key = ("term", part, neighbours, alternatives)
            known = contents.cache.get(key)
            term = (
                known
                if isinstance(known, Term)
                else contents.remembered(key, _word(contents, part, neighbours, alternatives))
            )
        terms.append(term if fields is None else limited(contents, term, fields))
    return terms


def excluded_bits(contents: Contents, query: QueryText) -> int:
    """Documents that hold an excluded word or phrase."""
    result = 0
    for phrase in query.excluded:
        result |= _phrase(contents, phrase).found
    return result


def _joined(parts: Sequence[Word | Phrase], place: int) -> tuple[str, ...]:
    """The word glued to its neighbours, so that `wheel chair` also finds `wheelchair`."""
    glued = []
    for left in (place - 1, place):
        pair = parts[left : left + 2] if left >= 0 else ()
        if len(pair) == 2 and all(isinstance(word, Word) for word in pair):
            glued.append("".join(word.text for word in pair if isinstance(word, Word)))
    return tuple(glued)


def _synonyms(contents: Contents, parts: Sequence[Word | Phrase], place: int) -> tuple[tuple[str, ...], ...]:
    """Alternatives for the word, also as part of a longer synonym key such as `new york`."""
    table = contents.settings["synonyms"]
    if not table:
        return ()
    folded = {" ".join(words_of(key)): alternatives for key, alternatives in table.items()}
    found: list[tuple[str, ...]] = []
    for size in range(1, LONGEST_SYNONYM_KEY + 1):
        for start in range(max(0, place - size + 1), place + 1):
            span = parts[start : start + size]
            if len(span) == size and all(isinstance(word, Word) for word in span):
                key = " ".join(word.text for word in span if isinstance(word, Word))
                found.extend(tuple(words_of(text)) for text in folded.get(key, ()))
    return tuple(words for words in found if words)


def _phrase(contents: Contents, phrase: Phrase) -> Term:
    numbers = [contents.vocabulary.numbers.get(word) for word in phrase.words]
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers):
        return Term(phrase, (0,), 0, _NOTHING)
    bits = _holding_phrase(contents, known)
    return Term(phrase, (bits,), bits, re.compile(re.escape("".join(map(chr, known)))), dict.fromkeys(phrase.words, 0))


def _holding_phrase(contents: Contents, numbers: Sequence[int]) -> int:
    bits = contents.alive
    for number in numbers:
        bits &= contents.postings[number].bits()
    if len(numbers) == 1:
        return bits
    wanted = "".join(map(chr, numbers))
    texts = contents.texts
    holding = (number for number in numbers_of(bits) if any(wanted in text for text in texts[number]))
    return bitmap_of(holding, len(texts))


def _word(contents: Contents, word: Word, glued: Iterable[str], alternatives: Iterable[tuple[str, ...]]) -> Term:
    vocabulary = contents.vocabulary
    own = vocabulary.numbers.get(word.text)
    typos = _near(contents, word)
    phrases: list[list[int]] = []
    phrase_bits = [0, 0, 0]
    for text in glued:
        number = vocabulary.numbers.get(text)
        if number is not None:
            typos.setdefault(number, 1)
    for words in alternatives:
        numbers = [number for text in words if (number := vocabulary.numbers.get(text)) is not None]
        if len(numbers) < len(words):
            continue
        if len(numbers) == 1:
            typos[numbers[0]] = 0
        else:
            phrases.append(numbers)
            phrase_bits[0] |= _holding_phrase(contents, numbers)
    if own is None and (halves := _halves(contents, word.text)) is not None:
        phrases.append(halves)
        phrase_bits[1] |= _holding_phrase(contents, halves)
    levels = []
    seen = 0
    for level in range(3):
        bits = phrase_bits[level] | _union(contents, [number for number, count in typos.items() if count == level])
        levels.append(bits & contents.alive & ~seen)
        seen |= bits
    whole = contents.postings[own].bits() & contents.alive if own is not None else 0
    near_words = {vocabulary.words[number]: count for number, count in typos.items()}
    near_words |= {vocabulary.words[number]: 1 for numbers in phrases for number in numbers}
    letter = chr(next(iter(typos))) if len(typos) == 1 and not phrases else None
    return Term(word, tuple(levels), whole, _pattern(list(typos), phrases), near_words, letter)


def _near(contents: Contents, word: Word) -> dict[int, int]:
    """Indexed words the query word stands for, with the typos that takes; a wrong first letter counts double."""
    vocabulary = contents.vocabulary
    typos: dict[int, int] = {}
    if word.is_prefix:
        typos.update(dict.fromkeys(vocabulary.starting_with(word.text), 0))
    own = vocabulary.numbers.get(word.text)
    if own is not None:
        typos[own] = 0
    allowed = contents.typos.allowed(word.text)
    for distance in range(1, allowed + 1):
        for number in vocabulary.near(word.text, distance, as_prefix=word.is_prefix):
            cost = distance + (vocabulary.words[number][0] != word.text[0])
            if number not in typos and cost <= allowed:
                typos[number] = cost
    return typos


def _halves(contents: Contents, text: str) -> list[int] | None:
    """The best cut of an unknown word into two known ones."""
    numbers, postings = contents.vocabulary.numbers, contents.postings
    best: tuple[int, list[int]] = (0, [])
    for cut in range(1, len(text)):
        left, right = numbers.get(text[:cut]), numbers.get(text[cut:])
        if left is not None and right is not None:
            best = max(best, (min(len(postings[left].numbers), len(postings[right].numbers)), [left, right]))
    return best[1] or None


def _union(contents: Contents, numbers: Sequence[int]) -> int:
    if len(numbers) <= 16:
        bits = 0
        for number in numbers:
            bits |= contents.postings[number].bits()
        return bits
    size = len(contents.bodies)
    return bitmap_of((found for number in numbers for found in contents.postings[number].numbers), size)


def _pattern(numbers: Sequence[int], phrases: Iterable[Sequence[int]]) -> re.Pattern[str]:
    choices = [re.escape("".join(map(chr, phrase))) for phrase in phrases]
    if len(numbers) == 1:
        choices.append(re.escape(chr(numbers[0])))
    elif numbers:
        choices.append("[" + "".join(re.escape(chr(number)) for number in numbers) + "]")
    return re.compile("|".join(choices)) if choices else _NOTHING


def limited(contents: Contents, term: Term, fields: Sequence[int]) -> Term:
    """The term where it stands in one of the given attributes."""
    texts = contents.texts

    def holds(number: int) -> bool:
        held = texts[number]
        return any(rank < len(held) and term.pattern.search(held[rank]) for rank in fields)

    inside = bitmap_of((number for number in numbers_of(term.found) if holds(number)), len(texts))
    levels = tuple(level & inside for level in term.levels)
    return replace(term, levels=levels, whole=term.whole & inside)
