"""People who write to each other, for tests: a seller with a listing, buyers, and a post office between them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from typing import Any

from domain.messages import Message, MessageDraft, SentMessage
from domain.users import User
from services.messages import send_message, start_conversation
from services.post_offices import PostOffice
from tests.stores import add_user, open_sources, rows

LISTING = "listing-1"
_numbers = count(1)


@asynccontextmanager
async def open_office(database_url: str, redis_url: str, **named: Any) -> AsyncIterator[PostOffice]:
    """A post office over empty stores."""
    async with open_sources(database_url, redis_url, **named) as sources:
        office = PostOffice(sources)
        try:
            yield office
        finally:
            await office.close()


async def a_seller(database_url: str, *listings: str) -> User:
    """An account with a profile and published listings."""
    user = await add_user(database_url)
    profile_id = f"profile-{user.user_id}"
    await rows(
        database_url,
        "insert into profiles (profile_id, external_id, handle, kind, content_updated_at) "
        "values ($1, $2, $3, 'private', now())",
        profile_id,
        user.external_id,
        str(user.user_id)[:20],
    )
    for listing in listings or (LISTING,):
        await rows(
            database_url,
            "insert into listings_meta (listing_id, seller_profile_id, title, status, revision, content_updated_at) "
            "values ($1, $2, 'A thing', 'active', 'r1', now())",
            listing,
            profile_id,
        )
    return replace(user, profile_id=profile_id)


def a_draft(body: str = "Is it still there?", *, key: str | None = None, **changes: Any) -> MessageDraft:
    """A draft with a fresh id."""
    draft = MessageDraft(client_message_id=key or f"client-{next(_numbers):08d}", body=body)
    return replace(draft, **changes)


async def begin(office: PostOffice, buyer: User, listing: str = LISTING, body: str = "Is it still there?") -> Message:
    """The first message about a listing."""
    return sent(await start_conversation(office, buyer, listing, a_draft(body)))


async def write(office: PostOffice, sender: User, conversation_id: str, body: str = "Hello") -> Message:
    """A message that is sent."""
    return sent(await send_message(office, sender, conversation_id, a_draft(body)))


def sent(outcome: object) -> Message:
    """The message of an answer that says it was sent."""
    assert isinstance(outcome, SentMessage), outcome
    return outcome.message
