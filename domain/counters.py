"""Counters of a listing and what the viewer did with it."""

from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveListingCounters(ListingCounters):
    """How a listing is counted now; equal to another that says the same, whenever either was read.

    `version` is a number of the process: it rises whenever the counters of this listing are found to be other ones.
    """

    version: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class ViewerListingState:
    """Whether the viewer likes a listing and keeps it among the favourites."""

    listing_id: str
    has_liked: bool
    has_favourited: bool
