"""Reading a price out of a search text, such as "under R300,000", so that it can filter instead of being searched for.

What was read is returned with the words it came from: the answer shows it and the client can switch it off (S1-017).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from domain.money import LARGEST_AMOUNT_MINOR, Money
from domain.search import NumberRange, PriceFilter

LONGEST_TEXT = 500
_SMALLEST_PLAIN = 50
"""A bare smaller number ("at least 3") counts something else than money."""
_YEARS = range(1900, 2101)
_FACTORS = {"k": 1_000, "thousand": 1_000, "m": 1_000_000, "mil": 1_000_000, "million": 1_000_000}
_CURRENCIES = {"r": "ZAR", "zar": "ZAR", "$": "USD", "usd": "USD", "€": "EUR", "eur": "EUR", "£": "GBP", "gbp": "GBP"}

_UNITS = (
    r"km|kms|kilomet(?:er|re)s?|miles?|beds?|bedrooms?|baths?|bathrooms?|rooms?|garages?|cc|kw|hp|l|lit(?:er|re)s?|kgs?"
    r"|tons?|sqm|m2|m²|ha|hectares?|years?|yrs?|months?|hours?|hrs?|doors?|seats?|seater|gb|tb|inch(?:es)?|cm|mm|metres?"
    r"|people|watts?|w|volts?|v|percent"
)
_AMOUNT = rf"""
    (?P<sign{{n}}>(?:zar|usd|eur|gbp|r)(?=\s?\d)|[$€£])?\s?
    (?P<number{{n}}>
        \d{{{{1,3}}}}(?:[ ,.]\d{{{{3}}}}(?!\d))+(?:[.,]\d{{{{1,2}}}}(?!\d))?
        |\d{{{{1,12}}}}(?:[.,]\d{{{{1,2}}}}(?!\d))?
    )
    (?:\s?(?P<factor{{n}}>k|thousand|mil(?:lion)?|m)\b|(?![\w]))
    (?:\s?(?P<late{{n}}>zar|usd|eur|gbp|rand)\b)?
    (?P<unit{{n}}>\s?(?:{_UNITS})(?!\w)|\s?%)?
