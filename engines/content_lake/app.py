"""The lake's ASGI application: routes, error envelopes and cross-origin rules."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from engines.content_lake import actions, documents, histories, mutations, projects, queries, studio
from engines.content_lake.asset_files import AssetFiles
from engines.content_lake.assets import Assets
from engines.content_lake.calls import Call, json_response
from engines.content_lake.datasets import LiveDataset
from engines.content_lake.event_logs import EventLogs
from engines.content_lake.event_streams import ending_with_process
from engines.content_lake.faults import LakeError, plain_fault
from engines.content_lake.lakes import Lake, LakeSettings
from engines.content_lake.listeners import Listeners
from engines.content_lake.live_events import LiveEvents
from engines.content_lake.projects import LOOPBACK_ORIGIN
from engines.content_lake.rates import RateLimits
from engines.content_lake.records import Delivery, Transaction
from engines.content_lake.studio import studio_routes
from engines.content_lake.upkeep import keep_up
from engines.content_lake.webhook_registry import WebhookEndpoints, WebhookRegistry
from engines.content_lake.webhook_rules import deliveries_of
from engines.content_lake.webhook_senders import WebhookSenders

Endpoint = Callable[[Call], Awaitable[Response]]

ALLOWED_HEADERS = ("authorization", "content-type", "last-event-id", "x-sanity-project-id")

ENDPOINTS: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET POST", "/{version}/data/query/{dataset}", queries.query),
    ("POST", "/{version}/data/mutate/{dataset}", mutations.mutate),
    ("POST", "/{version}/data/actions/{dataset}", actions.act),
    ("POST", "/{version}/data/import/{dataset}", mutations.import_documents),
    ("GET", "/{version}/data/doc/{dataset}/{ids}", documents.documents),
    ("GET", "/{version}/data/export/{dataset}", documents.export),
    ("GET", "/{version}/data/history/{dataset}/documents/{ids}", histories.document_at),
    ("GET", "/{version}/data/history/{dataset}/transactions/{ids}", histories.transactions),
    ("GET", "/{version}/datasets", projects.datasets),
    ("PUT", "/{version}/datasets/{dataset}", projects.create_dataset),
    ("GET", "/{version}/projects/{project}/datasets", projects.datasets),
    ("PUT", "/{version}/projects/{project}/datasets/{dataset}", projects.create_dataset),
    ("GET", "/{version}/users/me", projects.me),
    ("GET", "/{version}/check/cors", projects.check_cors),
    ("GET", "/studio/summary", studio.summary),
    ("POST", "/studio/plan", studio.plan),
)


def create_app(settings: LakeSettings) -> Starlette:
    """The application over the datasets in `settings.data_dir`; they are opened here and closed with the lifespan."""
    lake = Lake(settings)
    registry = WebhookRegistry(settings.data_dir, settings.webhooks)
    logs = EventLogs()
    lake.followers.append(logs.follow)
    lake.creditors.append(partial(_owed, registry, settings.project))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        senders = WebhookSenders(lake, registry, first_pause=settings.webhook_pause_seconds)
        lake.followers.append(senders.follow)
        senders.start()
        upkeep = asyncio.create_task(keep_up(lake))
        with ending_with_process(logs.cut_off):
            yield
        upkeep.cancel()
        await asyncio.gather(upkeep, return_exceptions=True)
        await senders.stop()
        lake.close()

    limits = RateLimits(settings.requests_per_second, settings.writes_per_second)
    routes: list[BaseRoute] = [Route("/health", _health), Route("/v1/ping", _health)]
    routes.extend(
        Route(path, _answering(lake, limits, endpoint), methods=methods.split())
        for methods, path, endpoint in (
            *ENDPOINTS,
            ("GET", "/{version}/data/listen/{dataset}", Listeners(logs).stream),
            ("GET OPTIONS", "/{version}/data/live/events/{dataset}", LiveEvents(logs).stream),
            ("DELETE", "/{version}/datasets/{dataset}", projects.DatasetRemoval(logs).remove),
            ("DELETE", "/{version}/projects/{project}/datasets/{dataset}", projects.DatasetRemoval(logs).remove),
            *_asset_endpoints(Assets(AssetFiles(settings.data_dir), settings.public_url)),
            *_webhook_endpoints(WebhookEndpoints(registry)),
        )
    )
    routes.extend(studio_routes())
    cors = Middleware(
        CORSMiddleware,
        allow_origin_regex=LOOPBACK_ORIGIN,
        allow_methods=("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"),
        allow_headers=ALLOWED_HEADERS,
        allow_credentials=True,
    )
    app = Starlette(
        routes=routes,
        middleware=[cors],
        lifespan=lifespan,
        exception_handlers={404: _not_found, 405: _not_allowed, Exception: _broken},
    )
    app.state.lake = lake
    return app


def _owed(registry: WebhookRegistry, project: str, dataset: LiveDataset, transaction: Transaction) -> list[Delivery]:
    webhooks = registry.webhooks()
    return [owed for webhook in webhooks for owed in deliveries_of(webhook, dataset, transaction, project=project)]


def _webhook_endpoints(endpoints: WebhookEndpoints) -> tuple[tuple[str, str, Endpoint], ...]:
    every, one = "/{version}/hooks/projects/{project}", "/{version}/hooks/projects/{project}/{hook}"
    return (
        ("GET", every, endpoints.every),
        ("POST", every, endpoints.make),
        ("PATCH", one, endpoints.change),
        ("DELETE", one, endpoints.remove),
    )


def _asset_endpoints(assets: Assets) -> tuple[tuple[str, str, Endpoint], ...]:
    return (
        ("POST", "/{version}/assets/images/{dataset}", assets.upload_image),
        ("POST", "/{version}/assets/files/{dataset}", assets.upload_file),
        ("GET", "/images/{project}/{dataset}/{name}", assets.image),
        ("GET", "/images/{project}/{dataset}/{name}/{vanity}", assets.image),
        ("GET", "/files/{project}/{dataset}/{name}", assets.file),
        ("GET", "/files/{project}/{dataset}/{name}/{vanity}", assets.file),
    )


def _answering(lake: Lake, limits: RateLimits, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        try:
            limits.check(request.client.host if request.client else "", request.url.path)
            return await endpoint(Call(lake, request))
        except LakeError as fault:
            return json_response(fault.body, status=fault.status, headers=fault.headers)

    return handle


async def _health(_request: Request) -> Response:
    return json_response({"status": "ok"})


async def _not_found(request: Request, _fault: Exception) -> Response:
    return json_response(plain_fault(404, f"No such endpoint: {request.url.path}").body, status=404)


async def _not_allowed(request: Request, _fault: Exception) -> Response:
    return json_response(plain_fault(405, f"Method {request.method} is not allowed here").body, status=405)


async def _broken(_request: Request, _fault: Exception) -> Response:
    return json_response(plain_fault(500, "An unexpected error occurred").body, status=500)
