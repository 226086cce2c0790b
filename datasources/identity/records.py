"""What is known after a token was looked at: who it speaks of, or why it was refused."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class TokenProblem(Enum):
    """Why a token was refused; the values are stable codes for clients."""

    MALFORMED = "TOKEN_MALFORMED"
    FORBIDDEN_HEADER = "TOKEN_FORBIDDEN_HEADER"
    UNKNOWN_ISSUER = "TOKEN_UNKNOWN_ISSUER"
    FORBIDDEN_ALGORITHM = "TOKEN_FORBIDDEN_ALGORITHM"
    UNKNOWN_KEY = "TOKEN_UNKNOWN_KEY"
    BAD_SIGNATURE = "TOKEN_BAD_SIGNATURE"
    WRONG_AUDIENCE = "TOKEN_WRONG_AUDIENCE"
    EXPIRED = "TOKEN_EXPIRED"
    NOT_YET_VALID = "TOKEN_NOT_YET_VALID"
    ISSUER_UNAVAILABLE = "TOKEN_ISSUER_UNAVAILABLE"


SENTENCES = {
    TokenProblem.MALFORMED: "The token is not a well-formed signed token.",
    TokenProblem.FORBIDDEN_HEADER: "The token's header carries a parameter that is not accepted.",
    TokenProblem.UNKNOWN_ISSUER: "The token was issued by somebody who is not trusted here.",
    TokenProblem.FORBIDDEN_ALGORITHM: "The token is signed with an algorithm that its issuer does not use.",
    TokenProblem.UNKNOWN_KEY: "The token is signed with a key that its issuer does not publish.",
    TokenProblem.BAD_SIGNATURE: "The token's signature is not valid.",
    TokenProblem.WRONG_AUDIENCE: "The token was issued for another application.",
    TokenProblem.EXPIRED: "The token has expired; sign in again.",
    TokenProblem.NOT_YET_VALID: "The token is not valid yet.",
    TokenProblem.ISSUER_UNAVAILABLE: "The identity provider cannot be reached just now; try again shortly.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A verified token: `(issuer, subject)` names the person for ever, the rest is as of this token."""

    issuer: str
    subject: str
    roles: tuple[str, ...]
    expires_at: datetime
    email: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class TokenRefused:
    """A token that was not accepted."""

    problem: TokenProblem

    @property
    def code(self) -> str:
        """The stable code for clients."""
        return self.problem.value

    @property
    def sentence(self) -> str:
        """What to tell the person."""
        return SENTENCES[self.problem]

    @property
    def is_retryable(self) -> bool:
        """Whether the same token may be accepted in a moment."""
        return self.problem in {TokenProblem.ISSUER_UNAVAILABLE, TokenProblem.NOT_YET_VALID}
