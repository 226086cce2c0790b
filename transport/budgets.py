"""What may be spent: the rate limiter's protocol, its in-process form, and the stricter one for outages of Redis."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple, Protocol

from .options import Budget


class Verdict(Protocol):
    """Whether an amount was granted; `remaining` units are left now, `retry_after` seconds make it possible."""

    @property
    def is_allowed(self) -> bool: ...  # noqa: D102  # said above
    @property
    def remaining(self) -> int: ...  # noqa: D102  # said above
    @property
    def retry_after(self) -> float: ...  # noqa: D102  # said above


class LocalVerdict(NamedTuple):
    """A verdict of this process."""

    is_allowed: bool
    remaining: int
    retry_after: float


class RateLimiter(Protocol):
    """Takes an amount from the bucket of a key, atomically; raises on an outage of its store."""

    async def take(self, key: str, amount: int, *, per_minute: int, burst: int) -> Verdict:
        """Take `amount` units now or say when they will be there; a refused take costs nothing."""
        ...

    def take_at_once(self, requests: str, cost: str, points: int) -> Verdict | None:
        """Take one of `requests` and some of `cost` from what this process holds already, or nothing of either.

        The verdict is that of the cost; None where the store has to be asked.
        """
        ...


class LocalRateLimiter:
    """GCRA in this process: right for one process, and the last resort of many. Bounded in keys, oldest first out."""

    def __init__(self, *, max_keys: int = 100_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._arrivals: OrderedDict[str, float] = OrderedDict()
        self._max_keys = max_keys
        self._clock = clock

    async def take(self, key: str, amount: int, *, per_minute: int, burst: int) -> Verdict:
        """Take `amount` units of a bucket of `burst` that refills by `per_minute`."""
        interval = 60.0 / per_minute
        now = self._clock()
        arrival = max(self._arrivals.get(key, now), now)
        after = arrival + amount * interval
        wait = after - burst * interval - now
        if wait > 1e-9:
            left = max(0, math.floor((now + burst * interval - arrival) / interval + 1e-9))
            return LocalVerdict(is_allowed=False, remaining=left, retry_after=wait)
        self._arrivals[key] = after
        self._arrivals.move_to_end(key)
        if len(self._arrivals) > self._max_keys:
            self._arrivals.popitem(last=False)
        left = max(0, math.floor((now + burst * interval - after) / interval + 1e-9))
        return LocalVerdict(is_allowed=True, remaining=left, retry_after=0.0)

    def take_at_once(self, requests: str, cost: str, points: int) -> Verdict | None:  # noqa: ARG002  # nothing is held
        """Nothing is held."""
        return None


class GuardedRateLimiter:
    """A shared limiter with a stricter local one behind it: an outage of the store closes the tap, never opens it."""

    def __init__(self, shared: RateLimiter, *, share: float, on_outage: Callable[[Exception], None]) -> None:
        self._shared = shared
        self._local = LocalRateLimiter()
        self._share = share
        self._on_outage = on_outage
        self.take_at_once = shared.take_at_once

    async def take(self, key: str, amount: int, *, per_minute: int, burst: int) -> Verdict:
        """Ask the shared store; where it fails, a fraction of the budget is granted from this process alone."""
        try:
            return await self._shared.take(key, amount, per_minute=per_minute, burst=burst)
        except Exception as error:  # noqa: BLE001  # whatever the store's client raises is an outage to us
            self._on_outage(error)
            strict = Budget(per_minute=max(1, int(per_minute * self._share)), burst=max(1, int(burst * self._share)))
            return await self._local.take(key, amount, per_minute=strict.per_minute, burst=strict.burst)
