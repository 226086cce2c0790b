"""Many script calls at once over one connection: a few microseconds each, where a pooled client needs a hundred.

Calls made in one turn of the loop leave in one write; replies come back in order. A connection that stays silent for
longer than the limit is given up, and every caller learns whether its call can have been seen by the server.
"""

import asyncio
from typing import Any, Final

import hiredis

from datasources.guards import BreakerState, current_spend
from datasources.redis.connections import LiveState
from datasources.redis.links import Link, MaybeDecidedError, NotSentError, connect
from datasources.redis.scripts import Script
from domain.problems import UpstreamUnavailableError

_SILENCE_SECONDS: Final = 0.25
_DID_NOTHING: Final = ("LOADING", "OOM", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "BUSY", "TRYAGAIN")
"""How a server says that it did not run the script."""


class ScriptFaultError(Exception):
    """A script failed half way: a bug of ours."""


class ScriptPipeline:
    """One connection that carries the script calls of the whole process."""

    def __init__(self, live: LiveState, *, silence_seconds: float = _SILENCE_SECONDS) -> None:
        self._live = live
        self._silence_seconds = silence_seconds
        self._link: Link | None = None
        self._connecting: asyncio.Task[Link] | None = None

    async def run(self, script: Script, keys: tuple[str, ...], arguments: tuple[str, ...]) -> Any:
        """The script's reply; NotSentError or MaybeDecidedError where there is none in time.

        The script is told, as its last argument, which run of the server this connection leads to.
        """
        link = self._link
        if link is None or link.is_lost:
            link = await self._connected()
        if (spend := current_spend.get()) is not None:
            spend.add("redis", "script", 0.0)
        arguments = (*arguments, link.server_run)
        try:
            (reply,) = await link.command("EVALSHA", script.sha, len(keys), *keys, *arguments)
            if isinstance(reply, hiredis.ReplyError) and str(reply).startswith("NOSCRIPT"):
                (reply,) = await link.command("EVAL", script.text, len(keys), *keys, *arguments)
        except MaybeDecidedError:
            self._live.guard.breaker.failed()
            raise
        if isinstance(reply, hiredis.ReplyError):
            if str(reply).startswith(_DID_NOTHING):
                raise NotSentError from reply
            raise ScriptFaultError(str(reply))
        return reply

    async def _connected(self) -> Link:
        """The connection, made once however many callers wait for it."""
        breaker = self._live.guard.breaker
        if self._connecting is None:
            if breaker.state is BreakerState.OPEN or not breaker.admit():
                raise NotSentError
            self._connecting = asyncio.create_task(
                connect(self._live.redis.connection_pool, name="gavel-scripts", silence_seconds=self._silence_seconds)
            )
        connecting = self._connecting
        try:
            link = await asyncio.shield(connecting)
        except (OSError, TimeoutError, UpstreamUnavailableError, hiredis.ReplyError) as fault:
            if self._connecting is connecting:
                self._connecting = None
                breaker.failed()
            raise NotSentError from fault
        if self._connecting is connecting:
            self._connecting, self._link = None, link
            breaker.succeeded()
        return link

    async def close(self) -> None:
        """Close the connection; calls under way fail as undecided."""
        if self._connecting is not None:
            self._connecting.cancel()
        if self._link is not None:
            self._link.give_up()


__all__ = ["MaybeDecidedError", "NotSentError", "ScriptFaultError", "ScriptPipeline"]
