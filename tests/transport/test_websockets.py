"""graphql-transport-ws over a real socket: the handshake, every close code, and what runs over it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.transport import live_servers, market
from tests.transport.conftest import build
from tests.transport.live_servers import serving, until
from transport.endpoint import create_endpoint
from transport.identities import Credentials, Identity
from transport.options import Budget, Budgets, Limits, SocketLimits, TransportOptions
from transport.socket_sessions import SocketSession


@pytest.fixture(autouse=True, params=list(live_servers.CARRIERS.values()), ids=list(live_servers.CARRIERS))
def carried(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything holds below ASGI, as the product serves it, and over any ASGI server."""
    monkeypatch.setattr(live_servers, "SOCKETS", request.param)


PROTOCOL = [Subprotocol("graphql-transport-ws")]


@asynccontextmanager
async def socket(
    options: TransportOptions | None = None, app: Any = None, *, init: dict[str, Any] | None = None, ready: bool = True
) -> AsyncIterator[ClientConnection]:
    async with (
        serving(app or build(options)) as port,
        connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=PROTOCOL) as client,
    ):
        if ready:
            await say(client, type="connection_init", payload=init or {})
            assert await hear(client) == {"type": "connection_ack"}
        yield client


async def say(client: ClientConnection, **message: Any) -> None:
    await client.send(json.dumps(message))


async def hear(client: ClientConnection) -> dict[str, Any]:
    frame = await asyncio.wait_for(client.recv(), 5)
    assert isinstance(frame, str)
    message: dict[str, Any] = json.loads(frame)
    return message


async def closing(client: ClientConnection) -> tuple[int, str]:
    await collect(client)
    assert client.close_code is not None
    return client.close_code, client.close_reason or ""


async def collect(client: ClientConnection) -> list[dict[str, Any]]:
    """Everything the server says until it closes."""
    async with asyncio.timeout(5):
        return [json.loads(frame) async for frame in frames(client)]


async def frames(client: ClientConnection) -> AsyncIterator[str | bytes]:
    try:
        while True:
            yield await client.recv()
    except ConnectionClosed:
        return


MALFORMED: list[str | bytes] = [
    "null",
    "[]",
    "1",
    '"x"',
    "{",
    "\x00",
    "{}",
    '{"type": 1}',
    '{"type": "start", "id": "1"}',
    '{"type": "connection_init", "payload": 1}',
    '{"type": "ping", "payload": []}',
    '{"type": "subscribe", "id": {}, "payload": {"query": "{hello}"}}',
    '{"type": "subscribe", "id": 1, "payload": {"query": "{hello}"}}',
    '{"type": "subscribe", "id": "", "payload": {"query": "{hello}"}}',
    '{"type": "subscribe", "id": "1"}',
    '{"type": "subscribe", "id": "1", "payload": null}',
    '{"type": "subscribe", "id": "1", "payload": {}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{hello}", "variables": []}}',
    '{"type": "complete"}',
    b'{"type": "ping"}',
    "[" * 5000,
]


async def test_a_malformed_frame_closes_4400() -> None:
    async with serving(build()) as port:
        for frame in MALFORMED:
            async with connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=PROTOCOL) as client:
                await say(client, type="connection_init")
                await client.send(frame)
                code, reason = await closing(client)
            assert (code, bool(reason)) == (4400, True), frame


async def test_a_frame_over_the_limit_closes_1009() -> None:
    async with socket(TransportOptions(sockets=SocketLimits(message_bytes=1000))) as client:
        await say(client, type="ping", payload={"text": "x" * 1000})
        assert (await closing(client))[0] == 1009


async def test_subscribing_before_init_closes_4401() -> None:
    async with socket(ready=False) as client:
        await say(client, type="subscribe", id="1", payload={"query": "{ hello }"})
        assert await closing(client) == (4401, "Unauthorized")


async def test_a_second_init_closes_4429() -> None:
    async with socket() as client:
        await say(client, type="connection_init")
        assert await closing(client) == (4429, "Too many initialisation requests")


async def test_no_init_in_time_closes_4408() -> None:
    async with socket(TransportOptions(sockets=SocketLimits(init_seconds=0.2)), ready=False) as client:
        assert await closing(client) == (4408, "Connection initialisation timeout")


async def test_bad_credentials_at_init_close_4403() -> None:
    async with socket(ready=False) as client:
        await say(client, type="connection_init", payload={"authorization": "Bearer bad"})
        assert await closing(client) == (4403, "Forbidden")


async def test_an_id_in_use_closes_4409() -> None:
    async with socket() as client:
        for _ in range(2):
            await say(
                client, type="subscribe", id="a", payload={"query": "subscription { ticks(seconds: 1) { number } }"}
            )
        assert await closing(client) == (4409, "Subscriber for a already exists")


