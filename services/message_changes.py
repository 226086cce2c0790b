"""Changing messages that were sent: editing for a while, deleting, and reporting what somebody else wrote."""

from datetime import datetime
from typing import Any

from datasources.postgres import changing, conversations, messages, moderation, standings
from datasources.postgres.sending import Written
from datasources.postgres.standings import Question
from domain.message_filters import Verdict, Writing
from domain.messages import (
    Message,
    MessageRefused,
    MessageStatus,
    RefusalCode,
    SentMessage,
    body_problems,
    can_edit,
)
from domain.moderation import LONGEST_NOTE, ReportReason
from domain.problems import FieldProblem, InvalidInput, NotAllowed, NotFound, RetryLater, UpstreamUnavailableError
from domain.users import User
from services.messages import case_of
from services.post_offices import PostOffice

_NO_MESSAGE = NotFound("There is no such message.")
_NOT_YOURS = NotAllowed("Only its sender may do this.")

ChangeOutcome = SentMessage | MessageRefused | InvalidInput | NotAllowed | NotFound | RetryLater


async def edit_message(office: PostOffice, user: User, message_id: str, body: str) -> ChangeOutcome:
    """Put another text in place of the sender's own; the earlier one is kept. The same text again changes nothing."""
    if problems := body_problems(body):
        return InvalidInput(tuple(problems))
    text = body.strip()
    try:
        found = await _own_message(office, user, message_id)
        if not isinstance(found, Message):
            return found
        now = office.sources.clock()
        if (refusal := can_edit(found, now=now)) is not None:
            return MessageRefused(refusal)
        if text == found.body:
            return SentMessage(found, replayed=True)
        if (refused := await _judged(office, found, text, now)) is not None:
            return refused
        return await _change(office, found, body=text, changes={"edited_at": now}, kind="edited", now=now)
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)


async def _judged(office: PostOffice, message: Message, text: str, now: datetime) -> MessageRefused | None:
    """An edit is held to what a new message is; it cannot be held back, so it is refused."""
    question = Question(sender_id=message.sender_id, conversation_id=message.conversation_id)
    standing = await standings.standing(office.sources.database, question, at=now)
    if standing is None:
        return MessageRefused(RefusalCode.CONVERSATION_CLOSED)
    if standing.is_suspended:
        return MessageRefused(RefusalCode.SUSPENDED)
    if standing.is_blocked:
        return MessageRefused(RefusalCode.CONVERSATION_CLOSED)
    judgement = await office.judge(Writing(text, is_first_contact=not standing.has_answer))
    return MessageRefused(RefusalCode.CONTENT_REJECTED) if judgement.verdict is not Verdict.ALLOW else None


async def delete_message(office: PostOffice, user: User, message_id: str) -> ChangeOutcome:
    """Leave a tombstone in the place of the sender's own message; again changes nothing."""
    try:
        found = await _own_message(office, user, message_id)
        if not isinstance(found, Message):
            return found
        if found.deleted_at is not None:
            return SentMessage(found, replayed=True)
        now = office.sources.clock()
        return await _change(office, found, body="", changes={"deleted_at": now}, kind="deleted", now=now)
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)


async def _own_message(office: PostOffice, user: User, message_id: str) -> Message | NotAllowed | NotFound:
    """The message, if it is this person's; to strangers it looks as if there were none."""
    (found,) = await messages.by_ids(office.sources.database, [message_id])
    if found is None:
        return _NO_MESSAGE
    if found.sender_id == user.user_id:
        return found if found.status is not MessageStatus.REJECTED else _NO_MESSAGE
    return _NOT_YOURS if await _may_read(office, user, found) else _NO_MESSAGE


async def _may_read(office: PostOffice, user: User, message: Message) -> bool:
    (conversation,) = await conversations.by_ids(office.sources.database, [message.conversation_id])
    is_member = conversation is not None and conversation.has_member(user.user_id)
    return is_member and message.is_visible_to(user.user_id)


async def _change(
    office: PostOffice, message: Message, *, body: str, changes: dict[str, Any], kind: str, now: datetime
) -> ChangeOutcome:
    async def run(connection: Any) -> Written | None:
        return await changing.change(connection, message.message_id, body=body, changes=changes, kind=kind, at=now)

    written = await office.sources.database.write(f"messages.{kind}", run)
    if written is None:
        return MessageRefused(RefusalCode.DELETED)
    office.publisher.publish(written.events)
    return SentMessage(written.message)


async def report_message(
    office: PostOffice, user: User, message_id: str, *, reason: ReportReason, note: str
) -> SentMessage | InvalidInput | NotAllowed | NotFound | RetryLater:
    """Have staff look at what the other wrote, as it is now; a second report changes nothing."""
    if len(note) > LONGEST_NOTE or "\0" in note:
        return InvalidInput((FieldProblem("note", f"A note has at most {LONGEST_NOTE} characters."),))
    try:
        (found,) = await messages.by_ids(office.sources.database, [message_id])
        if found is None or not await _may_read(office, user, found):
            return _NO_MESSAGE
        if found.sender_id == user.user_id:
            return NotAllowed("This is your own message.")
        case = case_of(found, (reason.value,), now=office.sources.clock(), reporter_id=user.user_id, note=note)
        is_new = await office.sources.database.write(
            "moderation.report", lambda connection: moderation.open_case(connection, case)
        )
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    return SentMessage(found, replayed=not is_new)
