"""From publishing to searchable (S0-057, S0-073): content store, signed webhook, inbox, worker, record and index."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from datasources.sources import Sources
from jobs.runner import WorkerOptions, run_worker
from tests.stores import empty_index, new_dataset, open_sources, rows, until
from webhooks.sanity import sanity_webhook

SECRET = "a-secret-for-both"
OPTIONS = WorkerOptions(look_every=timedelta(milliseconds=200), finish_within=timedelta(seconds=2))


def listing(title: str, status: str = "active") -> dict[str, Any]:
    return {"_id": "hilux", "_type": "listing", "title": title, "slug": {"current": "hilux"}, "status": status}


@pytest.fixture
async def dataset(lake_url: str) -> str:
    return await new_dataset(lake_url)


@pytest.fixture
async def sources(
    database_url: str, redis_url: str, lake_url: str, search_url: str, dataset: str
) -> AsyncIterator[Sources]:
    await empty_index(search_url)
    async with open_sources(
        database_url, redis_url, sanity_url=lake_url, dataset=dataset, search_url=search_url
    ) as opened:
        yield opened


@asynccontextmanager
async def receiving(sources: Sources, lake_url: str, dataset: str) -> AsyncIterator[None]:
    """Our endpoint on a port of its own, and the content store told of it."""
    app = Starlette(routes=[Route("/webhooks/sanity", sanity_webhook(sources, [SECRET]), methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())

    async def is_started() -> bool:
        return server.started

    await until(is_started)
    port = server.servers[0].sockets[0].getsockname()[1]
    hook = {
        "name": "test",
        "url": f"http://127.0.0.1:{port}/webhooks/sanity",
        "dataset": dataset,
        "secret": SECRET,
        "rule": {"on": ["create", "update", "delete"], "filter": "", "projection": "{_id, _type, _rev}"},
    }
    hooks = "/v2021-10-04/hooks/projects/gavel"
    async with httpx.AsyncClient(base_url=lake_url, headers={"Authorization": "Bearer token"}) as client:
        made = (await client.post(hooks, json=hook)).raise_for_status().json()
        try:
            yield
        finally:
            await client.delete(f"{hooks}/{made['id']}")
            server.should_exit = True
            await serving


@asynccontextmanager
async def working(sources: Sources, database_url: str) -> AsyncIterator[None]:
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(sources, database_url, stop, options=OPTIONS))
    try:
        yield
    finally:
        stop.set()
        await worker


async def put(sources: Sources, document: dict[str, Any]) -> None:
    await sources.sanity.mutate([{"createOrReplace": document}], tag="test")


async def titles(sources: Sources) -> list[str]:
    (answer,) = await sources.search.multi_search([{"indexUid": "listings", "q": "hilux"}])
    return [each["title"] for each in answer["hits"]]


async def until_titles_are(sources: Sources, expected: list[str]) -> None:
    async def are_expected() -> bool:
        return await titles(sources) == expected

    await until(are_expected)


async def test_a_published_listing_becomes_searchable_and_follows_its_changes(
    sources: Sources, database_url: str, lake_url: str, dataset: str
) -> None:
    async with receiving(sources, lake_url, dataset), working(sources, database_url):
        await put(sources, listing("Hilux 2022"))
        await until_titles_are(sources, ["Hilux 2022"])
        await put(sources, listing("Hilux 2023"))
        await until_titles_are(sources, ["Hilux 2023"])
        await put(sources, listing("Hilux 2023", status="archived"))
        await until_titles_are(sources, [])


async def test_what_was_published_while_no_worker_ran_is_searchable_once_one_does(
    sources: Sources, database_url: str, lake_url: str, dataset: str
) -> None:
    """W4: the delivery is stored with its job, so nothing depends on a worker being there."""
    async with receiving(sources, lake_url, dataset):
        for year in range(2018, 2023):
            await put(sources, listing(f"Hilux {year}"))

        async def are_stored() -> bool:
            return len(await rows(database_url, "select 1 from webhook_deliveries")) == 5

        await until(are_stored)
    assert await titles(sources) == []
    async with working(sources, database_url):
        await until_titles_are(sources, ["Hilux 2022"])

        async def is_nothing_left() -> bool:
            return not await rows(database_url, "select 1 from pgqueuer")

        await until(is_nothing_left)
    assert await titles(sources) == ["Hilux 2022"]
