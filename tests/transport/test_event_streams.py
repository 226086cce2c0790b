"""Server-sent events and multipart: one subscription per connection, and many over one."""

import asyncio
import json
import time

import httpx
import pytest
from graphql import build_schema

from tests.transport import market
from tests.transport.conftest import build, connect_to
from tests.transport.live_servers import serving, until
from transport.answers import Answer
from transport.documents import Documents, PreparedOperation
from transport.endpoint import create_endpoint
from transport.event_streams import cursor_of, resumed
from transport.field_facts import derive_field_facts
from transport.identities import Credentials, Identity
from transport.options import SocketLimits, TransportOptions

TICKS = {"query": "subscription { ticks(count: 2) { number serial } }"}
ENDLESS = {"query": "subscription { ticks(count: 1000, seconds: 0.02) { number } }"}
EVENTS = {"accept": "text/event-stream"}
PARTS = {"accept": 'multipart/mixed;subscriptionSpec="1.0", application/json'}


def events_of(text: str) -> list[tuple[str, object]]:
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"]) if fields.get("data") else None))
    return found


async def test_a_subscription_is_a_stream_of_next_events_and_a_complete() -> None:
    async with connect_to(build()) as client:
        response = await client.post("/graphql", json=TICKS, headers=EVENTS)
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    kinds = events_of(response.text)
    assert [kind for kind, _ in kinds] == ["next", "next", "complete"]
    serials = {body["data"]["ticks"]["serial"] for _, body in kinds[:2]}  # type: ignore[index]  # JSON
    assert len(serials) == 2, "each event has its own context"


async def test_a_plain_query_is_json_even_where_streams_are_listed() -> None:
    listed = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"
    async with connect_to(build()) as client:
        response = await client.post("/graphql", json={"query": "{ hello }"}, headers={"accept": listed})
    assert response.headers["content-type"] == "application/graphql-response+json; charset=utf-8"


async def test_a_subscription_without_a_streaming_type_is_406() -> None:
    async with connect_to(build()) as client:
        response = await client.post("/graphql", json=TICKS, headers={"accept": "application/json"})
    assert response.status_code == 406
    assert "text/event-stream" in response.json()["errors"][0]["message"]


async def test_a_failing_source_is_masked_on_the_stream() -> None:
    async with connect_to(build()) as client:
        response = await client.post("/graphql", json={"query": "subscription { fails { number } }"}, headers=EVENTS)
    assert market.SECRET not in response.text
    assert "INTERNAL" in response.text


async def test_multipart_subscriptions_speak_apollos_form() -> None:
    async with connect_to(build()) as client:
        response = await client.post("/graphql", json=TICKS, headers=PARTS)
    assert response.headers["content-type"] == 'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"'
    parts = [part.split("\r\n\r\n", 1)[1] for part in response.text.split("--graphql") if "\r\n\r\n" in part]
    bodies = [json.loads(part) for part in parts]
    assert bodies[0] == {}
    assert [body["payload"]["data"]["ticks"]["number"] for body in bodies[1:]] == [0, 1]
    assert response.text.endswith("--graphql--\r\n")


async def test_silence_is_filled_with_heartbeats() -> None:
    async with connect_to(build(TransportOptions(heartbeat_seconds=0.02))) as client:
        body = {"query": "subscription { ticks(count: 1, seconds: 0.1) { number } }"}
        response = await client.post("/graphql", json=body, headers=EVENTS)
    assert response.text.count(":\n\n") >= 3


async def test_a_client_that_goes_away_ends_its_source() -> None:
    async with serving(build()) as port, httpx.AsyncClient() as client:
        address = f"http://127.0.0.1:{port}/graphql"
        async with client.stream("POST", address, json=ENDLESS, headers=EVENTS) as response:
            async for line in response.aiter_lines():
                if line.startswith("event: next"):
                    break
            assert market.open_streams
        await until(lambda: not market.open_streams)


async def test_an_expired_token_ends_the_stream_with_its_code() -> None:
    async def authenticate(_: Credentials) -> Identity:
        return Identity(key="ada", expires_at=time.time() + 0.2)

    app = create_endpoint(market.schema, build_context=market.build_context, authenticate=authenticate)
    async with connect_to(app) as client:
        response = await client.post("/graphql", json=ENDLESS, headers=EVENTS)
    kinds = events_of(response.text)
    assert "SUBSCRIPTION_JWT_EXPIRED" in json.dumps(kinds[-2])
    assert kinds[-1][0] == "complete"


