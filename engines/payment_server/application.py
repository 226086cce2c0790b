"""The payment server as an ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engines.payment_server.admin import Admin
from engines.payment_server.calls import Call
from engines.payment_server.events import make_endpoint
from engines.payment_server.pages import Pages
from engines.payment_server.paystack import PaystackApi
from engines.payment_server.server import PaymentServer
from engines.payment_server.store import Json

METHODS = ["GET", "POST", "DELETE"]


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """Where events go, and the secrets each delivery is signed with."""

    url: str
    secrets: tuple[str, ...]


def create_app(
    data_dir: Path,
    base_url: str,
    *,
    webhook: WebhookTarget | None = None,
    paystack_webhook: WebhookTarget | None = None,
    first_pause_seconds: float = 1.0,
) -> Starlette:
    """Stripe under /v1, Paystack under /transaction and /refund, levers under /admin, pages under /pages.

    `webhook` is an endpoint that hears every event from the start, beside those made through the API.
    """
    server = PaymentServer(data_dir, base_url, first_pause_seconds=first_pause_seconds)
    paystack = PaystackApi(server)
    if webhook is not None:
        _configure_endpoint(server, webhook)
    if paystack_webhook is not None:
        paystack.configure_endpoint(paystack_webhook.url, list(paystack_webhook.secrets))

    async def stripe(request: Request) -> Response:
        return await server.handle(request)

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with server.running():
            yield

    routes = [
        Route("/health", health),
        Route("/v1/{rest:path}", stripe, methods=METHODS),
        *Admin(server).routes(),
        *Pages(server).routes(),
        *paystack.routes(),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def _configure_endpoint(server: PaymentServer, target: WebhookTarget) -> None:
    """The endpoint named on the command line is the one of the last start: what waits goes to where it is now."""
    for endpoint in list(server.store.every("webhook_endpoint")):
        if endpoint.get("_is_configured") and not endpoint.get("deleted"):
            server.act(partial(_save, endpoint | {"url": target.url, "_secrets": list(target.secrets)}))
            return
    fields: Json = {
        "api_version": None,
        "description": "configured at start",
        "enabled_events": ["*"],
        "metadata": {},
        "status": "enabled",
        "url": target.url,
        "_is_configured": True,
    }
    server.act(lambda call: make_endpoint(call, fields, list(target.secrets)))


def _save(body: Json, call: Call) -> Json:
    return call.save(body)
