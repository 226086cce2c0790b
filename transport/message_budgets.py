"""How many messages one socket may still send."""

import time

from .options import SocketLimits


class MessageBudget:
    """A bucket of messages that fills with time."""

    __slots__ = ("_at", "_left")

    def __init__(self, limits: SocketLimits) -> None:
        self._left = float(limits.message_burst)
        self._at = time.monotonic()

    def spend(self, limits: SocketLimits, now: float) -> bool:
        """Take one; False where there is none left."""
        earned = (now - self._at) * limits.messages_per_second
        self._left = min(self._left + earned, float(limits.message_burst)) - 1
        self._at = now
        return self._left >= 0
