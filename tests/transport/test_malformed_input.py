"""Whatever bytes a stranger sends: HTTP answers 4xx with a JSON `errors` body, a socket closes with a code."""

import asyncio
import gc
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.transport import market
from tests.transport.conftest import build, connect_to
from tests.transport.live_servers import serving
from transport.options import Budget, Budgets, Limits, SocketLimits, TransportOptions
from transport.requests import read_body

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""graphql-core drops coroutines that it has not begun when a deadline cancels their parent."""

PLENTY = Budget(per_minute=10_000_000, burst=10_000_000)
FREE = TransportOptions(
    budgets=Budgets(anonymous_requests=PLENTY, anonymous_cost=PLENTY),
    limits=Limits(query_seconds=2, mutation_seconds=2),
)
JSON = {"content-type": "application/json"}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
parameters = st.fixed_dictionaries(
    {},
    optional={
        "query": st.sampled_from(["{ hello }", "", "{", "query($a: Int!) { echo(numbers: [$a]) }", "\ud800"])
        | json_values,
        "variables": json_values,
        "operationName": json_values,
        "extensions": json_values,
        "id": json_values,
    },
)
bodies = (
    st.binary(max_size=200)
    | json_values.map(lambda value: json.dumps(value).encode())
    | parameters.map(lambda value: json.dumps(value).encode())
)


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b'"x"',
        b"1",
        b"true",
        b"[]",
        b'[{"query": "{ hello }"}]',
        b"{}",
        b"",
        b"\xff\xfe",
        b'{"query": "\xc3("}',
        b"[" * 100_000,
        b'{"query":"{hello}","variables":' + b'{"a":' * 200 + b"1" + b"}" * 201,
        b"9" * 100_000,
        b'{"query": "{ echo(numbers: [' + b"9" * 5_000 + b']) }"}',
        b'{"query": 1}',
        b'{"query": ["{ hello }"]}',
        b'{"query": "{ hello }", "variables": []}',
        b'{"query": "{ hello }", "variables": "x"}',
        b'{"query": "{ hello }", "operationName": 1}',
        b'{"query": "{ hello }", "extensions": "x"}',
        b'{"query": "{ hello }", "variables": {"a": NaN}}',
        b'{"query": "' + b"#" * 70_000 + b'"}',
    ],
)
async def test_a_malformed_body_is_400_with_errors_in_json(body: bytes) -> None:
    async with connect_to(build()) as client:
        headers = {**JSON, "accept": "application/graphql-response+json"}
        response = await client.post("/graphql", content=body, headers=headers)
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"]
    assert response.json()["errors"][0]["extensions"]["code"]
    assert "data" not in response.json()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    bodies, st.sampled_from([None, "*/*", "application/json", "application/graphql-response+json", "text/html, ,;q=x"])
)
def test_no_body_makes_a_fault(body: bytes, accept: str | None) -> None:
    async def ask() -> None:
        async with connect_to(build(FREE)) as client:
            headers = {**JSON, **({"accept": accept} if accept else {})}
            response = await client.post("/graphql", content=body, headers=headers)
        assert response.status_code < 500
        answer = response.json()
        assert "errors" in answer or "data" in answer
        assert "INTERNAL" not in response.text

    asyncio.run(ask())


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(["query", "variables", "extensions", "operationName", "token", "x"]), st.text(max_size=30)
    )
)
def test_no_query_string_makes_a_fault(given_parameters: dict[str, str]) -> None:
    async def ask() -> None:
        async with connect_to(build(FREE)) as client:
            response = await client.get("/graphql", params=given_parameters)
        assert response.status_code < 500
        assert "INTERNAL" not in response.text

    asyncio.run(ask())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(from_schema(market.schema.as_str(), allow_x00=False))
def test_no_document_of_the_schema_makes_a_server_error(source: str) -> None:
    async def ask() -> None:
        async with connect_to(build(FREE)) as client:
            accept = {"accept": "application/graphql-response+json, text/event-stream"}
            response = await client.post("/graphql", json={"query": source}, headers=accept)
        is_late = "DEADLINE_EXCEEDED" in response.text
        if is_late:
            gc.collect()
        assert response.status_code < 500 or is_late
        assert market.SECRET not in response.text

    asyncio.run(ask())


messages = st.fixed_dictionaries(
    {"type": st.sampled_from(["subscribe", "complete", "ping", "pong", "connection_init", "next", 1])},
    optional={"id": st.text(max_size=3) | json_values, "payload": parameters | json_values},
)
frames = st.lists(
    messages.map(json.dumps) | json_values.map(json.dumps) | st.text(max_size=30) | st.binary(max_size=30), max_size=4
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(frames, min_size=10, max_size=10))
def test_no_frames_end_a_socket_without_a_close_code_of_the_protocol(conversations: list[list[str | bytes]]) -> None:
    faults: list[BaseException] = []

    async def talk(port: int, conversation: list[str | bytes]) -> int | None:
        async with connect(
            f"ws://127.0.0.1:{port}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]
        ) as client:
            try:
                await client.send('{"type":"connection_init"}')
                for frame in conversation:
                    await client.send(frame)
                await client.send('{"type":"ping","payload":{"last":true}}')
                while True:
                    message = json.loads(await asyncio.wait_for(client.recv(), 5))
                    assert "INTERNAL" not in json.dumps(message)
                    if message.get("payload") == {"last": True}:
                        return None
            except ConnectionClosed:
                return client.close_code

    async def ask() -> list[int | None]:
        limits = TransportOptions(budgets=FREE.budgets, limits=FREE.limits, sockets=SocketLimits(per_address=1000))
        app = build(limits)
        app.operations.observer.fault = lambda cause, *_: faults.append(cause)  # type: ignore[method-assign]  # listens
        async with serving(app) as port:
            return [await talk(port, conversation) for conversation in conversations]

    codes = asyncio.run(ask())
    assert not faults
    assert set(codes) <= {None, 4400, 4409, 4429}


def test_a_batch_is_read_only_within_its_bound() -> None:
    items: list[Any] = [{"query": "{ hello }"}] * 3
    content = json.dumps(items).encode()
    assert isinstance(read_body(content, Limits(batch=3)), list)
    assert not isinstance(read_body(content, Limits(batch=2)), list)
