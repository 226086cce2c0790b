"""Form-encoded nested parameters, `items[0][price]=7`, and strict reading of them."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from engines.payment_server.problems import invalid

MOST_FIELDS = 1_000
DEEPEST = 8
LONGEST_TEXT = 5_000
MOST_METADATA = 50

NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
STEP = re.compile(r"\[([^\[\]]*)\]")
DIGITS = re.compile(r"-?\d{1,18}")


def parse_form(text: str) -> dict[str, Any]:
    """Nested dicts and lists from a query string or form body; raises StripeProblem on nonsense."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except (ValueError, UnicodeDecodeError) as error:
        raise invalid("The form could not be decoded.") from error
    tree: dict[str, Any] = {}
    for name, value in pairs:
        matched = NAME.fullmatch(name)
        steps = [matched.group(1), *STEP.findall(matched.group(2))] if matched else []
        if not 0 < len(steps) <= DEEPEST:
            raise invalid(f"Invalid parameter name: {name[:100]}")
        _plant(tree, steps, value)
    return {name: _with_lists(value) for name, value in tree.items()}


def _plant(tree: dict[str, Any], steps: list[str], value: str) -> None:
    *parents, last = steps
    for step in parents:
        tree = tree.setdefault(step or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise invalid(f"Invalid parameter: {steps[0]} is both a value and an object.", param=steps[0])
    tree[last or str(len(tree))] = value


def _with_lists(value: Any) -> Any:
    """Objects whose names are 0, 1, 2... were lists."""
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(part) for name, part in value.items()}
    return list(inner.values()) if inner and all(name == str(place) for place, name in enumerate(inner)) else inner


class Params:
    """The parameters of one call. Each is taken by name and kind; `finish` refuses the ones nobody asked for."""

    def __init__(self, given: dict[str, Any], *, path: str = "") -> None:
        self._given = dict(given)
        self._path = path

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def name_of(self, name: str) -> str:
        """The full name for an error's `param`."""
        return f"{self._path}[{name}]" if self._path else name

    def any(self, name: str) -> Any:
        """The value as it came, or None."""
        return self._given.pop(name, None)

    def mapping(self, name: str) -> dict[str, Any] | None:
        """An optional nested object that is kept as it came."""
        value = self.any(name)
        if value is not None and value != "" and not isinstance(value, dict):
            raise invalid("Invalid object", param=self.name_of(name))
        return value or None

    def text(self, name: str) -> str | None:
        """An optional text; an empty one unsets."""
        value = self.any(name)
        if value is not None and (not isinstance(value, str) or len(value) > LONGEST_TEXT):
            raise invalid(f"Invalid string: {name}", param=self.name_of(name))
        return value or None

    def required_text(self, name: str) -> str:
        """A text that must be there."""
        value = self.text(name)
        if value is None:
            raise self._missing(name)
        return value

    def integer(self, name: str, *, least: int = 0, most: int = 99_999_999) -> int | None:
        """An optional whole number."""
        value = self.any(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not DIGITS.fullmatch(value):
            raise invalid(f"Invalid integer: {value}", param=self.name_of(name), code="parameter_invalid_integer")
        number = int(value)
        if number < least:
            sentence = f"This value must be greater than or equal to {least}."
            raise invalid(sentence, param=self.name_of(name), code="parameter_invalid_integer")
        if number > most:
            sentence = f"This value must be less than or equal to {most}."
            raise invalid(sentence, param=self.name_of(name), code="amount_too_large")
        return number

    def required_integer(self, name: str, *, least: int = 0) -> int:
        """A whole number that must be there."""
        value = self.integer(name, least=least)
        if value is None:
            raise self._missing(name)
        return value

    def flag(self, name: str) -> bool:
        """A yes or no; absent is no."""
        value = self.any(name)
        if value not in (None, "", "true", "false"):
            raise invalid(f"Invalid boolean: {value}", param=self.name_of(name))
        return bool(value == "true")

    def choice(self, name: str, choices: Iterable[str]) -> str | None:
        """One of some words."""
        value = self.text(name)
        listed = list(choices)
        if value is not None and value not in listed:
            raise invalid(f"Invalid {name}: must be one of {', '.join(listed)}", param=self.name_of(name))
        return value

    def currency(self) -> str:
        """The required three-letter currency, lower case."""
        value = self.required_text("currency").lower()
        if not re.fullmatch("[a-z]{3}", value):
            raise invalid(f"Invalid currency: {value}.", param=self.name_of("currency"))
        return value

    def group(self, name: str) -> "Params | None":
        """An optional nested object, read the same way."""
        value = self.mapping(name)
        return None if value is None else Params(value, path=self.name_of(name))

    def texts(self, name: str) -> list[str]:
        """A list of texts."""
        value = self.any(name)
        if value is None or value == "":
            return []
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise invalid("Invalid array", param=self.name_of(name))
        return value

    def metadata(self, before: dict[str, str] | None = None) -> dict[str, str]:
        """The metadata after this call: given keys replace, empty ones remove, `metadata=` removes all."""
        value = self.any("metadata")
        if value == "":
            return {}
        if value is not None and (
            not isinstance(value, dict) or not all(isinstance(part, str) for part in value.values())
        ):
            raise invalid("Invalid hash: metadata must be a flat set of texts.", param=self.name_of("metadata"))
        merged = (before or {}) | (value or {})
        if any(len(name) > 40 or len(text) > 500 for name, text in merged.items()) or len(merged) > MOST_METADATA:
            raise invalid(
                "Metadata takes up to 50 keys of 40 characters with values of 500.", param=self.name_of("metadata")
            )
        return {name: text for name, text in merged.items() if text}

    def finish(self) -> None:
        """Refuse what is left over."""
        for name in self._given:
            full = self.name_of(name)
            raise invalid(f"Received unknown parameter: {full}", param=full, code="parameter_unknown")

    def _missing(self, name: str) -> Exception:
        full = self.name_of(name)
        return invalid(f"Missing required param: {full}.", param=full, code="parameter_missing")
