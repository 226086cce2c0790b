"""People: the viewer of a request, the account row, and the public profile."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID


class Role(Enum):
    """What an account may do (S1-041, X-09); editors and admins work on everybody's content."""

    USER = "user"
    DEALER = "dealer"
    EDITOR = "editor"
    ADMIN = "admin"


STAFF = frozenset({Role.EDITOR, Role.ADMIN})


class ProfileKind(Enum):
    """Whether a seller trades privately or as a business."""

    PRIVATE = "private"
    DEALER = "dealer"


@dataclass(frozen=True, slots=True)
class User:
    """An account known by its identity provider; holds no credentials (S1-042, S1-043)."""

    user_id: UUID
    issuer: str
    external_id: str
    profile_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: a signed-in account with the roles of its token, or an anonymous visitor."""

    user: User | None
    roles: frozenset[Role]
    visitor_key: str
    """Stable per account or per anonymous address; only ever used hashed, for unique counting."""
    token_expires_at: datetime | None = None
    display_name: str | None = None

    @property
    def is_staff(self) -> bool:
        """Whether the viewer may work on other people's content."""
        return bool(self.roles & STAFF)


@dataclass(frozen=True, slots=True)
class PublicUser:
    """A public seller profile, kept in the content store (S1-022)."""

    profile_id: str
    revision: str
    handle: str
    display_name: str
    slug: str
    kind: ProfileKind
    bio: tuple[Mapping[str, Any], ...]
    avatar: Mapping[str, Any] | None
    is_verified: bool
    member_since: datetime | None
    city: str | None
    phone: str | None
    """Only present where the person opted in."""
    external_id: str | None
    updated_at: datetime
