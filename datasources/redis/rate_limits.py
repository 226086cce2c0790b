"""Budgets shared by every process: one bucket per key, taken from by one script (S4-024, X-05)."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from datasources.redis import scripts
from datasources.redis.connections import LiveState

_LEASE_SECONDS: Final = 1.0
_LEASE_SHARE: Final = 20
"""A lease is at most this part of the burst, so buckets that are small are asked each time."""
_MOST_LEASES: Final = 10_000


class Taken(NamedTuple):
    """Whether an amount was granted; `remaining` units are left, `retry_after` seconds make a refused one possible."""

    is_allowed: bool
    remaining: int
    retry_after: float


@dataclass(slots=True)
class _Lease:
    """What this process took of a bucket ahead of its use, and how much was used lately."""

    left: int = 0
    ends_at: float = 0.0
    shared: int = 0
    """Units in the bucket when it was asked last."""
    used: int = 0
    used_since: float = 0.0

    def note(self, amount: int, now: float) -> int:
        """Count a use; how much was used within about a second before it."""
        if now - self.used_since > _LEASE_SECONDS:
            self.used, self.used_since = 0, now
        lately = self.used
        self.used += amount
        return lately


class SharedRateLimiter:
    """GCRA in Redis. A bucket's key is kept as a hash, so that no address or user id rests in the store.

    A key that is busy in this process is leased: up to a twentieth of its burst, but no more than it used within the
    last second, is taken ahead and spent here without asking; what is left after a second is given back. So the
    bucket never grants more in total, within any window at most a lease of each process more than it says, and never
    less than it would without leases but for what other processes hold.
    """

    def __init__(self, live: LiveState, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._live = live
        self._clock = clock
        self._leases: OrderedDict[str, _Lease] = OrderedDict()

    async def take(self, key: str, amount: int, *, per_minute: int, burst: int) -> Taken:
        """Take `amount` units of a bucket of `burst` that refills by `per_minute`; a refused take costs nothing.

        Raises UpstreamUnavailableError when Redis does not answer in time.
        """
        now = self._clock()
        lease = self._leases.get(key)
        if lease is None:
            lease = self._leases[key] = _Lease(used_since=now)
            if len(self._leases) > _MOST_LEASES:
                self._leases.popitem(last=False)
        lately = lease.note(amount, now)
        if lease.left >= amount and now < lease.ends_at:
            lease.left -= amount
            return Taken(is_allowed=True, remaining=lease.shared + lease.left, retry_after=0.0)
        beyond = min(lately, burst // _LEASE_SHARE) if lately >= amount else 0
        return await self._ask(key, lease, (amount, per_minute, burst, beyond))

    def take_at_once(self, requests: str, cost: str, points: int) -> Taken | None:
        """Take one unit of one bucket and some of another from leases that last, or nothing of either.

        The answer is the second bucket's; None, and nothing noted, where Redis has to be asked.
        """
        one, many = self._leases.get(requests), self._leases.get(cost)
        if one is None or many is None or not one.left or many.left < points:
            return None
        now = self._clock()
        if now >= one.ends_at or now >= many.ends_at:
            return None
        # What `note` does, in line: this is on every request's way.
        if now - one.used_since > _LEASE_SECONDS:
            one.used, one.used_since = 0, now
        if now - many.used_since > _LEASE_SECONDS:
            many.used, many.used_since = 0, now
        one.used += 1
        many.used += points
        one.left -= 1
        many.left -= points
        return Taken(is_allowed=True, remaining=many.shared + many.left, retry_after=0.0)

    async def _ask(self, key: str, lease: _Lease, wanted: tuple[int, int, int, int]) -> Taken:
        amount, per_minute, _, beyond = wanted
        back, lease.left = lease.left, 0
        bucket = f"gavel:rate:{hashlib.sha256(key.encode()).hexdigest()[:32]}"
        is_allowed, remaining, wait_ms, is_leased = await self._live.run(
            "rate-limits.take", scripts.named("gcra"), keys=(bucket,), arguments=(*wanted, back)
        )
        lease.shared = int(remaining)
        if is_leased:
            lease.left += beyond
            lease.ends_at = self._clock() + _LEASE_SECONDS
        if is_allowed:
            return Taken(is_allowed=True, remaining=lease.shared + lease.left, retry_after=0.0)
        wait = 60.0 * amount / per_minute if int(wait_ms) < 0 else int(wait_ms) / 1000
        return Taken(is_allowed=False, remaining=lease.shared + lease.left, retry_after=wait)
