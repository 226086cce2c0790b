"""Public questions under a listing and their answers: written as messages are, read by everybody."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.messages import MessageStatus


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asked the seller for everybody to read."""

    question_id: str
    listing_id: str
    asker_id: UUID
    seller_id: UUID
    client_message_id: str
    body: str
    status: MessageStatus
    asked_at: datetime
    answer: str | None = None
    answer_status: MessageStatus | None = None
    answered_at: datetime | None = None

    def shown_to(self, viewer_id: UUID | None) -> "Question | None":
        """The question as somebody sees it: what is held only by its writer, what is hidden or rejected by nobody."""
        is_shown = self.status is MessageStatus.SENT or (
            self.status is MessageStatus.HELD and viewer_id == self.asker_id
        )
        if not is_shown:
            return None
        has_answer = self.answer_status is MessageStatus.SENT or (
            self.answer_status is MessageStatus.HELD and viewer_id == self.seller_id
        )
        return self if has_answer else replace(self, answer=None, answer_status=None, answered_at=None)


@dataclass(frozen=True, slots=True)
class QuestionPosted:
    """The question or its answer is in the record; `is_held` while a moderator looks at it."""

    question: Question
    is_held: bool
    replayed: bool = False
