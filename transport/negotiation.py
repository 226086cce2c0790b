"""Content negotiation: what a client accepts, read by RFC 9110, and which form of answer that makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
JSON: Final = "application/json"
_LONGEST_KNOWN: Final = 200
"""Longer headers are read anew each time; few clients send one."""


class Form(Enum):
    """The forms an answer can take."""

    GRAPHQL = "application/graphql-response+json"
    JSON = "application/json"
    MULTIPART = "multipart/mixed"
    EVENTS = "text/event-stream"
    HTML = "text/html"


@dataclass(frozen=True, slots=True)
class _Range:
    media: str
    parameters: tuple[tuple[str, str], ...]
    quality: float


@dataclass(frozen=True, slots=True)
class Accepted:
    """A parsed `Accept` header."""

    ranges: tuple[_Range, ...]

    def quality(self, form: Form) -> float:
        """The weight of a form by its most specific range; 0 is not acceptable."""
        media = form.value
        wildcard = media.split("/", 1)[0] + "/*"
        for pattern in (media, wildcard, "*/*"):
            weights = [found.quality for found in self.ranges if found.media == pattern]
            if weights:
                return max(weights)
        return 0.0

    def names(self, form: Form) -> bool:
        """Whether a form is listed by its own name, not only through a wildcard."""
        return any(found.media == form.value and found.quality > 0 for found in self.ranges)

    def parameter(self, form: Form, name: str) -> str | None:
        """A parameter of a named range, such as `subscriptionSpec` of multipart/mixed."""
        for found in self.ranges:
            if found.media == form.value:
                for key, value in found.parameters:
                    if key == name.lower():
                        return value
        return None

    def single(self) -> Form | None:
        """The form for one complete answer: JSON by default, the newer media type where it is named and not worse."""
        graphql, json = self.quality(Form.GRAPHQL), self.quality(Form.JSON)
        if self.names(Form.GRAPHQL) and graphql >= json:
            return Form.GRAPHQL
        if json > 0:
            return Form.JSON
        if graphql > 0:
            return Form.GRAPHQL
        return Form.EVENTS if self.quality(Form.EVENTS) > 0 else None

    def stream(self) -> Form | None:
        """The form for a subscription: whichever streaming type is named with the higher weight, multipart on a tie."""
        events, parts = self.names(Form.EVENTS), self.names(Form.MULTIPART)
        if parts and (not events or self.quality(Form.MULTIPART) >= self.quality(Form.EVENTS)):
            wants_parts = self.parameter(Form.MULTIPART, "subscriptionspec") is not None or not events
            return Form.MULTIPART if wants_parts else Form.EVENTS
        return Form.EVENTS if events else None

    def prefers_html(self) -> bool:
        """Whether a browser asks: HTML by name, and no GraphQL answer at least as welcome."""
        html = self.quality(Form.HTML) if self.names(Form.HTML) else 0.0
        others = [self.quality(form) for form in (Form.GRAPHQL, Form.JSON) if self.names(form)]
        return html > 0 and html > max(others, default=0.0)


def parse_accept(header: str | None) -> Accepted:
    """Read an `Accept` header; absent or empty means `application/json`, unreadable parts are left out."""
    return _known_accepted(header) if header is None or len(header) <= _LONGEST_KNOWN else _parse_accept(header)


def negotiate(header: str | None) -> tuple[Accepted, Form | None]:
    """What is accepted, and the form that makes for one complete answer; remembered for what is asked often."""
    return _known_forms(header) if header is None or len(header) <= _LONGEST_KNOWN else _negotiate(header)


def _negotiate(header: str | None) -> tuple[Accepted, Form | None]:
    accepted = parse_accept(header)
    return accepted, accepted.single()


def _parse_accept(header: str | None) -> Accepted:
    if header is None or not header.strip():
        return Accepted((_Range(JSON, (), 1.0),))
    ranges = (_parse_range(part) for part in header.split(",")[:50])
    return Accepted(tuple(found for found in ranges if found is not None))


_known_accepted = lru_cache(maxsize=500)(_parse_accept)
_known_forms = lru_cache(maxsize=500)(_negotiate)


def parse_media_type(header: str) -> tuple[str, Mapping[str, str]]:
    """A media type and its parameters, all names in lower case."""
    return _known_media_type(header) if len(header) <= _LONGEST_KNOWN else _parse_media_type(header)


def _parse_media_type(header: str) -> tuple[str, Mapping[str, str]]:
    media, *rest = header.split(";")
    return media.strip().lower(), dict(_parameters(rest))


_known_media_type = lru_cache(maxsize=500)(_parse_media_type)


def _parse_range(part: str) -> _Range | None:
    media, *rest = part.split(";")
    name = media.strip().lower()
    if name.count("/") != 1:
        return None
    quality = 1.0
    parameters: list[tuple[str, str]] = []
    for key, value in _parameters(rest):
        if key == "q":
            try:
                quality = min(max(float(value), 0.0), 1.0)
            except ValueError:
                quality = 0.0
        else:
            parameters.append((key, value))
    return _Range(name, tuple(parameters), quality)


def _parameters(parts: Sequence[str]) -> list[tuple[str, str]]:
    found = []
    for part in parts:
        key, separator, value = part.partition("=")
        if separator:
            found.append((key.strip().lower(), value.strip().strip('"')))
    return found
