"""Refusals as clients see them: every mutation's result union can carry one."""

import strawberry

from domain import problems as domain
from schema.fields import attribute
from schema.nodes import view


@strawberry.interface(description="Why something was refused: a stable code and a sentence for people.")
class Problem:
    """What every refusal has."""

    code: str = attribute("A stable code to switch on.")
    message: str = attribute("A sentence to show; its wording may change.")


@strawberry.type(description="One input field that needs a correction.")
class FieldProblem:
    """Where the input breaks a rule."""

    field: str = attribute("Path of the field, such as `attributes.year`.")
    message: str = attribute("What to correct.")


@view(of=domain.InvalidInput, description="The input breaks rules; nothing was changed.")
class InvalidInput(Problem):
    """INVALID_INPUT."""

    problems: list[FieldProblem] = attribute("Every field that needs a correction, at most 100.")


@view(of=domain.NotSignedIn, description="The operation needs a signed-in viewer.")
class NotSignedIn(Problem):
    """NOT_SIGNED_IN."""


@view(of=domain.NotAllowed, description="The viewer may not do this.")
class NotAllowed(Problem):
    """NOT_ALLOWED."""


@view(of=domain.NotFound, description="It does not exist, or not for this viewer.")
class NotFound(Problem):
    """NOT_FOUND."""


@view(of=domain.EditConflict, description="The record changed in the meantime; load it again and repeat the change.")
class EditConflict(Problem):
    """EDIT_CONFLICT."""

    current_revision: str | None = attribute("The revision that stands now.")


@view(of=domain.WrongState, description="The record's state does not allow this step.")
class WrongState(Problem):
    """WRONG_STATE."""

    state: str = attribute("The state it is in.")


@view(of=domain.IdempotencyConflict, description="The idempotency key was used before with another input.")
class IdempotencyConflict(Problem):
    """IDEMPOTENCY_CONFLICT."""


@view(of=domain.RetryLater, description="A system needed for this is away; nothing was changed, repeat the same call.")
class RetryLater(Problem):
    """RETRY_LATER."""
