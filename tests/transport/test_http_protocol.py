"""Methods, media types, origins and headers."""

import asyncio
import gzip
import json
import re
import time
from collections.abc import AsyncIterator

import pytest

from tests.transport import market
from tests.transport.conftest import Serve, connect_to
from transport.endpoint import create_endpoint
from transport.field_facts import derive_field_facts, graphql_schema
from transport.identities import Credentials, Identity
from transport.load import Load
from transport.options import Budget, Budgets, Limits, TransportOptions

CORE = graphql_schema(market.schema)
SCHEMA_NAMES = {name for name in CORE.type_map if not name.startswith("__")} | {
    field for fields in derive_field_facts(CORE).by_type.values() for field in fields
}
QUERY = {"query": "{ hello }"}
NEW = "application/graphql-response+json"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        (NEW, NEW),
        (f"{NEW}, application/json", NEW),
        (f"application/json, {NEW};q=0.5", "application/json"),
        (f"application/json;q=0.5, {NEW}", NEW),
        ("text/event-stream, application/json", "application/json"),
        ("text/html;q=0, application/json", "application/json"),
    ],
)
async def test_the_media_type_is_negotiated(serve: Serve, accept: str | None, expected: str) -> None:
    headers = {} if accept is None else {"accept": accept}
    response = await serve().post("/graphql", json=QUERY, headers=headers)
    assert response.headers["content-type"] == f"{expected}; charset=utf-8"
    assert response.json()["data"] == {"hello": "world"}


async def test_nothing_acceptable_is_406_and_still_json(serve: Serve) -> None:
    response = await serve().post("/graphql", json=QUERY, headers={"accept": "image/png"})
    assert response.status_code == 406
    assert response.json()["errors"]


async def test_the_status_follows_the_media_type(serve: Serve) -> None:
    for document in ("{", "{ nothing }", "query($a: [Int!]!) { echo(numbers: $a) }"):
        new = await serve().post("/graphql", json={"query": document}, headers={"accept": NEW})
        old = await serve().post("/graphql", json={"query": document}, headers={"accept": "application/json"})
        assert (new.status_code, old.status_code) == (400, 200), document
        assert "data" not in new.json()


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "text/application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
    ],
)
async def test_only_json_in_utf8_is_read(serve: Serve, content_type: str | None) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    response = await serve().post("/graphql", content=json.dumps(QUERY).encode(), headers=headers)
    assert response.status_code == 415


async def test_a_body_over_the_limit_is_413_before_it_is_read(serve: Serve) -> None:
    client = serve(TransportOptions(limits=Limits(body_bytes=100)))
    headers = {"content-type": "application/json"}
    assert (await client.post("/graphql", content=b"x" * 101, headers=headers)).status_code == 413

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 10

    assert (await client.post("/graphql", content=chunks(), headers=headers)).status_code == 413
    packed = {**headers, "content-encoding": "gzip"}
    assert (await client.post("/graphql", content=gzip.compress(b"{}"), headers=packed)).status_code == 415


