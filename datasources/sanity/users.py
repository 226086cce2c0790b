"""Public profiles in the content store."""

from collections.abc import Mapping, Sequence

from datasources.record_parts import Part, RecordParts, Variant
from datasources.sanity.client import SanityClient
from datasources.sanity.projections import SHOWN, item, reading, shown_for, written
from datasources.sanity.values import Row, moment, moment_or_epoch, one_of, row, rows, text
from domain.selections import Fields
from domain.users import ProfileKind, PublicUser

_HANDLE = ("_id", "handle")


def _handle(found: Row) -> str:
    return text(found.get("handle")) or str(found["_id"])


PROFILE: RecordParts[PublicUser, str] = RecordParts(
    PublicUser,
    {
        "profile_id": Part(("_id",), lambda found: str(found["_id"])),
        "revision": item("_rev", lambda found: str(found or "")),
        "handle": Part(_HANDLE, _handle),
        "display_name": Part((*_HANDLE, "displayName"), lambda found: text(found.get("displayName")) or _handle(found)),
        "slug": Part((*_HANDLE, '"slug": slug.current'), lambda found: text(found.get("slug")) or _handle(found)),
        "kind": item("kind", lambda found: one_of(ProfileKind, found) or ProfileKind.PRIVATE),
        "bio": item("bio", rows),
        "avatar": item("avatar", row),
        "is_verified": item("verified", lambda found: found is True),
        "member_since": item("memberSince", moment),
        "city": item("city", text),
        "phone": item("phone", text, of="select(phoneOptIn == true => phone)"),
        "external_id": item("externalId", text),
        "updated_at": item("_updatedAt", moment_or_epoch),
    },
    always=("profile_id", "slug"),
)
_Shown = Variant[PublicUser, str]
_BY_IDS = f'*[_type == "publicUser" && _id in $ids]{SHOWN}'
_BY_SLUGS = f'*[_type == "publicUser" && slug.current in $slugs]{SHOWN}'


def profile_of(found: Row) -> PublicUser:
    """The record of a whole content row."""
    return PROFILE.whole.record(found)


def _by_id(shown: _Shown, found: Sequence[Row]) -> Mapping[str, PublicUser]:
    return {each.profile_id: each for each in map(shown.record, found)}


def _by_slug(shown: _Shown, found: Sequence[Row]) -> Mapping[str, PublicUser]:
    return {each.slug: each for each in map(shown.record, found)}


async def by_ids(client: SanityClient, ids: Sequence[str], *, fields: Fields = None) -> list[PublicUser | None]:
    """Profiles in the order of the ids."""
    shown = shown_for(client, PROFILE, fields)
    groq, read = written(_BY_IDS, shown), reading(_by_id, shown)
    by_id = await client.records(groq, {"ids": list(ids)}, read, tag="profiles.by-ids")
    return [by_id.get(each) for each in ids]


async def by_slugs(client: SanityClient, slugs: Sequence[str], *, fields: Fields = None) -> list[PublicUser | None]:
    """Profiles in the order of the slugs."""
    shown = shown_for(client, PROFILE, fields)
    groq, read = written(_BY_SLUGS, shown), reading(_by_slug, shown)
    by_slug = await client.records(groq, {"slugs": list(slugs)}, read, tag="profiles.by-slugs")
    return [by_slug.get(each) for each in slugs]
