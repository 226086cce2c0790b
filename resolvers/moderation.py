"""The queue of moderators and what they decide."""

from collections.abc import Mapping
from typing import Annotated, Any

import strawberry
from strawberry import Parent

from datasources.postgres import moderation as recorded
from domain.moderation import CaseKind, CaseState, ModerationCase, Resolution
from domain.nodes import record_id_of
from domain.pages import Page, page_of, slice_of
from domain.problems import ForbiddenError, RetryLater
from resolvers.arguments import After, First
from resolvers.message_context import MessageInfo, account_id, user_id_of
from resolvers.reading import reads
from services import moderation
from services.moderation import Decision, ResolveOutcome, SuspensionLifted

CaseStateArgument = Annotated[CaseState | None, strawberry.argument(description="Open or resolved ones; null for all.")]
CaseKindArgument = Annotated[CaseKind | None, strawberry.argument(description="Only those that came about so.")]


@strawberry.input(description="What staff decided about a case.")
class ResolveCaseInput:
    """Input of `resolveCase`."""

    case_id: strawberry.ID = strawberry.field(description="Id of the case.")
    resolution: Resolution = strawberry.field(description="What is to happen.")
    note: str = strawberry.field(default="", description="Why, for the audit log; at most 1,000 characters.")
    suspended_days: int | None = strawberry.field(
        default=None, description="How long a suspension lasts; 30 days without it."
    )


@strawberry.input(description="A suspension to end.")
class LiftSuspensionInput:
    """Input of `liftSuspension`."""

    user_id: strawberry.ID = strawberry.field(description="The account.")


@reads({})
async def moderation_cases(
    info: MessageInfo,
    state: CaseStateArgument = CaseState.OPEN,
    kind: CaseKindArgument = None,
    first: First = 20,
    after: After = None,
) -> Page[ModerationCase]:
    """Cases for staff, the oldest first."""
    if not info.context.viewer.is_staff:
        raise ForbiddenError
    wanted = slice_of(first, after, arity=1)
    fields = info.context.selection.of(ModerationCase)
    found = await recorded.page_of(info.context.sources.database, wanted, state=state, kind=kind, fields=fields)
    return page_of(found, wanted, key=lambda each: (each.case_id,))


async def resolve_case(info: MessageInfo, input: ResolveCaseInput) -> ResolveOutcome:  # noqa: A002 - the customary name of a mutation's one argument
    """Decide a case."""
    decision = Decision(resolution=input.resolution, note=input.note, suspended_days=input.suspended_days)
    case_id = record_id_of(input.case_id, "ModerationCase")
    return await moderation.resolve_case(info.context.office, info.context.user, case_id, decision)


async def lift_suspension(info: MessageInfo, input: LiftSuspensionInput) -> SuspensionLifted | RetryLater:  # noqa: A002 - as above
    """Let somebody write again."""
    return await moderation.lift_suspension(info.context.office, info.context.user, user_id_of(input.user_id))


@reads({ModerationCase: ("subject_user_id",)})
def case_user_id(root: Parent[ModerationCase]) -> strawberry.ID:
    """Who wrote it."""
    return account_id(root.subject_user_id)


@reads({ModerationCase: ("reporter_id",)})
def case_reporter_id(root: Parent[ModerationCase]) -> strawberry.ID | None:
    """Who reported it."""
    return account_id(root.reporter_id) if root.reporter_id is not None else None


@reads({ModerationCase: ("snapshot",)})
def snapshot(root: Parent[ModerationCase]) -> Any:
    """What was there when the case was opened."""
    found: Mapping[str, Any] = root.snapshot
    return dict(found)


@reads({ModerationCase: ("reasons",)})
def reasons(root: Parent[ModerationCase]) -> list[str]:
    """Why."""
    return list(root.reasons)
