"""What the page costs as it grows, at many connections, with two workers, and what idle sockets hold."""

import asyncio
import base64
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from bench.peers import cores, load

SIZES = (20, 40, 60, 100)
SOCKETS = 10_000
_AT_ONCE = 100
_INIT = b'{"type":"connection_init"}'
Start = Callable[[str, int, list[str], dict[str, str]], AbstractContextManager[Any]]


async def page_sizes(servers: Sequence[Any], names: dict[str, str], page: str, seconds: float) -> str:
    """CPU of pages of several sizes, and the p99 of the smallest under 64 connections."""
    lines = [
        f"| us CPU of a page of | {' | '.join(f'{size} listings' for size in SIZES)} | p99 ms of 20, 64 connections |",
        f"|---|{'---|' * (len(SIZES) + 1)}",
    ]
    for each in servers:
        cells = [names[each.name]]
        for size in SIZES:
            request = load.request_of(page, {"first": size}, each.port)
            truth = (await load.once(each.port, request))["data"]
            found = await load.run(each.port, each.pid, request, truth=truth, seconds=seconds)
            cells.append(f"{found.cpu_us:.0f}")
        request = load.request_of(page, {"first": SIZES[0]}, each.port)
        truth = (await load.once(each.port, request))["data"]
        crowd = await load.run(each.port, each.pid, request, truth=truth, seconds=seconds, connections=64)
        cells.append(f"{crowd.p99_ms:.0f}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


async def workers(start: Start, environment: dict[str, str], port: int, page: str, seconds: float) -> str:
    """Pages a second with one and with two processes; the load shares their cores."""
    cores.share()  # a load on one core would be what is measured
    lines = ["| Gavel's processes | pages a second | us CPU a page |", "|---|---|---|"]
    for count in (1, 2):
        command = [sys.executable, "-m", "bench.peers.product", "compiled+gc", str(port + count), str(count)]
        with start("compiled+gc", port + count, command, environment) as each:
            cores.give_all(each.pid)
            request = load.request_of(page, {"first": SIZES[0]}, each.port)
            truth = (await _first(each.port, request))["data"]
            await load.run(each.port, each.pid, request, truth=truth, seconds=3, connections=16)
            found = await load.run(each.port, each.pid, request, truth=truth, seconds=seconds, connections=16)
            lines.append(f"| {count} | {found.requests / seconds:.0f} | {found.cpu_us:.0f} |")
    return "\n".join(lines)


async def idle_sockets(start: Start, environment: dict[str, str], port: int, page: str) -> str:
    """Memory that open sockets hold which have said hello and nothing else, and the page beside them."""
    command = [sys.executable, "-m", "bench.peers.product", "compiled+gc", str(port)]
    with start("compiled+gc", port, command, environment) as each:
        request = load.request_of(page, {"first": SIZES[0]}, port)
        truth = (await _first(port, request))["data"]
        before = await load.run(port, each.pid, request, truth=truth, seconds=3)
        empty = _resident(each.pid)
        writers: list[asyncio.StreamWriter] = []
        for _ in range(0, SOCKETS, _AT_ONCE):
            writers += await asyncio.gather(*(_open_socket(port) for _ in range(_AT_ONCE)))
        full = _resident(each.pid)
        after = await load.run(port, each.pid, request, truth=truth, seconds=3)
        for writer in writers:
            writer.close()
    size = (full - empty) / SOCKETS / 1024
    return (
        f"{SOCKETS:,} idle sockets hold {size:.1f} kB each, from {empty >> 20} to {full >> 20} MiB; a page beside them "
        f"takes {after.cpu_us:.0f} us of CPU, before them {before.cpu_us:.0f}."
    )


async def _first(port: int, request: bytes) -> Any:
    until = time.monotonic() + 60
    while True:
        try:
            answer = await load.once(port, request)
            if not answer.get("errors"):
                return answer
        except OSError:
            pass
        if time.monotonic() > until:
            raise TimeoutError
        await asyncio.sleep(0.3)


async def _open_socket(port: int) -> asyncio.StreamWriter:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    key = base64.b64encode(os.urandom(16)).decode()
    head = (
        f"GET /graphql HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
        f"sec-websocket-key: {key}\r\nsec-websocket-version: 13\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n"
    )
    writer.write(head.encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in answer.splitlines()[0]:
        raise load.WrongBodyError(answer[:200].decode(errors="replace"))
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(_INIT))
    writer.write(bytes([0x81, 0x80 | len(_INIT)]) + mask + masked)
    told = await reader.read(200)
    if b"connection_ack" not in told:
        raise load.WrongBodyError(told.decode(errors="replace"))
    return writer


def _resident(pid: int) -> int:
    text = Path(f"/proc/{pid}/statm").read_text()
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE")
