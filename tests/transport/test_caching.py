"""Answers that may be kept, by whom and until when."""

import json

from tests.transport import market
from tests.transport.conftest import authenticate, connect_to
from transport.cached_answers import FreshAnswer, MemoryAnswerStore
from transport.documents import digest_of
from transport.endpoint import GraphQLEndpoint, create_endpoint
from transport.persisted_documents import TrustedDocuments

PUBLIC = "query Page($first: Int = 2) { listings(first: $first) { edges { node { id title seller { name } } } } }"
PRIVATE = "query Mine { me }"
BROKEN = "query Broken { listings(first: 1) { edges { node { broken } } } }"


def endpoint() -> GraphQLEndpoint:
    trusted = {text: text for text in (PUBLIC, PRIVATE, BROKEN)}
    return create_endpoint(
        market.schema,
        build_context=market.build_context,
        authenticate=authenticate,
        trusted_documents=TrustedDocuments(trusted),
    )


def hashed(text: str, **variables: object) -> str:
    extensions = json.dumps({"persistedQuery": {"version": 1, "sha256Hash": digest_of(text)}})
    return f"/graphql?extensions={extensions}&variables={json.dumps(variables)}"


async def test_a_public_persisted_get_is_computed_once_and_revalidated_by_its_tag() -> None:
    app = endpoint()
    async with connect_to(app) as client:
        first = await client.get(hashed(PUBLIC))
        assert first.headers["cache-control"].startswith("public, max-age=")
        assert "authorization" in first.headers["vary"]
        again = await client.get(hashed(PUBLIC))
        assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
        unchanged = await client.get(hashed(PUBLIC), headers={"if-none-match": first.headers["etag"]})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        other = await client.get(hashed(PUBLIC, first=1))
        assert other.content != first.content


async def test_content_changes_drop_the_answers_under_their_tags() -> None:
    app = endpoint()
    async with connect_to(app) as client:
        await client.get(hashed(PUBLIC))
        mark = await app.answers.mark(("listings", "users"))
        await app.answers.invalidate(("users",))
        assert await app.answers.mark(("listings", "users")) != mark
        runs: list[str] = []
        original = app.operations.executor.execute

        async def counted(*args: object, **kwargs: object) -> object:
            runs.append("run")
            return await original(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came

        app.operations.executor.execute = counted  # type: ignore[method-assign, assignment]  # counts what runs
        await client.get(hashed(PUBLIC))
        await client.get(hashed(PUBLIC))
    assert runs == ["run"]


async def test_viewers_data_errors_and_posts_are_never_kept() -> None:
    async with connect_to(endpoint()) as client:
        for text in (PRIVATE, BROKEN):
            response = await client.get(hashed(text))
            assert response.headers["cache-control"] == "no-store", text
            assert "etag" not in response.headers
        ada = await client.get(hashed(PRIVATE), headers={"authorization": "Bearer ada"})
        eve = await client.get(hashed(PRIVATE), headers={"authorization": "Bearer eve"})
        assert (ada.json()["data"], eve.json()["data"]) == ({"me": "ada"}, {"me": "eve"})
        mutation = await client.post("/graphql", json={"query": 'mutation { redeem(code: "x") }'})
        assert mutation.headers["cache-control"] == "no-store"


async def test_an_answer_computed_while_its_content_changed_is_not_used() -> None:
    store = MemoryAnswerStore(clock=lambda: 0.0)
    mark = await store.mark(("listings",))
    await store.invalidate(("listings",))
    await store.keep("key", FreshAnswer(body=b"{}", etag="x", expires_at=60), mark)
    assert await store.find("key") is None


async def test_the_memory_store_is_bounded_by_bytes_and_time() -> None:
    now = [0.0]
    store = MemoryAnswerStore(max_bytes=10, clock=lambda: now[0])
    for key in ("a", "b", "c"):
        await store.keep(key, FreshAnswer(body=b"12345", etag=key, expires_at=60), {})
    assert await store.find("a") is None
    assert await store.find("c") is not None
    now[0] = 61
    assert await store.find("c") is None
