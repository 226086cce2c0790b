"""Messages that wait unread are told to their recipient, and to nobody who has seen or does not want them."""

from collections.abc import AsyncIterator

import pytest

from datasources.postgres import notifications, topics
from domain.topics import notices_topic
from domain.users import User
from services.conversations import block_user, mark_conversation, mute_conversation, unblock_user
from services.message_changes import delete_message
from services.message_notices import tell_unread_message
from services.post_offices import PostOffice
from tests.mail import a_seller, begin, open_office, write
from tests.stores import add_user, rows


@pytest.fixture
async def office(database_url: str, redis_url: str) -> AsyncIterator[PostOffice]:
    async with open_office(database_url, redis_url) as opened:
        yield opened


async def told(database_url: str, user: User) -> list[tuple[int, str]]:
    query = "select count, facts->>'title' as title from notifications where user_id = $1 order by created_at"
    return [(row[0], row[1]) for row in await rows(database_url, query, user.user_id)]


async def unread(office: PostOffice, user: User) -> int:
    return await notifications.unread_count(office.sources.database, user.user_id)


async def test_messages_since_the_last_reading_are_one_notification_and_those_after_it_another(
    office: PostOffice, database_url: str
) -> None:
    seller, buyer = await a_seller(database_url), await add_user(database_url)
    first = await begin(office, buyer)
    second = await write(office, buyer, first.conversation_id)
    for message in (first, second, first):
        await tell_unread_message(office.sources, message.message_id)
    assert await told(database_url, seller) == [(2, "A thing")]
    assert await told(database_url, buyer) == []
    await mark_conversation(office, seller, first.conversation_id, up_to=1, is_read=True)
    assert await unread(office, seller) == 1, "one of the two is still to be read"
    await mark_conversation(office, seller, first.conversation_id, up_to=2, is_read=True)
    assert await unread(office, seller) == 0, "who has read the conversation need not be told of it"
    (event,) = await topics.events_after(office.sources.database, notices_topic(seller.user_id), seq=2, most=9)
    assert (event.kind, event.payload) == ("read", {"count": 1})
    third = await write(office, buyer, first.conversation_id)
    await tell_unread_message(office.sources, third.message_id)
    assert await told(database_url, seller) == [(2, "A thing"), (1, "A thing")]
    assert len(await rows(database_url, "select 1 from mails where recipient = $1", str(seller.user_id))) == 2


async def test_what_was_read_deleted_muted_or_blocked_is_not_told(office: PostOffice, database_url: str) -> None:
    seller, buyer = await a_seller(database_url), await add_user(database_url)
    read = await begin(office, buyer)
    await mark_conversation(office, seller, read.conversation_id, up_to=1, is_read=True)
    deleted = await write(office, buyer, read.conversation_id)
    await delete_message(office, buyer, deleted.message_id)
    muted = await write(office, buyer, read.conversation_id)
    for message in (read, deleted):
        assert await tell_unread_message(office.sources, message.message_id) == 0
    await mute_conversation(office, seller, read.conversation_id, until_at=None, is_muted=True)
    assert await tell_unread_message(office.sources, muted.message_id) == 0
    await mute_conversation(office, seller, read.conversation_id, until_at=None, is_muted=False)
    await block_user(office, seller, buyer.user_id)
    assert await tell_unread_message(office.sources, muted.message_id) == 0
    await unblock_user(office, seller, buyer.user_id)
    assert await tell_unread_message(office.sources, muted.message_id) == 1
    assert await tell_unread_message(office.sources, "no-such-message") == 0
