"""The ASGI application: one store, one catalog, one worker, and the routes over them."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from engines.search_server import document_routes, index_routes, search_routes, task_routes
from engines.search_server.answers import State, answer
from engines.search_server.catalog import Catalog
from engines.search_server.problems import ApiError
from engines.search_server.storage import Store
from engines.search_server.worker import Worker


def create_app(data_dir: Path, *, master_key: str | None = None) -> ASGIApp:
    """The server over a data folder; with a master key every route but /health asks for it as a bearer token."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        store = Store(data_dir)
        catalog = Catalog(store)
        await run_in_threadpool(catalog.load)
        worker = Worker(store, catalog)
        worker.start()
        app.state.search = State(store, catalog, worker)
        yield
        await run_in_threadpool(worker.stop)
        store.close()

    app = Starlette(
        routes=[*task_routes.ROUTES, *index_routes.ROUTES, *document_routes.ROUTES, *search_routes.ROUTES],
        lifespan=lifespan,
        exception_handlers={ApiError: _refused, 404: _not_found, 405: _not_allowed, Exception: _failed},
    )
    return app if master_key is None else _KeyGuard(app, master_key)


def _refused(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, ApiError)  # noqa: S101 - Starlette types handlers by the base class
    return answer(problem.envelope(), status=problem.status)


def _not_found(request: Request, _problem: Exception) -> Response:
    problem = ApiError("not_found", f"Nothing is served at `{request.url.path}`.")
    return answer(problem.envelope(), status=404)


def _not_allowed(request: Request, _problem: Exception) -> Response:
    problem = ApiError("method_not_allowed", f"`{request.method}` is not possible at `{request.url.path}`.")
    return answer(problem.envelope(), status=405)


def _failed(_request: Request, fault: Exception) -> Response:
    problem = ApiError("internal", f"The server failed: {type(fault).__name__}.")
    return answer(problem.envelope(), status=problem.status)


class _KeyGuard:
    """Asks for the master key before anything else runs."""

    def __init__(self, app: ASGIApp, master_key: str) -> None:
        self._app = app
        self._expected = f"bearer {master_key}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == "/health":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == b"authorization"), None)
        if given is None:
            problem = ApiError(
                "missing_authorization_header",
                "The Authorization header is missing. It must use the bearer authorization method.",
            )
        elif not secrets.compare_digest(given[:7].lower() + given[7:], self._expected):
            problem = ApiError("invalid_api_key", "The provided API key is invalid.")
        else:
            await self._app(scope, receive, send)
            return
        await answer(problem.envelope(), status=problem.status)(scope, receive, send)
