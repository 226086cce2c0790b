"""A closed loop of connections that checks every body, and the CPU that a process tree took meanwhile."""

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

_TICKS = os.sysconf("SC_CLK_TCK")


class WrongBodyError(Exception):
    """A server answered something else than the truth."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One round of one server: CPU microseconds per request and milliseconds of waiting."""

    requests: int
    cpu_us: float
    p50_ms: float
    p99_ms: float


def request_of(query: str, variables: dict[str, Any], port: int) -> bytes:
    """The bytes of one POST."""
    body = orjson.dumps({"query": query, "variables": variables})
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n"
        f"accept: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    """One answer's body over a kept connection."""
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b"content-length:" in head:
        size = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        return await reader.readexactly(size)
    parts = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(parts)


async def once(port: int, request: bytes) -> Any:
    """One answer as JSON."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        body = await ask(reader, writer, request)
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise WrongBodyError(body[:300].decode(errors="replace")) from error
    finally:
        writer.close()


async def run(port: int, pid: int, request: bytes, *, truth: Any, seconds: float, connections: int = 8) -> Measured:
    """Ask as fast as the server answers; every body must hold the truth and no errors."""
    waits: list[float] = []
    until = time.monotonic() + seconds
    seen: set[bytes] = set()

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.monotonic() < until:
            began = time.perf_counter()
            body = await ask(reader, writer, request)
            waits.append((time.perf_counter() - began) * 1000)
            data = body[: body.find(b',"extensions"')]
            if data in seen:
                continue
            found = orjson.loads(body)
            if found.get("errors") or found.get("data") != truth:
                raise WrongBodyError(body[:300].decode())
            if len(seen) < 100:
                seen.add(data)
        writer.close()

    before = cpu_seconds(pid)
    await asyncio.gather(*(client() for _ in range(connections)))
    used = cpu_seconds(pid) - before
    waits.sort()
    return Measured(
        len(waits), used / len(waits) * 1e6, waits[len(waits) // 2], waits[min(len(waits) - 1, len(waits) * 99 // 100)]
    )


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its descendants."""
    total = 0.0
    waiting = [pid]
    while waiting:
        each = waiting.pop()
        fields = Path(f"/proc/{each}/stat").read_text().rsplit(") ", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) / _TICKS
        for task in Path(f"/proc/{each}/task").iterdir():
            waiting += map(int, (task / "children").read_text().split())
    return total
