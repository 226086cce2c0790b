"""Counters of a listing and what the viewer did with it."""

from dataclasses import dataclass
from datetime import timedelta

VIEW_WINDOW = timedelta(hours=24)
"""One view per viewer, listing and window counts (S0-033)."""


@dataclass(frozen=True, slots=True)
class ListingCounters:
    """How often a listing was seen, liked and kept."""

    listing_id: str
    views: int
    likes: int
    favourites: int


@dataclass(frozen=True, slots=True)
class ViewerListingState:
    """Whether the viewer likes a listing and keeps it among the favourites."""

    listing_id: str
    has_liked: bool
    has_favourited: bool
