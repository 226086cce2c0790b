"""Being there and typing: what others may see of it, and the choice not to be seen."""

from dataclasses import dataclass

from datasources.postgres import conversation_contexts as contexts
from datasources.postgres import conversations, moderation
from datasources.redis import presence
from datasources.sources import Sources
from domain.problems import NotFound, RetryLater, UpstreamUnavailableError
from domain.users import User
from services.messages import NO_CONVERSATION


@dataclass(frozen=True, slots=True)
class PresenceNoted:
    """It is noted."""

    is_hidden: bool = False


async def send_heartbeat(sources: Sources, user: User) -> PresenceNoted | RetryLater:
    """Somebody is there for the next minute or so."""
    try:
        await presence.beat(sources.live, user.user_id, at=sources.clock())
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    return PresenceNoted()


async def choose_presence(sources: Sources, user: User, *, is_hidden: bool) -> PresenceNoted | RetryLater:
    """Be seen online by those one writes with, or by nobody."""
    try:
        await contexts.choose_presence(sources.database, user.user_id, is_hidden=is_hidden, at=sources.clock())
        await presence.forget(sources.live, user.user_id)
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    return PresenceNoted(is_hidden)


async def set_typing(
    sources: Sources, user: User, conversation_id: str, *, is_typing: bool
) -> PresenceNoted | NotFound | RetryLater:
    """Show the other that something is being written. A block keeps it silent without a word."""
    try:
        (conversation,) = await conversations.by_ids(sources.database, [conversation_id])
        if conversation is None or not conversation.has_member(user.user_id):
            return NO_CONVERSATION
        if not await moderation.is_blocked(sources.database, conversation.buyer_id, conversation.seller_id):
            await presence.show_typing(sources.live, conversation_id, user.user_id, is_typing=is_typing)
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)
    return PresenceNoted()
