"""How long published answers are kept, by what they are about (S4-018, S4-019, S4-021)."""

from collections.abc import Mapping
from types import MappingProxyType

LISTING_SECONDS = 300

LIFETIMES: Mapping[str, int] = MappingProxyType(
    {
        "listings": LISTING_SECONDS,
        "profiles": 3_600,
        "categories": 300,
        "promotions": 600,
        "pages": 600,
        "faqs": 600,
    }
)
"""Seconds by the first part of a query's tag. Kinds that are not here are never kept and never asked of the CDN."""

UNTOLD_SECONDS = 10.0
"""The longest life of an answer while nobody tells us of changes."""

LAST_GOOD_SECONDS = 24 * 3_600.0
"""How old an answer may be that stands in for a store that does not answer."""


def lifetime(kind: str, listing_seconds: float) -> float:
    """Seconds for a kind, in proportion to what listings get; 0 keeps nothing."""
    return LIFETIMES.get(kind, 0) * listing_seconds / LISTING_SECONDS
