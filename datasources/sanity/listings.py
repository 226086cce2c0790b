"""Listings in the content store: by id, by slug, and keyset pages of the published ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from datasources.record_parts import Part, RecordParts, Variant
from datasources.sanity.client import Perspective, SanityClient
from datasources.sanity.projections import SHOWN, item, reading, shown_for, written
from datasources.sanity.values import (
    Row,
    moment,
    moment_or_epoch,
    money,
    number,
    one_of,
    row,
    rows,
    text,
    texts,
)
from domain.listings import AttributeValue, Condition, GeoPoint, Listing, ListingStatus
from domain.pages import CursorValue, KeptRecords, Slice
from domain.selections import Fields

DRAFT_PREFIX = "drafts."


def _attribute(item: Row) -> tuple[str, AttributeValue] | None:
    key, value = text(item.get("key")), item.get("value")
    if key is None or not isinstance(value, (str, int, float, bool, list)):
        return None
    return key, texts(value) if isinstance(value, list) else value


def _geo_point(value: Any) -> GeoPoint | None:
    location = row(value)
    latitude, longitude = (number(location.get("lat")), number(location.get("lng"))) if location else (None, None)
    return GeoPoint(latitude, longitude) if latitude is not None and longitude is not None else None


def _listing_id(found: Row) -> str:
    return str(found["_id"]).removeprefix(DRAFT_PREFIX)


LISTING: RecordParts[Listing, str] = RecordParts(
    Listing,
    {
        "listing_id": Part(("_id",), _listing_id),
        "revision": item("_rev", lambda found: str(found or "")),
        "is_draft": Part(("_id",), lambda found: str(found["_id"]).startswith(DRAFT_PREFIX)),
        "title": item("title", lambda found: text(found) or "Untitled"),
        "slug": Part(("_id", '"slug": slug.current'), lambda found: text(found.get("slug")) or _listing_id(found)),
        "seller_id": item("sellerId", text, of="seller._ref"),
        "category_id": item("categoryId", text, of="category._ref"),
        "body": item("body", rows),
        "images": item(
            "images",
            lambda found: tuple(each for each in rows(found) if row(each.get("asset"))),
            of='images[]{..., "lqip": asset->metadata.lqip}',
        ),
        "price": item("price", money),
        "price_unit": item("priceUnit", lambda found: text(found) or "total"),
        "condition": item("condition", lambda found: one_of(Condition, found)),
        "attributes": item("attributes", lambda found: dict(filter(None, map(_attribute, rows(found))))),
        "location": item("location", _geo_point),
        "city": item("city", text),
        "status": item("status", lambda found: one_of(ListingStatus, found) or ListingStatus.DRAFT),
        "tags": item("tags", texts),
        "auction_id": item("auctionId", text, of="auction._ref"),
        "created_at": item("_createdAt", moment_or_epoch),
        "updated_at": item("_updatedAt", moment_or_epoch),
        "published_at": item("publishedAt", moment),
        "expires_at": item("expiresAt", moment),
        "promoted_until": item("promotedUntil", moment),
    },
    always=("listing_id", "is_draft", "slug", "seller_id", "status", "price", "created_at", "published_at"),
)
"""Unusable fields read as absent, never as an error."""
_Shown = Variant[Listing, str]

_BY_IDS = f'*[_type == "listing" && _id in $ids]{SHOWN}'
_BY_SLUGS = f'*[_type == "listing" && slug.current in $slugs]{SHOWN}'


_NESTED = (
    ("slug", "slug", "current"),
    ("sellerId", "seller", "_ref"),
    ("categoryId", "category", "_ref"),
    ("auctionId", "auction", "_ref"),
)


def listing_of_document(document: Mapping[str, Any]) -> Listing:
    """The record of a whole document, as the doc endpoint gives it."""
    flat = dict(document)
    for name, source, inner in _NESTED:
        found = row(document.get(source))
        flat[name] = found.get(inner) if found else None
    return LISTING.whole.record(flat)


def _by_id(shown: _Shown, found: Sequence[Row]) -> Mapping[str, Listing]:
    return {each.listing_id: each for each in map(shown.record, found)}


def _by_slug(shown: _Shown, found: Sequence[Row]) -> Mapping[str, Listing]:
    return {each.slug: each for each in map(shown.record, found)}


async def by_ids(
    client: SanityClient,
    ids: Sequence[str],
    *,
    fields: Fields = None,
    perspective: Perspective = Perspective.PUBLISHED,
) -> list[Listing | None]:
    """Listings in the order of the ids; None where one does not exist in that perspective."""
    shown = shown_for(client, LISTING, fields, perspective)
    read = reading(_by_id, shown)
    groq = written(_BY_IDS, shown)
    by_id = await client.records(groq, {"ids": list(ids)}, read, tag="listings.by-ids", perspective=perspective)
    return [by_id.get(each) for each in ids]


async def by_slugs(client: SanityClient, slugs: Sequence[str], *, fields: Fields = None) -> list[Listing | None]:
    """Published listings in the order of the slugs."""
    shown = shown_for(client, LISTING, fields)
    groq, read = written(_BY_SLUGS, shown), reading(_by_slug, shown)
    by_slug = await client.records(groq, {"slugs": list(slugs)}, read, tag="listings.by-slugs")
    return [by_slug.get(each) for each in slugs]


async def newest(client: SanityClient, ids: Sequence[str]) -> list[Listing | None]:
    """Published listings as of the latest write, for jobs that must not read a lagging query index."""
    found = await client.documents(ids, tag="listings.newest")
    return [listing_of_document(each) if each and each.get("_type") == "listing" else None for each in found]


@dataclass(frozen=True, slots=True)
class ListingWhere:
    """Which published listings a page holds; every field that is not None narrows it."""

    category_ids: tuple[str, ...] | None = None
    seller_id: str | None = None
    statuses: tuple[ListingStatus, ...] = (ListingStatus.ACTIVE,)
    price_from_minor: int | None = None
    price_to_minor: int | None = None
    currency: str | None = None
    city: str | None = None


class ListingOrder(Enum):
    """The orders that content can page through."""

    NEWEST = "newest"
    PRICE_LOW_TO_HIGH = "price-low-to-high"
    PRICE_HIGH_TO_LOW = "price-high-to-low"


_WHERE = """*[_type == "listing" && status in $statuses
  && ($category_ids == null || category._ref in $category_ids)
  && ($seller_id == null || seller._ref == $seller_id)
  && ($price_from == null || price.amountMinor >= $price_from)
  && ($price_to == null || price.amountMinor <= $price_to)
  && ($currency == null || price.currency == $currency)
  && ($city == null || city == $city)
"""
_PAGES = {
    ListingOrder.NEWEST: f"""{_WHERE} && defined(publishedAt)
      && ($after_id == null || publishedAt < $after || (publishedAt == $after && _id > $after_id))
    ] | order(publishedAt desc, _id asc)[0...$limit]{SHOWN}""",
    ListingOrder.PRICE_LOW_TO_HIGH: f"""{_WHERE} && defined(price.amountMinor)
      && ($after_id == null || price.amountMinor > $after || (price.amountMinor == $after && _id > $after_id))
    ] | order(price.amountMinor asc, _id asc)[0...$limit]{SHOWN}""",
    ListingOrder.PRICE_HIGH_TO_LOW: f"""{_WHERE} && defined(price.amountMinor)
      && ($after_id == null || price.amountMinor < $after || (price.amountMinor == $after && _id > $after_id))
    ] | order(price.amountMinor desc, _id asc)[0...$limit]{SHOWN}""",
}


Keyed = tuple[tuple[CursorValue, ...], Listing]
"""A listing and its place: the sort value exactly as stored (GROQ compares times as texts) and the id."""


async def page(
    client: SanityClient, where: ListingWhere, order: ListingOrder, wanted: Slice, *, fields: Fields = None
) -> KeptRecords[Listing]:
    """Up to ``first + 1`` published listings after the cursor's (sort value, id); the spare one shows that more follow.

    Listings without the sort value have no place in the order and are left out.
    """
    after, after_id = wanted.after or (None, None)
    params = {
        "statuses": [each.value for each in where.statuses],
        "category_ids": None if where.category_ids is None else list(where.category_ids),
        "seller_id": where.seller_id,
        "price_from": where.price_from_minor,
        "price_to": where.price_to_minor,
        "currency": where.currency,
        "city": where.city,
        "after": after,
        "after_id": after_id,
        "limit": wanted.first + 1,
    }
    shown = shown_for(client, LISTING, fields)
    read = reading(_by_time if order is ListingOrder.NEWEST else _by_price, shown)
    return await client.records(written(_PAGES[order], shown), params, read, tag="listings.page")


def _by_time(shown: _Shown, found: Sequence[Row]) -> KeptRecords[Listing]:
    return KeptRecords(((_published(each), each["_id"]), shown.record(each)) for each in found)


def _by_price(shown: _Shown, found: Sequence[Row]) -> KeptRecords[Listing]:
    return KeptRecords(((_amount(each), each["_id"]), shown.record(each)) for each in found)


def _published(found: Row) -> str | None:
    return text(found.get("publishedAt"))


def _amount(found: Row) -> int | None:
    price = money(found.get("price"))
    return price.amount_minor if price else None


_OF_SELLER = f"""*[_type == "listing" && seller._ref == $seller && ($status == null || status == $status)
  && ($after_id == null || _createdAt < $after || (_createdAt == $after && _id > $after_id))
] | order(_createdAt desc, _id asc)[0...$limit]{SHOWN}"""


async def of_seller(
    client: SanityClient, seller_id: str, status: ListingStatus | None, wanted: Slice, *, fields: Fields = None
) -> list[Keyed]:
    """A seller's own listings with their drafts, newest first, up to one more than wanted."""
    after, after_id = wanted.after or (None, None)
    params = {
        "seller": seller_id,
        "status": status.value if status else None,
        "after": after,
        "after_id": after_id,
        "limit": wanted.first + 1,
    }
    shown = LISTING.variant(fields)  # drafts are never kept
    groq = written(_OF_SELLER, shown)
    found = await client.query(groq, params, tag="listings.of-seller", perspective=Perspective.DRAFTS)
    return [((text(each.get("_createdAt")), each["_id"]), shown.record(each)) for each in found]


_NEWEST_BY_SELLERS = f"""*[_type == "publicUser" && _id in $sellers]{{
  _id,
  "listings": *[_type == "listing" && references(^._id) && seller._ref == ^._id && status == "active"
    && defined(publishedAt)] | order(publishedAt desc, _id asc)[0...$limit]{SHOWN}
}}"""


async def newest_by_sellers(
    client: SanityClient, seller_ids: Sequence[str], first: int, *, fields: Fields = None
) -> Mapping[str, list[Keyed]]:
    """Each seller's newest active listings, up to one more than `first`, all sellers in one query."""
    params = {"sellers": list(seller_ids), "limit": first + 1}
    shown = shown_for(client, LISTING, fields)
    groq, read = written(_NEWEST_BY_SELLERS, shown), reading(_newest_by_seller, shown)
    return await client.records(groq, params, read, tag="listings.newest-by-sellers")


def _newest_by_seller(shown: _Shown, found: Sequence[Row]) -> Mapping[str, list[Keyed]]:
    return {
        each["_id"]: [
            ((_published(listing), listing["_id"]), shown.record(listing)) for listing in each["listings"] or ()
        ]
        for each in found
    }
