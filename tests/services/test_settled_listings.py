"""After the payment content says that the thing is sold: once, beside editors who write at the same time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from datasources.sources import Sources
from domain.orders import OrderStatus
from domain.problems import UpstreamUnavailableError
from services.orders import settle_listing
from tests.stores import new_dataset, open_sources, rows


@pytest.fixture
async def sources(database_url: str, redis_url: str, lake_url: str) -> AsyncIterator[Sources]:
    dataset = await new_dataset(lake_url)
    async with open_sources(database_url, redis_url, sanity_url=lake_url, dataset=dataset) as opened:
        bike = {"_id": "bike", "_type": "listing", "title": "A bike", "status": "active", "city": "Paarl"}
        await opened.sanity.mutate([{"create": bike}], tag="test")
        yield opened


async def an_order(database_url: str, status: OrderStatus = OrderStatus.PAID, listing: str = "bike") -> str:
    await rows(
        database_url,
        "insert into orders (order_id, kind, listing_id, buyer_id, seller_profile_id, total_minor, fee_minor, currency,"
        " status, due_at, created_at, updated_at) values ('o1', 'fixed-price', $2, gen_random_uuid(), 's', 80000, 5000,"
        " 'ZAR', $1, now(), now(), now())",
        status.value,
        listing,
    )
    return "o1"


async def the_bike(sources: Sources) -> dict[str, Any]:
    found = (await sources.sanity.documents(["bike"], tag="test"))[0]
    assert found is not None
    return found


async def test_a_paid_order_marks_its_listing_as_sold_and_changes_nothing_else(
    sources: Sources, database_url: str
) -> None:
    before = await the_bike(sources)
    order_id = await an_order(database_url)
    assert await settle_listing(sources, order_id)
    after = await the_bike(sources)
    assert (after["status"], after["title"], after["city"]) == ("sold", "A bike", "Paarl")
    assert after["_rev"] != before["_rev"]


async def test_run_again_it_writes_nothing(sources: Sources, database_url: str) -> None:
    order_id = await an_order(database_url)
    await settle_listing(sources, order_id)
    first = (await the_bike(sources))["_rev"]
    assert await settle_listing(sources, order_id)
    assert (await the_bike(sources))["_rev"] == first


@pytest.mark.parametrize(
    "status", sorted(set(OrderStatus) - {OrderStatus.PAID, OrderStatus.COMPLETED, OrderStatus.PARTLY_REFUNDED}, key=str)
)
async def test_an_order_that_is_not_paid_marks_nothing(
    sources: Sources, database_url: str, status: OrderStatus
) -> None:
    assert not await settle_listing(sources, await an_order(database_url, status))
    assert (await the_bike(sources))["status"] == "active"


async def test_a_listing_that_is_gone_and_an_order_that_never_was_are_let_be(
    sources: Sources, database_url: str
) -> None:
    assert not await settle_listing(sources, "no-order")
    assert not await settle_listing(sources, await an_order(database_url, listing="gone"))


def edit_while_it_is_read(sources: Sources, monkeypatch: pytest.MonkeyPatch, *, times: int) -> None:
    read, edits = sources.sanity.documents, iter(range(times))

    async def read_while_somebody_edits(ids: list[str], *, tag: str) -> Any:
        found = await read(ids, tag=tag)
        if (number := next(edits, None)) is not None:
            patch = {"id": "bike", "set": {"city": f"Paarl {number}"}}
            await sources.sanity.mutate([{"patch": patch}], tag="test.edit")
        return found

    monkeypatch.setattr(sources.sanity, "documents", read_while_somebody_edits)


async def test_an_edit_that_comes_in_between_is_kept_and_the_step_is_taken_after_it(
    sources: Sources, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = await an_order(database_url)
    edit_while_it_is_read(sources, monkeypatch, times=3)
    assert await settle_listing(sources, order_id)
    monkeypatch.undo()
    found = await the_bike(sources)
    assert (found["status"], found["city"]) == ("sold", "Paarl 2")


async def test_while_edits_keep_coming_the_job_is_left_to_come_again(
    sources: Sources, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = await an_order(database_url)
    edit_while_it_is_read(sources, monkeypatch, times=100)
    with pytest.raises(UpstreamUnavailableError):
        await settle_listing(sources, order_id)
    monkeypatch.undo()
    assert await settle_listing(sources, order_id)


async def test_workers_that_run_it_together_agree(sources: Sources, database_url: str) -> None:
    order_id = await an_order(database_url)
    assert all(await asyncio.gather(*(settle_listing(sources, order_id) for _ in range(4))))
    assert (await the_bike(sources))["status"] == "sold"
