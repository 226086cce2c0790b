"""A real server on a real port in the test's own event loop, and Node programs that talk to it."""

import asyncio
import json
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from transport.compressed_sockets import CompressedSocketProtocol
from transport.http_protocols import HttpProtocol
from transport.socket_protocols import SocketProtocol

REPOSITORY = Path(__file__).parents[2]
SOCKETS: Any = SocketProtocol
"""How the servers of tests carry their sockets: as shipped, unless a test says otherwise."""
CARRIERS: dict[str, Any] = {
    "as-shipped": SocketProtocol,
    "compressed": CompressedSocketProtocol,
    "over-asgi": "websockets-sansio",
}
HTTP: Any = HttpProtocol
"""How they carry HTTP."""
NODE_CLIENTS = REPOSITORY / "tests" / "node" / "transport"


async def until(happened: Callable[[], bool], *, seconds: float = 5.0) -> None:
    """Wait for something that no event announces."""
    for _ in range(int(seconds * 100)):
        if happened():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen in time")


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[int]:
    """Serve an ASGI application on a free loopback port; yields the port."""
    async with served(app) as (port, _):
        yield port


@asynccontextmanager
async def served(app: Any, **settings: Any) -> AsyncIterator[tuple[int, uvicorn.Server]]:
    """The same with settings of uvicorn's; yields the port and the server."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    usual = {
        "log_level": "error",
        "access_log": False,
        "lifespan": "off",
        "http": HTTP,
        "ws": SOCKETS,
        "timeout_graceful_shutdown": 2,
        "ws_max_size": 2**20,
    }
    server = uvicorn.Server(uvicorn.Config(app, **(usual | settings)))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await until(lambda: server.started)
    try:
        yield int(listener.getsockname()[1]), server
    finally:
        server.should_exit = True
        await task
        listener.close()


def require_node() -> None:
    """Skip where Node or the client packages are not installed."""
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed")
    if not (NODE_CLIENTS / "node_modules").is_dir():
        pytest.skip("run `npm ci` in tests/node/transport to install the client packages")


async def run_node(program: str, *arguments: str, seconds: float = 60.0) -> list[dict[str, Any]]:
    """Run one of the Node programs; every line it prints is a JSON object."""
    require_node()
    process = await asyncio.create_subprocess_exec(
        "node",
        program,
        *arguments,
        cwd=NODE_CLIENTS,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, errors = await asyncio.wait_for(process.communicate(), seconds)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, errors.decode()[-2000:]
    return [json.loads(line) for line in output.decode().splitlines() if line.startswith("{")]