"""
_AT_MOST = (
    r"under|below|less\s+than|cheaper\s+than|(?:not?|never)\s+(?:more|over|above)(?:\s+than)?|up\s?to|upto|at\s+most|"
    r"max(?:imum)?(?:\s+(?:price|budget))?(?:\s+of)?|budget(?:\s+of)?|<=?"
)
_AT_LEAST = (
    r"over|above|more\s+than|at\s+least|min(?:imum)?(?:\s+price)?(?:\s+of)?|starting\s+(?:at|from)|from|"
    r"not\s+less\s+than|>=?"
)
_LEAD = r"(?<!\w)(?:(?:and|but)\s+)?(?:(?:for|priced?|costing|costs?)\s+)?"


def _amount(number: int) -> str:
    return _AMOUNT.format(n=number)


_BETWEEN = re.compile(
    rf"{_LEAD}(?P<word>between|from|priced?)?\s*{_amount(1)}\s*(?P<to>and|to|until|-|\u2013)\s*{_amount(2)}",
    re.IGNORECASE | re.VERBOSE,
)
_LIMIT = re.compile(
    rf"{_LEAD}(?:(?P<most>{_AT_MOST})|(?P<least>{_AT_LEAST}))\s*:?\s*{_amount(1)}", re.IGNORECASE | re.VERBOSE
)
_QUOTED = re.compile(r'"[^"]*"')
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class ReadText:
    """A search text taken apart: the words to look for, and the price that was read from `phrase`."""

    words: str
    price_filter: PriceFilter | None = None
    phrase: str | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    minimum: Money | None
    maximum: Money | None


def read_text(text: str, *, currency: str) -> ReadText:
    """Take price phrases out of a search text; amounts without a currency sign are in `currency`.

    Years, distances, counts of rooms and quoted text are not prices. Phrases in a second currency stay words.
    """
    text = _BLANK.sub(" ", text[:LONGEST_TEXT]).strip()
    found = list(_phrases(text, currency))
    bounds = [bound for each in found for bound in (each.minimum, each.maximum) if bound is not None]
    if not bounds:
        return ReadText(words=text)
    first = bounds[0].currency
    kept = [each for each in found if (each.minimum or each.maximum or bounds[0]).currency == first]
    minimum = max((each.minimum.amount_minor for each in kept if each.minimum is not None), default=None)
    maximum = min((each.maximum.amount_minor for each in kept if each.maximum is not None), default=None)
    if minimum is not None and maximum is not None and minimum > maximum:
        minimum, maximum = maximum, minimum
    words = text
    for each in reversed(kept):
        words = f"{words[: each.start]} {words[each.end :]}"
    return ReadText(
        words=_BLANK.sub(" ", words).strip(" ,;"),
        price_filter=PriceFilter(NumberRange(minimum, maximum), first),
        phrase=" ".join(text[each.start : each.end].strip() for each in kept),
    )


def _phrases(text: str, currency: str) -> Iterator[_Found]:
    quoted = [match.span() for match in _QUOTED.finditer(text)]
    place = 0
    while place < len(text):
        candidates = [
            found
            for pattern, reader in ((_BETWEEN, _between), (_LIMIT, _limit))
            for match in pattern.finditer(text, place)
            if not any(start < match.end() and match.start() < end for start, end in quoted)
            if (found := reader(match, currency)) is not None
        ]
        if not candidates:
            return
        found = min(candidates, key=lambda each: (each.start, -each.end))
        yield found
        place = found.end


def _between(match: re.Match[str], currency: str) -> _Found | None:
    is_spoken = bool(match["word"]) and match["to"].lower() != "-"
    marks = [_is_marked(match, number) for number in (1, 2)]
    if not any(marks) and not (is_spoken and _is_plain_price(match, 1) and _is_plain_price(match, 2)):
        return None
    if match["unit2"] or match["unit1"]:
        return None
    # "R100 - 150k" and "100-150k" mean the same factor and currency on both sides.
    sign = match["sign1"] or match["late1"] or match["sign2"] or match["late2"]
    factor = match["factor1"] or (match["factor2"] if _is_short(match["number1"]) else None)
    low = _money(match["number1"], factor, sign, currency)
    high = _money(match["number2"], match["factor2"], sign, currency)
    if low is None or high is None:
        return None
    if low.amount_minor > high.amount_minor:
        low, high = high, low
    return _Found(match.start(), match.end(), low, high)


def _limit(match: re.Match[str], currency: str) -> _Found | None:
    if not (_is_marked(match, 1) or _is_plain_price(match, 1)):
        return None
    if match["unit1"] and not match["sign1"]:
        return None
    amount = _money(match["number1"], match["factor1"], match["sign1"] or match["late1"], currency)
    if amount is None:
        return None
    end = match.start("unit1") if match["unit1"] else match.end()
    return _Found(match.start(), end, amount if match["least"] else None, None if match["least"] else amount)


def _is_marked(match: re.Match[str], number: int) -> bool:
    """Whether the amount shows that it is money: a currency, a factor, or digits in groups."""
    marks = (match[f"sign{number}"], match[f"late{number}"], match[f"factor{number}"])
    return any(marks) or (len(re.split(r"[ ,.]", match[f"number{number}"])) > 1 and not match[f"unit{number}"])


def _is_plain_price(match: re.Match[str], number: int) -> bool:
    digits = match[f"number{number}"]
    return (
        digits.isdigit() and int(digits) >= _SMALLEST_PLAIN and int(digits) not in _YEARS and not match[f"unit{number}"]
    )


def _is_short(digits: str) -> bool:
    return len(digits) <= len("999.5") and " " not in digits


def _money(number: str, factor: str | None, sign: str | None, currency: str) -> Money | None:
    code = _CURRENCIES.get((sign or "").lower().replace("rand", "zar"), currency)
    value = _decimal(number) * _FACTORS.get((factor or "").lower(), 1)
    minor = value * (1 if Money(0, code).exponent == 0 else 100)
    return Money(int(minor), code) if 0 < minor <= LARGEST_AMOUNT_MINOR else None


def _decimal(number: str) -> Decimal:
    """The value of digits with groups of three and an optional decimal part, whichever marks are used."""
    parts = re.split(r"[ ,.]", number)
    if len(parts) > 1 and len(parts[-1]) < len("000"):
        return Decimal("".join(parts[:-1]) + "." + parts[-1])
    return Decimal("".join(parts))
