"""Open clients for tests that need the marketplace's stores without its web server."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import httpx

from datasources.postgres.connections import Database
from datasources.redis.connections import LiveState
from datasources.sanity.client import SanityClient, SanityOptions
from datasources.search.administration import SearchAdministration
from datasources.search.client import SearchClient, SearchOptions
from datasources.sources import Sources
from domain.users import Role, User, Viewer

SEARCH_KEY = "a-search-key-for-tests"
NOWHERE = "http://127.0.0.1:9"
"""An address that refuses connections at once."""


def system_clock() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def open_sources(
    database_url: str,
    redis_url: str,
    *,
    sanity_url: str = NOWHERE,
    dataset: str = "production",
    search_url: str = NOWHERE,
    clock: Callable[[], datetime] = system_clock,
    is_fresh: bool = True,
) -> AsyncIterator[Sources]:
    """Sources over empty stores; systems that a test does not name are away."""
    live = LiveState(redis_url, call_seconds=2.0)
    if is_fresh:
        await live.redis.flushdb()
    database = Database(database_url, statement_seconds=5.0)
    sanity = SanityClient(SanityOptions(sanity_url, "gavel", dataset, "2025-02-19", "token", read_seconds=5.0))
    search = SearchClient(SearchOptions(search_url, SEARCH_KEY, read_seconds=5.0))
    unused: dict[str, Any] = {each.name: None for each in fields(Sources)}
    named = {"database": database, "live": live, "sanity": sanity, "search": search, "clock": clock}
    try:
        yield Sources(**(unused | named))
    finally:
        await database.close()
        await live.close()
        await sanity.close()
        await search.close()


async def rows(database_url: str, query: str, *values: object) -> Sequence[Any]:
    """Rows as an outsider sees them."""
    connection = await asyncpg.connect(database_url)
    try:
        return cast(Sequence[Any], await connection.fetch(query, *values))
    finally:
        await connection.close()


async def add_listing(database_url: str, listing_id: str, status: str = "active") -> None:
    """A reference row, as publishing leaves it."""
    await rows(
        database_url,
        "insert into listings_meta (listing_id, title, status, revision, content_updated_at) "
        "values ($1, 'A thing', $2, 'r1', now())",
        listing_id,
        status,
    )


async def add_user(database_url: str) -> User:
    """An account."""
    user_id = uuid4()
    now = datetime.now(UTC)
    await rows(
        database_url,
        "insert into users (user_id, issuer, external_id, created_at) values ($1, 'https://issuer.test', $2, $3)",
        user_id,
        str(user_id),
        now,
    )
    return User(UUID(str(user_id)), "https://issuer.test", str(user_id), None, now)


_MOST_DATASETS = 16
_datasets: dict[str, deque[str]] = {}


async def new_dataset(lake_url: str) -> str:
    """The name of an empty dataset of the content store, made for one test; those of long ended tests go."""
    name = f"t{uuid4().hex[:16]}"
    datasets = "/v2025-02-19/projects/gavel/datasets"
    made = _datasets.setdefault(lake_url, deque())
    async with httpx.AsyncClient(base_url=lake_url, headers={"Authorization": "Bearer token"}) as client:
        while len(made) >= _MOST_DATASETS:
            (await client.delete(f"{datasets}/{made.popleft()}")).raise_for_status()
        (await client.put(f"{datasets}/{name}")).raise_for_status()
    made.append(name)
    return name


async def empty_index(search_url: str) -> SearchAdministration:
    """The listing index with its settings and no document."""
    administration = SearchAdministration(search_url, SEARCH_KEY)
    await administration.prepare()
    await administration.rebuild([])
    return administration


def visitor(key: str) -> Viewer:
    """A stranger, told apart by the key."""
    return Viewer(user=None, roles=frozenset({Role.USER}), visitor_key=key)


async def until(condition: Callable[[], Awaitable[bool]], *, seconds: float = 20.0) -> None:
    """Return once the condition holds; TimeoutError when it does not in time."""
    async with asyncio.timeout(seconds):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.02)
