"""How many live subscriptions somebody has in this process over all connections, and how many follow one topic."""

from collections import Counter

from .answers import Answer
from .errors import LIMIT_EXCEEDED, refuse
from .groups import Group
from .identities import Identity
from .options import Limits


class LiveCounts:
    """Counts live subscriptions of every protocol; who is over a limit is refused, and nobody else notices."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def __len__(self) -> int:
        """How many viewers and addresses have any."""
        return len(self._open)

    def refusal(self, payer: str, identity: Identity, group: Group | None, limits: Limits) -> Answer | None:
        """Why one more may not be opened, asked after it has entered; None where it may."""
        most = limits.live_per_address if identity.key is None else limits.live_per_viewer
        if self._open[payer] > most:
            message = f"{most} live subscriptions are open here already; end one before the next."
        elif group is not None and group.users > limits.live_per_topic:
            message = "Too many follow this here already; try again in a moment."
        else:
            return None
        return Answer.of_refusal(refuse(429, LIMIT_EXCEEDED, message, headers={"retry-after": "5"}))

    def enter(self, payer: str) -> None:
        """One more; who enters leaves."""
        self._open[payer] += 1

    def leave(self, payer: str) -> None:
        """One less."""
        self._open[payer] -= 1
        if self._open[payer] <= 0:
            del self._open[payer]
