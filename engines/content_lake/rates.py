"""Request rates: refuses callers that ask more often than the configured rates, as the hosted service would."""

import math
import time
from collections import OrderedDict
from dataclasses import dataclass

from engines.content_lake.faults import LakeError, plain_fault

MAX_CALLERS = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class RateLimit:
    """A bucket for each address that holds one second's worth of requests and fills at the rate."""

    def __init__(self, per_second: float) -> None:
        self._rate = per_second
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def check(self, address: str, *, now: float | None = None) -> None:
        """Takes one request; raises 429 with `retry-after` and `ratelimit-*` when there is none left."""
        now = time.monotonic() if now is None else now
        capacity = max(1.0, self._rate)
        bucket = self._buckets.pop(address, None) or _Bucket(capacity, now)
        self._buckets[address] = bucket
        if len(self._buckets) > MAX_CALLERS:
            self._buckets.popitem(last=False)
        bucket.tokens = min(capacity, bucket.tokens + (now - bucket.filled_at) * self._rate)
        bucket.filled_at = now
        if bucket.tokens < 1:
            raise self._refusal(bucket)
        bucket.tokens -= 1

    def _refusal(self, bucket: _Bucket) -> LakeError:
        seconds = math.ceil((1 - bucket.tokens) / self._rate)
        headers = {
            "retry-after": str(seconds),
            "ratelimit-limit": f"{self._rate:g}",
            "ratelimit-remaining": "0",
            "ratelimit-reset": str(seconds),
        }
        return plain_fault(429, f"Too many requests: at most {self._rate:g} per second", headers=headers)


class RateLimits:
    """The limits of all requests and of writes; None is no limit."""

    def __init__(self, requests: float | None, writes: float | None) -> None:
        self._requests = RateLimit(requests) if requests else None
        self._writes = RateLimit(writes) if writes else None

    def check(self, address: str, path: str) -> None:
        """Takes one request to a path."""
        if self._requests is not None:
            self._requests.check(address)
        if self._writes is not None and any(part in path for part in ("/data/mutate/", "/data/actions/", "/assets/")):
            self._writes.check(address)
