"""Listings in the content store: by id, by slug, and keyset pages of the published ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from datasources.sanity.client import Perspective, SanityClient
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

DRAFT_PREFIX = "drafts."

_FIELDS = """{
  _id, _rev, _createdAt, _updatedAt, title, "slug": slug.current,
  "sellerId": seller._ref, "categoryId": category._ref, body, price, priceUnit, condition,
  "images": images[]{..., "lqip": asset->metadata.lqip},
  attributes, location, city, status, tags, "auctionId": auction._ref,
  publishedAt, expiresAt, promotedUntil
}"""

_BY_IDS = f'*[_type == "listing" && _id in $ids]{_FIELDS}'
_BY_SLUGS = f'*[_type == "listing" && slug.current in $slugs]{_FIELDS}'


def listing_of(found: Row) -> Listing:
    """The record of a content row; unusable fields read as absent, never as an error."""
    document_id = str(found["_id"])
    location = row(found.get("location"))
    latitude, longitude = (number(location.get("lat")), number(location.get("lng"))) if location else (None, None)
    is_draft = document_id.startswith(DRAFT_PREFIX)
    return Listing(
        listing_id=document_id.removeprefix(DRAFT_PREFIX),
        revision=str(found.get("_rev") or ""),
        is_draft=is_draft,
        title=text(found.get("title")) or "Untitled",
        slug=text(found.get("slug")) or document_id.removeprefix(DRAFT_PREFIX),
        seller_id=text(found.get("sellerId")),
        category_id=text(found.get("categoryId")),
        body=rows(found.get("body")),
        images=tuple(each for each in rows(found.get("images")) if row(each.get("asset"))),
        price=money(found.get("price")),
        price_unit=text(found.get("priceUnit")) or "total",
        condition=one_of(Condition, found.get("condition")),
        attributes=dict(filter(None, map(_attribute, rows(found.get("attributes"))))),
        location=GeoPoint(latitude, longitude) if latitude is not None and longitude is not None else None,
        city=text(found.get("city")),
        status=one_of(ListingStatus, found.get("status")) or ListingStatus.DRAFT,
        tags=texts(found.get("tags")),
        auction_id=text(found.get("auctionId")),
        created_at=moment_or_epoch(found.get("_createdAt")),
        updated_at=moment_or_epoch(found.get("_updatedAt")),
        published_at=moment(found.get("publishedAt")),
        expires_at=moment(found.get("expiresAt")),
        promoted_until=moment(found.get("promotedUntil")),
    )


def _attribute(item: Row) -> tuple[str, AttributeValue] | None:
    key, value = text(item.get("key")), item.get("value")
    if key is None or not isinstance(value, (str, int, float, bool, list)):
        return None
    return key, texts(value) if isinstance(value, list) else value


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
    return listing_of(flat)


def _by_id(found: Sequence[Row]) -> Mapping[str, Listing]:
    return {each.listing_id: each for each in map(listing_of, found)}


def _by_slug(found: Sequence[Row]) -> Mapping[str, Listing]:
    return {each.slug: each for each in map(listing_of, found)}


async def by_ids(
    client: SanityClient, ids: Sequence[str], *, perspective: Perspective = Perspective.PUBLISHED
) -> list[Listing | None]:
    """Listings in the order of the ids; None where one does not exist in that perspective."""
    params = {"ids": list(ids)}
    by_id = await client.records(_BY_IDS, params, _by_id, tag="listings.by-ids", perspective=perspective)
    return [by_id.get(each) for each in ids]


async def by_slugs(client: SanityClient, slugs: Sequence[str]) -> list[Listing | None]:
    """Published listings in the order of the slugs."""
    by_slug = await client.records(_BY_SLUGS, {"slugs": list(slugs)}, _by_slug, tag="listings.by-slugs")
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
    ] | order(publishedAt desc, _id asc)[0...$limit]{_FIELDS}""",
    ListingOrder.PRICE_LOW_TO_HIGH: f"""{_WHERE} && defined(price.amountMinor)
      && ($after_id == null || price.amountMinor > $after || (price.amountMinor == $after && _id > $after_id))
    ] | order(price.amountMinor asc, _id asc)[0...$limit]{_FIELDS}""",
    ListingOrder.PRICE_HIGH_TO_LOW: f"""{_WHERE} && defined(price.amountMinor)
      && ($after_id == null || price.amountMinor < $after || (price.amountMinor == $after && _id > $after_id))
    ] | order(price.amountMinor desc, _id asc)[0...$limit]{_FIELDS}""",
}


Keyed = tuple[tuple[CursorValue, ...], Listing]
"""A listing and its place: the sort value exactly as stored (GROQ compares times as texts) and the id."""


async def page(client: SanityClient, where: ListingWhere, order: ListingOrder, wanted: Slice) -> KeptRecords[Listing]:
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
    read = _by_time if order is ListingOrder.NEWEST else _by_price
    return await client.records(_PAGES[order], params, read, tag="listings.page")


def _by_time(found: Sequence[Row]) -> KeptRecords[Listing]:
    return KeptRecords(((_published(each), each["_id"]), listing_of(each)) for each in found)


def _by_price(found: Sequence[Row]) -> KeptRecords[Listing]:
    return KeptRecords(((_amount(each), each["_id"]), listing_of(each)) for each in found)


def _published(found: Row) -> str | None:
    return text(found.get("publishedAt"))


def _amount(found: Row) -> int | None:
    price = money(found.get("price"))
    return price.amount_minor if price else None


_OF_SELLER = f"""*[_type == "listing" && seller._ref == $seller && ($status == null || status == $status)
  && ($after_id == null || _createdAt < $after || (_createdAt == $after && _id > $after_id))
] | order(_createdAt desc, _id asc)[0...$limit]{_FIELDS}"""


async def of_seller(client: SanityClient, seller_id: str, status: ListingStatus | None, wanted: Slice) -> list[Keyed]:
    """A seller's own listings with their drafts, newest first, up to one more than wanted."""
    after, after_id = wanted.after or (None, None)
    params = {
        "seller": seller_id,
        "status": status.value if status else None,
        "after": after,
        "after_id": after_id,
        "limit": wanted.first + 1,
    }
    found = await client.query(_OF_SELLER, params, tag="listings.of-seller", perspective=Perspective.DRAFTS)
    return [((text(each.get("_createdAt")), each["_id"]), listing_of(each)) for each in found]


_NEWEST_BY_SELLERS = f"""*[_type == "publicUser" && _id in $sellers]{{
  _id,
  "listings": *[_type == "listing" && references(^._id) && seller._ref == ^._id && status == "active"
    && defined(publishedAt)] | order(publishedAt desc, _id asc)[0...$limit]{_FIELDS}
}}"""


async def newest_by_sellers(client: SanityClient, seller_ids: Sequence[str], first: int) -> Mapping[str, list[Keyed]]:
    """Each seller's newest active listings, up to one more than `first`, all sellers in one query."""
    params = {"sellers": list(seller_ids), "limit": first + 1}
    return await client.records(_NEWEST_BY_SELLERS, params, _newest_by_seller, tag="listings.newest-by-sellers")


def _newest_by_seller(found: Sequence[Row]) -> Mapping[str, list[Keyed]]:
    return {
        each["_id"]: [
            ((_published(listing), listing["_id"]), listing_of(listing)) for listing in each["listings"] or ()
        ]
        for each in found
    }
