"""Admissions of bidders to lots."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.connections import Database
from datasources.postgres.tables.auctions import auctions, registrations
from datasources.postgres.tables.users import users
from domain.auctions import AuctionStatus
from domain.bids import Registration, Standing


async def add(connection: AsyncConnection, registration: Registration, *, now: datetime) -> Registration:
    """Admit a bidder; the first admission stays."""
    values = {
        "auction_id": registration.auction_id,
        "bidder_id": UUID(registration.bidder_id),
        "standing": registration.standing.value,
        "limit_minor": registration.limit_minor,
        "registered_at": now,
    }
    await connection.execute(insert(registrations).values(**values).on_conflict_do_nothing())
    query = sa.select(registrations).where(
        registrations.c.auction_id == registration.auction_id, registrations.c.bidder_id == values["bidder_id"]
    )
    return _registration((await connection.execute(query)).one())


async def running_of(database: Database, bidder_id: str, *, most: int) -> list[Registration] | None:
    """The bidder's admissions to running lots, the soonest to end first; None where there is no such account."""
    running = [AuctionStatus.SCHEDULED.value, AuctionStatus.OPEN.value, AuctionStatus.PAUSED.value]
    query = (
        sa.select(registrations)
        .join(auctions, registrations.c.auction_id == auctions.c.auction_id)
        .where(registrations.c.bidder_id == UUID(bidder_id), auctions.c.status.in_(running))
        .order_by(auctions.c.ends_at)
        .limit(most)
    )

    async def run(connection: AsyncConnection) -> list[Registration] | None:
        account = sa.select(users.c.user_id).where(users.c.user_id == UUID(bidder_id))
        if (await connection.execute(account)).one_or_none() is None:
            return None
        return [_registration(row) for row in await connection.execute(query)]

    return await database.read("registrations.running", run)


async def of_auction(connection: AsyncConnection, auction_id: str) -> list[Registration]:
    """Everybody admitted to a lot."""
    query = sa.select(registrations).where(registrations.c.auction_id == auction_id)
    return [_registration(row) for row in await connection.execute(query)]


def _registration(row: Any) -> Registration:
    return Registration(row.auction_id, str(row.bidder_id), Standing(row.standing), row.limit_minor)