async def test_long_answers_are_compressed_for_those_who_take_gzip(serve: Serve) -> None:
    body = {"query": "{ listings(first: 90) { edges { node { id title } } } }"}
    packed = await serve().post("/graphql", json=body, headers={"accept-encoding": "gzip"})
    plain = await serve().post("/graphql", json=body, headers={"accept-encoding": "gzip;q=0, identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json()["data"] == plain.json()["data"]


@pytest.mark.parametrize("method", ["PATCH", "TRACE"])
async def test_other_methods_are_405(serve: Serve, method: str) -> None:
    response = await serve().request(method, "/graphql")
    assert (response.status_code, "POST" in response.headers["allow"]) == (405, True)


async def test_mutations_never_run_by_get(serve: Serve) -> None:
    client = serve(TransportOptions(plain_get=True))
    response = await client.get("/graphql", params={"query": 'mutation { redeem(code: "right") }'})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


async def test_a_get_that_any_page_could_send_is_refused(serve: Serve) -> None:
    assert (await serve().get("/graphql", params=QUERY)).status_code == 400
    for header in ("apollo-require-preflight", "x-requested-with"):
        response = await serve().get("/graphql", params=QUERY, headers={header: "1"})
        assert response.json()["data"] == {"hello": "world"}


async def test_foreign_origins_are_refused_and_listed_ones_get_cors(serve: Serve) -> None:
    client = serve(TransportOptions(allowed_origins=frozenset({"https://shop.test"})))
    foreign = await client.post("/graphql", json=QUERY, headers={"origin": "https://evil.test"})
    assert (foreign.status_code, "access-control-allow-origin" in foreign.headers) == (403, False)
    listed = await client.post("/graphql", json=QUERY, headers={"origin": "https://shop.test"})
    assert listed.headers["access-control-allow-origin"] == "https://shop.test"
    preflight = await client.options("/graphql", headers={"origin": "https://shop.test"})
    assert (preflight.status_code, preflight.headers["access-control-max-age"]) == (204, "600")
    assert "access-control-allow-origin" not in (await client.options("/graphql", headers={"origin": "null"})).headers
    own = await client.post("/graphql", json=QUERY, headers={"origin": "http://market.test"})
    assert own.status_code == 200


async def test_every_answer_carries_the_security_headers_and_the_request_id(serve: Serve) -> None:
    response = await serve().post("/graphql", json=QUERY, headers={"x-request-id": "from-the-proxy-1"})
    assert response.headers["x-request-id"] == "from-the-proxy-1"
    for name in ("x-content-type-options", "content-security-policy", "strict-transport-security", "x-frame-options"):
        assert name in response.headers
    strange = await serve().post("/graphql", json=QUERY, headers={"x-request-id": "a b\x7f"})
    assert strange.headers["x-request-id"] != "a b\x7f"


async def test_the_hundred_and_first_request_of_a_minute_is_429(serve: Serve) -> None:
    client = serve()
    started_at, accepted = time.monotonic(), 0
    while (await client.post("/graphql", json=QUERY)).status_code == 200:
        accepted += 1
    refilled = (time.monotonic() - started_at) / 0.6
    assert 100 <= accepted <= 100 + refilled + 1
    refused = await client.post("/graphql", json=QUERY)
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    viewer = await client.post("/graphql", json=QUERY, headers={"authorization": "Bearer ada"})
    assert viewer.status_code == 200, "a signed-in viewer has a budget of their own"


async def test_cost_is_charged_and_what_is_left_is_told(serve: Serve) -> None:
    budgets = Budgets(anonymous_cost=Budget(per_minute=60, burst=30))
    client = serve(TransportOptions(budgets=budgets))
    body = {"query": "{ listings(first: 20) { edges { node { id } } } }"}
    first = await client.post("/graphql", json=body)
    assert (first.headers["x-query-cost"], first.headers["ratelimit-remaining"]) == ("21", "9")
    assert first.json()["extensions"]["cost"] == {"requested": 21, "remaining": 9}
    assert (await client.post("/graphql", json=body)).status_code == 429


async def test_batches_are_off_until_bounded(serve: Serve) -> None:
    batch = [QUERY, {"query": "{ me }"}, {"query": "{"}]
    assert (await serve().post("/graphql", json=batch)).status_code == 400
    client = serve(TransportOptions(limits=Limits(batch=3)))
    answers = (await client.post("/graphql", json=batch)).json()
    assert [answer.get("data") for answer in answers] == [{"hello": "world"}, {"me": None}, None]
    assert (await client.post("/graphql", json=[*batch, QUERY])).status_code == 400


async def test_production_shows_nothing_of_itself(serve: Serve) -> None:
    client = serve(TransportOptions())
    for document in ("{ __schema { types { name } } }", '{ __type(name: "Query") { name } }'):
        error = (await client.post("/graphql", json={"query": document})).json()["errors"][0]
        assert error["message"] == "Introspection is off on this endpoint."
    typo = (await client.post("/graphql", json={"query": "{ helo }"})).json()["errors"][0]["message"]
    assert "Did you mean" not in typo
    page = await client.get("/graphql", headers={"accept": "text/html"})
    assert "html" not in page.headers["content-type"]
    flood = await client.post("/graphql", json={"query": "{ x1 x2 x3 x4 hello(a: 1) { y } }"})
    assert len(flood.json()["errors"]) == 3, "at most one error per rule"
    assert "plan" not in (await client.post("/graphql", json=QUERY)).json()["extensions"]


async def test_development_explains_itself(serve: Serve) -> None:
    client = serve(TransportOptions.development())
    answer = (await client.post("/graphql", json={"query": "{ hello __schema { queryType { name } } }"})).json()
    assert answer["data"]["__schema"]["queryType"]["name"] == "Query"
    assert set(answer["extensions"]) >= {"cost", "plan", "timings", "requestId"}
    typo = (await client.post("/graphql", json={"query": "{ helo }"})).json()["errors"][0]["message"]
    assert "Did you mean 'hello'?" in typo


async def test_guessing_at_credentials_is_charged_to_the_address(serve: Serve) -> None:
    client = serve(TransportOptions(budgets=Budgets(anonymous_requests=Budget(per_minute=60, burst=3))))
    bad = {"authorization": "Bearer bad"}
    statuses = [(await client.post("/graphql", json=QUERY, headers=bad)).status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 429, 429]


async def test_a_lagging_loop_sends_newcomers_away_before_reading_them() -> None:
    load = Load(most_lag_seconds=0.05)

    async def block() -> None:
        time.sleep(0.15)  # noqa: ASYNC251  # the blocked loop is what is tested

    verdicts = []
    for _ in range(12):
        blocking = asyncio.create_task(block())
        verdicts.append(await load.is_too_high())
        await blocking
    assert verdicts[0] is False, "one slow step is no overload"
    assert verdicts[-1] is True
    await asyncio.sleep(1.1)
    assert await load.is_too_high() is False


@pytest.mark.parametrize(
    "document",
    [
        "{ listings }",
        "{ listing }",
        "{ hello { a } }",
        "{ listings(frist: 1) { edges { cursor } } }",
        '{ listings(first: "a") { edges { cursor } } }',
        "{ node { id } }",
        "{ ... on Listing { id } }",
        "{ node(id: 1) { ... on PageInfo { startCursor } } }",
        "query ($a: Listing) { hello }",
        "query ($a: String) { listings(first: $a) { edges { cursor } } }",
        "{ listings { edges { node { a: title a: price } } } }",
        "mutation { redeem }",
        "subscription { ticks }",
    ],
)
async def test_a_closed_schema_cannot_be_read_from_its_errors(serve: Serve, document: str) -> None:
    response = await serve().post("/graphql", json={"query": document})
    for error in response.json()["errors"]:
        told = set(re.findall(r"[A-Za-z]+", error["message"])) - set(re.findall(r"[A-Za-z]+", document))
        assert not told & SCHEMA_NAMES, error["message"]


async def test_a_body_that_drips_is_408_and_credentials_that_hang_are_503(serve: Serve) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" "
            await asyncio.sleep(0.05)

    client = serve(TransportOptions(limits=Limits(body_seconds=0.1)))
    slow = await client.post("/graphql", content=drip(), headers={"content-type": "application/json"})
    assert slow.status_code == 408

    async def hang(_: Credentials) -> Identity:
        await asyncio.sleep(60)
        return Identity()

    options = TransportOptions(limits=Limits(query_seconds=0.05))
    app = create_endpoint(market.schema, build_context=market.build_context, options=options, authenticate=hang)
    async with connect_to(app) as hanging:
        assert (await hanging.post("/graphql", json=QUERY)).status_code == 503
