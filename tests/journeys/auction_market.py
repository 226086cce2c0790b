"""A small shop on the parts that `gavel run` starts: its engines, `gavel serve` and `gavel work`, and its clients."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from rich.console import Console
from typer.testing import CliRunner
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from cli import app as commands
from config import Settings
from demo.times import REFERENCE_NOW, shift_times
from domain.exports import BrokenLine
from domain.nodes import encode_node_id
from engines.supervisor import LocalEngines
from local.companions import worker_process
from local.content import prepare
from local.engines import announced, environment_of, start_engines
from local.people import token_for
from opening import Patience, open_sources
from services.imports import import_export
from services.listing_documents import timestamp
from tests.journeys.test_running import until
from tests.ports import free_port

DEMO = Path(__file__).parents[2] / "demo"
READY_SECONDS = 90
HEAR_SECONDS = 20
LISTINGS = 16
SELLER = "dealer-1"
PROTOCOL = [Subprotocol("graphql-transport-ws")]


def a_small_shop() -> list[str]:
    """The categories, everybody who can sign in, and one thing for sale."""
    documents = [json.loads(line) for line in (DEMO / "marketplace.ndjson").read_text().splitlines()]
    kept = [each for each in documents if each["_type"] == "category"]
    kept += [each for each in documents if each["_type"] == "publicUser" and each.get("externalId")]
    for each in _for_sale(documents):
        kept.append(each | {"images": []})
        kept[-1].pop("auction", None)
    return [json.dumps(each) for each in kept]


def _for_sale(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cars of the dealer, each for one auction."""
    return [
        each
        for each in documents
        if each["_type"] == "listing"
        and each["status"] == "active"
        and each["seller"]["_ref"] == f"user-{SELLER}"
        and each["price"]["amountMinor"] >= 100_000
    ][:LISTINGS]


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said."""

    exit_code: int
    text: str


@dataclass(frozen=True, slots=True)
class Shop:
    """Where everything runs."""

    settings: Settings

    def command(self, *arguments: str) -> Said:
        """`gavel` in another terminal, without the time that a new Python takes."""
        done = CliRunner().invoke(commands, arguments, env={"GAVEL_DATA_DIR": str(self.settings.data_dir)})
        return Said(done.exit_code, done.output + (str(done.exception) if done.exception else ""))

    @property
    def address(self) -> str:
        return f"{self.settings.host}:{self.settings.port}"

    def token(self, user: str) -> str:
        return token_for(self.settings.data_dir, user, None)

    async def listing_to_sell(self) -> tuple[str, str]:
        """The id and the headline of something that no auction has yet."""
        query = '*[_type == "listing" && status == "active" && !defined(auction)] | order(_id)[0]{_id, title}'
        sources = open_sources(self.settings, Patience.OF_JOBS)
        try:
            found = await sources.sanity.query(query, tag="test.listing")
        finally:
            await sources.close()
        return found["_id"], found["title"]

    async def hold_auction(self, listing_id: str, *, lasts: timedelta, extension: timedelta) -> str:
        """An editor defines an auction in content; its global id."""
        auction_id = f"auction-{uuid4().hex[:12]}"
        sources = open_sources(self.settings, Patience.OF_JOBS)
        now = sources.clock()
        document = {
            "_id": auction_id,
            "_type": "auction",
            "listing": {"_type": "reference", "_ref": listing_id},
            "startsAt": timestamp(now - timedelta(minutes=1)),
            "endsAt": timestamp(now + lasts),
            "softCloseSeconds": 600,
            "extensionSeconds": int(extension.total_seconds()),
            "startPriceMinor": 10_000,
            "reserveMinor": 55_000,
            "currency": "ZAR",
            "status": "scheduled",
        }
        try:
            points_back = {"_type": "reference", "_ref": auction_id, "_weak": True}
            patch = {"patch": {"id": listing_id, "set": {"auction": points_back}}}
            await sources.sanity.mutate([{"create": document}, patch], tag="test.auction")
        finally:
            await sources.close()
        return encode_node_id("Auction", auction_id)


@contextmanager
def shop(folder: Path) -> Iterator[Shop]:
    # Two busy cores and a cold start: what is tested here is not speed.
    patience = {
        "database_seconds": 5,
        "redis_seconds": 2,
        "sanity_seconds": 5,
        "search_seconds": 5,
        "message_notice_seconds": 0,
    }
    given = Settings(
        port=free_port(), worker_metrics_port=free_port(), data_dir=folder, trusted_proxies=("127.0.0.1",)
    ).model_copy(update=patience)
    with LocalEngines(folder, is_durable=False) as engines:
        ready = start_engines(given, engines)
        asyncio.run(_fill(given, ready))
        with announced(ready), worker_process(ready), _serving(ready):
            yield Shop(ready)


@contextmanager
def another_web(market: Shop) -> Iterator[tuple[Shop, subprocess.Popen[bytes]]]:
    """The same shop through one more `gavel serve`."""
    beside = market.settings.model_copy(update={"port": free_port()})
    with _serving(beside) as server:
        yield Shop(beside), server


@contextmanager
def another_worker(market: Shop) -> Iterator[Settings]:
    """One more `gavel work` on the same stores."""
    beside = market.settings.model_copy(update={"worker_metrics_port": free_port()})
    with worker_process(beside):
        yield beside


async def _fill(given: Settings, ready: Settings) -> None:
    quiet = Console(quiet=True)
    sources = open_sources(ready, Patience.OF_JOBS)
    delta = sources.clock() - REFERENCE_NOW
    try:
        outcome = await import_export(
            sources,
            a_small_shop(),
            read_file=lambda _: None,
            prepare=lambda each: shift_times(each, delta),
            progress=lambda *_: None,
        )
        assert not isinstance(outcome, BrokenLine)
    finally:
        await sources.close()
    await prepare(given, ready, quiet)


@contextmanager
def _serving(ready: Settings) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "cli", "serve"]
    log_path = ready.data_dir / f"serve-{ready.port}.log"
    with log_path.open("w") as log:
        server = subprocess.Popen(command, env=os.environ | environment_of(ready), stdout=log, stderr=log)
    base = f"http://{ready.host}:{ready.port}"
    try:
        until(lambda: server.poll() is not None or _is_ready(base), READY_SECONDS)
        assert server.poll() is None, log_path.read_text()
        yield server
    finally:
        server.terminate()
        server.wait(15)


def _is_ready(base: str) -> bool:
    try:
        return httpx.get(f"{base}/readyz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


@dataclass(slots=True)
class Client:
    """Somebody with a browser: GraphQL over HTTP."""

    shop: Shop
    token: str = ""

    async def ask(self, query: str, **variables: Any) -> Any:
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        async with httpx.AsyncClient(timeout=10) as http:
            body = {"query": query, "variables": variables}
            reply = (await http.post(f"http://{self.shop.address}/graphql", json=body, headers=headers)).json()
        assert "errors" not in reply, reply["errors"]
        return reply["data"]

    async def until(self, query: str, wanted: Any, *, seconds: float = 20.0, **variables: Any) -> Any:
        """Ask until `wanted` holds of the answer."""
        ends = time.monotonic() + seconds
        while True:
            data = await self.ask(query, **variables)
            if wanted(data):
                return data
            assert time.monotonic() < ends, f"still {data}"
            await asyncio.sleep(0.15)

    async def streamed(
        self, query: str, count: int, *, last_event_id: str | None = None, **variables: Any
    ) -> list[tuple[str, Any]]:
        """The first events of a subscription as a browser's EventSource hears them, each with its id."""
        headers = {"accept": "text/event-stream", "authorization": f"Bearer {self.token}"}
        if last_event_id is not None:
            headers["last-event-id"] = last_event_id
        found: list[tuple[str, Any]] = []
        event_id = ""
        async with (
            asyncio.timeout(HEAR_SECONDS),
            httpx.AsyncClient(timeout=HEAR_SECONDS) as http,
            http.stream(
                "POST",
                f"http://{self.shop.address}/graphql",
                json={"query": query, "variables": variables},
                headers=headers,
            ) as reply,
        ):
            async for line in reply.aiter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    event_id = value
                elif name == "data" and value:
                    found.append((event_id, next(iter(json.loads(value)["data"].values()))))
                    if len(found) == count:
                        break
        return found

    @asynccontextmanager
    async def watching(self, query: str, **variables: Any) -> AsyncIterator["Feed"]:
        """A subscription on a socket of its own."""
        async with connect(f"ws://{self.shop.address}/graphql", subprotocols=PROTOCOL) as socket:
            params = {"Authorization": f"Bearer {self.token}"} if self.token else {}
            await socket.send(json.dumps({"type": "connection_init", "payload": params}))
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            payload = {"query": query, "variables": variables}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            feed = Feed(socket)
            feed.listening = asyncio.create_task(feed.listen())
            try:
                yield feed
            finally:
                feed.listening.cancel()
                await asyncio.gather(feed.listening, return_exceptions=True)


