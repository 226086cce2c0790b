"""Presence and typing: fleeting, told only to those one writes with, and never exact about when."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

ONLINE_SECONDS = 75
"""So long after a heartbeat somebody counts as online; clients send one every thirty seconds."""

HEARTBEAT_SECONDS = 30
TYPING_EVERY_SECONDS = 3.0
MOST_FOLLOWED = 100


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether somebody is there; when they last were, to the minute."""

    user_id: UUID
    is_online: bool
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Typing:
    """Whether the other is writing."""

    conversation_id: str
    user_id: UUID
    is_typing: bool


def rounded(moment: datetime) -> datetime:
    """The minute of a moment."""
    return moment.replace(second=0, microsecond=0)
