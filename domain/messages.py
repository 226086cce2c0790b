"""Messages: the record, what may be written, until when it may be changed, and every answer to writing one."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from domain.problems import FieldProblem

LONGEST_BODY = 2_000
MOST_ATTACHMENTS = 10
EDITABLE_FOR = timedelta(minutes=15)

MOST_IN_TEN_SECONDS = 10
MOST_IN_A_MINUTE = 60

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_ATTACHMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")


class MessageStatus(Enum):
    """Where a message stands."""

    SENT = "sent"
    HELD = "held"
    """A moderator looks at it first; only its sender sees it."""
    REJECTED = "rejected"
    """The filter refused it; kept for review, shown to nobody."""
    HIDDEN = "hidden"
    """A moderator took it away; its place stays."""


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody wrote. Order is `seq`, never time; a message that is not sent has none."""

    message_id: str
    conversation_id: str
    seq: int | None
    sender_id: UUID
    client_message_id: str
    body: str
    status: MessageStatus
    attachments: tuple[str, ...]
    about_id: str | None
    """The global id of the order or auction it is about."""
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    edits: int = 0

    @property
    def is_shown(self) -> bool:
        """Whether its text may be shown to those who may see the conversation."""
        return self.deleted_at is None and self.status in {MessageStatus.SENT, MessageStatus.HELD}

    def is_visible_to(self, user_id: UUID) -> bool:
        """Held messages are their sender's alone, rejected ones nobody's."""
        if self.status is MessageStatus.HELD:
            return self.sender_id == user_id
        return self.status is not MessageStatus.REJECTED


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDraft:
    """What a client asks to send."""

    client_message_id: str
    body: str
    attachments: tuple[str, ...] = ()
    about_id: str | None = None

    def digest(self, target: str) -> str:
        """The same for the same message to the same place, so that a retry is told from another message."""
        parts = [target, self.body, list(self.attachments), self.about_id]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class SentMessage:
    """The message is in the record with its number; `replayed` for a retry that changed nothing."""

    message: Message
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """The message waits for a moderator; nobody else sees it yet."""

    message: Message
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class MessageKeyConflict:
    """The client's id was used before for another message."""

    client_message_id: str
    code: str = "IDEMPOTENCY_CONFLICT"
    message: str = "This clientMessageId was used for another message; use a new one."


class RefusalCode(Enum):
    """Why a message was not taken."""

    CONVERSATION_CLOSED = "conversation-closed"
    SUSPENDED = "suspended"
    RATE_LIMITED = "rate-limited"
    TOO_MANY_CONVERSATIONS = "too-many-conversations"
    CONTENT_REJECTED = "content-rejected"
    TOO_LATE = "too-late"
    DELETED = "deleted"
    OWN_LISTING = "own-listing"
    NO_RECIPIENT = "no-recipient"


REFUSAL_SENTENCES = {
    RefusalCode.CONVERSATION_CLOSED: "This conversation takes no messages at the moment.",
    RefusalCode.SUSPENDED: "Your account may not write at the moment.",
    RefusalCode.RATE_LIMITED: "You are writing very fast; wait a moment.",
    RefusalCode.TOO_MANY_CONVERSATIONS: "You have begun many conversations; try again later.",
    RefusalCode.CONTENT_REJECTED: "This text cannot be sent here; a moderator may look at it.",
    RefusalCode.TOO_LATE: "A message can be changed for fifteen minutes only.",
    RefusalCode.DELETED: "This message is deleted.",
    RefusalCode.OWN_LISTING: "This is your own listing.",
    RefusalCode.NO_RECIPIENT: "This seller cannot be written to.",
}


@dataclass(frozen=True, slots=True)
class MessageRefused:
    """Nothing was sent."""

    reason: RefusalCode
    retry_after_seconds: float | None = None

    @property
    def code(self) -> str:
        """The reason's name."""
        return self.reason.name

    @property
    def message(self) -> str:
        """A sentence for people."""
        return REFUSAL_SENTENCES[self.reason]


def is_client_message_id(text: str) -> bool:
    """Whether a client may name its message so."""
    return _CLIENT_ID.fullmatch(text) is not None


def draft_problems(draft: MessageDraft) -> list[FieldProblem]:
    """What keeps a draft from being sent."""
    problems = body_problems(draft.body)
    if not is_client_message_id(draft.client_message_id):
        problems.append(FieldProblem("clientMessageId", "A UUID, or 8 to 64 letters, digits, - or _."))
    if len(draft.attachments) > MOST_ATTACHMENTS:
        problems.append(FieldProblem("attachments", f"At most {MOST_ATTACHMENTS} attachments."))
    elif not all(_ATTACHMENT.fullmatch(each) for each in draft.attachments):
        problems.append(FieldProblem("attachments", "An attachment is named by the id of an uploaded file."))
    return problems


def body_problems(body: str, *, field: str = "body") -> list[FieldProblem]:
    """What keeps a text from being sent."""
    if not 1 <= len(body.strip()) <= LONGEST_BODY:
        return [FieldProblem(field, f"A message has 1 to {LONGEST_BODY} characters.")]
    if "\0" in body:
        return [FieldProblem(field, "A message is text.")]
    return []


def can_edit(message: Message, *, now: datetime) -> RefusalCode | None:
    """Why the sender may not change the message any more; None when they may."""
    if not message.is_shown:
        return RefusalCode.DELETED
    return RefusalCode.TOO_LATE if now - message.created_at > EDITABLE_FOR else None
