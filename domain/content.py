"""Editorial content: promotions, pages and frequently asked questions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Blocks = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Promotion:
    """A banner or featured group shown at a placement while it runs (S1-023)."""

    promotion_id: str
    revision: str
    title: str
    slug: str
    placement: str
    image: Mapping[str, Any] | None
    body: Blocks
    listing_ids: tuple[str, ...]
    category_id: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    weight: int


@dataclass(frozen=True, slots=True)
class ContentPage:
    """A page of editorial content (S4-009)."""

    page_id: str
    revision: str
    title: str
    slug: str
    body: Blocks
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Faq:
    """A question, its answer and its place within a topic (S4-010)."""

    faq_id: str
    revision: str
    question: str
    answer: Blocks
    topic: str
    order: int
