"""A TCP proxy on loopback whose line can be cut, held or slowed, between our own processes and their stores."""

import asyncio
import contextlib
from typing import Self


class Proxy:
    """Forwards to one address."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self.target_port = port
        """Of new connections; where the process behind it is started again, it has another one."""
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.Task[None]] = set()
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
        self.cut()
        await asyncio.gather(*self._lines, return_exceptions=True)

    def cut(self) -> None:
        """Break every open connection."""
        for line in self._lines:
            line.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._lines.add(task)
        try:
            there = await asyncio.open_connection(self._host, self.target_port)
        except OSError:
            writer.close()
            return
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, there[1]))
                both.create_task(self._pump(there[0], writer))
        except (ExceptionGroup, asyncio.CancelledError):
            pass
        finally:
            for end in (writer, there[1]):
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
