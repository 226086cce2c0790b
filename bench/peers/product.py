"""The product as one process, with a chosen executor and budgets that a benchmark does not exhaust.

Usage: `python -m bench.peers.product compiled|graphql-core|router[+gc][+asgi] PORT [PROCESSES]`. `router` is
Strawberry's own FastAPI router over the same schema, loaders and sources; `+asgi` leaves HTTP to uvicorn's protocol.
"""

import asyncio
import dataclasses
import gc
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.fastapi import BaseContext, GraphQLRouter

from app import Application
from config import Settings
from datasources.counter_boards import CounterBoard
from datasources.redis.topics import TopicHub
from datasources.sources import Sources
from loaders.categories import CategoryTrees
from opening import open_sources
from schema.build import build_schema
from services.post_offices import PostOffice
from services.salerooms import Saleroom
from transport.endpoint import GraphQLEndpoint
from transport.executors import CoreExecutor
from transport.field_facts import graphql_schema
from transport.http_protocols import HttpProtocol
from transport.identities import RequestFacts
from transport.options import Budget, Budgets
from transport.plan.executors import CompiledExecutor
from transport.socket_protocols import SocketProtocol
from viewers import context_builder

_WIDE = Budget(per_minute=100_000_000, burst=100_000_000)


class MeasuredApplication(Application):
    """Everything on as shipped; only the budgets are wide and the executor is chosen."""

    def __init__(self, settings: Settings, executor: str) -> None:
        super().__init__(settings)
        budgets = Budgets(anonymous_requests=_WIDE, viewer_requests=_WIDE, anonymous_cost=_WIDE, viewer_cost=_WIDE)
        sockets = dataclasses.replace(self._options.sockets, per_address=20_000, idle_seconds=600.0)
        limits = dataclasses.replace(self._options.limits, live_per_address=20_000)
        # Production does not tell how an answer came to be; developers are told in `extensions`.
        self._options = dataclasses.replace(
            self._options, budgets=budgets, sockets=sockets, limits=limits, explain=False
        )
        self._executor_name = executor

    def _endpoint(self, sources: Sources, saleroom: Saleroom, hub: TopicHub) -> GraphQLEndpoint:
        endpoint = super()._endpoint(sources, saleroom, hub)
        schema = graphql_schema(self._schema)
        chosen: Any = (
            CompiledExecutor(schema, is_spliced=True) if self._executor_name == "compiled" else CoreExecutor(schema)
        )
        operations = dataclasses.replace(endpoint.operations, executor=chosen)
        return GraphQLEndpoint(operations, drain=self._drain, answers=endpoint.answers)


class RouterContext(BaseContext):
    """The product's context in the class that Strawberry's router asks for."""

    def __init__(self, held: Any) -> None:
        super().__init__()
        self._held = held

    def __getattr__(self, name: str) -> Any:
        return getattr(self._held, name)


def router(settings: Settings) -> FastAPI:
    """Strawberry's own way to serve a schema, with its caches on."""
    held: dict[str, Any] = {}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        sources = open_sources(settings)
        saleroom, hub = Saleroom(sources), TopicHub(sources.live, secret=b"a-secret-of-this-benchmark")
        office, board = PostOffice(sources), CounterBoard(sources.database, sources.live)
        held["build"] = context_builder(
            sources, CategoryTrees(sources.sanity), saleroom, hub, office=office, board=board
        )
        yield
        await hub.close()
        await saleroom.close()
        await office.close()
        await sources.close()

    async def context() -> RouterContext:
        facts = RequestFacts(request_id="r", protocol="http", address="127.0.0.1", headers={})
        return RouterContext(held["build"](None, facts, asyncio.get_running_loop().time() + 3))

    schema = build_schema()
    schema.extensions = (lambda: ParserCache(maxsize=100), lambda: ValidationCache(maxsize=100))
    served = FastAPI(lifespan=lifespan)
    served.include_router(GraphQLRouter(schema, context_getter=context), prefix="/graphql")
    return served


def main() -> None:
    """Serve until stopped."""
    kind, port = sys.argv[1], int(sys.argv[2])
    _fork(int(sys.argv[3]) - 1 if len(sys.argv) > 3 else 0)
    settings = Settings(port=port)
    served: Any = router(settings) if kind == "router" else MeasuredApplication(settings, kind.partition("+")[0])
    if "+gc" in kind:
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 20, 50)
    configuration = uvicorn.Config(
        served,
        log_level="warning",
        access_log=False,
        server_header=False,
        http="httptools" if kind.startswith("router") or "+asgi" in kind else HttpProtocol,
        ws="websockets-sansio" if kind == "router" else SocketProtocol,
        ws_per_message_deflate=False,
    )
    uvicorn.Server(configuration).run([_listening(port)])


def _fork(count: int) -> None:
    """As many processes more. Whoever started this one ends its group: a signal ends uvicorn before it returns."""
    for _ in range(count):
        if os.fork() == 0:
            return


def _listening(port: int) -> socket.socket:
    """A socket of this process; the system spreads connections over all that share the port."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(("127.0.0.1", port))
    made.listen(2_048)
    return made


if __name__ == "__main__":
    main()
