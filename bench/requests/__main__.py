"""Counts what one small query takes in the process, below ASGI and over it: `python -m bench.requests`.

Two measures: bytecode instructions, which busy neighbours cannot disturb, by function; and CPU microseconds in short
alternating slices, of which the cheap ones tell most. The connections are real protocols over a transport that only
collects what is written; everything behind them is the product as shipped, on local engines.
"""

import argparse
import asyncio
import gc
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from bench.peers import backends, load
from bench.peers.__main__ import QUERIES
from bench.peers.product import MeasuredApplication
from config import Settings
from engines.supervisor import LocalEngines
from transport.http_protocols import HttpProtocol

WAYS: dict[str, type[asyncio.Protocol]] = {"over ASGI": HttpToolsProtocol, "below ASGI": HttpProtocol}
ROOT = str(Path(__file__).parents[2])
PORT = 8290
SLICE = 25
COUNTED = 40


class Collector:
    """A connection's transport: tells when a whole response was written."""

    def __init__(self) -> None:
        self.answered: asyncio.Future[bytes] | None = None
        self._written = b""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Addresses, and nothing else."""
        return {"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", PORT)}.get(name, default)

    def write(self, data: bytes) -> None:
        """Collect."""
        self._written += data
        head, found, body = self._written.partition(b"\r\n\r\n")
        if not found or self.answered is None:
            return
        if len(body) >= int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]):
            self.answered.set_result(body)
            self.answered, self._written = None, b""

    def is_closing(self) -> bool:
        """Never."""
        return False


class Asked:
    """One way into the application, over a connection of its own."""

    def __init__(self, application: Any, way: type[asyncio.Protocol], request: bytes) -> None:
        loop = asyncio.get_running_loop()
        config = uvicorn.Config(application, log_level="warning", access_log=False, server_header=False, http=way)
        config.load()
        state = ServerState()
        state.default_headers = [(b"date", b"Sat, 01 Jan 2000 00:00:00 GMT")]
        made: Any = way
        self._protocol: Any = made(config=config, server_state=state, app_state={}, _loop=loop)
        self._transport = Collector()
        self._protocol.connection_made(self._transport)
        self._request = request

    async def once(self) -> bytes:
        """One answer's body; the request comes as a network's does, from the event loop itself."""
        loop = asyncio.get_running_loop()
        answered = self._transport.answered = loop.create_future()
        loop.call_soon(self._protocol.data_received, self._request)
        body: bytes = await answered
        return body

    async def several(self, times: int) -> float:
        """CPU microseconds a request."""
        started = time.process_time()
        for _ in range(times):
            await self.once()
        return (time.process_time() - started) / times * 1e6

    async def counted(self) -> tuple[Counter[CodeType], Counter[CodeType]]:
        """Instructions and calls by function, of `COUNTED` requests."""
        instructions: Counter[CodeType] = Counter()
        calls: Counter[CodeType] = Counter()

        def step(frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
            if event == "opcode":
                instructions[frame.f_code] += 1
            return step

        def enter(frame: FrameType, _event: str, _: Any) -> Callable[..., Any] | None:
            if frame.f_code.co_filename == __file__:
                return None
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
            calls[frame.f_code] += 1
            return step

        sys.settrace(enter)
        try:
            # The frames that wait already are not traced; those of a new task are.
            await asyncio.create_task(self.several(COUNTED))
        finally:
            sys.settrace(None)
        return instructions, calls


async def measure(application: MeasuredApplication, query: str, slices: int, shown: int) -> None:
    """Print both measures of both ways."""
    text, variables = QUERIES[query]
    request = load.request_of(text, variables, PORT)
    async with application.lifespan():
        gc.collect()
        gc.freeze()
        ways = {name: Asked(application, way, request) for name, way in WAYS.items()}
        answers = {(await each.once()).partition(b',"extensions"')[0] for each in ways.values()}
        if len(answers) != 1 or b'"errors"' in next(iter(answers)):
            raise load.WrongBodyError(str(answers))
        for each in ways.values():
            await each.several(500)
        times: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(slices):
            for name in ways if number % 2 else reversed(ways):
                times[name].append(await ways[name].several(SLICE))
        for name, each in ways.items():
            instructions, calls = await each.counted()
            found = sorted(times[name])
            print(
                f"{name}: {sum(instructions.values()) / COUNTED:.0f} instructions, "
                f"{sum(calls.values()) / COUNTED:.0f} calls; {found[0]:.0f} us at least, "
                f"{found[len(found) // 10]:.0f} in the best tenth, median {statistics.median(found):.0f}"
            )
            for code, number in instructions.most_common(shown):
                where = code.co_filename.removeprefix(f"{ROOT}/").partition("site-packages/")
                print(f"  {number / COUNTED:6.0f}  {code.co_qualname}  {where[2] or where[0]}:{code.co_firstlineno}")


def main() -> None:
    """Start the engines, fill them as `bench.peers` does, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--query", choices=QUERIES, default="S")
    parser.add_argument("--slices", type=int, default=200, help=f"of {SLICE} requests, of each way")
    parser.add_argument("--shown", type=int, default=0, help="functions to list, by their instructions")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, LocalEngines(Path(folder), is_durable=False) as engines:
        settings = backends.start(engines, PORT)
        asyncio.run(backends.fill(settings))
        os.environ.update(backends.environment(settings))
        application = MeasuredApplication(Settings(port=PORT), "compiled")
        uvloop.run(measure(application, chosen.query, chosen.slices, chosen.shown))


if __name__ == "__main__":
    main()