@dataclass(slots=True)
class Feed:
    """What a subscription said so far."""

    socket: ClientConnection
    events: list[Any] = field(default_factory=list)
    listening: asyncio.Task[None] | None = None

    async def listen(self) -> None:
        async for frame in self.socket:
            message = json.loads(frame)
            assert message["type"] in {"next", "complete", "ping"}, message
            if message["type"] == "ping":
                await self.socket.send(json.dumps({"type": "pong"}))
            if message["type"] == "next":
                assert not message["payload"].get("errors"), message
                self.events.append(next(iter(message["payload"]["data"].values())))

    async def until(self, wanted: Any, *, seconds: float = HEAR_SECONDS) -> None:
        """Listen until `wanted` holds of the events so far."""
        ends = time.monotonic() + seconds
        while not wanted(self.events):
            if self.listening is not None and self.listening.done():
                self.listening.result()
            assert time.monotonic() < ends, f"heard only {self.events}"
            await asyncio.sleep(0.02)

    async def ended(self) -> int | None:
        """Wait until the server has closed the socket; the code that it gave, None for none."""
        async with asyncio.timeout(HEAR_SECONDS):
            await self.socket.wait_closed()
        return self.socket.protocol.close_rcvd.code if self.socket.protocol.close_rcvd else None

    def cut(self) -> None:
        """The line goes dead, without a word to the other side."""
        self.socket.transport.abort()