async def test_another_subprotocol_closes_4406() -> None:
    async with (
        serving(build()) as port,
        connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[Subprotocol("graphql-ws")]) as client,
    ):
        assert (await closing(client))[0] == 4406


async def test_a_foreign_origin_never_gets_a_socket() -> None:
    async with serving(build()) as port:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=PROTOCOL, origin="https://evil.test"):  # type: ignore[arg-type]  # a plain string is an Origin
                pass
    assert refused.value.response.status_code == 403


async def test_a_flood_of_pings_closes_4429_even_before_init() -> None:
    async with socket(TransportOptions(sockets=SocketLimits(message_burst=10)), ready=False) as client:
        for _ in range(50):
            await say(client, type="ping")
        assert await closing(client) == (4429, "Too many messages")


async def test_queries_mutations_and_subscriptions_run_over_one_socket() -> None:
    async with socket(init={"authorization": "Bearer ada"}) as client:
        await say(client, type="subscribe", id="q", payload={"query": "{ hello me }"})
        first = await hear(client)
        assert (first["type"], first["payload"]["data"]) == ("next", {"hello": "world", "me": "ada"})
        assert await hear(client) == {"type": "complete", "id": "q"}
        await say(client, type="subscribe", id="q", payload={"query": 'mutation { redeem(code: "right") }'})
        assert (await hear(client))["payload"]["data"] == {"redeem": True}
        await hear(client)
        await say(client, type="subscribe", id="s", payload={"query": "subscription { ticks { number serial } }"})
        events = [(await hear(client))["payload"]["data"]["ticks"] for _ in range(3)]
        assert [event["number"] for event in events] == [0, 1, 2]
        assert len({event["serial"] for event in events}) == 3, "each event has its own context"
        assert await hear(client) == {"type": "complete", "id": "s"}


async def test_request_errors_are_error_messages_and_the_socket_lives_on() -> None:
    async with socket() as client:
        for document in (
            "{",
            "{ nothing }",
            "query A { hello } query B { hello }",
            "query($a: Int!) { hello echo(numbers: [$a]) }",
        ):
            await say(client, type="subscribe", id="1", payload={"query": document})
            message = await hear(client)
            assert (message["type"], message["id"]) == ("error", "1"), document
            assert message["payload"][0]["extensions"]["code"]
        await say(client, type="ping", payload={"n": 1})
        assert await hear(client) == {"type": "pong", "payload": {"n": 1}}


async def test_a_failing_source_is_masked_and_a_vouched_one_is_not() -> None:
    async with socket() as client:
        await say(client, type="subscribe", id="1", payload={"query": "subscription { fails(after: 1) { number } }"})
        assert (await hear(client))["payload"]["data"] == {"fails": {"number": 0}}
        last = await hear(client)
        assert market.SECRET not in json.dumps(last)
        assert (last["type"], last["payload"][0]["extensions"]["code"]) == ("error", "INTERNAL")
        await say(client, type="subscribe", id="1", payload={"query": "subscription { refuses { number } }"})
        assert (await hear(client))["payload"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_complete_ends_the_source_and_frees_the_id() -> None:
    async with socket() as client:
        payload = {"query": "subscription { ticks(count: 1000, seconds: 0.01) { number } }"}
        await say(client, type="subscribe", id="1", payload=payload)
        await hear(client)
        await say(client, type="complete", id="1")
        await asyncio.sleep(0.1)
        assert not market.open_streams
        await say(client, type="subscribe", id="1", payload={"query": "{ hello }"})
        while (message := await hear(client))["type"] != "complete":
            last = message
        assert last["payload"]["data"] == {"hello": "world"}


async def test_an_aborted_socket_leaves_no_source_behind() -> None:
    async with serving(build()) as port:
        clients = [await connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=PROTOCOL) for _ in range(20)]
        for client in clients:
            await say(client, type="connection_init")
            await hear(client)
            await say(
                client, type="subscribe", id="1", payload={"query": "subscription { ticks(seconds: 9) { number } }"}
            )
            await hear(client)
        assert len(market.open_streams) == 20
        for client in clients:
            client.transport.abort()
        await until(lambda: not market.open_streams)


async def test_operations_on_one_socket_are_limited_by_an_error_not_a_close() -> None:
    async with socket(TransportOptions(sockets=SocketLimits(operations=2))) as client:
        for name in ("a", "b", "c"):
            await say(
                client, type="subscribe", id=name, payload={"query": "subscription { ticks(seconds: 9) { number } }"}
            )
        messages = [await hear(client) for _ in range(3)]
        [refused] = [message for message in messages if message["type"] == "error"]
        assert (refused["id"], refused["payload"][0]["extensions"]["code"]) == ("c", "LIMIT_EXCEEDED")


