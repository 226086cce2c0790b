"""A person who has one of everything, over a real Postgres and Redis and the demo's content in memory."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from graphql import ExecutionResult

from datasources.guards import Spend
from datasources.postgres import ledger, moderation, notifications, orders, questions, sales, saved_searches
from datasources.sanity.client import Perspective, SanityClient
from datasources.sanity.staleness import Staleness
from datasources.sources import Sources
from domain.auctions import Sale
from domain.images import ImageHost
from domain.ledger import sold
from domain.messages import MessageStatus
from domain.moderation import CaseKind, CaseState, ModerationCase, SubjectKind
from domain.money import Money
from domain.nodes import encode_node_id
from domain.notifications import Cause, NotificationKind
from domain.orders import Deal, OrderKind, open_order
from domain.questions import Question
from domain.saved_searches import SavedSearch
from domain.search import ListingQuery
from domain.selections import Selection
from domain.users import Role, User, Viewer
from loaders import Loaders
from loaders.categories import CategoryTrees
from loaders.sharing import PublicReads
from resolvers.message_context import MessageContext
from services.bids import place_bid
from tests.api.test_plan_operations import SCHEMA, StubbornContent, WholeSelection, dataset
from tests.live.message_market import MessageMarket, open_market
from tests.lots import a_bidder, admit, an_ask, an_auction, put_up
from tests.mail import a_seller, begin, write
from tests.stores import rows
from tests.transport.plan_documents import prepared
from transport.plan.executors import CompiledExecutor


class WillingContent(StubbornContent):
    """The demo's content, which never fails; `asked` holds the texts of its queries."""

    def __init__(self) -> None:
        super().__init__(0)
        self.asked: list[str] = []

    def fails(self, tag: str) -> bool:
        return False

    async def query(
        self,
        groq: str,
        params: Mapping[str, Any] | None = None,
        *,
        tag: str,
        perspective: Perspective = Perspective.PUBLISHED,
    ) -> Any:
        self.asked.append(groq)
        return await super().query(groq, params, tag=tag, perspective=perspective)


@dataclass
class FilledMarket:
    """Operations of that person, and the texts of the statements and queries that they led to."""

    market: MessageMarket
    sources: Sources
    content: WillingContent
    viewer: Viewer
    ids: Mapping[str, str]
    statements: list[str] = field(default_factory=list)
    executor: CompiledExecutor = field(default_factory=lambda: CompiledExecutor(SCHEMA))

    async def ask(self, document: str, *, is_whole: bool = False) -> ExecutionResult:
        """What the compiled executor answers; `statements` and `content.asked` are of this operation alone."""
        self.statements.clear()
        self.content.asked.clear()
        found = await self.executor.execute(
            prepared(document), variables={}, context=self._context(is_whole=is_whole), incremental=False
        )
        assert isinstance(found, ExecutionResult)
        return found

    def _context(self, *, is_whole: bool) -> MessageContext:
        sources, user, market = self.sources, self.viewer.user, self.market
        assert user is not None
        selection = WholeSelection() if is_whole else Selection()
        return MessageContext(
            viewer=self.viewer,
            sources=sources,
            loaders=Loaders(sources, self.viewer, CategoryTrees(sources.sanity), selection=selection),
            request_id="test",
            now=datetime.now(UTC),
            spend=Spend(),
            staleness=Staleness(),
            selection=selection,
            saleroom=market.saleroom,
            hub=market.hub,
            public=PublicReads(sources),
            office=market.office,
            board=market.board,
        )


@asynccontextmanager
async def filled_market(database_url: str, redis_url: str) -> AsyncIterator[FilledMarket]:
    """The person, their things, and everybody else's that are around them."""
    async with open_market(database_url, redis_url) as market:
        content = WillingContent()
        listings = [each for each in dataset() if each["_type"] == "listing" and each["status"] == "active"]
        listing_id = listings[0]["_id"]
        sources = replace(
            market.office.sources,
            sanity=cast("SanityClient", content),
            image_host=ImageHost("gavel", "test", "http://127.0.0.1:1"),
            default_currency="ZAR",
        )
        user = await a_seller(database_url, "another-listing")
        ids = {
            "Listing": listing_id,
            **await _records(market, database_url, user, listing_id),
            **await _talk(market, database_url, user, listing_id),
            **await _lot(market, database_url, user, listing_id),
            **{each["_type"]: each["_id"] for each in dataset()},
        }
        profile_id = listings[0]["seller"]["_ref"]
        await rows(
            database_url, "update profiles set profile_id = $1 where profile_id = $2", profile_id, user.profile_id
        )
        viewer = Viewer(replace(user, profile_id=profile_id), frozenset({Role.USER, Role.EDITOR}), "key")
        filled = FilledMarket(market, sources, content, viewer, ids)
        engine = sources.database.engine.sync_engine

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            filled.statements.append(" ".join(statement.split()))

        sa.event.listen(engine, "before_cursor_execute", note)
        yield filled
        sa.event.remove(engine, "before_cursor_execute", note)


async def _records(market: MessageMarket, database_url: str, user: User, listing_id: str) -> dict[str, str]:
    database, now = market.office.sources.database, datetime.now(UTC)
    buyer = str(user.user_id)
    deal = Deal(
        kind=OrderKind.FIXED_PRICE,
        listing_id=listing_id,
        auction_id=None,
        buyer_id=buyer,
        seller_id="seller",
        total=Money(50_000, "ZAR"),
    )
    cause = Cause(
        kind=NotificationKind.OUTBID,
        key="cause-1",
        group="lot-1",
        facts={"title": "A thing", "price": "R 5", "auction": "lot-1", "listing": listing_id},
    )
    search = SavedSearch(
        "search-1", user.user_id, "Bicycles", ListingQuery(text="bicycle"), has_alerts=True, created_at=now
    )
    case = ModerationCase(
        case_id="case-1",
        kind=CaseKind.REPORTED,
        subject_kind=SubjectKind.MESSAGE,
        subject_id="message-1",
        subject_user_id=user.user_id,
        reporter_id=user.user_id,
        reasons=("spam",),
        note="Look at this",
        snapshot={"body": "Buy now"},
        state=CaseState.OPEN,
        created_at=now,
    )
    me, sent = user.user_id, MessageStatus.SENT
    question = Question("question-1", listing_id, me, me, "c-1", "Is it red?", sent, now)
    order = open_order(deal, "order-1", now=now)

    async def fill(connection: Any) -> None:
        assert await orders.add(connection, order)
        await ledger.post(connection, sold(order), now=now)
        await notifications.add(connection, cause, [(user.user_id, "notification-1")], now=now)
        await saved_searches.add(connection, search)
        await moderation.open_case(connection, case)
        await questions.add(connection, question, digest="d")
        await questions.answer(connection, "question-1", "It is blue.", status=sent, at=now)

    await database.write("test.fill", fill)
    await rows(
        database_url,
        "insert into payments (payment_id, order_id, provider, attempt, status, amount_minor, currency, failure,"
        " client_secret, created_at, updated_at)"
        " values ('p-1', 'order-1', 'stripe', 1, 'failed', 50000, 'ZAR', 'no', 's', now(), now())",
    )
    return {"Order": "order-1", "Notification": "notification-1", "SavedSearch": "search-1", "Case": "case-1"}


async def _talk(market: MessageMarket, database_url: str, user: User, listing_id: str) -> dict[str, str]:
    seller = await a_seller(database_url, listing_id)
    first = await begin(market.office, user, listing_id, "Is it still there?")
    await write(market.office, seller, first.conversation_id, "It is.")
    return {"Conversation": first.conversation_id, "Message": first.message_id}


async def _lot(market: MessageMarket, database_url: str, user: User, listing_id: str) -> dict[str, str]:
    saleroom, now = market.saleroom, datetime.now(UTC)
    sale = Sale(
        sale_id="sale-1",
        revision="r1",
        title="An evening",
        starts_at=now,
        ends_at=now + timedelta(days=1),
        lot_gap=timedelta(minutes=1),
        auction_ids=(),
    )
    await saleroom.sources.database.write("test.sale", lambda it: sales.upsert(it, sale, now=now))
    lot = an_auction("lot-1", buy_now_minor=900_000, reserve_minor=30_000)
    await put_up(saleroom, replace(lot, listing_id=listing_id, sale_id="sale-1", lot_number=1))
    await put_up(saleroom, an_auction("lot-2", starts_at=now + timedelta(hours=1)))
    await admit(saleroom, "lot-1", user.user_id)
    other = await a_bidder(saleroom, database_url, "lot-1")
    for bidder, amount in ((str(user.user_id), 60_000), (other, 40_000)):
        await place_bid(saleroom, an_ask(bidder, amount))
    return {"Auction": "lot-1", "Sale": "sale-1"}


def global_ids(ids: Mapping[str, str], *names: str) -> Sequence[str]:
    """Ids as clients give them."""
    return [encode_node_id(each, ids[each]) for each in names]
