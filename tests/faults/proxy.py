"""A TCP proxy on loopback whose line can be cut, held or slowed, between our own processes and their stores."""

import asyncio
import contextlib
from typing import Self
from weakref import WeakSet


class Proxy:
    """Forwards to one address."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self.target_port = port
        """Of new connections; where the process behind it is started again, it has another one."""
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self._ends: WeakSet[asyncio.WriteTransport] = WeakSet()
        self._passes = asyncio.Event()
        self._passes.set()
        self.delay_seconds = 0.0
        self.port = 0

    def hold(self) -> None:
        """Let nothing pass and tell nobody: a black hole."""
        self._passes.clear()

    def release(self) -> None:
        """Let what was held go on."""
        self._passes.set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        await asyncio.sleep(0)  # who was let in a moment ago begins, to be ended like the others
        self.cut()
        await asyncio.gather(*self._lines, return_exceptions=True)
        for end in list(self._ends):
            end.abort()  # what was held back keeps a closed line open
        await asyncio.sleep(0)

    def cut(self) -> None:
        """Break every open connection."""
        for line in self._lines:
            line.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._lines.add(task)
        ends = [writer]
        self._ends.add(writer.transport)
        try:
            there = await asyncio.open_connection(self._host, self.target_port)
            ends.append(there[1])
            self._ends.add(there[1].transport)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, there[1]))
                both.create_task(self._pump(there[0], writer))
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass
        finally:
            for end in ends:
                with contextlib.suppress(OSError, RuntimeError):
                    end.close()
            if task is not None:
                self._lines.discard(task)

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65_536):
            await self._passes.wait()
            if self.delay_seconds:
                await asyncio.sleep(self.delay_seconds)
            target.write(data)
            await target.drain()
        raise ConnectionResetError
