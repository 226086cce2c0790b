"""Who sends a request, as its headers alone say: judged once for all requests of a connection that have the same."""

from dataclasses import dataclass
from typing import Final, Self

from .identities import Identity
from .negotiation import Accepted, Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The usual one: it sends JSON by POST, takes JSON, and nobody has to be asked who it is."""

    identity: Identity
    accepted: Accepted
    form: Form
    requests_key: str
    cost_key: str


class Unjudged:
    """Nobody has looked yet."""


UNJUDGED: Final = Unjudged()


class SenderHeaders(dict[str, str]):
    """The headers of several requests of one connection, never changed, with what they say of their sender.

    `sender` is None for one that is not the usual.
    """

    __slots__ = ("sender",)

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__(headers)
        self.sender: Sender | Unjudged | None = UNJUDGED

    def but(self, others: dict[str, str]) -> Self:
        """These headers with other values of some that say nothing of the sender."""
        made = type(self)({**self, **others})
        made.sender = self.sender
        return made
