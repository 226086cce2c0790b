"""The work of moderators: cases resolved once, with everything that follows, audited in the same transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from datasources.postgres import changing, jobs, moderation, orders, questions, sending
from datasources.postgres.sending import Obstacle
from domain.messages import MessageStatus
from domain.moderation import LONGEST_NOTE, SUSPENDED_FOR, CaseKind, ModerationCase, Resolution, SubjectKind
from domain.notifications import Cause, NotificationKind
from domain.problems import FieldProblem, InvalidInput, NotFound, RetryLater, UpstreamUnavailableError, WrongState
from domain.topics import TopicEvent
from domain.users import User
from services.notifications import notice
from services.post_offices import PostOffice

NO_CASE = NotFound("There is no such case.")
LONGEST_SUSPENSION_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class CaseResolved:
    """The case as it stands after the decision."""

    case: ModerationCase


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What staff decided."""

    resolution: Resolution
    note: str = ""
    suspended_days: int | None = None


ResolveOutcome = CaseResolved | InvalidInput | NotFound | WrongState | RetryLater


async def resolve_case(office: PostOffice, staff: User, case_id: str, decision: Decision) -> ResolveOutcome:
    """Decide an open case: what was held is sent or never is, what is shown stays or goes, all in one transaction."""
    if problems := _problems(decision):
        return InvalidInput(tuple(problems))
    now = office.sources.clock()
    try:
        (found,) = await moderation.by_ids(office.sources.database, [case_id])
        if found is None:
            return NO_CASE

        async def run(connection: Any) -> tuple[ModerationCase, list[TopicEvent]] | None:
            case = await moderation.close_case(connection, case_id, decision.resolution, by=staff.user_id, at=now)
            if case is None:
                return None
            events = await _follow(connection, case, decision, now)
            await orders.audit(
                connection,
                actor=str(staff.user_id),
                action=f"moderation.{decision.resolution.value}",
                subject=f"{case.subject_kind.value}:{case.subject_id}",
                detail={"case": case_id, "user": str(case.subject_user_id), "note": decision.note},
                now=now,
            )
            return case, events

        done = await sending.attempt(office.sources.database, "moderation.resolve", run)
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    if isinstance(done, Obstacle):
        return WrongState("CLOSED", "The two no longer write to each other; hide the message instead.")
    if done is None:
        return WrongState("RESOLVED", "This case is decided already.")
    office.publisher.publish(done[1])
    return CaseResolved(done[0])


def _problems(decision: Decision) -> list[FieldProblem]:
    problems = []
    if len(decision.note) > LONGEST_NOTE or "\0" in decision.note:
        problems.append(FieldProblem("note", f"A note has at most {LONGEST_NOTE} characters."))
    if decision.suspended_days is not None and not 1 <= decision.suspended_days <= LONGEST_SUSPENSION_DAYS:
        problems.append(FieldProblem("suspendedDays", f"1 to {LONGEST_SUSPENSION_DAYS} days."))
    return problems


async def _follow(connection: Any, case: ModerationCase, decision: Decision, now: datetime) -> list[TopicEvent]:
    """What a decision brings about; the suspension first, so that nothing of a suspended person is sent."""
    events = await _settle(connection, case, decision.resolution, now)
    if decision.resolution is Resolution.WARN:
        cause = Cause(kind=NotificationKind.WARNED, key=f"warned:{case.case_id}", group=case.case_id, facts={})
        await jobs.enqueue(connection, *notice(cause, users=[str(case.subject_user_id)])[:2])
    if decision.resolution is Resolution.SUSPEND:
        days = decision.suspended_days
        until = now + (SUSPENDED_FOR if days is None else timedelta(days=days))
        await moderation.suspend(connection, case.subject_user_id, until_at=until, case_id=case.case_id, at=now)
    return events


async def _settle(connection: Any, case: ModerationCase, resolution: Resolution, now: datetime) -> list[TopicEvent]:
    if case.subject_kind is not SubjectKind.MESSAGE:
        if case.kind is CaseKind.REJECTED and not resolution.takes_away:
            return []  # it was refused, and its writer was told so
        status = MessageStatus.HIDDEN if resolution.takes_away else MessageStatus.SENT
        is_answer = case.subject_kind is SubjectKind.ANSWER
        await questions.settle(connection, case.subject_id, status, is_answer=is_answer)
        return []
    if resolution.takes_away:
        hidden = await changing.hide(connection, case.subject_id, at=now)
        return hidden.events if hidden is not None else []
    if case.kind is CaseKind.HELD:
        released = await sending.release(connection, case.subject_id, at=now)
        return released.events if released is not None else []
    return []


@dataclass(frozen=True, slots=True)
class SuspensionLifted:
    """Somebody may write again."""

    was_suspended: bool


async def lift_suspension(office: PostOffice, staff: User, user_id: UUID) -> SuspensionLifted | RetryLater:
    """Let somebody write again; audited when anything was in the way."""
    now = office.sources.clock()

    async def run(connection: Any) -> bool:
        if not await moderation.lift_suspension(connection, user_id):
            return False
        await orders.audit(
            connection,
            actor=str(staff.user_id),
            action="moderation.lift",
            subject=f"user:{user_id}",
            detail={},
            now=now,
        )
        return True

    try:
        return SuspensionLifted(await office.sources.database.write("moderation.lift", run))
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
