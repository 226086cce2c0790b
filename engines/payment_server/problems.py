"""Refusals in Stripe's error envelope: `{"error": {"type", "code", "message", "param", ...}}`."""

from typing import Any


class StripeProblem(Exception):  # noqa: N818 - an answer to the client, not a fault of this server
    """An answer other than 200. `is_recorded`: what was written before it stays, as with a declined charge."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        is_recorded: bool = False,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.is_recorded = is_recorded
        self.details = details or {}

    def envelope(self) -> dict[str, Any]:
        """The JSON body."""
        error: dict[str, Any] = {"type": self.kind, "message": str(self), **self.details}
        if self.code is not None:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param is not None:
            error["param"] = self.param
        return {"error": error}


def invalid(message: str, *, param: str | None = None, code: str | None = None, status: int = 400) -> StripeProblem:
    """A request that makes no sense."""
    return StripeProblem(status, "invalid_request_error", message, param=param, code=code)


def missing(kind: str, object_id: str, *, param: str = "id") -> StripeProblem:
    """An id that names nothing."""
    return invalid(f"No such {kind}: '{object_id}'", param=param, code="resource_missing", status=404)


def unexpected_state(kind: str, status: str, verb: str, details: dict[str, Any]) -> StripeProblem:
    """A step that the object's state does not allow; the object is shown in the error."""
    message = f"This {kind} could not be {verb} because it has a status of {status}."
    code = f"{kind.replace('PaymentIntent', 'payment_intent').replace('SetupIntent', 'setup_intent')}_unexpected_state"
    return StripeProblem(400, "invalid_request_error", message, code=code, details=details)


def declined(code: str, decline_code: str | None, message: str, details: dict[str, Any]) -> StripeProblem:
    """A card that was refused; the failed attempt stays on record."""
    shown = dict(details)
    if decline_code is not None:
        shown["decline_code"] = decline_code
    return StripeProblem(402, "card_error", message, code=code, is_recorded=True, details=shown)
