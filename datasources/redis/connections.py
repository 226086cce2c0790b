"""Connections to Redis: a blocking pool, and one shared connection for the hot path; every wait is bounded."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import hiredis
import structlog
from redis import exceptions
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from datasources.guards import Guard
from datasources.redis.links import MaybeDecidedError, NotSentError, SharedLink, Word, pack, run_of
from datasources.redis.scripts import Argument, Script
from domain.problems import UpstreamUnavailableError

T = TypeVar("T")

_log = structlog.get_logger(__name__)
_CLUSTERED = re.compile(r"^(redis|server)_mode:cluster", re.MULTILINE)
_CLUSTER = "Redis runs in cluster mode; name one primary (with replicas that take over) instead."
"""One connection of a process follows every live stream; a node of a cluster refuses to read several slots at once."""

_CALL_SECONDS = 0.15
_SOCKET_SECONDS = 1.0
_SILENCE_SECONDS = 0.25
"""The shared connection is made anew after this, or after the longest call if that is longer."""


class LiveState:
    """The live state in Redis; every call is one round trip under one total deadline."""

    def __init__(self, url: str, *, connections: int = 20, call_seconds: float = _CALL_SECONDS) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=connections,
            timeout=call_seconds,
            socket_timeout=_SOCKET_SECONDS,
            socket_connect_timeout=_SOCKET_SECONDS,
            socket_keepalive=True,
            health_check_interval=15,
            retry=Retry(NoBackoff(), 1),
            decode_responses=True,
            client_name="gavel",
            redis_connect_func=self._greet,
        )
        self._run = ""
        self.redis: Redis = Redis(connection_pool=pool)
        self.guard = Guard(
            "redis",
            budget_seconds=call_seconds,
            concurrency=connections * 50,
            faults=(exceptions.RedisError, hiredis.ReplyError, MaybeDecidedError, NotSentError),
        )
        self._shared = SharedLink(pool, name="gavel-shared", silence_seconds=max(_SILENCE_SECONDS, call_seconds))

    async def _greet(self, connection: Any) -> None:
        """Open a connection and learn the server's run: a restarted or promoted server is another one."""
        await connection.on_connect()
        await connection.send_command("INFO", "server")
        try:
            told = str(await connection.read_response())
        except exceptions.NoPermissionError:
            told = ""
        if _CLUSTERED.search(told):
            _log.error(_CLUSTER)
            raise exceptions.ConnectionError(_CLUSTER)
        self._run = run_of(told)

    async def server_run(self) -> str:
        """The run of the server that the newest connection leads to; asked for within a call."""
        if not self._run:
            call: Any = self.redis
            await call.ping()
        return self._run

    async def call(
        self, operation: str, work: Callable[[Redis], Awaitable[T]], *, call_seconds: float | None = None
    ) -> T:
        """The answer to one command, script or pipeline."""

        async def run() -> T:
            return await work(self.redis)

        return await self.guard.call(operation, run, budget_seconds=call_seconds)

    async def ask(self, operation: str, commands: Sequence[bytes], *, call_seconds: float | None = None) -> list[Any]:
        """Replies to packed commands, in their order, over the connection that all calls of this kind share.

        For what is asked on every page: it costs a tenth of a pooled call. A caller may give up at any time.
        """
        return await self.guard.watch(
            operation, lambda ends_at: self._ask(commands, ends_at), budget_seconds=call_seconds
        )

    async def ask_each(self, operation: str, commands: Sequence[bytes]) -> list[Any]:
        """The same, with a refusal of one command in the place of its reply."""
        return await self.guard.watch(operation, lambda ends_at: self._replies(commands, ends_at))

    async def run(
        self, operation: str, script: Script, *, keys: Sequence[str], arguments: Sequence[Argument] = ()
    ) -> Any:
        """The reply of a script, over the same connection."""
        words: tuple[Word, ...] = (len(keys), *keys, *arguments)

        async def work(ends_at: float) -> Any:
            try:
                return (await self._ask([pack(("EVALSHA", script.sha, *words))], ends_at))[0]
            except hiredis.ReplyError as error:
                if not str(error).startswith("NOSCRIPT"):
                    raise
            return (await self._ask([pack(("EVAL", script.text, *words))], ends_at))[0]

        return await self.guard.watch(operation, work)

    async def _ask(self, commands: Sequence[bytes], ends_at: float) -> list[Any]:
        replies = await self._replies(commands, ends_at)
        for reply in replies:
            if isinstance(reply, hiredis.ReplyError):
                raise reply
        return replies

    async def _replies(self, commands: Sequence[bytes], ends_at: float) -> list[Any]:
        link = self._shared.open
        if link is None or link.is_lost:
            async with asyncio.timeout_at(ends_at):
                link = await self._shared.opened()
        return await link.ask(commands, ends_at)

    async def is_reachable(self) -> bool:
        """Whether PING is answered in time."""

        async def ping(redis: Redis) -> Any:
            return await redis.ping()

        try:
            return bool(await self.call("ping", ping))
        except UpstreamUnavailableError:
            return False

    async def close(self) -> None:
        """Close every connection."""
        self._shared.close()
        await self.redis.aclose()
        await self.redis.connection_pool.disconnect()
