"""Accounts: signing in, and the account's public profile."""

import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from datasources.postgres import users
from datasources.postgres.accounts import AccountReads
from datasources.sanity import users as content
from datasources.sanity.client import ContentRejectedError
from datasources.sources import Sources
from domain.ids import RANDOM_BITS, uuid7
from domain.problems import (
    EditConflict,
    FieldProblem,
    InvalidInput,
    NotFound,
    RetryLater,
    UpstreamUnavailableError,
)
from domain.users import ProfileKind, PublicUser, Role, User, Viewer
from domain.writing import blocks_of

_HANDLE = re.compile(r"[a-z0-9][a-z0-9_-]{2,29}")
_PHONE = re.compile(r"\+?[0-9][0-9 ]{6,18}")
_LONGEST_BIO = 2_000


async def sign_in(sources: Sources, accounts: AccountReads, issuer: str, external_id: str, now: datetime) -> User:
    """The account of a verified identity, created at its first request; racing first requests make one account."""
    found = await accounts.find(issuer, external_id)
    if found is not None:
        return found
    await users.insert_if_new(sources.database, uuid7(now, secrets.randbits(RANDOM_BITS)), issuer, external_id, now)
    created = await accounts.find(issuer, external_id)
    if created is None:
        raise UpstreamUnavailableError("postgres")
    return created


@dataclass(frozen=True, slots=True)
class ProfileEdit:
    """What a person wrote about themselves; None leaves a field as it is."""

    handle: str | None = None
    display_name: str | None = None
    bio: str | None = None
    city: str | None = None
    phone: str | None = None
    shows_phone: bool | None = None


def profile_problems(edit: ProfileEdit, *, is_new: bool) -> list[FieldProblem]:
    """What keeps the edit from being kept."""
    problems = []
    if (edit.handle is None and is_new) or (edit.handle is not None and not _HANDLE.fullmatch(edit.handle)):
        problems.append(FieldProblem("handle", "A handle has 3 to 30 small letters, digits, - and _."))
    is_named = edit.display_name is not None and 1 <= len(edit.display_name.strip()) <= 80
    if (edit.display_name is None and is_new) or (edit.display_name is not None and not is_named):
        problems.append(FieldProblem("displayName", "A display name has 1 to 80 characters."))
    if edit.bio is not None and len(edit.bio) > _LONGEST_BIO:
        problems.append(FieldProblem("bio", f"A bio has at most {_LONGEST_BIO} characters."))
    if edit.phone is not None and not _PHONE.fullmatch(edit.phone):
        problems.append(FieldProblem("phone", "Write the number with its country code, such as +27 82 123 4567."))
    return problems


async def upsert_profile(
    sources: Sources, viewer: Viewer, user: User, edit: ProfileEdit
) -> PublicUser | InvalidInput | EditConflict | NotFound | RetryLater:
    """Create or change the account's public profile; the same call again changes nothing."""
    is_new = user.profile_id is None
    if problems := profile_problems(edit, is_new=is_new):
        return InvalidInput(tuple(problems))
    profile_id = user.profile_id or f"publicUser-{user.user_id}"
    kind = ProfileKind.DEALER if Role.DEALER in viewer.roles else ProfileKind.PRIVATE
    now = sources.clock()
    try:
        current = None if is_new else (await sources.sanity.documents([profile_id], tag="profile.edit"))[0]
        handle = edit.handle or str((current or {}).get("handle") or "")
        if not await users.claim_profile(
            sources.database, profile_id=profile_id, external_id=user.external_id, handle=handle, kind=kind, now=now
        ):
            return InvalidInput((FieldProblem("handle", "Somebody else has this handle."),))
        fields = _fields(edit, user, kind)
        created = {"_id": profile_id, "_type": "publicUser", "memberSince": now.isoformat().replace("+00:00", "Z")}
        await sources.sanity.mutate(
            [{"createIfNotExists": created | fields}, {"patch": {"id": profile_id, "set": fields}}], tag="profile.edit"
        )
        found = (await content.by_ids(sources.sanity, [profile_id]))[0]
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    except ContentRejectedError as error:
        if not error.is_conflict:
            raise
        return EditConflict(None)
    return replace(found, external_id=None) if found else NotFound("The profile is gone.")


def _fields(edit: ProfileEdit, user: User, kind: ProfileKind) -> dict[str, Any]:
    written = {
        "handle": edit.handle,
        "displayName": edit.display_name.strip() if edit.display_name is not None else None,
        "slug": {"_type": "slug", "current": edit.handle} if edit.handle is not None else None,
        "bio": blocks_of(edit.bio) if edit.bio is not None else None,
        "city": edit.city,
        "phone": edit.phone,
        "phoneOptIn": edit.shows_phone,
        "kind": kind.value,
        "externalId": user.external_id,
    }
    return {name: value for name, value in written.items() if value is not None}
