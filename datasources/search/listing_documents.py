"""The shape of a listing in the search index, and the settings of that index."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from domain.listings import AttributeValue, Condition, GeoPoint, Listing, ListingStatus
from domain.search import DEEPEST_OFFSET, TIE_BREAK, tie_break
from domain.users import ProfileKind

INDEX_NAME = "listings"
PRIMARY_KEY = "id"
LONGEST_TEXT = 20_000
_SAFE_KEY = re.compile(r"(?!hex-)[A-Za-z0-9_-]{1,400}")

SETTINGS: Mapping[str, Any] = {
    "searchableAttributes": ["title", "attributes", "city", "text"],
    "displayedAttributes": ["*"],
    "filterableAttributes": [
        "id",
        "categoryIds",
        "attributes",
        "priceMinor",
        "currency",
        "city",
        "condition",
        "sellerId",
        "sellerKind",
        "status",
        "promotedRank",
        "publishedAt",
        TIE_BREAK,
        "_geo",
    ],
    "sortableAttributes": ["publishedAt", "priceMinor", "promotedRank", TIE_BREAK, "_geo"],
    # An asked order outranks the words: a list sorted by price is sorted by price, and its cursors rely on it.
    "rankingRules": [
        "sort",
        "words",
        "typo",
        "proximity",
        "attribute",
        "exactness",
        "promotedRank:desc",
        "publishedAt:desc",
        f"{TIE_BREAK}:asc",
    ],
    "stopWords": ["a", "an", "and", "at", "for", "in", "of", "on", "the", "to", "with"],
    "synonyms": {
        "apartment": ["flat"],
        "bakkie": ["pickup", "ute"],
        "chev": ["chevrolet"],
        "couch": ["sofa"],
        "flat": ["apartment"],
        "fridge": ["refrigerator"],
        "merc": ["mercedes"],
        "pickup": ["bakkie"],
        "sofa": ["couch"],
        "television": ["tv"],
        "tv": ["television"],
        "vw": ["volkswagen"],
    },
    "typoTolerance": {"enabled": True, "disableOnNumbers": True},
    "faceting": {"maxValuesPerFacet": 200, "sortFacetValuesBy": {"*": "count"}},
    "pagination": {"maxTotalHits": DEEPEST_OFFSET},
}


@dataclass(frozen=True, slots=True)
class ListingDocument:
    """What search knows of a listing; of two versions the one with the later `updated_at` is newer."""

    listing_id: str
    slug: str
    title: str
    text: str
    category_ids: tuple[str, ...]
    """From the top category down to the listing's own, so that one id finds a whole subtree."""
    attributes: Mapping[str, AttributeValue]
    price_minor: int | None
    currency: str | None
    city: str | None
    location: GeoPoint | None
    condition: Condition | None
    seller_id: str | None
    seller_kind: ProfileKind | None
    status: ListingStatus
    is_promoted: bool
    published_at: datetime | None
    updated_at: datetime

    @property
    def key(self) -> str:
        """The document id in the index."""
        return document_key(self.listing_id)

    def to_json(self) -> dict[str, Any]:
        """The stored document; fields without a value are left out, so that ``NOT EXISTS`` is true of them."""
        fields: dict[str, Any] = {
            PRIMARY_KEY: self.key,
            "listingId": self.listing_id,
            "slug": self.slug,
            "title": self.title,
            "text": self.text[:LONGEST_TEXT],
            "categoryIds": list(self.category_ids),
            "attributes": {
                key: list(value) if isinstance(value, tuple) else value for key, value in self.attributes.items()
            },
            "priceMinor": self.price_minor,
            "currency": self.currency,
            "city": self.city,
            "condition": None if self.condition is None else self.condition.value,
            "sellerId": self.seller_id,
            "sellerKind": None if self.seller_kind is None else self.seller_kind.value,
            "status": self.status.value,
            "promotedRank": int(self.is_promoted),
            "publishedAt": None if self.published_at is None else microseconds(self.published_at),
            "updatedAt": microseconds(self.updated_at),
            TIE_BREAK: tie_break(self.listing_id),
        }
        if self.location is not None:
            fields["_geo"] = {"lat": self.location.latitude, "lng": self.location.longitude}
        present = {name: value for name, value in fields.items() if value is not None}
        return {**present, "digest": _digest(present)}


def listing_document(
    listing: Listing, *, category_ids: Sequence[str], seller_kind: ProfileKind | None, text: str, now: datetime
) -> ListingDocument:
    """The document of a listing; `text` is its plain body, `now` decides whether its promotion still runs."""
    return ListingDocument(
        listing_id=listing.listing_id,
        slug=listing.slug,
        title=listing.title,
        text=text,
        category_ids=tuple(category_ids),
        attributes=listing.attributes,
        price_minor=None if listing.price is None else listing.price.amount_minor,
        currency=None if listing.price is None else listing.price.currency,
        city=listing.city,
        location=listing.location,
        condition=listing.condition,
        seller_id=listing.seller_id,
        seller_kind=seller_kind,
        status=listing.status,
        is_promoted=listing.promoted_until is not None and listing.promoted_until > now,
        published_at=listing.published_at,
        updated_at=listing.updated_at,
    )


def _digest(fields: Mapping[str, Any]) -> str:
    """What tells two versions apart; times cannot, for the content store may count in whole seconds."""
    return hashlib.sha256(orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def document_key(listing_id: str) -> str:
    """The index's id of a listing: itself where the index allows its characters, else spelled in hexadecimal."""
    return listing_id if _SAFE_KEY.fullmatch(listing_id) else f"hex-{listing_id.encode().hex()}"


def microseconds(moment: datetime) -> int:
    """A time as microseconds since 1970: exact in a JSON number until the year 2255."""
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond
