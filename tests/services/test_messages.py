"""Writing messages over real stores: numbers without holes, one message per client's id, and every step of the way."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from datasources.postgres import conversations as recorded
from datasources.postgres import messages as message_rows
from datasources.redis import topic_streams
from datasources.redis.connections import LiveState
from domain.conversations import Conversation
from domain.messages import (
    HeldMessage,
    MessageKeyConflict,
    MessageRefused,
    MessageStatus,
    RefusalCode,
    SentMessage,
)
from domain.problems import InvalidInput, NotFound
from domain.topics import conversation_topic, inbox_topic
from domain.users import User
from services.conversations import block_user, correct_unread, mark_conversation, unblock_user
from services.message_changes import delete_message, edit_message
from services.messages import send_message, start_conversation
from services.post_offices import PostOffice
from tests.clocks import NOON, Clock
from tests.mail import LISTING, a_draft, a_seller, begin, open_office, sent, write
from tests.stores import add_user, rows


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
async def office(database_url: str, redis_url: str, clock: Clock) -> AsyncIterator[PostOffice]:
    async with open_office(database_url, redis_url, clock=clock) as opened:
        yield opened


@pytest.fixture
async def seller(database_url: str) -> User:
    return await a_seller(database_url, LISTING, "listing-2", "listing-3", "listing-4", "listing-5", "listing-6")


@pytest.fixture
async def buyer(database_url: str) -> User:
    return await add_user(database_url)


async def read(office: PostOffice, conversation_id: str) -> Conversation:
    (found,) = await recorded.by_ids(office.sources.database, [conversation_id])
    assert found is not None
    return found


def refused(outcome: object) -> RefusalCode:
    assert isinstance(outcome, MessageRefused), outcome
    return outcome.reason


async def test_a_first_message_begins_the_one_conversation_of_listing_buyer_and_seller(
    office: PostOffice, seller: User, buyer: User
) -> None:
    first = await begin(office, buyer)
    again = await begin(office, buyer, body="And the price?")
    assert (first.seq, again.seq) == (1, 2)
    assert first.conversation_id == again.conversation_id
    other = await begin(office, buyer, "listing-2")
    assert other.conversation_id != first.conversation_id
    found = await read(office, first.conversation_id)
    assert (found.buyer_id, found.seller_id, found.last_seq) == (buyer.user_id, seller.user_id, 2)


async def test_racing_first_messages_begin_one_conversation(
    office: PostOffice, seller: User, buyer: User, database_url: str
) -> None:
    answers = await asyncio.gather(
        *(start_conversation(office, buyer, LISTING, a_draft(f"Racing question {n}")) for n in range(4))
    )
    assert len({sent(each).conversation_id for each in answers}) == 1
    assert sorted(sent(each).seq or 0 for each in answers) == [1, 2, 3, 4]
    assert (await rows(database_url, "select count(*) from conversations"))[0][0] == 1


async def test_concurrent_senders_leave_no_hole_and_no_double(
    office: PostOffice, seller: User, buyer: User, database_url: str
) -> None:
    conversation_id = (await begin(office, buyer)).conversation_id
    senders = [buyer, seller] * 4
    answers = await asyncio.gather(
        *(send_message(office, sender, conversation_id, a_draft(f"{n}")) for n, sender in enumerate(senders))
    )
    assert sorted(sent(each).seq or 0 for each in answers) == list(range(2, 10))
    topic = await rows(
        database_url, "select seq from topic_events where topic = $1 order by seq", conversation_topic(conversation_id)
    )
    assert [each[0] for each in topic] == list(range(1, 10))


async def test_a_retry_gives_the_first_message(office: PostOffice, seller: User, buyer: User) -> None:
    draft = a_draft("Only once")
    first = await start_conversation(office, buyer, LISTING, draft)
    again = await start_conversation(office, buyer, LISTING, draft)
    assert isinstance(again, SentMessage)
    assert again.replayed
    assert again.message == sent(first)


async def test_racing_retries_give_one_message(
    office: PostOffice, seller: User, buyer: User, database_url: str
) -> None:
    conversation_id = (await begin(office, buyer)).conversation_id
    draft = a_draft("Only once")
    answers = await asyncio.gather(*(send_message(office, buyer, conversation_id, draft) for _ in range(6)))
    assert {sent(each).message_id for each in answers} == {sent(answers[0]).message_id}
    assert (await rows(database_url, "select count(*) from messages"))[0][0] == 2


async def test_the_same_id_with_another_text_is_a_conflict(office: PostOffice, seller: User, buyer: User) -> None:
    conversation_id = (await begin(office, buyer)).conversation_id
    await send_message(office, buyer, conversation_id, a_draft("One", key="the-same-key"))
    other = await send_message(office, buyer, conversation_id, a_draft("Two", key="the-same-key"))
    assert isinstance(other, MessageKeyConflict)
    theirs = await send_message(office, seller, conversation_id, a_draft("Two", key="the-same-key"))
    assert isinstance(theirs, SentMessage), "ids are each sender's own"


async def test_a_message_reaches_the_conversation_and_both_inboxes(
    office: PostOffice, seller: User, buyer: User
) -> None:
    message = await begin(office, buyer)
    await office.close()
    for topic in (conversation_topic(message.conversation_id), inbox_topic(buyer.user_id), inbox_topic(seller.user_id)):
        (line,) = await topic_streams.events_after(office.sources.live, topic, seq=0, most=10)
        assert topic_streams.read_line(line).payload["message"] == message.message_id


async def test_a_message_and_the_job_that_tells_of_it_are_recorded_together(
    office: PostOffice, seller: User, buyer: User, database_url: str
) -> None:
    message = await begin(office, buyer)
    (job,) = await rows(database_url, "select payload from pgqueuer where entrypoint = 'notices.message-unread'")
    assert message.message_id.encode() in job["payload"]


async def test_strangers_cannot_write_and_learn_nothing(
    office: PostOffice, seller: User, buyer: User, database_url: str
) -> None:
    conversation_id = (await begin(office, buyer)).conversation_id
    stranger = await add_user(database_url)
    assert isinstance(await send_message(office, stranger, conversation_id, a_draft()), NotFound)
    assert isinstance(await send_message(office, stranger, "no-such-conversation", a_draft()), NotFound)
    assert isinstance(await start_conversation(office, stranger, "no-such-listing", a_draft()), NotFound)
    assert refused(await start_conversation(office, seller, LISTING, a_draft())) is RefusalCode.OWN_LISTING


@pytest.mark.parametrize("body", ["", "   ", "x" * 2_001, "a\0b"])
async def test_a_message_has_1_to_2000_characters(office: PostOffice, buyer: User, body: str) -> None:
    assert isinstance(await start_conversation(office, buyer, LISTING, a_draft(body)), InvalidInput)


async def test_a_block_is_silence_in_both_directions_without_saying_whose(
    office: PostOffice, seller: User, buyer: User
) -> None:
    conversation_id = (await begin(office, buyer)).conversation_id
    await block_user(office, seller, buyer.user_id)
    answers = [await send_message(office, each, conversation_id, a_draft()) for each in (buyer, seller)]
    answers.append(await start_conversation(office, buyer, "listing-2", a_draft()))
    assert [refused(each) for each in answers] == [RefusalCode.CONVERSATION_CLOSED] * 3
    await unblock_user(office, buyer, seller.user_id)
    assert refused(await send_message(office, buyer, conversation_id, a_draft())) is RefusalCode.CONVERSATION_CLOSED
    await unblock_user(office, seller, buyer.user_id)
    await write(office, buyer, conversation_id)


async def test_ten_messages_in_ten_seconds_and_sixty_in_a_minute_are_the_most(
    office: PostOffice, seller: User, buyer: User
) -> None:
    conversation_id = (await begin(office, buyer)).conversation_id
    for _ in range(9):
        await write(office, buyer, conversation_id)
    outcome = await send_message(office, buyer, conversation_id, a_draft())
    assert isinstance(outcome, MessageRefused)
    assert outcome.reason is RefusalCode.RATE_LIMITED
    assert 0 < (outcome.retry_after_seconds or 0) <= 10
    await write(office, seller, conversation_id)


async def test_five_conversations_an_hour_are_the_most(office: PostOffice, seller: User, buyer: User) -> None:
    for number in range(1, 6):
        await begin(office, buyer, f"listing-{number}", f"About number {number}")
    refusal = await start_conversation(office, buyer, "listing-6", a_draft())
    assert refused(refusal) is RefusalCode.TOO_MANY_CONVERSATIONS
    await begin(office, buyer, LISTING, "One that has begun already")


async def test_without_redis_limits_are_stricter_and_not_open(office: PostOffice, seller: User, buyer: User) -> None:
    conversation_id = (await begin(office, buyer)).conversation_id
    alone = PostOffice(replace(office.sources, live=LiveState("redis://127.0.0.1:9/0")))
    answers = [await send_message(alone, seller, conversation_id, a_draft()) for _ in range(6)]
    await alone.close()
    assert [isinstance(each, SentMessage) for each in answers] == [True] * 5 + [False]


@pytest.mark.parametrize("body", ["Look at https://example.test/x", "Call 082 123 4567 please"])
async def test_links_and_phone_numbers_of_strangers_wait_for_a_moderator(
    office: PostOffice, seller: User, buyer: User, database_url: str, body: str
) -> None:
    held = await start_conversation(office, buyer, LISTING, a_draft(body))
    assert isinstance(held, HeldMessage)
    assert (held.message.seq, held.message.status) == (None, MessageStatus.HELD)
    conversation = await read(office, held.message.conversation_id)
    assert conversation.last_seq == 0
    assert conversation.participant(seller.user_id).sorted_at is None, "nothing is shown to the seller"
    (case,) = await rows(database_url, "select kind, snapshot from moderation_cases")
    assert case["kind"] == "held"
    assert body in case["snapshot"]


async def test_once_answered_phone_numbers_pass(office: PostOffice, seller: User, buyer: User) -> None:
    conversation_id = (await begin(office, buyer)).conversation_id
    await write(office, seller, conversation_id)
    await write(office, buyer, conversation_id, "Call 082 123 4567 please")


async def test_what_the_filter_rejects_is_kept_for_review_and_shown_to_nobody(
    office: PostOffice, seller: User, buyer: User, database_url: str
) -> None:
    conversation_id = (await begin(office, buyer)).conversation_id
    draft = a_draft("Pay by Western  Union")
    for _ in range(2):
        assert refused(await send_message(office, buyer, conversation_id, draft)) is RefusalCode.CONTENT_REJECTED
    assert (await read(office, conversation_id)).last_seq == 1
    (case,) = await rows(database_url, "select kind from moderation_cases")
    assert case["kind"] == "rejected"


async def test_marks_only_rise_and_unread_follows_them(office: PostOffice, seller: User, buyer: User) -> None:
    conversation_id = (await begin(office, buyer)).conversation_id
    for _ in range(3):
        await write(office, buyer, conversation_id)

    async def place(user: User) -> tuple[int, int, int]:
        found = (await read(office, conversation_id)).participant(user.user_id)
        return found.last_delivered_seq, found.last_read_seq, found.unread

    assert await place(seller) == (0, 0, 4)
    await mark_conversation(office, seller, conversation_id, up_to=3, is_read=False)
    assert await place(seller) == (3, 0, 4)
    await mark_conversation(office, seller, conversation_id, up_to=2, is_read=True)
    assert await place(seller) == (3, 2, 2)
    await mark_conversation(office, seller, conversation_id, up_to=1, is_read=True)
    assert await place(seller) == (3, 2, 2)
    await mark_conversation(office, seller, conversation_id, up_to=99, is_read=True)
    assert await place(seller) == (4, 4, 0)
    assert await place(buyer) == (0, 0, 0)


async def test_unread_counts_that_went_wrong_are_mended_at_night(
    office: PostOffice, seller: User, buyer: User, database_url: str
) -> None:
    await begin(office, buyer)
    await begin(office, buyer, "listing-2")
    await rows(database_url, "update participants set unread = 7 where user_id = $1", buyer.user_id)
    assert await correct_unread(office.sources) == 2
    assert await correct_unread(office.sources) == 0
    assert await recorded.unread_of(office.sources.database, seller.user_id) == 2
    assert await recorded.unread_of(office.sources.database, buyer.user_id) == 0


async def test_a_message_can_be_changed_for_fifteen_minutes_and_its_history_stays(
    office: PostOffice, seller: User, buyer: User, clock: Clock, database_url: str
) -> None:
    message = await begin(office, buyer, body="Frist")
    clock.now += timedelta(minutes=15)
    edited = sent(await edit_message(office, buyer, message.message_id, "First"))
    assert (edited.body, edited.seq, edited.edited_at) == ("First", 1, clock.now)
    clock.now += timedelta(seconds=1)
    assert refused(await edit_message(office, buyer, message.message_id, "Second")) is RefusalCode.TOO_LATE
    assert [each["body"] for each in await rows(database_url, "select body from message_edits")] == ["Frist"]


async def test_a_deleted_message_leaves_its_place(office: PostOffice, seller: User, buyer: User) -> None:
    message = await begin(office, buyer)
    await write(office, buyer, message.conversation_id)
    for is_again in (False, True):
        outcome = await delete_message(office, buyer, message.message_id)
        assert isinstance(outcome, SentMessage)
        assert outcome.replayed is is_again
    page = await message_rows.page_of(
        office.sources.database, message.conversation_id, most=10, after=None, before=None, is_from_end=True
    )
    assert [(each.seq, each.body, each.is_shown) for each in page] == [(1, "", False), (2, "Hello", True)]
    assert refused(await edit_message(office, buyer, message.message_id, "Back")) is RefusalCode.DELETED


async def test_an_edit_is_held_to_what_a_new_message_is(office: PostOffice, seller: User, buyer: User) -> None:
    message = await begin(office, buyer)
    outcome = await edit_message(office, buyer, message.message_id, "See www.example.test")
    assert refused(outcome) is RefusalCode.CONTENT_REJECTED
