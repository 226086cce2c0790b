"""Writing messages: membership, block, rate, filter, one transaction, and then those who watch are shown it."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from datasources.postgres import conversations, moderation, sending
from datasources.postgres.sending import Obstacle, Outgoing, Written
from datasources.postgres.standings import Question, Standing
from datasources.redis.windows import Limit
from domain.conversations import MOST_NEW_PER_HOUR
from domain.ids import RANDOM_BITS, uuid7
from domain.message_filters import Judgement, Verdict, Writing, is_compared
from domain.messages import (
    MOST_IN_A_MINUTE,
    MOST_IN_TEN_SECONDS,
    HeldMessage,
    Message,
    MessageDraft,
    MessageKeyConflict,
    MessageRefused,
    MessageStatus,
    RefusalCode,
    SentMessage,
    draft_problems,
)
from domain.moderation import CaseKind, CaseState, ModerationCase, SubjectKind
from domain.problems import InvalidInput, NotFound, RetryLater, UpstreamUnavailableError
from domain.users import User
from services.post_offices import PostOffice

MESSAGE_LIMITS = (Limit(MOST_IN_TEN_SECONDS, 10), Limit(MOST_IN_A_MINUTE, 60))
CONVERSATION_LIMITS = (Limit(MOST_NEW_PER_HOUR, 3_600),)

NO_CONVERSATION = NotFound("There is no such conversation.")
NO_LISTING = NotFound("There is no such listing, or it is no longer shown.")
_AWAY = RetryLater("Messages cannot be recorded at the moment; repeat the same call with the same clientMessageId.")

SendOutcome = SentMessage | HeldMessage | MessageRefused | MessageKeyConflict | InvalidInput | NotFound | RetryLater


@dataclass(frozen=True, slots=True)
class _Letter:
    """A draft on its way: who asks to send it, and what it is about."""

    question: Question
    listing_id: str
    draft: MessageDraft
    is_begun_by_listing: bool = False

    @property
    def digest(self) -> str:
        """The same for the same call."""
        target = f"listing:{self.listing_id}" if self.is_begun_by_listing else self.question.conversation_id or ""
        return self.draft.digest(target)


async def send_message(office: PostOffice, sender: User, conversation_id: str, draft: MessageDraft) -> SendOutcome:
    """Send a message. The same draft again gives the first answer, whatever failed in between (C3)."""
    if problems := draft_problems(draft):
        return InvalidInput(tuple(problems))
    question = _question(sender, draft, conversation_id=conversation_id)
    try:
        standing = await office.standings.ask(question)
        if standing is None:
            return NO_CONVERSATION
        return await _write(office, _Letter(question, standing.listing_id or "", draft), standing)
    except UpstreamUnavailableError:
        return _AWAY


async def start_conversation(office: PostOffice, buyer: User, listing_id: str, draft: MessageDraft) -> SendOutcome:
    """Write to the seller of a listing; there is one conversation for each buyer, seller and listing."""
    if problems := draft_problems(draft):
        return InvalidInput(tuple(problems))
    database = office.sources.database
    try:
        owner = await conversations.owner_of_listing(database, listing_id)
        if owner is None:
            return NO_LISTING
        if owner.user_id is None:
            return MessageRefused(RefusalCode.NO_RECIPIENT)
        if owner.user_id == buyer.user_id:
            return MessageRefused(RefusalCode.OWN_LISTING)
        begun = await conversations.id_of(database, listing_id, buyer_id=buyer.user_id, seller_id=owner.user_id)
        question = _question(buyer, draft, conversation_id=begun, recipient_id=owner.user_id)
        standing = await office.standings.ask(question)
        if standing is None:
            return NO_CONVERSATION
        return await _write(office, _Letter(question, listing_id, draft, is_begun_by_listing=True), standing)
    except UpstreamUnavailableError:
        return _AWAY


def _question(
    sender: User, draft: MessageDraft, *, conversation_id: str | None, recipient_id: UUID | None = None
) -> Question:
    return Question(
        sender_id=sender.user_id,
        recipient_id=recipient_id,
        conversation_id=conversation_id,
        client_id=draft.client_message_id,
        wants_recent=is_compared(draft.body),
    )


async def _write(office: PostOffice, letter: _Letter, standing: Standing) -> SendOutcome:
    if (known := _earlier(standing, letter) or _closed(standing)) is not None:
        return known
    if (refusal := await _limited(office, letter)) is not None:
        return refusal
    judgement = await office.judge(
        Writing(letter.draft.body, is_first_contact=not standing.has_answer, recent=standing.recent)
    )
    written = await _record(office, letter, standing.recipient_id, judgement)
    if isinstance(written, Obstacle):
        # Something came first: most likely the same client with the same id, else a block or a suspension.
        again = await office.standings.ask(letter.question)
        return _AWAY if again is None else _earlier(again, letter) or _closed(again) or _AWAY
    office.publisher.publish(written.events)
    return _answer(written.message, replayed=False)


def _earlier(standing: Standing, letter: _Letter) -> SendOutcome | None:
    if standing.earlier is None:
        return None
    if standing.earlier_digest != letter.digest:
        return MessageKeyConflict(letter.draft.client_message_id)
    return _answer(standing.earlier, replayed=True)


def _answer(message: Message, *, replayed: bool) -> SentMessage | HeldMessage | MessageRefused:
    match message.status:
        case MessageStatus.HELD:
            return HeldMessage(message, replayed)
        case MessageStatus.REJECTED:
            return MessageRefused(RefusalCode.CONTENT_REJECTED)
        case _:
            return SentMessage(message, replayed)


def _closed(standing: Standing) -> MessageRefused | None:
    """Suspension and block come before the limits: a refused message uses none of them up."""
    if standing.is_suspended:
        return MessageRefused(RefusalCode.SUSPENDED)
    return MessageRefused(RefusalCode.CONVERSATION_CLOSED) if standing.is_blocked else None


async def _limited(office: PostOffice, letter: _Letter) -> MessageRefused | None:
    sender_id = letter.question.sender_id
    if wait := await office.count(f"message:{sender_id}", MESSAGE_LIMITS):
        return MessageRefused(RefusalCode.RATE_LIMITED, wait)
    if letter.question.conversation_id is None and (
        wait := await office.count(f"conversation:{sender_id}", CONVERSATION_LIMITS)
    ):
        return MessageRefused(RefusalCode.TOO_MANY_CONVERSATIONS, wait)
    return None


STATUS_BY_VERDICT = {
    Verdict.ALLOW: MessageStatus.SENT,
    Verdict.HOLD: MessageStatus.HELD,
    Verdict.REJECT: MessageStatus.REJECTED,
}


async def _record(office: PostOffice, letter: _Letter, recipient_id: UUID, judgement: Judgement) -> Written | Obstacle:
    """Everything that a message brings about, in one transaction; most share it with others of the same moment."""
    now, begun = office.sources.clock(), letter.question.conversation_id

    def outgoing(message: Message) -> Outgoing:
        return Outgoing(
            message=message, recipient_id=recipient_id, digest=letter.digest, notice_after=office.notice_after
        )

    draft, status = _draft_of(letter, judgement, now), STATUS_BY_VERDICT[judgement.verdict]

    async def run(connection: Any) -> Written:
        conversation_id = begun or await conversations.begin(
            connection,
            new_id(now),
            listing_id=letter.listing_id,
            buyer_id=draft.sender_id,
            seller_id=recipient_id,
            at=now,
        )
        message = replace(draft, conversation_id=conversation_id)
        if status is MessageStatus.SENT:
            return await sending.send(connection, outgoing(message), at=now)
        if status is MessageStatus.HELD:
            await sending.hold(connection, message, digest=letter.digest)
        else:
            await sending.reject(connection, message, digest=letter.digest)
        await moderation.open_case(connection, case_of(message, judgement.reasons, now=now))
        return Written(message, [])

    if begun is not None and status is MessageStatus.SENT:
        written = await office.sends.ask(outgoing(draft))
        if written is not Obstacle.BUSY:
            return written
    return await sending.attempt(office.sources.database, "messages.send", run)


def _draft_of(letter: _Letter, judgement: Judgement, now: datetime) -> Message:
    return Message(
        message_id=new_id(now),
        conversation_id=letter.question.conversation_id or "",
        seq=None,
        sender_id=letter.question.sender_id,
        client_message_id=letter.draft.client_message_id,
        body=letter.draft.body.strip(),
        status=STATUS_BY_VERDICT[judgement.verdict],
        attachments=letter.draft.attachments,
        about_id=letter.draft.about_id,
        created_at=now,
        edited_at=None,
        deleted_at=None,
    )


def case_of(
    message: Message, reasons: tuple[str, ...], *, now: datetime, reporter_id: UUID | None = None, note: str = ""
) -> ModerationCase:
    """A case about a message as it is now."""
    kind = CaseKind.HELD if message.status is MessageStatus.HELD else CaseKind.REJECTED
    return ModerationCase(
        case_id=new_id(now),
        kind=CaseKind.REPORTED if reporter_id is not None else kind,
        subject_kind=SubjectKind.MESSAGE,
        subject_id=message.message_id,
        subject_user_id=message.sender_id,
        reporter_id=reporter_id,
        reasons=reasons,
        note=note,
        snapshot={
            "body": message.body,
            "attachments": list(message.attachments),
            "conversation": message.conversation_id,
            "seq": message.seq,
            "createdAt": message.created_at.isoformat(),
        },
        state=CaseState.OPEN,
        created_at=now,
    )


def new_id(now: datetime) -> str:
    """A fresh id that sorts by its time."""
    return str(uuid7(now, secrets.randbits(RANDOM_BITS)))
