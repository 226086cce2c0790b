"""The composition root: settings become clients, clients become the one ASGI application."""

import asyncio
import logging
import math
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from config import Profile, Settings
from datasources.counter_boards import CounterBoard
from datasources.guards import settle
from datasources.postgres.migrating import head_revision, revision_of
from datasources.redis.answers import SharedAnswers
from datasources.redis.documents import AutomaticDocuments, TrustedList
from datasources.redis.rate_limits import SharedRateLimiter
from datasources.redis.topics import TopicHub
from datasources.sources import Sources
from domain.problems import UpstreamUnavailableError
from loaders.categories import CategoryTrees
from opening import open_payments, open_sources
from schema.build import build_schema
from services.mails import UNSUBSCRIBE_PATH
from services.payments import Cashier
from services.post_offices import PostOffice
from services.salerooms import Saleroom
from transport.direct_exchanges import Direct
from transport.draining import Drain, drain_before_exit
from transport.endpoint import GraphQLEndpoint, create_endpoint
from transport.field_facts import graphql_schema
from transport.logs import Logs, configure_logs, configure_terminal
from transport.metrics import Metrics, watch_endpoint
from transport.observers import Observer, Observers
from transport.options import ExampleTab, GraphiQLOptions, TransportOptions
from transport.plan.executors import CompiledExecutor
from transport.plan.fallbacks import count_fallbacks
from transport.sentry import SentryReports, start_sentry
from viewers import authentication, context_builder, known_visitor
from webhooks.mails import resend_webhook
from webhooks.payments import stripe_webhook
from webhooks.sanity import sanity_webhook
from webhooks.unsubscribing import unsubscribe_page

SignInChoices = Callable[[], Sequence[dict[str, str]]]
SIGN_IN_PATH = "/sign-in-choices"
EXAMPLES = Path(__file__).parent / "examples" / "operations"


