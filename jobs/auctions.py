"""Jobs of auctions: taken over from content, opened and closed by the clock, their journals kept without gaps."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from datasources.sources import Sources
from jobs.kinds import JobKind, Payload, text_of
from services import auctions, closing
from services.salerooms import Saleroom


@asynccontextmanager
async def _saleroom(sources: Sources) -> AsyncIterator[Saleroom]:
    saleroom = Saleroom(sources)
    try:
        yield saleroom
    finally:
        await saleroom.close()


async def sync_auction(sources: Sources, payload: Payload) -> None:
    """Take one auction over from content (S0-022)."""
    async with _saleroom(sources) as saleroom:
        await auctions.sync_auctions(saleroom, [text_of(payload, "id")])


async def sync_sale(sources: Sources, payload: Payload) -> None:
    """Take a sale and its lots over from content."""
    async with _saleroom(sources) as saleroom:
        await auctions.sync_sale(saleroom, text_of(payload, "id"))


async def tend_lots(sources: Sources, _payload: Payload) -> None:
    """Open what has started, have closed what has ended, and journal what a crash left pending."""
    async with _saleroom(sources) as saleroom:
        await auctions.open_due(sources)
        await closing.close_due(saleroom)
        await auctions.catch_up_running(saleroom)


async def close_auction(sources: Sources, payload: Payload) -> None:
    """Write the result of one lot (S0-025)."""
    async with _saleroom(sources) as saleroom:
        await closing.close_auction(saleroom, text_of(payload, "id"))


async def announce_result(sources: Sources, payload: Payload) -> None:
    """Show a result to those who watch the lot."""
    async with _saleroom(sources) as saleroom:
        await closing.announce_result(saleroom, text_of(payload, "id"))


def kinds() -> tuple[JobKind, ...]:
    """The jobs of this noun."""
    return (
        JobKind(auctions.SYNC_AUCTION, sync_auction),
        JobKind(auctions.SYNC_SALE, sync_sale),
        JobKind(auctions.TEND_LOTS, tend_lots, concurrency=1, every=timedelta(seconds=2)),
        JobKind(closing.CLOSE_AUCTION, close_auction),
        JobKind(closing.ANNOUNCE_RESULT, announce_result),
    )
