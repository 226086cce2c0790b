"""Mails to the staff: alerts that do not nag, the week in numbers, and what people tell them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from datasources.postgres import mail_addresses
from domain.problems import InvalidInput, WrongState
from services.closing import close_auction
from services.feedback import FeedbackSent, send_feedback
from services.mails import MailRoom, send_mail
from services.salerooms import Saleroom
from services.staff_mails import alert_parked_jobs, send_weekly_report
from tests.clocks import Clock
from tests.mailing import arrived, open_room
from tests.services.test_closing import ended_lot
from tests.stores import add_user, rows

STAFF = "staff@market.test"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def room(database_url: str, redis_url: str, mailbox_url: str, clock: Clock) -> AsyncIterator[MailRoom]:
    async with open_room(database_url, redis_url, mailbox_url, clock) as opened:
        yield opened


async def park(database_url: str, entrypoint: str) -> None:
    await rows(
        database_url,
        "insert into pgqueuer (priority, created, updated, heartbeat, execute_after, status, entrypoint, attempts) "
        "values (0, now(), now(), now(), now(), 'failed', $1, 6)",
        entrypoint,
    )


async def subjects(database_url: str) -> list[str]:
    return [row[0] for row in await rows(database_url, "select draft->>'subject' from mails order by created_at")]


async def test_parked_jobs_are_told_once_and_then_only_what_is_new_after_a_pause(
    room: MailRoom, database_url: str, clock: Clock
) -> None:
    sources = room.sources
    assert await alert_parked_jobs(sources) == 0
    await park(database_url, "orders.charge")
    await park(database_url, "listings.sync")
    assert await alert_parked_jobs(sources) == 2
    await park(database_url, "orders.charge")
    assert await alert_parked_jobs(sources) == 0, "still cooling down"
    clock.forward(3601)
    assert await alert_parked_jobs(sources) == 1
    clock.forward(3601)
    assert await alert_parked_jobs(sources) == 0, "nothing new stands parked"
    assert await subjects(database_url) == [
        "A job of listings.sync stands parked", "A job of orders.charge stands parked",
        "2 jobs of orders.charge stand parked",
    ]  # fmt: skip


async def test_the_week_is_counted_once_for_each_day_it_is_asked_for(
    room: MailRoom, database_url: str, mailbox_url: str, clock: Clock
) -> None:
    saleroom = Saleroom(room.sources)
    await ended_lot(saleroom, database_url, 20_000, 50_000)
    await close_auction(saleroom, "lot-1")
    await saleroom.close()
    clock.now = (clock.now + timedelta(days=1)).replace(hour=6)
    asked = await asyncio.gather(*(send_weekly_report(room.sources) for _ in range(3)))
    assert sum(asked) == 1
    (mail_id,) = [row[0] for row in await rows(database_url, "select mail_id from mails where recipient = 'staff'")]
    await send_mail(room, mail_id)
    text = (await arrived(mailbox_url, STAFF))[0]["text"]
    assert "- New accounts: 2" in text
    assert "- Bids: 2" in text
    assert "- Lots sold: 1, passed: 0" in text
    clock.forward(7 * 24 * 3600)
    assert await send_weekly_report(room.sources)


async def test_feedback_reaches_the_staff_once_and_can_be_answered(
    room: MailRoom, database_url: str, mailbox_url: str
) -> None:
    ann = await add_user(database_url)
    now = room.sources.clock()
    await room.sources.database.write(
        "test", lambda it: mail_addresses.note(it, ann.user_id, "ann@people.test", "Ann", now=now)
    )
    said = "The map is <b>wonderful</b>.\n\nTruly."
    done = await asyncio.gather(*(send_feedback(room.sources, ann, said, idempotency_key="k1") for _ in range(4)))
    assert sorted(each.is_new for each in done if isinstance(each, FeedbackSent)) == [False, False, False, True]
    (mail_id,) = [row[0] for row in await rows(database_url, "select mail_id from mails")]
    await send_mail(room, mail_id)
    mail = (await arrived(mailbox_url, STAFF))[0]
    assert mail["subject"] == "Feedback: The map is <b>wonderful</b>."
    assert mail["reply_to"] == ["ann@people.test"]
    assert "&lt;b&gt;" in mail["html"]


async def test_feedback_has_a_length_and_a_rhythm(room: MailRoom, database_url: str, clock: Clock) -> None:
    ann, bob = [await add_user(database_url) for _ in range(2)]
    for text, key in (("", "k"), (" ", "k"), ("x" * 4_001, "k"), ("fine", ""), ("fine", "k" * 65)):
        assert isinstance(await send_feedback(room.sources, ann, text, idempotency_key=key), InvalidInput)
    sent = await asyncio.gather(*(send_feedback(room.sources, ann, "hm", idempotency_key=f"k{n}") for n in range(8)))
    assert sum(isinstance(each, FeedbackSent) for each in sent) == 5
    assert sum(isinstance(each, WrongState) for each in sent) == 3
    assert isinstance(await send_feedback(room.sources, bob, "hm", idempotency_key="k1"), FeedbackSent)
    clock.forward(3601)
    assert isinstance(await send_feedback(room.sources, ann, "hm", idempotency_key="k9"), FeedbackSent)
