"""Listings as content documents: the fields an edit sets, and the published copy of a draft."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from domain.listing_rules import ListingEdit, slug_of
from domain.writing import blocks_of


def timestamp(moment: datetime) -> str:
    """A time as content documents write it: UTC, whole seconds, ``Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def edited_fields(edit: ListingEdit, listing_id: str) -> dict[str, Any]:
    """The document fields that the edit sets; fields it leaves alone are not named."""
    written = {
        "title": edit.title.strip() if edit.title is not None else None,
        "slug": {"_type": "slug", "current": slug_of(edit.title, listing_id[-8:])} if edit.title is not None else None,
        "body": blocks_of(edit.description) if edit.description is not None else None,
        "category": {"_type": "reference", "_ref": edit.category_id} if edit.category_id is not None else None,
        "price": _price(edit),
        "condition": edit.condition,
        "city": edit.city.strip() if edit.city is not None else None,
        "location": _location(edit),
        "attributes": _attributes(edit),
        "images": _images(edit),
        "tags": list(edit.tags) if edit.tags is not None else None,
    }
    return {name: value for name, value in written.items() if value is not None}


def _price(edit: ListingEdit) -> dict[str, Any] | None:
    if edit.price_minor is None:
        return None
    return {"_type": "money", "amountMinor": edit.price_minor, "currency": edit.currency}


def _location(edit: ListingEdit) -> dict[str, Any] | None:
    if edit.latitude is None or edit.longitude is None:
        return None
    return {"_type": "geopoint", "lat": edit.latitude, "lng": edit.longitude}


def _attributes(edit: ListingEdit) -> list[dict[str, Any]] | None:
    if edit.attributes is None:
        return None
    return [
        {"_type": "attribute", "_key": key, "key": key, "value": list(value) if isinstance(value, tuple) else value}
        for key, value in edit.attributes
    ]


def _images(edit: ListingEdit) -> list[dict[str, Any]] | None:
    if edit.image_asset_ids is None:
        return None
    return [
        {"_type": "image", "_key": f"i{index}", "asset": {"_type": "reference", "_ref": each}}
        for index, each in enumerate(edit.image_asset_ids)
    ]


def published_copy(draft: Mapping[str, Any], listing_id: str, now: datetime) -> dict[str, Any]:
    """The draft as a published document: active, with the time of its first publication."""
    kept = {name: value for name, value in draft.items() if name not in {"_rev", "_updatedAt"}}
    return kept | {"_id": listing_id, "status": "active", "publishedAt": draft.get("publishedAt") or timestamp(now)}
