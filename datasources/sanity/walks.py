"""Bounded walks over published documents in the order of their ids, and documents as of their latest write."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from datasources.sanity.client import SanityClient
from datasources.sanity.listings import listing_of_document
from datasources.sanity.users import profile_of
from datasources.sanity.values import moment_or_epoch, one_of, row
from domain.listings import Listing, ListingStatus
from domain.users import PublicUser

_LISTINGS = """*[_type == "listing" && _id > $after] | order(_id asc)[0...$limit]"""
_PROFILES = """*[_type == "publicUser" && _id > $after] | order(_id asc)[0...$limit]{_id}"""
_REVISIONS = f"{_LISTINGS}{{_id, _rev, _updatedAt, status}}"
_ALL_REVISIONS = """*[_id > $after] | order(_id asc)[0...1000]{_id, _rev}"""
_EXISTING = """*[_type == "listing" && _id in $ids]._id"""


@dataclass(frozen=True, slots=True)
class PublishedRevision:
    """Which revision of a listing is published, and in which state."""

    listing_id: str
    revision: str
    status: ListingStatus
    updated_at: datetime


async def listings_after(client: SanityClient, after: str, limit: int) -> list[Listing]:
    """Up to `limit` published listings whose ids follow `after`, '' for the first ones."""
    found = await client.query(_LISTINGS, {"after": after, "limit": limit}, tag="walks.listings")
    return [listing_of_document(each) for each in found]


async def listing_revisions_after(client: SanityClient, after: str, limit: int) -> list[PublishedRevision]:
    """Revisions of up to `limit` published listings whose ids follow `after`."""
    found = await client.query(_REVISIONS, {"after": after, "limit": limit}, tag="walks.listing-revisions")
    return [
        PublishedRevision(
            str(each["_id"]),
            str(each.get("_rev") or ""),
            one_of(ListingStatus, each.get("status")) or ListingStatus.DRAFT,
            moment_or_epoch(each.get("_updatedAt")),
        )
        for each in found
    ]


async def revisions_after(client: SanityClient, after: str) -> list[tuple[str, str]]:
    """Ids and revisions of the thousand published documents of any type that follow `after`."""
    found = await client.query(_ALL_REVISIONS, {"after": after}, tag="walks.revisions")
    return [(str(each["_id"]), str(each.get("_rev") or "")) for each in found]


async def published_listing_ids(client: SanityClient, ids: Sequence[str]) -> set[str]:
    """Which of the listings are published."""
    found = await client.query(_EXISTING, {"ids": list(ids)}, tag="walks.published-listings")
    return {str(each) for each in found}


async def profile_ids_after(client: SanityClient, after: str, limit: int) -> list[str]:
    """Ids of up to `limit` published profiles that follow `after`."""
    found = await client.query(_PROFILES, {"after": after, "limit": limit}, tag="walks.profiles")
    return [str(each["_id"]) for each in found]


async def newest_profiles(client: SanityClient, ids: Sequence[str]) -> list[PublicUser | None]:
    """Published profiles as of the latest write, in the order of the ids."""
    documents = await client.documents(ids, tag="walks.newest-profiles")
    return [
        profile_of({**each, "slug": (row(each.get("slug")) or {}).get("current")})
        if each and each.get("_type") == "publicUser"
        else None
        for each in documents
    ]
