"""Public questions and answers: the same way as messages, from block and rate to filter, with everybody reading."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from datasources.postgres import conversations, jobs, moderation, questions, sending
from datasources.postgres.questions import AskerStanding
from datasources.postgres.sending import Obstacle
from domain.message_filters import Verdict, Writing
from domain.messages import (
    MessageDraft,
    MessageKeyConflict,
    MessageRefused,
    MessageStatus,
    RefusalCode,
    body_problems,
    draft_problems,
)
from domain.moderation import CaseKind, CaseState, ModerationCase, SubjectKind
from domain.notifications import Cause, NotificationKind
from domain.problems import InvalidInput, NotAllowed, NotFound, RetryLater, UpstreamUnavailableError, WrongState
from domain.questions import Question, QuestionPosted
from domain.users import User
from services.messages import MESSAGE_LIMITS, NO_LISTING, STATUS_BY_VERDICT, new_id
from services.notifications import Job, notice
from services.post_offices import PostOffice

NO_QUESTION = NotFound("There is no such question.")

AskOutcome = QuestionPosted | MessageRefused | MessageKeyConflict | InvalidInput | NotFound | RetryLater
AnswerOutcome = QuestionPosted | MessageRefused | InvalidInput | NotAllowed | NotFound | WrongState | RetryLater


async def ask_question(office: PostOffice, user: User, listing_id: str, draft: MessageDraft) -> AskOutcome:
    """Ask the seller of a listing in public. The same draft again gives the first answer."""
    if problems := draft_problems(draft):
        return InvalidInput(tuple(problems))
    try:
        owner = await conversations.owner_of_listing(office.sources.database, listing_id)
        if owner is None:
            return NO_LISTING
        if owner.user_id is None:
            return MessageRefused(RefusalCode.NO_RECIPIENT)
        if owner.user_id == user.user_id:
            return MessageRefused(RefusalCode.OWN_LISTING)
        now = office.sources.clock()
        question = Question(
            question_id=new_id(now),
            listing_id=listing_id,
            asker_id=user.user_id,
            seller_id=owner.user_id,
            client_message_id=draft.client_message_id,
            body=draft.body.strip(),
            status=MessageStatus.SENT,
            asked_at=now,
        )
        return await _ask(office, question, digest=draft.digest(f"question:{listing_id}"), title=owner.title)
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)


async def _ask(office: PostOffice, question: Question, *, digest: str, title: str) -> AskOutcome:
    standing = await _standing(office, question)
    if (earlier := _earlier(standing, question, digest)) is not None:
        return earlier
    if standing.is_suspended:
        return MessageRefused(RefusalCode.SUSPENDED)
    if standing.is_blocked:
        return MessageRefused(RefusalCode.CONVERSATION_CLOSED)
    if wait := await office.count(f"message:{question.asker_id}", MESSAGE_LIMITS):
        return MessageRefused(RefusalCode.RATE_LIMITED, wait)
    # Everybody reads it, so contact details are looked at whoever asks.
    judgement = await office.judge(Writing(question.body, is_first_contact=True, recent=standing.recent))
    judged = replace(question, status=STATUS_BY_VERDICT[judgement.verdict])

    async def run(connection: Any) -> Question:
        await questions.add(connection, judged, digest=digest)
        if judged.status is MessageStatus.SENT:
            await jobs.enqueue(connection, *_parts(asked(judged, title)))
        else:
            await moderation.open_case(connection, case_of(judged, judgement.reasons, now=judged.asked_at))
        return judged

    written = await sending.attempt(office.sources.database, "questions.ask", run)
    if isinstance(written, Obstacle):
        again = _earlier(await _standing(office, question), question, digest)
        return again if again is not None else RetryLater("Repeat the same call with the same clientMessageId.")
    return _posted(written, replayed=False)


async def _standing(office: PostOffice, question: Question) -> AskerStanding:
    return await questions.standing(
        office.sources.database,
        question.asker_id,
        question.seller_id,
        client_id=question.client_message_id,
        at=question.asked_at,
    )


def _earlier(standing: AskerStanding, question: Question, digest: str) -> AskOutcome | None:
    if standing.earlier is None:
        return None
    if standing.earlier_digest != digest:
        return MessageKeyConflict(question.client_message_id)
    return _posted(standing.earlier, replayed=True)


def _posted(question: Question, *, replayed: bool) -> QuestionPosted | MessageRefused:
    if question.status is MessageStatus.REJECTED:
        return MessageRefused(RefusalCode.CONTENT_REJECTED)
    return QuestionPosted(question, question.status is MessageStatus.HELD, replayed)


async def answer_question(office: PostOffice, user: User, question_id: str, body: str) -> AnswerOutcome:
    """Answer a question about the own listing for everybody to read; the same answer again changes nothing."""
    if problems := body_problems(body):
        return InvalidInput(tuple(problems))
    try:
        (found,) = await questions.by_ids(office.sources.database, [question_id])
        if found is None or found.shown_to(user.user_id) is None:
            return NO_QUESTION
        if found.seller_id != user.user_id:
            return NotAllowed("Only the seller of the listing may answer.")
        if found.answer_status not in {None, MessageStatus.REJECTED}:
            if found.answer == body.strip():
                return QuestionPosted(found, found.answer_status is MessageStatus.HELD, replayed=True)
            return WrongState("ANSWERED", "This question has its answer.")
        return await _answer(office, found, body.strip())
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)


async def _answer(office: PostOffice, question: Question, text: str) -> AnswerOutcome:
    now = office.sources.clock()
    if await office.is_suspended(question.seller_id):
        return MessageRefused(RefusalCode.SUSPENDED)
    if wait := await office.count(f"message:{question.seller_id}", MESSAGE_LIMITS):
        return MessageRefused(RefusalCode.RATE_LIMITED, wait)
    judgement = await office.judge(Writing(text, is_first_contact=True))
    status = STATUS_BY_VERDICT[judgement.verdict]
    owner = await conversations.owner_of_listing(office.sources.database, question.listing_id)

    async def run(connection: Any) -> Question | None:
        answered = await questions.answer(connection, question.question_id, text, status=status, at=now)
        if answered is None:
            return None
        if status is MessageStatus.SENT:
            await jobs.enqueue(connection, *_parts(told(answered, owner.title if owner is not None else "")))
        else:
            case = case_of(answered, judgement.reasons, now=now, is_answer=True)
            await moderation.open_case(connection, case)
        return answered

    written = await office.sources.database.write("questions.answer", run)
    if written is None:
        return WrongState("ANSWERED", "This question has its answer.")
    if judgement.verdict is Verdict.REJECT:
        return MessageRefused(RefusalCode.CONTENT_REJECTED)
    return QuestionPosted(written, status is MessageStatus.HELD)


def asked(question: Question, title: str) -> Job:
    """The job that tells the seller."""
    cause = Cause(
        kind=NotificationKind.QUESTION_ASKED,
        key=f"question-asked:{question.question_id}",
        group=question.listing_id,
        facts={"title": title, "listing": question.listing_id},
    )
    return notice(cause, users=[str(question.seller_id)])


def told(question: Question, title: str) -> Job:
    """The job that tells the asker of the answer."""
    cause = Cause(
        kind=NotificationKind.QUESTION_ANSWERED,
        key=f"question-answered:{question.question_id}",
        group=question.listing_id,
        facts={"title": title, "listing": question.listing_id},
    )
    return notice(cause, users=[str(question.asker_id)])


def _parts(job: Job) -> tuple[str, Any]:
    return job[0], job[1]


def case_of(question: Question, reasons: tuple[str, ...], *, now: datetime, is_answer: bool = False) -> ModerationCase:
    """A case about a question or its answer as it is now."""
    status = question.answer_status if is_answer else question.status
    return ModerationCase(
        case_id=new_id(now),
        kind=CaseKind.HELD if status is MessageStatus.HELD else CaseKind.REJECTED,
        subject_kind=SubjectKind.ANSWER if is_answer else SubjectKind.QUESTION,
        subject_id=question.question_id,
        subject_user_id=question.seller_id if is_answer else question.asker_id,
        reporter_id=None,
        reasons=reasons,
        note="",
        snapshot={"body": question.answer if is_answer else question.body, "listing": question.listing_id},
        state=CaseState.OPEN,
        created_at=now,
    )
