"""Meilisearch's filter language: text or nested lists in, a tree of conditions out."""

import re

from engines.search_server.filter_tree import All, AnyOf, Condition, Filter, Not, Operator, WithinBox, WithinRadius
from engines.search_server.problems import ApiError

DEEPEST = 100
MOST_CONDITIONS = 3_000

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|(?P<sign>!=|<=|>=|[=<>()\[\],])|(?P<word>[\w\-/.+:@]+))""",
    re.VERBOSE | re.DOTALL,
)
COMPARISONS: tuple[Operator, ...] = ("=", "!=", "<=", ">=", "<", ">")
_RESERVED = {"AND", "OR", "NOT", "IN", "TO", "EXISTS", "IS", "NULL", "EMPTY", "CONTAINS", "STARTS", "WITH"}


def parse_filter(source: object) -> Filter | None:
    """A filter from its request form; None and empty forms filter nothing.

    A list joins its items with AND; a list inside it joins its own with OR.
    """
    if source is None or (isinstance(source, str) and not source.strip()):
        return None
    if isinstance(source, str):
        return _Parser(source).whole()
    if not isinstance(source, list):
        raise ApiError(
            "invalid_search_filter",
            f"Invalid syntax for the filter parameter: expected String, Array, found: {source!r}.",
        )
    parts = [_list_item(item) for item in source]
    kept = tuple(part for part in parts if part is not None)
    return All(kept) if kept else None


def _list_item(item: object) -> Filter | None:
    if isinstance(item, str):
        return parse_filter(item)
    if isinstance(item, list) and all(isinstance(choice, str) for choice in item):
        choices = tuple(part for choice in item if (part := parse_filter(choice)) is not None)
        return AnyOf(choices) if choices else None
    raise ApiError(
        "invalid_search_filter",
        "Invalid syntax for the filter parameter: expected String, [String], found something else.",
    )


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str, int]] = []
        place = 0
        end = len(text.rstrip())
        while place < end:
            match = _TOKEN.match(text, place)
            if match is None:
                raise self.refusal("Found unexpected characters", place)
            kind = match.lastgroup or "word"
            self.tokens.append((kind, match.group(kind), match.start(kind)))
            place = match.end()
        self.next = 0
        self.depth = 0
        self.conditions = 0

    def refusal(self, sentence: str, place: int | None = None) -> ApiError:
        at = (
            place
            if place is not None
            else (self.tokens[self.next][2] if self.next < len(self.tokens) else len(self.text))
        )
        return ApiError(
            "invalid_search_filter", f"{sentence} at character {at + 1} of the filter: `{self.text[at : at + 60]}`."
        )

    def whole(self) -> Filter:
        found = self.either()
        if self.next < len(self.tokens):
            raise self.refusal("Found unexpected characters at the end of the filter")
        return found

    def takes(self, *words: str) -> bool:
        """Consume these bare words or signs if they come next."""
        here = self.tokens[self.next : self.next + len(words)]
        if len(here) == len(words) and all(
            kind != "quoted" and text == word for (kind, text, _), word in zip(here, words, strict=True)
        ):
            self.next += len(words)
            return True
        return False

    def demand(self, sign: str) -> None:
        if not self.takes(sign):
            raise self.refusal(f"Expected `{sign}`")

    def either(self) -> Filter:
        parts = [self.both()]
        while self.takes("OR"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def both(self) -> Filter:
        parts = [self.negated()]
        while self.takes("AND"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def negated(self) -> Filter:
        turns = 0
        while self.takes("NOT"):
            turns += 1
        found = self.primary()
        return Not(found) if turns % 2 else found

    def primary(self) -> Filter:
        self.conditions += 1
        if self.conditions > MOST_CONDITIONS:
            raise ApiError("invalid_search_filter", f"A filter has at most {MOST_CONDITIONS} conditions.")
        if self.takes("("):
            self.depth += 1
            if self.depth > DEEPEST:
                raise ApiError("invalid_search_filter", f"A filter nests at most {DEEPEST} levels deep.")
            found = self.either()
            self.demand(")")
            self.depth -= 1
            return found
        if self.takes("_geoRadius"):
            return self.radius()
        if self.takes("_geoBoundingBox"):
            return self.box()
        return self.condition()

    def condition(self) -> Filter:
        attribute = self.value()
        for operator in COMPARISONS:
            if self.takes(operator):
                return Condition(attribute, operator, (self.value(),))
        if self.takes("IS"):
            is_negated = self.takes("NOT")
            shape: Operator = "EMPTY" if self.takes("EMPTY") else "NULL"
            if shape == "NULL":
                self.demand("NULL")
            found = Condition(attribute, shape)
        else:
            is_negated = self.takes("NOT")
            found = self.membership(attribute)
        return Not(found) if is_negated else found

    def membership(self, attribute: str) -> Condition:
        if self.takes("EXISTS"):
            return Condition(attribute, "EXISTS")
        if self.takes("IN"):
            return Condition(attribute, "IN", self.value_list())
        if self.takes("CONTAINS"):
            return Condition(attribute, "CONTAINS", (self.value(),))
        if self.takes("STARTS", "WITH"):
            return Condition(attribute, "STARTS WITH", (self.value(),))
        low = self.value()
        self.demand("TO")
        return Condition(attribute, "TO", (low, self.value()))

    def value(self) -> str:
        if self.next >= len(self.tokens):
            raise self.refusal("Expected a value")
        kind, text, _ = self.tokens[self.next]
        if kind == "sign" or (kind == "word" and text in _RESERVED):
            raise self.refusal("Expected a value (reserved words need quotes)")
        self.next += 1
        # A backslash keeps the next character from ending the text, but only one before the quote is taken away.
        return text[1:-1].replace(f"\\{text[0]}", text[0]) if kind == "quoted" else text

    def value_list(self) -> tuple[str, ...]:
        self.demand("[")
        values: list[str] = []
        while not self.takes("]"):
            values.append(self.value())
            if not self.takes(","):
                self.demand("]")
                break
        return tuple(values)

    def radius(self) -> Filter:
        self.demand("(")
        latitude, longitude = self.point()
        self.demand(",")
        metres = self.number()
        if self.takes(","):
            self.number()  # the resolution, a speed hint of newer servers
        self.demand(")")
        if metres < 0:
            raise self.refusal("A radius cannot be negative")
        return WithinRadius(latitude, longitude, metres)

    def box(self) -> Filter:
        self.demand("(")
        corners = []
        for closing in (",", ")"):
            self.demand("[")
            corners.append(self.point())
            self.demand("]")
            self.demand(closing)
        (top, right), (bottom, left) = corners
        if top < bottom:
            raise self.refusal("The top of the box is below its bottom")
        return WithinBox(top, right, bottom, left)

    def point(self) -> tuple[float, float]:
        latitude = self.number()
        self.demand(",")
        longitude = self.number()
        if not -90 <= latitude <= 90:
            raise self.refusal("A latitude lies between -90 and 90 degrees")
        if not -180 <= longitude <= 180:
            raise self.refusal("A longitude lies between -180 and 180 degrees")
        return latitude, longitude

    def number(self) -> float:
        text = self.value()
        try:
            return float(text)
        except ValueError:
            raise self.refusal(f"Expected a number, found `{text}`") from None
