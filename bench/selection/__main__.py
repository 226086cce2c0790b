"""`python -m bench.selection`: a hundred records with the fields of a list, of a page, and whole."""

import asyncio
import json
import statistics
import struct
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import IPPROTO_TCP, TCP_INFO
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.replica.__main__ import weaken
from datasources.postgres import auctions, messages, notifications, orders, saved_searches
from datasources.postgres.auction_rows import row_of
from datasources.postgres.auctions import AuctionOrder, AuctionWhere
from datasources.postgres.connections import Database, bare_driver_of
from datasources.postgres.migrating import migrate
from datasources.postgres.tables.auctions import auctions as auction_table
from datasources.postgres.tables.messages import conversations
from datasources.postgres.tables.messages import messages as message_table
from datasources.postgres.tables.users import users
from datasources.sanity import listings
from datasources.sanity.client import SanityClient, SanityOptions
from datasources.sanity.listings import LISTING, ListingOrder, ListingWhere
from domain.auctions import Auction, AuctionKind, AuctionStatus, BuyNowUntil, LotTerms, SoftClose
from domain.increments import default_policy
from domain.money import Money
from domain.notifications import Cause, NotificationKind
from domain.orders import Deal, OrderKind, open_order
from domain.pages import Slice
from domain.saved_searches import SavedSearch
from domain.search import ListingFilter, ListingQuery, NumberRange, PriceFilter
from domain.selections import Fields
from engines.supervisor import LocalEngines

DEMO = Path(__file__).parents[2] / "demo" / "marketplace.ndjson"
LISTINGS = 400
MANY = 99  # one more is read, to see whether more follow
ROUNDS = 15
CALLS = 8
RECEIVED_AT = 128  # of the kernel's `struct tcp_info`: bytes received
NOW = datetime.now(UTC)
ME, OTHER = uuid4(), uuid4()

Read = Callable[[Fields], Awaitable[Sequence[object]]]
CARD = frozenset({"title", "price", "city", "images", "published_at"})
NOUNS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "orders": (frozenset({"total", "status"}), frozenset({"kind", "status", "total", "due_at", "created_at"})),
    "notifications": (frozenset({"kind", "read_at"}), frozenset({"kind", "facts", "count", "read_at", "created_at"})),
    "messages": (frozenset({"created_at"}), frozenset({"body", "attachments", "created_at", "edited_at"})),
    "auctions": (
        frozenset({"title", "terms.currency", "terms.start_minor", "terms.ends_at"}),
        frozenset({"title", "lot_number", "sale_id", "terms"}),
    ),
    "saved searches (50)": (frozenset({"name", "has_alerts"}), frozenset({"name", "query", "created_at"})),
}
"""The fields of a list, and those of a page that shows nearly everything."""


async def fill(database: Database) -> None:
    """One person with a hundred of everything."""

    async def run(connection: AsyncConnection) -> None:
        people = [{"user_id": each, "issuer": "i", "external_id": str(each), "created_at": NOW} for each in (ME, OTHER)]
        await connection.execute(sa.insert(users).values(people))
        talk = {"conversation_id": "c", "listing_id": "l", "buyer_id": ME, "seller_id": OTHER, "created_at": NOW}
        await connection.execute(sa.insert(conversations).values(talk))
        for number in range(MANY + 1):
            await orders.add(connection, open_order(_deal(number), f"order-{number:03}", now=NOW))
            await notifications.add(connection, _cause(number), [(ME, f"notice-{number:03}")], now=NOW)
            await connection.execute(sa.insert(message_table).values(_message(number)))
            await connection.execute(sa.insert(auction_table).values(row_of(_auction(number))))
            if number < 50:
                await saved_searches.add(connection, _search(number))

    await database.write("bench.fill", run)


def _deal(number: int) -> Deal:
    return Deal(
        kind=OrderKind.FIXED_PRICE,
        listing_id=f"listing-of-order-{number}",
        auction_id=None,
        buyer_id=str(ME),
        seller_id="profile-of-the-seller",
        total=Money(50_000 + number, "ZAR"),
    )


