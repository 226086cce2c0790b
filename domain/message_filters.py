"""What a text is checked for before it is sent: strategies with one verdict each, the most severe of which counts."""

import re
import unicodedata
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol


class Verdict(IntEnum):
    """What becomes of a text, from mild to severe."""

    ALLOW = 0
    HOLD = 1
    REJECT = 2


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and why."""

    verdict: Verdict = Verdict.ALLOW
    reasons: tuple[str, ...] = ()


ALLOWED = Judgement()


@dataclass(frozen=True, slots=True)
class Writing:
    """A text and what is known about it."""

    text: str
    is_first_contact: bool = False
    """Nobody has answered its writer in this conversation yet."""
    recent: tuple[str, ...] = ()
    """What the same person wrote elsewhere within the hour, for texts that can be compared."""


Rule = Callable[[Writing], Judgement]


class Classifier(Protocol):
    """An outside judge of texts; it has a deadline of its own, and its absence holds nothing up."""

    def judge(self, writing: Writing) -> Awaitable[Judgement]:
        """What it makes of the text."""
        ...


_LINK = re.compile(
    r"(?:https?://|www\.)\S+|\b[a-z0-9-]{2,}\.(?:com|net|org|io|co|info|biz|ru|xyz|top|online|shop|site|za|me|ly|app)\b",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\d.,])(?:\+|00)?\d(?:[\s().-]{0,2}\d){8,14}(?![\d.,]\d)")
_SPACES = re.compile(r"\s+")
_MOST_REPEATED = 3
_LEAST_COMPARED = 20

BANNED_WORDS = frozenset({"western union", "moneygram", "gift card code", "wire transfer only", "bitcoin wallet"})
"""Words of known frauds; the setting adds to them."""


def plain(text: str) -> str:
    """The text as it is compared: without tricks of width, case and spacing."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    visible = "".join(each for each in folded if unicodedata.category(each) != "Cf")
    return _SPACES.sub(" ", visible).strip()


def links(writing: Writing) -> Judgement:
    """Addresses of other sites are looked at when they come from somebody unknown."""
    if writing.is_first_contact and _LINK.search(plain(writing.text)):
        return Judgement(Verdict.HOLD, ("link",))
    return ALLOWED


def phone_numbers(writing: Writing) -> Judgement:
    """Phone numbers are looked at when they come from somebody unknown."""
    if writing.is_first_contact and _PHONE.search(plain(writing.text)):
        return Judgement(Verdict.HOLD, ("phone-number",))
    return ALLOWED


def is_compared(text: str) -> bool:
    """Whether a text is long enough to be told from what everybody writes, so that repeating it says something."""
    return len(plain(text)) >= _LEAST_COMPARED


def repeated_text(writing: Writing) -> Judgement:
    """The same text to many people is looked at."""
    if not is_compared(writing.text):
        return ALLOWED
    wanted = plain(writing.text)
    copies = sum(plain(each) == wanted for each in writing.recent)
    return Judgement(Verdict.HOLD, ("repeated-text",)) if copies >= _MOST_REPEATED else ALLOWED


def banned_words(words: Iterable[str]) -> Rule:
    """Words that nobody needs here are refused."""
    patterns = [re.compile(rf"(?<!\w){re.escape(plain(each))}(?!\w)") for each in sorted(words)]

    def judge(writing: Writing) -> Judgement:
        text = plain(writing.text)
        is_found = any(each.search(text) for each in patterns)
        return Judgement(Verdict.REJECT, ("banned-word",)) if is_found else ALLOWED

    return judge


def default_rules(more_banned_words: Iterable[str] = ()) -> tuple[Rule, ...]:
    """The rules of the product."""
    return (banned_words({*BANNED_WORDS, *more_banned_words}), links, phone_numbers, repeated_text)


def worst(judgements: Sequence[Judgement]) -> Judgement:
    """The most severe verdict, with the reasons of all that are not mild."""
    verdict = max((each.verdict for each in judgements), default=Verdict.ALLOW)
    reasons = tuple(reason for each in judgements if each.verdict is not Verdict.ALLOW for reason in each.reasons)
    return Judgement(verdict, reasons)


def judge_text(rules: Iterable[Rule], writing: Writing) -> Judgement:
    """What all rules together make of a text."""
    return worst([rule(writing) for rule in rules])
