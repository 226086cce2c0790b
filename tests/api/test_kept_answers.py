"""Answers to persisted public queries are kept, never for those who see more, and never longer than the content."""

import hashlib
import json
from typing import Any

import httpx

from app import Application
from opening import open_sources
from services.answers import forget_answers
from tests.api.conftest import Asker

PUBLIC = '{ categories { title } search(text: "toyota", first: 3) { totalCount edges { node { title } } } }'
PRIVATE = "{ listings(first: 3) { edges { node { title viewerState { hasLiked } } } } }"


async def persisted(ask: Asker, query: str, *, by: str | None = None) -> httpx.Response:
    """A GET by hash, as a CDN sends it; the text is registered first."""
    digest = hashlib.sha256(query.encode()).hexdigest()
    extensions: dict[str, Any] = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
    await ask.http.post("/graphql", json={"query": query, "extensions": extensions})
    headers = {"apollo-require-preflight": "1"} | ({"authorization": f"Bearer {ask.tokens[by]}"} if by else {})
    return await ask.http.get("/graphql", params={"extensions": json.dumps(extensions)}, headers=headers)


async def test_a_public_answer_may_be_kept_and_is_validated_by_its_tag(ask: Asker) -> None:
    first = await persisted(ask, PUBLIC)
    assert first.status_code == 200
    scope, _, seconds = first.headers["cache-control"].partition(", max-age=")
    assert scope == "public"
    assert 290 <= int(seconds) <= 300
    again = await ask.http.get(
        str(first.request.url), headers={"if-none-match": first.headers["etag"], "apollo-require-preflight": "1"}
    )
    assert (again.status_code, again.content) == (304, b"")


async def test_an_answer_that_depends_on_the_viewer_is_never_kept(ask: Asker) -> None:
    for by in (None, "buyer-1"):
        assert "public" not in (await persisted(ask, PRIVATE, by=by)).headers["cache-control"]


async def test_changed_content_ends_a_kept_answer(ask: Asker) -> None:
    await persisted(ask, PUBLIC)
    kept = await persisted(ask, PUBLIC)
    application = ask.http._transport.app  # type: ignore[attr-defined]  # the application under test
    assert isinstance(application, Application)
    sources = open_sources(application._settings)
    try:
        versions = await sources.live.redis.hgetall("gavel:answers:tags")
        await forget_answers(sources, "listing")
        assert await sources.live.redis.hgetall("gavel:answers:tags") != versions
    finally:
        await sources.close()
    fresh = await persisted(ask, PUBLIC)
    assert fresh.json()["data"] == kept.json()["data"]
