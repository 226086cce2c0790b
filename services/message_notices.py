"""Telling people of messages that they have not seen where they were sent."""

from datasources.postgres.sending import MESSAGE_UNREAD
from datasources.postgres.unread_messages import unread_message
from datasources.sources import Sources
from domain.notifications import Cause, NotificationKind
from services.notifications import tell_users

__all__ = ["MESSAGE_UNREAD", "tell_unread_message"]


async def tell_unread_message(sources: Sources, message_id: str) -> int:
    """Tell the recipient of a message that waits unread; how many live events came of it.

    Messages since the recipient last read are one notification: once they are read, the next one begins another.
    """
    found = await unread_message(sources.database, message_id, now=sources.clock())
    if found is None:
        return 0
    cause = Cause(
        kind=NotificationKind.NEW_MESSAGE,
        key=f"message:{found.message_id}",
        group=f"{found.conversation_id}:{found.last_read_seq}",
        facts={"conversation": found.conversation_id, "listing": found.listing_id},
    )
    return await tell_users(sources, cause, [str(found.recipient_id)])
