"""Scalars beyond GraphQL's own, and how they are read and written."""

from typing import Any

import strawberry
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from domain.money import LARGEST_AMOUNT_MINOR
from resolvers.arguments import MinorUnits


def _read_minor_units(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST_AMOUNT_MINOR:
        raise ValueError("An amount in minor units is a whole number of at most 2^53 - 1.")
    return value


def _write_minor_units(value: int) -> int:
    return value


SCALARS: dict[object, ScalarDefinition] = {
    MinorUnits: strawberry.scalar(
        name="MinorUnits",
        description="A whole number of minor units of a currency (cents of a rand), up to 2^53 - 1.",
        serialize=_write_minor_units,
        parse_value=_read_minor_units,
    ),
}

__all__ = ["JSON", "SCALARS", "MinorUnits"]
