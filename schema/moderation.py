"""Moderation as staff see it."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain import moderation as domain
from resolvers import moderation as resolve
from schema.fields import attribute, resolved
from schema.nodes import Node, view
from schema.problems import InvalidInput, NotAllowed, NotFound, NotSignedIn, RetryLater, WrongState
from schema.scalars import JSON
from services import moderation as services


@view(of=domain.ModerationCase, description="Something for staff to look at.")
class ModerationCase(Node):
    """A view of `domain.moderation.ModerationCase`."""

    kind: domain.CaseKind = attribute("How it came about.")
    subject_kind: domain.SubjectKind = attribute("What it is about.")
    user_id: strawberry.ID = resolved(by=resolve.case_user_id, description="Who wrote it.")
    reporter_id: strawberry.ID | None = resolved(by=resolve.case_reporter_id, description="Who reported it.")
    reasons: list[str] = resolved(by=resolve.reasons, description="Why, as stable words.", list_size=1)
    note: str = attribute("What the reporter wrote.")
    snapshot: JSON = resolved(by=resolve.snapshot, description="What was there when the case was opened.")
    state: domain.CaseState = attribute("Whether it is decided.")
    resolution: domain.Resolution | None = attribute("What was decided.")
    created_at: datetime = attribute("When it was opened.")
    resolved_at: datetime | None = attribute("When it was decided.")


@view(of=services.CaseResolved, description="The case is decided.")
class CaseResolved:
    """A view of `services.moderation.CaseResolved`."""

    case: ModerationCase = attribute("The case after it.")


@view(of=services.SuspensionLifted, description="The account may write again.")
class SuspensionLifted:
    """A view of `services.moderation.SuspensionLifted`."""

    was_suspended: bool = attribute("Whether anything was in the way.")


ResolveCaseResult = Annotated[
    CaseResolved | NotSignedIn | NotAllowed | NotFound | InvalidInput | WrongState | RetryLater,
    strawberry.union("ResolveCaseResult", description="The case, or why it is not decided."),
]
LiftSuspensionResult = Annotated[
    SuspensionLifted | NotSignedIn | NotAllowed | RetryLater,
    strawberry.union("LiftSuspensionResult", description="Whether the account may write again."),
]
