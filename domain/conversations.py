"""Conversations: two people about one listing, and how far each of them has read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

MOST_NEW_PER_HOUR = 5
"""Conversations that one person may begin in an hour."""

TYPING_SECONDS = 6.0
"""So long somebody is shown as typing after the last sign of it."""

MUTED_FOREVER = timedelta(days=365 * 100)


class ConversationRole(Enum):
    """Which of the two somebody is."""

    BUYER = "buyer"
    SELLER = "seller"


class ConversationState(Enum):
    """Which conversations a list shows."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    UNREAD = "unread"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Participant:
    """One of the two, and how far they have come; marks only ever rise."""

    conversation_id: str
    user_id: UUID
    role: ConversationRole
    last_delivered_seq: int
    last_read_seq: int
    unread: int
    """How many messages of the other lie beyond what was read; cached, and counted anew each night."""
    sorted_at: datetime | None
    """Where the conversation stands in the list of its owner; None while there is nothing to show them."""
    archived_at: datetime | None
    muted_until: datetime | None

    def is_muted(self, now: datetime) -> bool:
        """Whether new messages are not announced to them."""
        return self.muted_until is not None and self.muted_until > now


@dataclass(frozen=True, slots=True)
class Conversation:
    """What two people write each other about a listing; there is one for each buyer, seller and listing."""

    conversation_id: str
    listing_id: str
    buyer_id: UUID
    seller_id: UUID
    last_seq: int
    """The number of the newest message; numbers begin at 1 and have no hole."""
    version: int
    """Rises whenever any message changes."""
    created_at: datetime
    last_message_at: datetime | None
    participants: tuple[Participant, ...]

    def has_member(self, user_id: UUID) -> bool:
        """Whether somebody is one of the two."""
        return user_id in {self.buyer_id, self.seller_id}

    def other(self, user_id: UUID) -> UUID:
        """The one of the two who is not this one."""
        return self.seller_id if user_id == self.buyer_id else self.buyer_id

    def participant(self, user_id: UUID) -> Participant:
        """How far one of the two has come."""
        return next(each for each in self.participants if each.user_id == user_id)


def total_unread(participants: Iterable[Participant]) -> int:
    """All unread messages of somebody."""
    return sum(each.unread for each in participants)
