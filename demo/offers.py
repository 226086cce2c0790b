"""What a maker of one kind of listing hands back, before it becomes a document."""

from __future__ import annotations

from dataclasses import dataclass

Value = str | int | float | bool | list[str]


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer. Prices are whole rand; `None` means "on request" (services) or "see the salary" (jobs)."""

    category: str
    title: str
    price: int | None
    unit: str
    attributes: dict[str, Value]
    paragraphs: tuple[str, ...]
    points: tuple[str, ...]
    pictures: tuple[str, ...]
    tags: tuple[str, ...]
    condition: str | None = None