def _cause(number: int) -> Cause:
    facts = {"title": "A car with two doors and no rust", "price": "R 50 000", "auction": "a" * 24, "listing": "l" * 24}
    return Cause(kind=NotificationKind.AUCTION_WON, key=f"cause-{number}", group=f"lot-{number}", facts=facts)


def _message(number: int) -> dict[str, Any]:
    return {
        "message_id": f"message-{number:03}",
        "conversation_id": "c",
        "seq": number + 1,
        "sender_id": ME,
        "client_message_id": f"client-{number}",
        "digest": "d",
        "body": "Is it still there, and does it drive? " * 8,
        "status": "sent",
        "attachments": [],
        "created_at": NOW,
    }


def _auction(number: int) -> Auction:
    terms = LotTerms(
        auction_id=f"lot-{number:03}",
        kind=AuctionKind.ENGLISH_TIMED,
        currency="ZAR",
        seller_id="profile-of-the-seller",
        starts_at=NOW,
        ends_at=NOW + timedelta(days=2),
        start_minor=10_000,
        reserve_minor=None,
        buy_now_minor=None,
        buy_now_until=BuyNowUntil.FIRST_BID,
        policy=default_policy("ZAR"),
        soft_close=SoftClose(),
    )
    return Auction(
        auction_id=terms.auction_id,
        revision="r1",
        listing_id=f"listing-of-lot-{number}",
        sale_id=None,
        lot_number=number,
        title="A car with two doors and no rust",
        terms=terms,
        status=AuctionStatus.OPEN,
        epoch=1,
        updated_at=NOW,
    )


def _search(number: int) -> SavedSearch:
    wanted = ListingFilter(
        category_ids=("cars",), cities=("Cape Town",), price=PriceFilter(NumberRange(1, 9_000_000), "ZAR")
    )
    query = ListingQuery(text=f"bakkie {number}", filter=wanted)
    return SavedSearch(f"search-{number:03}", ME, f"Search {number}", query, has_alerts=True, created_at=NOW)


async def of_postgres(url: str) -> None:
    """The bytes that the server sent for each choice, and our CPU for fetching it."""
    await migrate(url)
    database = Database(url, pool_size=1, statement_seconds=60.0)
    await fill(database)
    wanted, user = Slice(MANY), UUID(str(ME))
    reads: dict[str, Read] = {
        "orders": lambda fields: orders.page_of_buyer(database, user, wanted, fields=fields),
        "notifications": lambda fields: notifications.page_of_user(database, user, wanted, fields=fields),
        "messages": lambda fields: messages.page_of(
            database, "c", most=MANY + 1, after=None, before=None, is_from_end=True, fields=fields
        ),
        "auctions": lambda fields: auctions.page(
            database, AuctionWhere(), AuctionOrder.ENDING_SOONEST, wanted, fields=fields
        ),
        "saved searches (50)": lambda fields: saved_searches.of_user(database, user, fields=fields),
    }
    print("| 100 records from Postgres | list: bytes | page | whole | list: us CPU | page | whole | whole / list |")
    print("|---|---|---|---|---|---|---|---|")
    for name, read in reads.items():
        choices: list[Fields] = [*NOUNS[name], None]
        sizes = [await _bytes(database, read, each) for each in choices]
        times = await _times(read, choices)
        shown = " | ".join([*(f"{each:,}" for each in sizes), *(f"{statistics.median(each):,.0f}" for each in times)])
        ratios = [whole / narrow for narrow, whole in zip(times[0], times[2], strict=True)]
        print(f"| {name} | {shown} | {_spread(ratios)} |", flush=True)
    await database.close()


async def _bytes(database: Database, read: Read, fields: Fields) -> int:
    await read(fields)  # its statement is prepared now
    before = await _received(database)
    idle = await _received(database) - before
    before = await _received(database)
    await read(fields)
    return await _received(database) - before - idle


