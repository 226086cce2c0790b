"""A small marketplace on real engines, and clients that ask it as visitors or as demo accounts."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from redis.asyncio import Redis

from app import Application
from config import Settings
from datasources.postgres.migrating import migrate
from datasources.search.administration import SearchAdministration
from demo.times import REFERENCE_NOW, shift_times
from domain.exports import BrokenLine
from engines.identity import issue_token
from engines.supervisor import LocalEngines, create_database, drop_database
from local.people import people
from opening import Patience, open_sources
from services.imports import import_export
from services.reindexing import reindex_all
from tests.conftest import SEARCH_KEY

DEMO = Path(__file__).parents[2] / "demo"
DATASET = "api"
WEBHOOK_SECRET = "a-webhook-secret-for-tests"
MAIL_WEBHOOK_SECRET = "whsec_YS1tYWlsLXdlYmhvb2stc2VjcmV0"
LISTINGS = 200
WHOLE = {"category", "contentPage", "faq"}


def small_export() -> list[str]:
    """Two hundred listings of the demo with everything they refer to."""
    documents = [json.loads(line) for line in (DEMO / "marketplace.ndjson").read_text().splitlines()]
    chosen = [each for each in documents if each["_type"] == "listing" and "." not in each["_id"]][:LISTINGS]
    sellers = {each["seller"]["_ref"] for each in chosen}
    accounts = {each.external_id for each in people()}
    kept = [
        each
        for each in documents
        if each["_type"] in WHOLE
        or (each["_type"] == "publicUser" and (each["_id"] in sellers or each.get("externalId") in accounts))
    ]
    known = {each["_id"] for each in chosen}
    promotions = [each for each in documents if each["_type"] == "promotion"]
    for each in promotions:
        each["listings"] = [item for item in each.get("listings", []) if item["_ref"] in known]
    for each in chosen:
        each.pop("auction", None)
        each["images"] = each.get("images", [])[:1]
    return [json.dumps(each) for each in [*kept, *chosen, *promotions]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client got."""

    status: int
    body: Mapping[str, Any]
    headers: httpx.Headers

    @property
    def data(self) -> Any:
        assert "errors" not in self.body, self.body["errors"]
        return self.body["data"]

    @property
    def codes(self) -> list[str]:
        return [each["extensions"]["code"] for each in self.body.get("errors", [])]

    @property
    def calls(self) -> Mapping[str, int]:
        """Calls per system, as the development profile tells them."""
        found: Mapping[str, int] = self.body["extensions"]["calls"]
        return found


@dataclass(slots=True)
class Asker:
    """A client: a visitor, or somebody with a token."""

    http: httpx.AsyncClient
    tokens: Mapping[str, str] = field(default_factory=dict)

    async def __call__(
        self, query: str, variables: Mapping[str, Any] | None = None, *, by: str | None = None
    ) -> Answer:
        headers = {"authorization": f"Bearer {self.tokens[by]}"} if by else {}
        reply = await self.http.post(
            "/graphql", json={"query": query, "variables": dict(variables or {})}, headers=headers
        )
        return Answer(reply.status_code, reply.json(), reply.headers)


@pytest.fixture(scope="session")
def marketplace(
    local_engines: LocalEngines, postgres_url: str, redis_url: str, lake_url: str, search_url: str
) -> Iterator[Settings]:
    """Settings that lead to a filled marketplace; tests add to it and never count on being alone."""
    drop_database(postgres_url, "gavel_api")
    database = create_database(postgres_url, "gavel_api")
    issuer = local_engines.start_server("engines.identity", "--audience", "gavel")
    settings = Settings(
        database_url=SecretStr(database),
        redis_url=SecretStr(redis_url),
        sanity_url=lake_url,
        sanity_dataset=DATASET,
        sanity_token=SecretStr("a-token"),
        content_cache_seconds=0,  # what is counted here is calls
        sanity_webhook_secret=SecretStr(WEBHOOK_SECRET),
        stripe_key=SecretStr("sk_test_api"),
        stripe_publishable_key="pk_test_api",
        stripe_webhook_secret=SecretStr(WEBHOOK_SECRET),
        resend_key=SecretStr("re_test_api"),
        resend_webhook_secret=SecretStr(MAIL_WEBHOOK_SECRET),
        mail_secret=SecretStr("a-mail-secret-for-tests"),
        public_url="https://api.market.test",
        cursor_secret=SecretStr("a-cursor-secret-for-tests"),
        search_url=search_url,
        search_key=SecretStr(SEARCH_KEY),
        issuers=json.dumps([{"issuer": issuer, "audiences": ["gavel"]}]),
        data_dir=local_engines.data_dir,
        # Two busy cores and a cold start: what is tested here is not speed.
        database_seconds=5,
        redis_seconds=2,
        sanity_seconds=5,
        search_seconds=5,
    )
    asyncio.run(fill(settings))
    yield settings
    drop_database(postgres_url, "gavel_api")


async def fill(settings: Settings) -> None:
    await migrate(settings.database_url.get_secret_value())
    sources = open_sources(settings, Patience.OF_JOBS)
    delta = sources.clock() - REFERENCE_NOW
    try:
        outcome = await import_export(
            sources,
            small_export(),
            read_file=lambda name: (DEMO / name).read_bytes(),
            prepare=lambda each: shift_times(each, delta),
            progress=lambda *_: None,
        )
        assert not isinstance(outcome, BrokenLine)
        await reindex_all(sources, SearchAdministration(settings.search_url, SEARCH_KEY))
    finally:
        await sources.close()


@pytest.fixture(scope="session")
def tokens(marketplace: Settings) -> Mapping[str, str]:
    """A token for each demo account."""
    folder = marketplace.data_dir / "identity"
    return {each.user: issue_token(folder, each.external_id, role=each.roles[-1]) for each in people()}


@asynccontextmanager
async def serving(settings: Settings, tokens: Mapping[str, str]) -> AsyncIterator[Asker]:
    """The application over those settings, asked in process."""
    application = Application(settings)
    transport = httpx.ASGITransport(app=application)
    async with (
        application.lifespan(),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", timeout=30) as http,
    ):
        yield Asker(http, tokens)


@pytest.fixture
async def ask(marketplace: Settings, tokens: Mapping[str, str]) -> AsyncIterator[Asker]:
    """A client with its whole budget: tests must not spend each other's."""
    async with Redis.from_url(marketplace.redis_url.get_secret_value()) as redis:
        if spent := [key async for key in redis.scan_iter("gavel:rate:*")]:
            await redis.delete(*spent)
    async with serving(marketplace, tokens) as asker:
        yield asker