async def test_limits_and_budgets_hold_over_the_socket() -> None:
    budgets = Budgets(anonymous_requests=Budget(per_minute=60, burst=2))
    async with socket(TransportOptions(limits=Limits(cost=50), budgets=budgets)) as client:
        await say(
            client, type="subscribe", id="1", payload={"query": "{ listings(first: 99) { edges { node { title } } } }"}
        )
        assert (await hear(client))["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
        await say(client, type="subscribe", id="1", payload={"query": "{ __schema { types { name } } }"})
        assert "Introspection is off" in (await hear(client))["payload"][0]["message"]
        await say(client, type="subscribe", id="1", payload={"query": "{ hello }"})
        assert (await hear(client))["payload"][0]["extensions"]["code"] == "RATE_LIMITED"


async def test_a_token_expires_with_its_socket_unless_a_ping_renews_it() -> None:
    async def authenticate(credentials: Credentials) -> Identity:
        seconds = float(str((credentials.connection_params or {}).get("authorization", "9")))
        return Identity(viewer=seconds, key="ada", expires_at=time.time() + seconds)

    limits = TransportOptions(sockets=SocketLimits(ping_seconds=0.1, idle_seconds=30))
    app = create_endpoint(market.schema, build_context=market.build_context, options=limits, authenticate=authenticate)
    async with socket(app=app, init={"authorization": "0.3"}) as client:
        query = "subscription { ticks(count: 99, seconds: 0.1) { viewer } }"
        await say(client, type="subscribe", id="1", payload={"query": query})
        assert (await hear(client))["payload"]["data"] == {"ticks": {"viewer": "0.3"}}
        await say(client, type="ping", payload={"authorization": "0.8"})
        messages = await collect(client)
    assert any(message.get("payload", {}).get("renewed") for message in messages)
    last = [message for message in messages if message["type"] == "next"][-1]
    assert last["payload"]["data"]["ticks"]["viewer"] == "0.8", "events are built for the renewed viewer"
    assert (client.close_code, client.close_reason) == (4403, "SUBSCRIPTION_JWT_EXPIRED")


async def test_the_server_pings_and_an_idle_client_is_let_go() -> None:
    async with socket(TransportOptions(sockets=SocketLimits(ping_seconds=0.1, idle_seconds=0.4))) as client:
        assert await hear(client) == {"type": "ping"}
        assert (await closing(client))[0] == 1001


async def test_sockets_of_one_viewer_are_limited() -> None:
    options = TransportOptions(sockets=SocketLimits(per_viewer=1))
    async with serving(build(options)) as port:
        address = f"ws://127.0.0.1:{port}/graphql"
        async with connect(address, subprotocols=PROTOCOL) as first, connect(address, subprotocols=PROTOCOL) as second:
            await say(first, type="connection_init", payload={"authorization": "Bearer ada"})
            await hear(first)
            await say(second, type="connection_init", payload={"authorization": "Bearer ada"})
            assert await closing(second) == (1013, "Too many connections")


async def test_a_mutation_finishes_even_when_its_socket_is_gone() -> None:
    async with serving(build()) as port:
        async with connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=PROTOCOL) as client:
            await say(client, type="connection_init")
            await hear(client)
            document = 'mutation { placeBid(key: "abandoned", amount: 1, seconds: 0.2) { key } }'
            await say(client, type="subscribe", id="1", payload={"query": document})
            await until(lambda: "abandoned" in market.started_bids)
            client.transport.abort()
        await until(lambda: "abandoned" in market.finished_bids)


async def test_a_draining_server_answers_a_sockets_mutation_before_it_says_goodbye() -> None:
    app = build()
    async with socket(app=app) as client:
        document = 'mutation { placeBid(key: "last", amount: 1, seconds: 0.3) { key } }'
        await say(client, type="subscribe", id="1", payload={"query": document})
        await until(lambda: "last" in market.started_bids)
        await app.drain.run()
        messages = await collect(client)
    assert [message["type"] for message in messages] == ["next", "complete"]
    assert messages[0]["payload"]["data"] == {"placeBid": {"key": "last"}}
    assert client.close_code == 1012


async def test_a_fault_at_one_socket_does_not_stop_the_clock_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_time = SocketSession.keep_time

    def failing(session: SocketSession, now: float, wall: float) -> None:
        if session.identity.key == "broken":
            raise RuntimeError
        keep_time(session, now, wall)

    monkeypatch.setattr(SocketSession, "keep_time", failing)
    async with serving(build(TransportOptions(sockets=SocketLimits(ping_seconds=0.1)))) as port:
        address = f"ws://127.0.0.1:{port}/graphql"
        async with connect(address, subprotocols=PROTOCOL) as broken, connect(address, subprotocols=PROTOCOL) as other:
            for client, viewer in ((broken, "broken"), (other, "ada")):
                await say(client, type="connection_init", payload={"authorization": f"Bearer {viewer}"})
                await hear(client)
            for _ in range(3):
                assert await hear(other) == {"type": "ping"}