async def _received(database: Database) -> int:
    async with database.engine.connect() as connection:
        driver = await bare_driver_of(connection)
        info = driver._transport.get_extra_info("socket").getsockopt(IPPROTO_TCP, TCP_INFO, 192)  # noqa: SLF001  # bytes are counted where no driver tells them
        found: int = struct.unpack_from("Q", info, RECEIVED_AT)[0]
        return found


async def _times(read: Read, choices: Sequence[Fields]) -> list[list[float]]:
    """Microseconds of CPU of a call, choice by choice in turn."""
    times: list[list[float]] = [[] for _ in choices]
    for _ in range(ROUNDS):
        for place, fields in enumerate(choices):
            began = time.process_time()
            for _ in range(CALLS):
                assert await read(fields)
            times[place].append((time.process_time() - began) / CALLS * 1_000_000)
    return times


def _spread(found: Sequence[float]) -> str:
    return f"{statistics.median(found):.1f} [{min(found):.1f}-{max(found):.1f}]"


async def of_content(url: str) -> None:
    """A page of a hundred listings that nothing keeps, and what keeping it by card or whole would take."""
    client = SanityClient(SanityOptions(url, "gavel", "production", "2025-02-19", "token", read_seconds=60.0))
    every_one = [json.loads(line) for line in DEMO.read_text(encoding="utf-8").splitlines()]
    documents = [each for each in every_one if each["_type"] == "listing"][:LISTINGS]
    for start in range(0, len(documents), 100):
        for each in (batch := documents[start : start + 100]):
            weaken(each)
        await client.mutate([{"createOrReplace": each} for each in batch], tag="bench.load")
    sizes: list[int] = []
    ask = client._wire.ask  # noqa: SLF001  # the bytes of each answer pass only here

    async def counted(*args: Any, **named: Any) -> tuple[Any, int]:
        reply, size = await ask(*args, **named)
        sizes.append(size)
        return reply, size

    client._wire.ask = counted  # type: ignore[method-assign]  # noqa: SLF001  # as above
    every = LISTING.whole.fields
    choices: dict[str, Fields] = {
        "title alone": frozenset({"title"}),
        "card: title, price, city, pictures": CARD,
        "card with attributes": CARD | {"attributes", "category_id"},
        "everything but the body": every - {"body"},
        "everything but pictures": every - {"images"},
        "whole": None,
    }

    async def read(fields: Fields) -> Sequence[object]:
        return await listings.page(client, ListingWhere(), ListingOrder.NEWEST, Slice(MANY), fields=fields)

    times = await _times(read, list(choices.values()))
    print("\n| 100 listings, nothing kept | bytes of JSON | us CPU | whole / this |")
    print("|---|---|---|---|")
    for place, (name, fields) in enumerate(choices.items()):
        sizes.clear()
        await read(fields)
        ratios = [whole / this for this, whole in zip(times[place], times[-1], strict=True)]
        print(f"| {name} | {sizes[0]:,} | {statistics.median(times[place]):,.0f} | {_spread(ratios)} |")
    await client.close()
    kept = SanityClient(
        SanityOptions(url, "gavel", "production", "2025-02-19", "token", read_seconds=60.0, listing_seconds=300)
    )

    async def read_kept(fields: Fields) -> Sequence[object]:
        return await listings.page(kept, ListingWhere(), ListingOrder.NEWEST, Slice(MANY), fields=fields)

    await read_kept(None)
    (again,) = await _times(read_kept, [CARD])
    print(f"| kept whole, each further read | 0 | {statistics.median(again):,.0f} | |")
    await kept.close()


def main() -> None:
    """Start a database and a content store of our own, and print both tables."""
    with tempfile.TemporaryDirectory() as folder, LocalEngines(Path(folder), is_durable=False) as engines:
        asyncio.run(of_postgres(engines.start_postgres(None)))
        asyncio.run(of_content(engines.start_server("engines.content_lake", "--project", "gavel")))


if __name__ == "__main__":
    main()
