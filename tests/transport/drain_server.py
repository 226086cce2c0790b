"""A server process that drains on SIGTERM, for the test that kills it under load."""

import sys
from typing import Any

import uvicorn

from tests.transport import market
from transport.draining import drain_before_exit
from transport.endpoint import create_endpoint
from transport.http_protocols import HttpProtocol
from transport.options import Budget, Budgets, SocketLimits, TransportOptions
from transport.socket_protocols import SocketProtocol

PLENTY = Budget(per_minute=10_000_000, burst=10_000_000)
OPTIONS = TransportOptions(
    budgets=Budgets(anonymous_requests=PLENTY, anonymous_cost=PLENTY),
    sockets=SocketLimits(per_address=10_000),
    most_loop_lag_seconds=60.0,
)
endpoint = create_endpoint(market.schema, build_context=market.build_context, options=OPTIONS)


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "lifespan":
        await endpoint(scope, receive, send)
        return
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            drain_before_exit(endpoint.drain, before=lambda: print("draining", flush=True))  # noqa: T201  # the test reads it
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


app.direct = endpoint.direct  # type: ignore[attr-defined]  # as the product says it of itself

if __name__ == "__main__":
    uvicorn.run(
        app,
        fd=int(sys.argv[1]),
        log_level="error",
        access_log=False,
        timeout_graceful_shutdown=3,
        http=HttpProtocol,
        ws=SocketProtocol,
    )