class Application:
    """GraphQL on its own path, everything else through FastAPI: the hot path pays for no routing."""

    def __init__(self, settings: Settings, *, sign_in_choices: SignInChoices | None = None) -> None:
        self._settings = settings
        self._sign_in_choices = sign_in_choices
        self._options = transport_options(settings, offers_sign_in=sign_in_choices is not None)
        self._registry = CollectorRegistry()
        self._metrics = Metrics(self._registry)
        self._observer = observers(settings, self._options.path, self._metrics)
        self._schema = build_schema()
        self._drain = Drain()
        self._graphql: GraphQLEndpoint | None = None
        self._cashier: Cashier | None = None
        self._office: PostOffice
        self._board: CounterBoard
        self._rest = self._build_rest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, socket or lifespan."""
        if self._graphql is not None and scope["type"] != "lifespan" and scope["path"] == self._options.path:
            await self._graphql(scope, receive, send)
        else:
            await self._rest(scope, receive, send)

    @property
    def direct(self) -> Direct | None:
        """How a server may ask the endpoint without ASGI, while it is open."""
        return self._graphql.direct if self._graphql is not None else None

    def lifespan(self) -> AbstractAsyncContextManager[object]:
        """Open every client for the time of the block, as a server does while it runs."""
        return self._rest.router.lifespan_context(self._rest)

    def _build_rest(self) -> FastAPI:
        @asynccontextmanager
        async def lifespan(rest: FastAPI) -> AsyncIterator[None]:
            sources = open_sources(self._settings)
            saleroom = Saleroom(sources)
            provider = open_payments(self._settings)
            self._cashier = Cashier(sources, provider) if provider is not None else None
            self._office = PostOffice(sources, notice_after=timedelta(seconds=self._settings.message_notice_seconds))
            self._board = CounterBoard(sources.database, sources.live)
            hub = TopicHub(sources.live, secret=self._settings.cursor_secret.get_secret_value().encode())
            self._graphql = self._endpoint(sources, saleroom, hub)
            watch_endpoint(self._metrics, self._graphql)
            self._metrics.watch(
                "gavel_breaker_open", "Whether calls to a system are refused.", sources.open_breakers, label="system"
            )
            rest.state.sources, rest.state.drain = sources, self._drain
            rest.router.routes.extend(self._webhooks(sources))
            if threading.current_thread() is threading.main_thread():
                drain_before_exit(self._drain)
            yield
            self._graphql = None
            await hub.close()
            await saleroom.close()
            await self._office.close()
            await self._board.close()
            await settle([each.close() for each in (sources, provider) if each is not None])

        rest = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
        rest.add_api_route("/livez", livez)
        rest.add_api_route("/readyz", readyz)
        rest.add_api_route("/metrics", self._show_metrics)
        if self._sign_in_choices is not None:
            choices = self._sign_in_choices
            rest.add_api_route(SIGN_IN_PATH, lambda: JSONResponse(list(choices())))
        return rest

    async def _show_metrics(self) -> Response:
        """Prometheus metrics: those of the process, then those of this application."""
        return Response(generate_latest(REGISTRY) + generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)

    def _endpoint(self, sources: Sources, saleroom: Saleroom, hub: TopicHub) -> GraphQLEndpoint:
        return create_endpoint(
            self._schema,
            build_context=context_builder(
                sources,
                CategoryTrees(sources.sanity),
                saleroom,
                hub,
                cashier=self._cashier,
                office=self._office,
                board=self._board,
            ),
            options=self._options,
            authenticate=authentication(sources),
            know=known_visitor,
            limiter=SharedRateLimiter(sources.live),
            document_store=AutomaticDocuments(sources.live),
            trusted_documents=TrustedList(sources.live),
            observer=self._observer,
            executor=CompiledExecutor(
                graphql_schema(self._schema),
                suggestions=self._options.suggestions,
                on_fallback=count_fallbacks(self._registry),
                is_spliced=True,
            ),
            drain=self._drain,
            answer_store=SharedAnswers(sources.live),
        )

    def _webhooks(self, sources: Sources) -> list[Route]:
        settings = self._settings
        content = (settings.sanity_webhook_secret, settings.sanity_webhook_secret_previous)
        payments = (settings.stripe_webhook_secret, settings.stripe_webhook_secret_previous)
        mails = (settings.resend_webhook_secret, settings.resend_webhook_secret_previous)
        endpoints = {
            "/webhooks/sanity": sanity_webhook(sources, [each.get_secret_value() for each in content]),
            "/webhooks/stripe": stripe_webhook(sources, [each.get_secret_value() for each in payments]),
            "/webhooks/resend": resend_webhook(sources, [each.get_secret_value() for each in mails]),
        }
        page = unsubscribe_page(sources, settings.mail_secret.get_secret_value().encode())
        return [
            *(Route(path, endpoint, methods=["POST"]) for path, endpoint in endpoints.items()),
            Route(UNSUBSCRIBE_PATH, page, methods=["GET", "POST"]),
        ]


async def livez() -> JSONResponse:
    """Whether the event loop turns."""
    return JSONResponse({"status": "live"})


async def readyz(request: Request) -> JSONResponse:
    """Whether requests should be sent here: the record answers and has our schema. Degraded systems are listed."""
    sources: Sources = request.app.state.sources
    database, live, content, search = await asyncio.gather(
        sources.database.is_reachable(),
        sources.live.is_reachable(),
        sources.sanity.is_reachable(),
        _is_up(sources.search.is_healthy()),
    )
    is_migrated = database and await revision_of(sources.database) == head_revision()
    systems = {"postgres": database, "migrations": is_migrated, "redis": live, "sanity": content, "search": search}
    is_draining = request.app.state.drain.is_draining
    status = "draining" if is_draining else "ready" if database and is_migrated else "not ready"
    body: dict[str, object] = {
        "status": status,
        "systems": {name: "ok" if is_ok else "down" for name, is_ok in systems.items()},
    }
    if (lag := sources.sanity.replica_lag_seconds) is not None:
        body["contentReplica"] = {"lagSeconds": round(lag, 1) if math.isfinite(lag) else None}
    return JSONResponse(body, status_code=200 if status == "ready" else 503)


async def _is_up(check: Awaitable[bool]) -> bool:
    try:
        return await check
    except UpstreamUnavailableError:
        return False


def transport_options(settings: Settings, *, offers_sign_in: bool) -> TransportOptions:
    """The endpoint's choices for the profile."""
    if settings.profile is Profile.PRODUCTION:
        return TransportOptions(
            allowed_origins=frozenset(settings.trusted_origins),
            trusted_proxies=frozenset(settings.trusted_proxies),
            trusted_documents_only=settings.trusted_documents_only,
        )
    return TransportOptions.development(
        graphiql=GraphiQLOptions(
            title="Gavel",
            examples=example_tabs(),
            sign_in_path=SIGN_IN_PATH if offers_sign_in else None,
            assets_dir=str(settings.data_dir / "graphiql"),
        )
    )


def example_tabs() -> tuple[ExampleTab, ...]:
    """The ready-made tabs of the GraphiQL page: the example operations with their sample variables, queries first."""
    tabs = []
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(EXAMPLES.glob("*.graphql"))}
    for path, text in sorted(texts.items(), key=lambda each: re.search("^query", each[1], re.MULTILINE) is None):
        variables = re.search(r"^# variables: (.*)$", text, re.MULTILINE)
        query = re.sub(r"^# variables: .*\n", "", text, flags=re.MULTILINE)
        title = path.stem.replace("-", " ").capitalize()
        tabs.append(ExampleTab(title=title, query=query, variables=variables[1] if variables else ""))
    return tuple(tabs)


def observers(settings: Settings, route: str, metrics: Metrics) -> Observer:
    """Everything that watches the endpoint: metrics, logs, and Sentry where a DSN is set."""
    level = logging.getLevelNamesMapping().get(settings.log_level.upper(), logging.INFO)
    if settings.profile is Profile.PRODUCTION:
        configure_logs(level=level)
    else:
        # A developer reads the answers themselves; the terminal shows what they hide.
        configure_terminal(level=max(level, logging.WARNING))
    watching: list[Observer] = [metrics, Logs(route)]
    if dsn := settings.sentry_dsn.get_secret_value():
        start_sentry(dsn, environment=settings.profile.value)
        watching.append(SentryReports())
    return Observers(*watching)
