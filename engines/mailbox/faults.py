"""Faults on request: slow answers and refusals, before or after the mail was taken."""

import asyncio
from dataclasses import dataclass
from typing import Any

from engines.mailbox.mails import MailRefusal

NAMES = {429: "rate_limit_exceeded", 500: "internal_server_error", 503: "service_unavailable"}
MOST_FAULTS = 1_000
LONGEST_DELAY = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What the next request suffers; status 200 is only slow. `is_after`: the mail is taken before it goes wrong."""

    status: int
    seconds: float
    is_after: bool

    async def strike(self) -> None:
        """Be slow, then refuse."""
        await asyncio.sleep(self.seconds)
        if self.status in NAMES:
            raise MailRefusal(self.status, NAMES[self.status], "An injected fault.")


class FaultPlan:
    """The faults still to come."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []

    def plan(self, given: Any) -> int:
        """Add `{"status": 200 | 429 | 500 | 503, "seconds"?, "after"?, "times"?}`; how many are planned now."""
        asked = given if isinstance(given, dict) else {}
        status, seconds, times = asked.get("status"), asked.get("seconds", 0), asked.get("times", 1)
        is_sound = status in (200, *NAMES) and isinstance(seconds, int | float) and 0 <= seconds <= LONGEST_DELAY
        if not is_sound or not isinstance(times, int) or not 1 <= times <= MOST_FAULTS:
            sentence = f"status is 200 or one of {sorted(NAMES)}, seconds 0 to 120, times 1 to {MOST_FAULTS}."
            raise MailRefusal(422, "validation_error", sentence)
        fault = Fault(status=int(str(status)), seconds=float(seconds), is_after=asked.get("after") is True)
        self._planned = [*self._planned, *[fault] * times][:MOST_FAULTS]
        return len(self._planned)

    def take(self) -> Fault | None:
        """The fault of this request."""
        return self._planned.pop(0) if self._planned else None
