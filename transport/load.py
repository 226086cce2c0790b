"""Load shedding: when the event loop lags, new work is sent away before it is read, sockets first."""

import asyncio
from typing import Final

_WEIGHT: Final = 0.2
_FORGET_SECONDS: Final = 1.0
_FEEL_SECONDS: Final = 0.005
"""Requests that come closer together than this feel the same loop."""


class Load:
    """How late the event loop is, as its newest requests felt it; a single slow step does not count."""

    def __init__(self, *, most_lag_seconds: float) -> None:
        self._most_lag_seconds = most_lag_seconds
        self._lag_seconds = 0.0
        self._felt_at = 0.0

    def is_surely_low(self) -> bool:
        """Whether the loop was felt lately, and with little lag; where not, `is_too_high` feels it."""
        return (
            self._lag_seconds <= self._most_lag_seconds
            and self._felt_at + _FEEL_SECONDS > asyncio.get_running_loop().time()
        )

    async def is_too_high(self, *, is_socket: bool = False) -> bool:
        """Whether to refuse a newcomer; a socket, which stays, is refused at half the lag."""
        loop = asyncio.get_running_loop()
        started_at = loop.time()
        if self._felt_at + _FEEL_SECONDS <= started_at:
            await asyncio.sleep(0)
            now = loop.time()
            if now - self._felt_at > _FORGET_SECONDS:
                self._lag_seconds = 0.0
            self._felt_at = now
            self._lag_seconds += _WEIGHT * (now - started_at - self._lag_seconds)
        return self._lag_seconds > self._most_lag_seconds * (0.5 if is_socket else 1.0)
