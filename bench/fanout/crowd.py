"""A crowd of graphql-transport-ws clients in one process: every frame they are sent is checked."""

import asyncio
import base64
import secrets
import time
import zlib
from dataclasses import dataclass, field
from typing import Any

import orjson

SUBPROTOCOL = "graphql-transport-ws"
COMPRESSION = "sec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n"


class WrongFrameError(Exception):
    """A server sent something else than the truth."""


@dataclass
class Crowd:
    """What all clients share: the event they wait for, and who has it."""

    truth: dict[str, Any] = field(default_factory=dict)
    expected: int = 0
    got: int = 0
    began: float = 0.0
    waits: list[float] = field(default_factory=list)
    frames: int = 0
    size: int = 0
    seen: set[bytes] = field(default_factory=set)
    all_got: asyncio.Event = field(default_factory=asyncio.Event)
    fault: Exception | None = None

    def expect(self, truth: dict[str, Any], count: int) -> None:
        """The next event, for so many clients."""
        self.truth, self.expected, self.got = truth, count, 0
        self.seen.clear()
        self.all_got.clear()
        self.began = time.perf_counter()

    def take(self, client: "Client", payload: bytes, *, is_packed: bool) -> None:
        """One `next` of a client; its bytes without its id are compared with those that were found to be right.

        A compressed one begins with its id as it is, so that only the first of an event needs to be unpacked.
        """
        body = payload.replace(client.id, b"@", 1)
        if body not in self.seen:
            text = unpacked(payload) if is_packed else payload
            message = orjson.loads(text)
            event = message["payload"]["data"]["auctionEvents"]
            if message["id"].encode() != client.id or any(event.get(key) != each for key, each in self.truth.items()):
                raise WrongFrameError(f"{text[:400]!r}, not {self.truth}")
            self.seen.add(body)
        if client.version == self.truth["version"]:
            raise WrongFrameError("a client was sent an event twice")
        client.version = self.truth["version"]
        self.frames += 1
        self.waits.append(time.perf_counter() - self.began)
        self.got += 1
        if self.got == self.expected:
            self.all_got.set()

    def fail(self, fault: Exception) -> None:
        """End the run."""
        self.fault = self.fault or fault
        self.all_got.set()

    async def wait(self, seconds: float = 30) -> None:
        """Until everybody has the event."""
        async with asyncio.timeout(seconds):
            await self.all_got.wait()
        if self.fault is not None:
            raise self.fault


class Client(asyncio.Protocol):
    """One socket with one subscription; without a lot it only connects."""

    def __init__(self, crowd: Crowd, lot: str | None, query: str, port: int, *, is_compressed: bool) -> None:
        self.id = secrets.token_hex(18).encode()
        self.version = -1
        self.ready = asyncio.get_running_loop().create_future()
        self._crowd = crowd
        self._lot = lot
        self._query = query
        self._port = port
        self._offer = COMPRESSION if is_compressed else ""
        self._buffer = b""
        self._is_open = False
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        """Ask for the socket."""
        self._transport = transport
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        head = (
            f"GET /graphql HTTP/1.1\r\nhost: 127.0.0.1:{self._port}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
            f"sec-websocket-key: {key}\r\nsec-websocket-version: 13\r\nsec-websocket-protocol: {SUBPROTOCOL}\r\n"
            f"{self._offer}user-agent: bench\r\n\r\n"
        )
        transport.write(head.encode())

    def connection_lost(self, exc: Exception | None) -> None:
        """A socket that goes before the run is over ends it."""
        if self._transport is not None:
            self._crowd.fail(WrongFrameError(f"a socket was closed: {exc}"))
            if not self.ready.done():
                self.ready.set_exception(ConnectionError("closed"))

    def close(self) -> None:
        """Go."""
        transport, self._transport = self._transport, None
        transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read frames; all of them are whole texts, unmasked."""
        buffer = self._buffer + data if self._buffer else data
        try:
            if not self._is_open:
                head, found, buffer = buffer.partition(b"\r\n\r\n")
                if not found:
                    self._buffer = head
                    return
                _judge_handshake(head, is_compressed=bool(self._offer))
                self._is_open = True
                self._say(b'{"type":"connection_init"}')
            self._buffer = self._read(buffer)
        except Exception as fault:  # noqa: BLE001  # whatever is wrong ends the run
            self._crowd.fail(fault)
            if not self.ready.done():
                self.ready.set_exception(fault)

    def _read(self, buffer: bytes) -> bytes:
        at = 0
        while len(buffer) - at >= 2:
            size, start = buffer[at + 1], at + 2
            if size == 126:
                size, start = int.from_bytes(buffer[at + 2 : at + 4]), at + 4
            if len(buffer) < start + size:
                break
            payload = buffer[start : start + size]
            is_packed = buffer[at] == 0xC1
            if buffer[at] == 0x81 or is_packed:
                if self.ready.done() and b'"next"' in payload:
                    self._crowd.take(self, payload, is_packed=is_packed)
                    self._crowd.size += start + size - at
                else:
                    self._hear(unpacked(payload) if is_packed else payload)
            elif buffer[at] == 0x89:
                self._transport.write(bytes((0x8A, 0x80 | size)) + b"\0\0\0\0" + payload)
            else:
                raise WrongFrameError(f"an unexpected frame {buffer[at]:#x} {payload!r}")
            at = start + size
        return buffer[at:]

    def _hear(self, text: bytes) -> None:
        message = orjson.loads(text)
        if message["type"] == "ping":
            self._say(b'{"type":"pong"}')
        elif message["type"] == "connection_ack":
            if self._lot is None:
                self.ready.set_result(None)
                return
            payload = {"query": self._query, "variables": {"lot": self._lot}}
            self._say(orjson.dumps({"id": self.id.decode(), "type": "subscribe", "payload": payload}))
        elif message["type"] == "next":
            self.ready.set_result(None)  # the snapshot
        else:
            raise WrongFrameError(text.decode())

    def _say(self, text: bytes) -> None:
        size = len(text)
        head = bytes((0x81, 0x80 | size)) if size < 126 else bytes((0x81, 0xFE)) + size.to_bytes(2)
        self._transport.write(head + b"\0\0\0\0" + text)


def unpacked(payload: bytes) -> bytes:
    """The text of a compressed message."""
    return zlib.decompressobj(-15).decompress(payload + b"\x00\x00\xff\xff")


def _judge_handshake(head: bytes, *, is_compressed: bool) -> None:
    if b" 101 " not in head.split(b"\r\n", 1)[0] or (b"permessage-deflate" in head) != is_compressed:
        raise WrongFrameError(head[:200].decode())


async def gather(
    crowd: Crowd, port: int, lot: str | None, query: str, count: int, *, is_compressed: bool = False
) -> list[Client]:
    """So many connected clients, each shown the snapshot."""
    loop = asyncio.get_running_loop()
    clients: list[Client] = []
    while len(clients) < count:
        fresh = range(min(50, count - len(clients)))
        some = [Client(crowd, lot, query, port, is_compressed=is_compressed) for _ in fresh]
        await asyncio.gather(*(loop.create_connection(lambda it=each: it, "127.0.0.1", port) for each in some))  # type: ignore[misc]  # binds each
        async with asyncio.timeout(60):
            await asyncio.gather(*(each.ready for each in some))
        clients += some
    return clients
