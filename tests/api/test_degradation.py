"""A system that is away takes its own fields with it and nothing else."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from config import Settings
from tests.api.conftest import Asker, serving

NOWHERE = "127.0.0.1:9"
PAGE = """{
  listings(first: 5) { edges { node { title seller { displayName } counters { views } } } }
  search(text: "toyota") { totalCount }
}"""


@asynccontextmanager
async def without(settings: Settings, tokens: Mapping[str, str], **dead: object) -> AsyncIterator[Asker]:
    async with serving(settings.model_copy(update=dead), tokens) as asker:
        yield asker


async def test_without_search_the_rest_of_the_query_is_answered(
    marketplace: Settings, tokens: Mapping[str, str]
) -> None:
    async with without(marketplace, tokens, search_url=f"http://{NOWHERE}") as ask:
        answer = await ask(PAGE)
    assert answer.body["data"]["search"] is None
    assert len(answer.body["data"]["listings"]["edges"]) == 5
    assert [(each["path"], each["extensions"]["code"]) for each in answer.body["errors"]] == [
        (["search"], "UPSTREAM_UNAVAILABLE")
    ]
    assert "search system did not answer" in answer.body["errors"][0]["message"]


async def test_without_redis_counters_are_null_and_pages_are_whole(
    marketplace: Settings, tokens: Mapping[str, str]
) -> None:
    async with without(marketplace, tokens, redis_url=SecretStr(f"redis://{NOWHERE}/0")) as ask:
        answer = await ask(PAGE)
        liked = await ask(
            """mutation ($id: ID!) { likeListing(input: {id: $id}) {
                 ... on ListingMarked { state { hasLiked } } ... on Problem { code } } }""",
            {
                "id": (await ask("{ listings(first: 1) { edges { node { id } } } }")).data["listings"]["edges"][0][
                    "node"
                ]["id"]
            },
            by="buyer-5",
        )
    nodes = [edge["node"] for edge in answer.body["data"]["listings"]["edges"]]
    assert all(node["counters"] is None and node["title"] and node["seller"] for node in nodes)
    assert answer.body["data"]["search"]["totalCount"] > 0
    assert set(answer.codes) == {"UPSTREAM_UNAVAILABLE"}
    assert liked.data["likeListing"] == {"state": {"hasLiked": True}}


async def test_without_content_search_still_counts(marketplace: Settings, tokens: Mapping[str, str]) -> None:
    async with without(marketplace, tokens, sanity_url=f"http://{NOWHERE}") as ask:
        answer = await ask(PAGE)
    assert answer.body["data"]["listings"] is None
    assert answer.body["data"]["search"]["totalCount"] > 0
    assert answer.codes == ["UPSTREAM_UNAVAILABLE"]


async def test_without_the_record_visitors_read_on_and_accounts_are_told(
    marketplace: Settings, tokens: Mapping[str, str]
) -> None:
    dead = SecretStr(f"postgresql://nobody@{NOWHERE}/nothing")
    async with without(marketplace, tokens, database_url=dead) as ask:
        titles = await ask("{ listings(first: 5) { edges { node { title } } } }")
        signed_in = await ask("{ viewer { roles } }", by="buyer-1")
        ready = await ask.http.get("/readyz")
        live = await ask.http.get("/livez")
    assert len(titles.data["listings"]["edges"]) == 5
    assert signed_in.codes == ["UPSTREAM_UNAVAILABLE"]
    assert (ready.status_code, live.status_code) == (503, 200)
    assert ready.json()["systems"]["postgres"] == "down"


@pytest.mark.parametrize(("system", "setting"), [("search", "search_url"), ("sanity", "sanity_url")])
async def test_a_system_that_never_answers_costs_no_more_than_its_budget(
    marketplace: Settings, tokens: Mapping[str, str], system: str, setting: str
) -> None:
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4096):
            pass
        writer.close()

    hole = await asyncio.start_server(swallow, "127.0.0.1", 0)
    port = hole.sockets[0].getsockname()[1]
    changes = {setting: f"http://127.0.0.1:{port}", f"{system}_seconds": 0.4}
    async with hole, without(marketplace, tokens, **changes) as ask:
        began = time.monotonic()
        query = '{ search(text: "x") { totalCount } }' if system == "search" else "{ listings { edges { cursor } } }"
        answer = await ask(query)
        assert time.monotonic() - began < 1.5
    assert answer.codes == ["UPSTREAM_UNAVAILABLE"]


async def test_a_fault_of_ours_is_masked_and_known_by_its_request_id(
    ask: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("datasources.sanity.listings.page", fail)
    answer = await ask("{ listings { edges { cursor } } }")
    (error,) = answer.body["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["requestId"]
    assert "hunter2" not in str(answer.body)


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer a.b.c", "Basic eDp5", "Bearer", "Bearer " + "x" * 9000])
async def test_a_bad_token_is_refused_and_never_taken_for_a_visitor(ask: Asker, header: str) -> None:
    reply = await ask.http.post("/graphql", json={"query": "{ viewer { roles } }"}, headers={"authorization": header})
    assert reply.status_code in {401, 431}
    assert reply.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
