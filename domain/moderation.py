"""Moderation: cases about what people wrote, what staff may do about them, and suspensions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

LONGEST_NOTE = 1_000
SUSPENDED_FOR = timedelta(days=30)
REJECTED_KEPT_FOR = timedelta(days=30)


class CaseKind(Enum):
    """How a case came about."""

    HELD = "held"
    """The filter wants it looked at before anybody sees it."""
    REJECTED = "rejected"
    """The filter refused it; the text is kept for review."""
    REPORTED = "reported"
    """Somebody reported it."""


class CaseState(Enum):
    """Whether somebody has decided."""

    OPEN = "open"
    RESOLVED = "resolved"


class SubjectKind(Enum):
    """What a case is about."""

    MESSAGE = "message"
    QUESTION = "question"
    ANSWER = "answer"


class ReportReason(Enum):
    """Why something is reported."""

    SPAM = "spam"
    FRAUD = "fraud"
    ABUSE = "abuse"
    OTHER = "other"


class Resolution(Enum):
    """What staff decided."""

    APPROVE = "approve"
    """Nothing is wrong; what was held is sent."""
    WARN = "warn"
    """The writer is told; what was held is sent."""
    HIDE = "hide"
    """Nobody sees it any more; what was held is never sent."""
    SUSPEND = "suspend"
    """As hide, and the writer may not write for a while."""

    @property
    def takes_away(self) -> bool:
        """Whether the subject is shown no more."""
        return self in {Resolution.HIDE, Resolution.SUSPEND}


@dataclass(frozen=True, slots=True)
class ModerationCase:
    """Something for staff to look at; the snapshot is what was there when it was opened."""

    case_id: str
    kind: CaseKind
    subject_kind: SubjectKind
    subject_id: str
    subject_user_id: UUID
    reporter_id: UUID | None
    reasons: tuple[str, ...]
    note: str
    snapshot: Mapping[str, Any]
    state: CaseState
    created_at: datetime
    resolution: Resolution | None = None
    resolved_by: UUID | None = None
    resolved_at: datetime | None = None
