"""Log topics: numbered events of a conversation, an inbox or a person's notices, and how long they are kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

KEPT_FOR = timedelta(days=7)
MOST_KEPT = 1_000
"""Events older than either can no longer be resumed from: the reader is told of a gap and given a snapshot."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Something that happened on a topic and has no number yet; the payload is plain JSON and small."""

    topic: str
    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TopicEvent:
    """An event of a topic; numbers begin at 1 and have no hole."""

    topic: str
    seq: int
    kind: str
    payload: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class TopicEnds:
    """What of a topic can be shown: events after `trimmed_seq` up to `last_seq`."""

    last_seq: int
    trimmed_seq: int

    def can_resume(self, seq: int) -> bool:
        """Whether everything after this number is still there."""
        return self.trimmed_seq <= seq <= self.last_seq


def conversation_topic(conversation_id: UUID | str) -> str:
    """What happens in one conversation."""
    return f"conversation:{conversation_id}"


def inbox_topic(user_id: UUID | str) -> str:
    """What happens in any conversation of one person."""
    return f"inbox:{user_id}"


def notices_topic(user_id: UUID | str) -> str:
    """What one person is notified of."""
    return f"notices:{user_id}"
