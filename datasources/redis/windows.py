"""Sliding windows shared by every process: at most so many events in so many seconds, exactly."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from datasources.redis import scripts
from datasources.redis.connections import LiveState


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many events within so many seconds."""

    most: int
    seconds: float


async def count(live: LiveState, key: str, limits: Sequence[Limit]) -> float:
    """Count an event if every limit (the longest one last) allows it: 0, or the seconds until one would be allowed."""
    log = f"gavel:window:{hashlib.sha256(key.encode()).hexdigest()[:32]}"
    pairs: list[str | int] = [value for each in limits for value in (each.most, int(each.seconds * 1_000))]

    name: list[str | int] = [secrets.token_hex(8)]
    script = scripts.named("window")
    is_allowed, wait_ms = await live.run("windows.count", script, keys=[log], arguments=name + pairs)
    return 0.0 if is_allowed else max(0.001, int(wait_ms) / 1_000)
