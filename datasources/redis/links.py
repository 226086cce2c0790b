"""One connection to Redis that many callers share: commands of one turn of the loop leave in one write.

Replies come back in the order of the commands, so a caller that gives up only leaves its place: nobody gets another's
reply. A connection that stays silent for longer than the limit is given up, and every caller learns whether its
command can have been seen by the server.
"""

import asyncio
import re
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import hiredis
from redis.asyncio import ConnectionPool
from redis.asyncio.connection import SSLConnection

from domain.problems import UpstreamUnavailableError

CONNECT_SECONDS: Final = 1.0
_MOST_WAITING: Final = 20_000
_LOOK_SECONDS: Final = 0.02
"""How often deadlines are looked at; a timer for each command would cost more than the command."""

_RUN: Final = re.compile(r"^run_id:(\w+)", re.MULTILINE)

Word = str | int
pack: Callable[[tuple[Word, ...]], bytes] = cast("Callable[[tuple[Word, ...]], bytes]", hiredis.pack_command)


class NotSentError(UpstreamUnavailableError):
    """The call never left this process: nothing can have been decided."""

    def __init__(self) -> None:
        super().__init__("redis")


class MaybeDecidedError(UpstreamUnavailableError):
    """The call left and no reply came: what was decided is not known."""

    def __init__(self) -> None:
        super().__init__("redis")


class _Turn:
    """A caller whose commands were sent together: where its replies go, and until when it waits."""

    __slots__ = ("ends_at", "future", "left", "replies")

    def __init__(self, future: asyncio.Future[Any], left: int, ends_at: float) -> None:
        self.future = future
        self.left = left
        self.ends_at = ends_at
        self.replies: list[Any] = []


class Link(asyncio.Protocol):
    """An open connection: what was sent and not answered yet, in order."""

    def __init__(self, silence_seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._silence_seconds = silence_seconds
        self._reader = hiredis.Reader(encoding="utf-8")
        self._unsent: list[bytes] = []
        self._waiting: deque[_Turn] = deque()
        self._transport: asyncio.Transport | None = None
        self._heard_at = self._loop.time()
        self._watch: asyncio.TimerHandle | None = None
        self.is_lost = False
        self.server_run = ""
        """Which run of the server it leads to: a restarted or promoted server is another one."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; uvloop's is no subclass of asyncio's, so its kind is not asked for."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        """Tell every caller that no reply will come."""
        self.give_up()

    def data_received(self, data: bytes) -> None:
        """Hand the replies to the callers whose turn it is."""
        self._heard_at = self._loop.time()
        reader, waiting = self._reader, self._waiting
        reader.feed(data)
        while (reply := reader.gets()) is not False:
            turn = waiting[0]
            turn.replies.append(reply)
            turn.left -= 1
            if not turn.left:
                waiting.popleft()
                if not turn.future.done():
                    turn.future.set_result(turn.replies)

    def command(self, *words: Word) -> asyncio.Future[Any]:
        """Queue one command; the future holds a list with its reply, or with the reply error itself."""
        return self.ask([pack(words)], float("inf"))

    def ask(self, commands: Sequence[bytes], ends_at: float) -> asyncio.Future[list[Any]]:
        """Queue packed commands for this turn's write; replies in order, reply errors among them.

        TimeoutError once the loop's time is past `ends_at`.
        """
        future: asyncio.Future[list[Any]] = self._loop.create_future()
        if self.is_lost or len(self._waiting) >= _MOST_WAITING:
            future.set_exception(NotSentError())
            return future
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.extend(commands)
        self._waiting.append(_Turn(future, len(commands), ends_at))
        return future

    def _flush(self) -> None:
        if self._transport is None or self.is_lost:
            return
        self._transport.write(b"".join(self._unsent))
        self._unsent.clear()
        if self._watch is None:
            self._heard_at = self._loop.time()
            self._watch = self._loop.call_later(_LOOK_SECONDS, self._look)

    def _look(self) -> None:
        """Give up a connection that was silent for too long, else those callers whose time is over."""
        self._watch = None
        if not self._waiting or self.is_lost:
            return
        now = self._loop.time()
        if now >= self._heard_at + self._silence_seconds:
            self.give_up()
            return
        for turn in self._waiting:
            if turn.ends_at <= now and not turn.future.done():
                turn.future.set_exception(TimeoutError())
        self._watch = self._loop.call_later(_LOOK_SECONDS, self._look)

    def give_up(self) -> None:
        """End the connection; callers without a reply learn that theirs may have been decided."""
        if self.is_lost:
            return
        self.is_lost = True
        if self._transport is not None:
            self._transport.abort()
        if self._watch is not None:
            self._watch.cancel()
        while self._waiting:
            future = self._waiting.popleft().future
            if not future.done():
                future.set_exception(MaybeDecidedError())


async def connect(pool: ConnectionPool, *, name: str, silence_seconds: float) -> Link:
    """An authenticated connection to the server of a pool."""
    address: dict[str, Any] = pool.connection_kwargs
    is_encrypted = issubclass(pool.connection_class, SSLConnection)
    async with asyncio.timeout(CONNECT_SECONDS):
        _, link = await asyncio.get_running_loop().create_connection(
            lambda: Link(silence_seconds),
            address.get("host", "127.0.0.1"),
            address.get("port", 6379),
            ssl=ssl.create_default_context() if is_encrypted else None,
        )
        words: list[tuple[str, ...]] = [("CLIENT", "SETNAME", name)]
        if address.get("password"):
            user = [address["username"]] if address.get("username") else []
            words.insert(0, ("AUTH", *user, address["password"]))
        if address.get("db"):
            words.append(("SELECT", str(address["db"])))
        for (reply,) in await asyncio.gather(*(link.command(*each) for each in words)):
            if isinstance(reply, hiredis.ReplyError):
                link.give_up()
                raise reply
        (told,) = await link.command("INFO", "server")
        link.server_run = "" if isinstance(told, hiredis.ReplyError) else run_of(told)
    return link


def run_of(server_information: str) -> str:
    """The server's run id; none where it is not told."""
    found = _RUN.search(server_information)
    return found[1] if found else ""


class SharedLink:
    """The connection of a process, made once however many callers wait for it, and anew after it was lost."""

    def __init__(self, pool: ConnectionPool, *, name: str, silence_seconds: float) -> None:
        self._pool = pool
        self._name = name
        self._silence_seconds = silence_seconds
        self._connecting: asyncio.Task[Link] | None = None
        self.open: Link | None = None

    @property
    def is_connecting(self) -> bool:
        """Whether somebody waits for a connection already."""
        return self._connecting is not None

    async def opened(self) -> Link:
        """The connection; OSError, TimeoutError, MaybeDecidedError or a reply error where there is none."""
        if self._connecting is None:
            self._connecting = asyncio.create_task(
                connect(self._pool, name=self._name, silence_seconds=self._silence_seconds)
            )
        connecting = self._connecting
        try:
            link = await asyncio.shield(connecting)
        except asyncio.CancelledError:
            raise
        except Exception:
            if self._connecting is connecting:
                self._connecting = None
            raise
        if self._connecting is connecting:
            self._connecting, self.open = None, link
        return link

    def close(self) -> None:
        """Close the connection; calls under way fail as undecided."""
        if self._connecting is not None:
            self._connecting.cancel()
        if self.open is not None:
            self.open.give_up()
