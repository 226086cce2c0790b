"""Public profiles in the content store."""

from collections.abc import Mapping, Sequence

from datasources.sanity.client import SanityClient
from datasources.sanity.values import Row, moment, moment_or_epoch, one_of, row, rows, text
from domain.users import ProfileKind, PublicUser

_FIELDS = """{
  _id, _rev, _updatedAt, handle, displayName, "slug": slug.current, kind, bio, avatar, verified, memberSince, city,
  "phone": select(phoneOptIn == true => phone), externalId
}"""
_BY_IDS = f'*[_type == "publicUser" && _id in $ids]{_FIELDS}'
_BY_SLUGS = f'*[_type == "publicUser" && slug.current in $slugs]{_FIELDS}'


def profile_of(found: Row) -> PublicUser:
    """The record of a content row."""
    profile_id = str(found["_id"])
    handle = text(found.get("handle")) or profile_id
    return PublicUser(
        profile_id=profile_id,
        revision=str(found.get("_rev") or ""),
        handle=handle,
        display_name=text(found.get("displayName")) or handle,
        slug=text(found.get("slug")) or handle,
        kind=one_of(ProfileKind, found.get("kind")) or ProfileKind.PRIVATE,
        bio=rows(found.get("bio")),
        avatar=row(found.get("avatar")),
        is_verified=found.get("verified") is True,
        member_since=moment(found.get("memberSince")),
        city=text(found.get("city")),
        phone=text(found.get("phone")),
        external_id=text(found.get("externalId")),
        updated_at=moment_or_epoch(found.get("_updatedAt")),
    )


def _by_id(found: Sequence[Row]) -> Mapping[str, PublicUser]:
    return {each.profile_id: each for each in map(profile_of, found)}


def _by_slug(found: Sequence[Row]) -> Mapping[str, PublicUser]:
    return {each.slug: each for each in map(profile_of, found)}


async def by_ids(client: SanityClient, ids: Sequence[str]) -> list[PublicUser | None]:
    """Profiles in the order of the ids."""
    by_id = await client.records(_BY_IDS, {"ids": list(ids)}, _by_id, tag="profiles.by-ids")
    return [by_id.get(each) for each in ids]


async def by_slugs(client: SanityClient, slugs: Sequence[str]) -> list[PublicUser | None]:
    """Profiles in the order of the slugs."""
    by_slug = await client.records(_BY_SLUGS, {"slugs": list(slugs)}, _by_slug, tag="profiles.by-slugs")
    return [by_slug.get(each) for each in slugs]
