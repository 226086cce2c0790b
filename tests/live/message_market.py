"""The product's schema over real stores, for tests of messages: people ask, watch, and are told what they may see."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from datasources.counter_boards import CounterBoard
from datasources.guards import Spend
from datasources.redis.topics import TopicHub
from datasources.sanity.staleness import Staleness
from domain.nodes import encode_node_id
from domain.users import Role, User, Viewer
from loaders import Loaders
from loaders.categories import CategoryTrees
from loaders.sharing import PublicReads
from resolvers.message_context import MessageContext
from schema.build import build_schema
from services.post_offices import PostOffice
from services.salerooms import Saleroom
from tests.mail import open_office

SCHEMA = build_schema()
VISITOR = Viewer(user=None, roles=frozenset(), visitor_key="v")


def signed_in(user: User, *roles: Role) -> Viewer:
    return Viewer(user=user, roles=frozenset(roles or (Role.USER,)), visitor_key=str(user.user_id))


def account(user: User) -> str:
    return encode_node_id("Account", str(user.user_id))


class MessageMarket:
    """One process of the product, as far as messages go."""

    def __init__(self, office: PostOffice, saleroom: Saleroom, hub: TopicHub) -> None:
        self.office, self.saleroom, self.hub = office, saleroom, hub
        self.board = CounterBoard(office.sources.database, office.sources.live)

    def context(self, viewer: Viewer) -> MessageContext:
        sources = self.office.sources
        return MessageContext(
            viewer=viewer,
            sources=sources,
            loaders=Loaders(sources, viewer, CategoryTrees(sources.sanity)),
            request_id="test",
            now=datetime.now(UTC),
            spend=Spend(),
            staleness=Staleness(),
            saleroom=self.saleroom,
            hub=self.hub,
            public=PublicReads(sources),
            office=self.office,
            board=self.board,
        )

    async def answer(self, viewer: Viewer, document: str, **variables: Any) -> Any:
        """Data and errors, as a client gets them."""
        return await SCHEMA.execute(document, variable_values=variables, context_value=self.context(viewer))

    async def ask(self, viewer: Viewer, document: str, **variables: Any) -> dict[str, Any]:
        """Data, and no error."""
        result = await self.answer(viewer, document, **variables)
        assert result.errors is None, result.errors
        assert result.data is not None
        return dict(result.data)

    async def watch(self, viewer: Viewer, document: str, **variables: Any) -> Any:
        """A stream, or the answer that says why there is none."""
        return await SCHEMA.subscribe(document, variable_values=variables, context_value=self.context(viewer))


@asynccontextmanager
async def open_market(database_url: str, redis_url: str, **named: Any) -> AsyncIterator[MessageMarket]:
    async with open_office(database_url, redis_url, **named) as office:
        saleroom = Saleroom(office.sources)
        hub = TopicHub(office.sources.live, secret=b"secret")
        try:
            market = MessageMarket(office, saleroom, hub)
            yield market
            await market.board.close()
        finally:
            await hub.close()
            await saleroom.close()
