"""Loaders of conversations and messages: records by id and what belongs to them; none of them says who may see it."""

from functools import cached_property
from uuid import UUID

from aiodataloader import DataLoader

from datasources.postgres import conversation_contexts as contexts
from datasources.postgres import conversations, messages, moderation
from datasources.postgres.conversation_contexts import Deal
from datasources.sources import Sources
from domain.conversations import Conversation
from domain.messages import Message
from domain.selections import Selection
from loaders.batches import loader


class MessageLoaders:
    """Every loader of messages of one operation or event; `user_id` is the viewer's own, for what only they see."""

    def __init__(self, sources: Sources, user_id: UUID | None, *, selection: Selection | None = None) -> None:
        self._sources = sources
        self._selection = selection or Selection()
        self._user_id = user_id

    @cached_property
    def conversation_by_id(self) -> DataLoader[str, Conversation | None]:
        """Conversations by id."""
        return loader(
            lambda ids: conversations.by_ids(self._sources.database, ids, fields=self._selection.of(Conversation))
        )

    @cached_property
    def message_by_id(self) -> DataLoader[str, Message | None]:
        """Messages by id."""
        return loader(lambda ids: messages.by_ids(self._sources.database, ids, fields=self._selection.of(Message)))

    @cached_property
    def newest_message(self) -> DataLoader[str, Message | None]:
        """The newest message by conversation."""
        return loader(lambda ids: messages.newest_of(self._sources.database, ids, fields=self._selection.of(Message)))

    @cached_property
    def profile_id_by_user(self) -> DataLoader[UUID, str | None]:
        """Public profiles by account."""
        return loader(lambda ids: contexts.profile_ids(self._sources.database, ids))

    @cached_property
    def order_id_by_deal(self) -> DataLoader[Deal, str | None]:
        """Newest orders by listing and buyer."""
        return loader(lambda deals: contexts.order_ids(self._sources.database, deals))

    @cached_property
    def auction_id_by_listing(self) -> DataLoader[str, str | None]:
        """Newest auctions by listing."""
        return loader(lambda ids: contexts.auction_ids(self._sources.database, ids))

    @cached_property
    def is_blocked_by_viewer(self) -> DataLoader[UUID, bool]:
        """Whether the viewer blocked somebody; the only block anybody learns of is their own."""

        async def batch(ids: list[UUID]) -> list[bool]:
            if self._user_id is None:
                return [False] * len(ids)
            blocked = await moderation.blocked_by(self._sources.database, self._user_id, ids)
            return [each in blocked for each in ids]

        return loader(batch)
