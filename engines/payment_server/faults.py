"""Faults on request: errors, delays and silence for API calls; duplicates, shuffles and losses for events."""

from collections import deque
from dataclasses import dataclass, replace
from typing import Any

from engines.payment_server.problems import StripeProblem
from engines.payment_server.store import Json

MOST_FAULTS = 100
LONGEST_DELAY = 120.0
CALL_FAULTS = ("status", "delay", "no_answer")
EVENT_FAULTS = ("duplicate", "shuffle", "lose", "hold")

ENVELOPES = {
    400: ("invalid_request_error", None, "The request was refused by an injected fault."),
    402: ("card_error", "card_declined", "Your card was declined."),
    409: ("invalid_request_error", "lock_timeout", "This object cannot be accessed right now. Please retry."),
    429: ("invalid_request_error", "rate_limit", "Too many requests hit the API too quickly."),
    500: ("api_error", None, "An unknown error occurred."),
    503: ("api_error", None, "The service is temporarily unavailable."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong, where, and how often. `is_after`: the call takes effect before it goes wrong."""

    kind: str
    method: str = ""
    path: str = ""
    status: int = 500
    seconds: float = 0.0
    is_after: bool = False
    times: int = 1


def read_fault(given: Any) -> Fault:
    """A fault from JSON: `{"kind", "method"?, "path"?, "status"?, "seconds"?, "after"?, "times"?}`."""
    if not isinstance(given, dict):
        raise TypeError("A fault is a JSON object.")
    unknown = set(given) - {"kind", "method", "path", "status", "seconds", "after", "times"}
    if unknown or given.get("kind") not in CALL_FAULTS + EVENT_FAULTS:
        raise ValueError(f"A fault has a kind ({', '.join(CALL_FAULTS + EVENT_FAULTS)}); unknown: {sorted(unknown)}.")
    fault = Fault(
        kind=given["kind"],
        method=str(given.get("method", "")).upper(),
        path=str(given.get("path", "")),
        status=int(given.get("status", 500)),
        seconds=float(given.get("seconds", 0)),
        is_after=bool(given.get("after", False)),
        times=int(given.get("times", 1)),
    )
    if fault.status not in ENVELOPES or not 0 <= fault.seconds <= LONGEST_DELAY or not 1 <= fault.times <= 10_000:
        raise ValueError(f"status is one of {sorted(ENVELOPES)}, seconds 0 to {LONGEST_DELAY:.0f}, times 1 to 10000.")
    return fault


class FaultPlan:
    """The faults still to come, in the order they were asked for."""

    def __init__(self) -> None:
        self._planned: deque[Fault] = deque(maxlen=MOST_FAULTS)

    def add(self, fault: Fault) -> None:
        """Plan one more; the oldest is forgotten when there are too many."""
        self._planned.append(fault)

    def clear(self) -> None:
        """Forget all of them."""
        self._planned.clear()

    def listed(self) -> list[Json]:
        """What is planned, for people."""
        return [{"kind": fault.kind, "path": fault.path, "times": fault.times} for fault in self._planned]

    def take_for_call(self, method: str, path: str) -> Fault | None:
        """The fault that hits this call; `path` matches by its beginning."""
        return self._take(
            lambda fault: fault.kind in CALL_FAULTS and fault.method in ("", method) and path.startswith(fault.path)
        )

    def take_for_event(self, kind: str) -> Fault | None:
        """The fault that hits this event; `path` matches the beginning of its type."""
        return self._take(lambda fault: fault.kind in EVENT_FAULTS and kind.startswith(fault.path))

    def _take(self, is_meant: Any) -> Fault | None:
        for place, fault in enumerate(self._planned):
            if is_meant(fault):
                if fault.times == 1:
                    del self._planned[place]
                else:
                    self._planned[place] = replace(fault, times=fault.times - 1)
                return fault
        return None


def problem_of(fault: Fault) -> StripeProblem:
    """The answer of a status fault; one that comes after the effect leaves the effect in place."""
    kind, code, message = ENVELOPES[fault.status]
    return StripeProblem(fault.status, kind, message, code=code, is_recorded=fault.is_after)