async def test_a_stream_ends_with_a_retry_hint_when_its_life_is_over() -> None:
    limits = TransportOptions(sockets=SocketLimits(lifetime_seconds=0.1))
    async with connect_to(build(limits)) as client:
        response = await client.post("/graphql", json=ENDLESS, headers=EVENTS)
    assert "retry: " in response.text.splitlines()[-2]


async def test_one_connection_carries_many_operations() -> None:
    async with serving(build()) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        token = (await client.put("/graphql")).text
        named = {"x-graphql-event-stream-token": token}
        assert (await client.get("/graphql", headers={"x-graphql-event-stream-token": "other"})).status_code == 404
        async with client.stream("GET", "/graphql", headers={**named, **EVENTS}) as response:
            assert response.status_code == 200
            assert (await client.get("/graphql", headers=named)).status_code == 409
            for name, body in (("a", TICKS), ("b", {"query": "{ hello }"}), ("c", ENDLESS)):
                started = await client.post(
                    "/graphql", json={**body, "extensions": {"operationId": name}}, headers=named
                )
                assert started.status_code == 202, started.text
            assert (
                await client.post("/graphql", json={**ENDLESS, "extensions": {"operationId": "c"}}, headers=named)
            ).status_code == 409
            assert (await client.post("/graphql", json=TICKS, headers=named)).status_code == 400
            lines: list[str] = []
            async with asyncio.timeout(5):
                async for line in response.aiter_lines():
                    lines.append(line)
                    if '"b"' in line and lines[-2] == "event: complete":
                        break
            assert (await client.delete("/graphql?operationId=c", headers=named)).status_code == 200
            await until(lambda: not market.open_streams)


async def test_another_viewers_channel_does_not_exist() -> None:
    async with connect_to(build()) as client:
        token = (await client.put("/graphql", headers={"authorization": "Bearer ada"})).text
        named = {"x-graphql-event-stream-token": token, "authorization": "Bearer eve"}
        stolen = await client.post("/graphql", json={**TICKS, "extensions": {"operationId": "1"}}, headers=named)
    assert stolen.status_code == 404


def test_a_cursor_is_the_events_id() -> None:
    assert cursor_of(Answer(body={"data": {"lotEvents": {"cursor": "abc"}}}, status=200)) == "abc"
    assert cursor_of(Answer(body={"data": {"lotEvents": {"cursor": "a\nb"}}}, status=200)) is None
    assert cursor_of(Answer(body={"errors": []}, status=200)) is None


async def test_last_event_id_resumes_where_the_browser_stopped() -> None:
    schema = build_schema("type Query { a: Int } type Subscription { lotEvents(after: String): String }")
    documents = Documents(schema, derive_field_facts(schema), TransportOptions())
    operation = await documents.prepare("subscription ($from: String) { lotEvents(after: $from) }", None)
    assert isinstance(operation, PreparedOperation)
    assert resumed(operation, {}, "cursor-9") == {"from": "cursor-9"}
    assert resumed(operation, {"from": "cursor-1"}, None) == {"from": "cursor-1"}


@pytest.mark.parametrize(("spec", "label"), [("deferSpec=20220824", "path"), ("incrementalSpec=v0.2", "pending")])
async def test_deferred_and_streamed_parts_come_in_the_form_that_was_asked_for(spec: str, label: str) -> None:
    late = "listings(first: 1) { edges { node { id ... @defer { slowReviews } } } }"
    document = f"{{ hello streamNumbers @stream(initialCount: 1) {late} }}"
    accept = {"accept": f"multipart/mixed;{spec}, application/json"}
    async with connect_to(build()) as client:
        response = await client.post("/graphql", json={"query": document}, headers=accept)
        whole = await client.post("/graphql", json={"query": document}, headers={"accept": "application/json"})
    assert spec in response.headers["content-type"]
    parts = [json.loads(part.split("\r\n\r\n", 1)[1]) for part in response.text.split("---") if "\r\n\r\n" in part]
    assert (parts[0]["data"]["streamNumbers"], parts[0]["hasNext"], parts[-1]["hasNext"]) == ([0], True, False)
    assert label in json.dumps(parts)
    assert response.text.endswith("-----\r\n")
    assert whole.json()["data"]["streamNumbers"] == [0, 1, 2, 3]
    assert whole.json()["data"]["listings"]["edges"][0]["node"]["slowReviews"] == ["good", "fine"]
