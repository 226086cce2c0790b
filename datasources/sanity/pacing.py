"""How fast writes go out: in turn, below the rate that the content store allows."""

import asyncio

from domain.problems import UpstreamUnavailableError


class Pace:
    """At most `per_second + burst` turns in any second; those who come too fast wait in the order they came."""

    def __init__(self, system: str, *, per_second: float = 20.0, burst: int = 4) -> None:
        self._system = system
        self._interval = 1.0 / per_second
        self._head_start = (burst - 1) * self._interval
        self._free_at = float("-inf")

    async def turn(self, *, until: float) -> None:
        """Return when it is the caller's turn; UpstreamUnavailableError at once when that is after `until`."""
        now = asyncio.get_running_loop().time()
        turn_at = max(self._free_at, now - self._head_start)
        if turn_at > until:
            raise UpstreamUnavailableError(self._system)
        self._free_at = turn_at + self._interval
        if turn_at > now:
            await asyncio.sleep(turn_at - now)
