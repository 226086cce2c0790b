"""The endpoint under test, reached as a client reaches it, without a network."""

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.transport import market
from transport.budgets import RateLimiter
from transport.endpoint import GraphQLEndpoint, create_endpoint
from transport.identities import Credentials, Identity, Know, NotAuthenticated, know_nobody
from transport.options import TransportOptions


async def authenticate(credentials: Credentials) -> Identity | NotAuthenticated:
    shown = credentials.connection_params or credentials.headers
    token = str(shown.get("authorization", "")).removeprefix("Bearer ")
    if not token:
        return Identity()
    if token == "bad":
        return NotAuthenticated()
    return Identity(viewer=token, key=token)


Serve = Callable[..., httpx.AsyncClient]


def build(
    options: TransportOptions | None = None, *, know: Know = know_nobody, limiter: RateLimiter | None = None
) -> GraphQLEndpoint:
    """An endpoint that never sheds load: the machine of a test may be busy with other things."""
    patient = replace(options or TransportOptions(), most_loop_lag_seconds=60.0)
    return create_endpoint(
        market.schema,
        build_context=market.build_context,
        options=patient,
        authenticate=authenticate,
        know=know,
        limiter=limiter,
    )


def connect_to(app: Any) -> httpx.AsyncClient:
    """A client of an ASGI application, without a network."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://market.test")


@pytest.fixture
def serve() -> Serve:
    return lambda options=None: connect_to(build(options))


@pytest.fixture(autouse=True)
def swept(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests that cancel random operations leave no coroutine behind for their neighbours to be blamed for."""
    yield
    if request.node.get_closest_marker("filterwarnings") is not None:
        gc.collect()
