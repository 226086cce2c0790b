"""What can go wrong: refusals, which are values with a code, and faults, which are exceptions."""

from dataclasses import dataclass


class OperatorError(Exception):
    """Something that whoever runs this can mend; the message is one sentence for them, shown without a traceback."""


class GavelError(Exception):
    """Base of the faults whose code and sentence clients may see; every other exception is masked."""

    public_code = "INTERNAL"
    public_message = "Something went wrong on our side."


class BadInputError(GavelError):
    """The client asked for something that cannot be; code and sentence are shown as they are."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.public_code = code
        self.public_message = message


class UnauthenticatedError(GavelError):
    """The field needs a signed-in viewer."""

    public_code = "UNAUTHENTICATED"
    public_message = "Sign in to use this."


class ForbiddenError(GavelError):
    """The viewer's roles do not allow the field."""

    public_code = "FORBIDDEN"
    public_message = "Your account may not do this."


class UpstreamUnavailableError(GavelError):
    """A system behind the schema did not answer in time; only the fields it owns are null."""

    public_code = "UPSTREAM_UNAVAILABLE"

    def __init__(self, system: str) -> None:
        super().__init__(system)
        self.system = system
        self.public_message = f"The {system} system did not answer in time; try again shortly."


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One input field that cannot be accepted, by its path such as ``attributes.year``."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class InvalidInput:
    """The input breaks rules of its kind; nothing was changed."""

    problems: tuple[FieldProblem, ...]
    code: str = "INVALID_INPUT"
    message: str = "Some fields need a correction."


@dataclass(frozen=True, slots=True)
class NotSignedIn:
    """The operation needs a signed-in viewer."""

    code: str = "NOT_SIGNED_IN"
    message: str = "Sign in to do this."


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """The viewer is known and may not do this."""

    message: str
    code: str = "NOT_ALLOWED"


@dataclass(frozen=True, slots=True)
class NotFound:
    """What the operation is about does not exist, or not for this viewer."""

    message: str
    code: str = "NOT_FOUND"


@dataclass(frozen=True, slots=True)
class EditConflict:
    """The record changed since the client read it; read it again and repeat the change."""

    current_revision: str | None
    code: str = "EDIT_CONFLICT"
    message: str = "This was changed in the meantime; load it again and repeat your change."


@dataclass(frozen=True, slots=True)
class WrongState:
    """The record's state does not allow the step (only declared transitions happen)."""

    state: str
    message: str
    code: str = "WRONG_STATE"


@dataclass(frozen=True, slots=True)
class IdempotencyConflict:
    """The idempotency key was used before with another input."""

    code: str = "IDEMPOTENCY_CONFLICT"
    message: str = "This idempotency key was already used with a different input; use a new key."


@dataclass(frozen=True, slots=True)
class RetryLater:
    """A system that must record the change is away; nothing was changed, the same call may be repeated."""

    message: str
    code: str = "RETRY_LATER"
