"""Writing messages: membership, block, rate, filter, one transaction, and then those who watch are shown it."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from datasources.postgres import conversations, messages, moderation, sending
from datasources.postgres.messages import Standing
from datasources.postgres.sending import Obstacle, Written
from datasources.redis.windows import Limit
from domain.conversations import MOST_NEW_PER_HOUR
from domain.ids import RANDOM_BITS, uuid7
from domain.message_filters import Judgement, Verdict, Writing
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """A draft on its way: from whom, to whom, and where it belongs."""

    sender_id: UUID
    recipient_id: UUID
    conversation_id: str | None
    """None while the conversation has not begun."""
    listing_id: str
    draft: MessageDraft
    digest: str


async def send_message(office: PostOffice, sender: User, conversation_id: str, draft: MessageDraft) -> SendOutcome:
    """Send a message. The same draft again gives the first answer, whatever failed in between (C3)."""
    if problems := draft_problems(draft):
        return InvalidInput(tuple(problems))
    try:
        (conversation,) = await conversations.by_ids(office.sources.database, [conversation_id])
        if conversation is None or not conversation.has_member(sender.user_id):
            return NO_CONVERSATION
        return await _write(
            office,
            _Letter(
                sender_id=sender.user_id,
                recipient_id=conversation.other(sender.user_id),
                conversation_id=conversation_id,
                listing_id=conversation.listing_id,
                draft=draft,
                digest=draft.digest(conversation_id),
            ),
        )
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
        return await _write(
            office,
            _Letter(
                sender_id=buyer.user_id,
                recipient_id=owner.user_id,
                conversation_id=begun,
                listing_id=listing_id,
                draft=draft,
                digest=draft.digest(f"listing:{listing_id}"),
            ),
        )
    except UpstreamUnavailableError:
        return _AWAY


async def _write(office: PostOffice, letter: _Letter) -> SendOutcome:
    now = office.sources.clock()
    standing = await _standing(office, letter, now)
    if (earlier := _earlier(standing, letter)) is not None:
        return earlier
    if (refusal := await _refusal(office, standing, letter)) is not None:
        return refusal
    judgement = await office.judge(
        Writing(letter.draft.body, is_first_contact=not standing.has_answer, recent=standing.recent)
    )
    written = await _record(office, letter, judgement, now)
    if isinstance(written, Obstacle):
        if written is Obstacle.CLOSED:
            return MessageRefused(RefusalCode.CONVERSATION_CLOSED)
        # Somebody else, most likely the same client, was faster with the same id.
        again = _earlier(await _standing(office, letter, now), letter)
        return again if again is not None else _AWAY
    office.publisher.publish(written.events)
    return _answer(written.message, replayed=False)


async def _standing(office: PostOffice, letter: _Letter, now: datetime) -> Standing:
    return await messages.standing(
        office.sources.database,
        letter.sender_id,
        letter.recipient_id,
        conversation_id=letter.conversation_id,
        client_id=letter.draft.client_message_id,
        at=now,
    )


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


async def _refusal(office: PostOffice, standing: Standing, letter: _Letter) -> MessageRefused | None:
    """Block and suspension first, then the limits: a refused message uses none of them up."""
    if standing.is_suspended:
        return MessageRefused(RefusalCode.SUSPENDED)
    if standing.is_blocked:
        return MessageRefused(RefusalCode.CONVERSATION_CLOSED)
    if wait := await office.count(f"message:{letter.sender_id}", MESSAGE_LIMITS):
        return MessageRefused(RefusalCode.RATE_LIMITED, wait)
    if letter.conversation_id is None and (
        wait := await office.count(f"conversation:{letter.sender_id}", CONVERSATION_LIMITS)
    ):
        return MessageRefused(RefusalCode.TOO_MANY_CONVERSATIONS, wait)
    return None


STATUS_BY_VERDICT = {
    Verdict.ALLOW: MessageStatus.SENT,
    Verdict.HOLD: MessageStatus.HELD,
    Verdict.REJECT: MessageStatus.REJECTED,
}


async def _record(office: PostOffice, letter: _Letter, judgement: Judgement, now: datetime) -> Written | Obstacle:
    """Everything that a message brings about, in one transaction."""
    status = STATUS_BY_VERDICT[judgement.verdict]

    async def run(connection: Any) -> Written:
        conversation_id = letter.conversation_id or await conversations.begin(
            connection,
            new_id(now),
            listing_id=letter.listing_id,
            buyer_id=letter.sender_id,
            seller_id=letter.recipient_id,
            at=now,
        )
        message = Message(
            message_id=new_id(now),
            conversation_id=conversation_id,
            seq=None,
            sender_id=letter.sender_id,
            client_message_id=letter.draft.client_message_id,
            body=letter.draft.body.strip(),
            status=status,
            attachments=letter.draft.attachments,
            about_id=letter.draft.about_id,
            created_at=now,
            edited_at=None,
            deleted_at=None,
        )
        if status is MessageStatus.SENT:
            return await sending.send(
                connection, message, recipient_id=letter.recipient_id, digest=letter.digest, at=now
            )
        if status is MessageStatus.HELD:
            await sending.hold(connection, message, digest=letter.digest)
        else:
            await sending.reject(connection, message, digest=letter.digest)
        await moderation.open_case(connection, case_of(message, judgement.reasons, now=now))
        return Written(message, [])

    return await sending.attempt(office.sources.database, "messages.send", run)


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
