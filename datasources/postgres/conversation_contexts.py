"""What else there is between the two people of a conversation: profiles, an order, an auction of the listing."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.connections import Database
from datasources.postgres.messages import is_blocked_between
from datasources.postgres.tables.auctions import auctions
from datasources.postgres.tables.messages import conversations, presence_choices
from datasources.postgres.tables.orders import orders
from datasources.postgres.tables.users import profiles, users

Deal = tuple[str, UUID]
"""A listing and its buyer."""


async def profile_ids(database: Database, user_ids: Sequence[UUID]) -> list[str | None]:
    """The public profiles of accounts, in their order."""
    query = (
        sa.select(users.c.user_id, profiles.c.profile_id)
        .join(profiles, profiles.c.external_id == users.c.external_id)
        .where(users.c.user_id.in_(list(user_ids)))
    )

    async def run(connection: AsyncConnection) -> list[str | None]:
        by_id = {UUID(str(row.user_id)): row.profile_id for row in await connection.execute(query)}
        return [by_id.get(each) for each in user_ids]

    return await database.read("conversations.profiles", run)


async def order_ids(database: Database, deals: Sequence[Deal]) -> list[str | None]:
    """The newest order of each buyer for each listing, in the order of the deals."""
    query = (
        sa.select(orders.c.listing_id, orders.c.buyer_id, orders.c.order_id)
        .where(sa.tuple_(orders.c.listing_id, orders.c.buyer_id).in_(list(deals)))
        .order_by(orders.c.listing_id, orders.c.buyer_id, orders.c.created_at.desc())
        .ext(distinct_on(orders.c.listing_id, orders.c.buyer_id))
    )

    async def run(connection: AsyncConnection) -> list[str | None]:
        by_deal = {(row.listing_id, UUID(str(row.buyer_id))): row.order_id for row in await connection.execute(query)}
        return [by_deal.get(each) for each in deals]

    return await database.read("conversations.orders", run)


async def auction_ids(database: Database, listing_ids: Sequence[str]) -> list[str | None]:
    """The newest auction of each listing, drafts apart, in the order of the listings."""
    query = (
        sa.select(auctions.c.listing_id, auctions.c.auction_id)
        .where(auctions.c.listing_id.in_(list(listing_ids)), auctions.c.status != "draft")
        .order_by(auctions.c.listing_id, auctions.c.starts_at.desc())
        .ext(distinct_on(auctions.c.listing_id))
    )

    async def run(connection: AsyncConnection) -> list[str | None]:
        by_listing = {row.listing_id: row.auction_id for row in await connection.execute(query)}
        return [by_listing.get(each) for each in listing_ids]

    return await database.read("conversations.auctions", run)


async def reachable(database: Database, user_id: UUID, others: Sequence[UUID]) -> frozenset[UUID]:
    """Those of the others with whom somebody has a conversation, where neither blocked the other and none is hidden."""
    own = conversations.c
    other = sa.case((own.buyer_id == user_id, own.seller_id), else_=own.buyer_id)
    is_hidden = sa.exists().where(presence_choices.c.user_id == other, presence_choices.c.is_hidden)
    query = (
        sa.select(other)
        .where(
            sa.or_(
                sa.and_(own.buyer_id == user_id, own.seller_id.in_(list(others))),
                sa.and_(own.seller_id == user_id, own.buyer_id.in_(list(others))),
            ),
            own.last_seq > 0,
            ~is_blocked_between(user_id, other),
            ~is_hidden,
        )
        .distinct()
    )

    async def run(connection: AsyncConnection) -> frozenset[UUID]:
        return frozenset(UUID(str(row[0])) for row in await connection.execute(query))

    return await database.read("presence.reachable", run)


async def choose_presence(database: Database, user_id: UUID, *, is_hidden: bool, at: datetime) -> None:
    """Let somebody be seen online, or not."""
    row = insert(presence_choices).values(user_id=user_id, is_hidden=is_hidden, chosen_at=at)
    chosen = row.on_conflict_do_update(index_elements=["user_id"], set_={"is_hidden": is_hidden, "chosen_at": at})

    async def run(connection: AsyncConnection) -> None:
        await connection.execute(chosen)

    await database.write("presence.choose", run)
