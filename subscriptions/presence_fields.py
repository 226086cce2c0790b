"""The event sources behind live presence, typing and counters."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry
from strawberry import Parent

from domain.counters import LiveListingCounters
from domain.nodes import encode_node_id, record_id_of
from domain.presence import Presence, Typing
from domain.problems import BadInputError
from resolvers.message_context import MessageInfo, user_id_of
from subscriptions.message_fields import ConversationArgument, live
from subscriptions.presence import LivePresence

MOST_COUNTED = 100

AccountsArgument = Annotated[list[strawberry.ID], strawberry.argument(description="Up to a hundred accounts.")]
ListingsArgument = Annotated[list[strawberry.ID], strawberry.argument(description="Up to a hundred ids of listings.")]


async def presence(info: MessageInfo, user_ids: AccountsArgument) -> AsyncGenerator[list[Presence]]:
    """Who is there."""
    ids = [user_id_of(each) for each in user_ids]
    stream = LivePresence(live(info)).presence(ids, info.context.user.user_id)
    try:
        async for changed in stream:
            yield changed
    finally:
        await stream.aclose()


async def typing(info: MessageInfo, conversation_id: ConversationArgument) -> AsyncGenerator[Typing]:
    """Whether the other is writing."""
    record_id = record_id_of(conversation_id, "Conversation")
    stream = LivePresence(live(info)).typing(record_id, info.context.user.user_id)
    try:
        async for changed in stream:
            yield changed
    finally:
        await stream.aclose()


async def listing_counters(info: MessageInfo, ids: ListingsArgument) -> AsyncGenerator[list[LiveListingCounters]]:
    """Views, likes and favourites of many listings, coalesced."""
    if not 1 <= len(ids) <= MOST_COUNTED:
        raise BadInputError("BAD_ARGUMENTS", f"Give 1 to {MOST_COUNTED} listings.")
    stream = info.context.board.follow([record_id_of(each, "Listing") for each in ids])
    try:
        async for changed in stream:
            yield changed
    finally:
        await stream.aclose()


def counted_id(root: Parent[LiveListingCounters]) -> strawberry.ID:
    """The listing."""
    return strawberry.ID(encode_node_id("Listing", root.listing_id))
