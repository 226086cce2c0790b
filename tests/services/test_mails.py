"""Mails from being asked for to the mailbox: once each, within the limit, and only where they are wanted."""

import asyncio
import re
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from datasources.postgres import mail_addresses
from domain.mails import DropReason, MailEventKind, MailStatus, read_link_token, write_link_token
from domain.problems import UpstreamUnavailableError
from services.mails import (
    AddressBook,
    MailRoom,
    apply_event,
    ask_mail,
    send_digest,
    send_mail,
    tend_mails,
    unsubscribe,
)
from tests.clocks import Clock
from tests.mailing import LINK_SECRET, PUBLIC_URL, a_draft, address_of, an_addressee, arrived, open_room
from tests.stores import add_user, rows


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def room(database_url: str, redis_url: str, mailbox_url: str, clock: Clock) -> AsyncIterator[MailRoom]:
    async with open_room(database_url, redis_url, mailbox_url, clock) as opened:
        yield opened


async def ids(database_url: str) -> list[str]:
    return [row[0] for row in await rows(database_url, "select mail_id from mails order by created_at, mail_id")]


async def states(database_url: str) -> list[tuple[str, str | None]]:
    found = await rows(database_url, "select status, reason from mails order by created_at, mail_id")
    return [(row[0], row[1]) for row in found]


async def test_a_mail_arrives_with_its_links_and_can_be_read_on_the_mailbox_page(
    room: MailRoom, database_url: str, mailbox_url: str
) -> None:
    ann = await an_addressee(room.sources, database_url)
    assert await ask_mail(room.sources, a_draft(ann, "one", subject="Tom & <Ann>"))
    (mail_id,) = await ids(database_url)
    assert await send_mail(room, mail_id) is MailStatus.SENT
    (mail,) = await arrived(mailbox_url, await address_of(database_url, ann))
    assert "Tom &amp; &lt;Ann&gt;" in mail["html"]
    assert "Open in Gavel: https://market.test/auctions/lot-1" in mail["text"]
    async with httpx.AsyncClient(base_url=mailbox_url) as browser:
        assert "Tom &amp; &lt;Ann&gt;" in (await browser.get("/")).text
        page = (await browser.get(f"/mails/{mail['id']}")).text
    link = re.search(r"List-Unsubscribe<td>&lt;(\S+?)&gt;", page)
    assert link is not None
    assert link[1].startswith(f"{PUBLIC_URL}/unsubscribe?token=")
    assert read_link_token(link[1].partition("token=")[2], LINK_SECRET) == (ann, "outbid")
    assert "List-Unsubscribe-Post<td>List-Unsubscribe=One-Click" in page


async def test_the_same_key_is_one_mail_however_often_and_by_whomever_it_is_asked_and_sent(
    room: MailRoom, database_url: str, mailbox_url: str
) -> None:
    ann = await an_addressee(room.sources, database_url)
    asked = await asyncio.gather(*(ask_mail(room.sources, a_draft(ann, "same")) for _ in range(5)))
    assert sum(asked) == 1
    (mail_id,) = await ids(database_url)
    await asyncio.gather(*(send_mail(room, mail_id) for _ in range(5)))
    assert await send_mail(room, mail_id) is None
    assert len(await arrived(mailbox_url, await address_of(database_url, ann))) == 1
    assert len(await rows(database_url, "select 1 from pgqueuer where entrypoint = 'mails.send'")) == 1


async def test_ten_mails_leave_in_a_minute_and_the_others_become_one_digest(
    room: MailRoom, database_url: str, mailbox_url: str, clock: Clock
) -> None:
    ann, bob = [await an_addressee(room.sources, database_url) for _ in range(2)]
    for number in range(14):
        await ask_mail(room.sources, a_draft(ann, f"mail-{number:02d}"))
        clock.forward(1)
    await ask_mail(room.sources, a_draft(bob, "for bob"))
    await asyncio.gather(*(send_mail(room, mail_id) for mail_id in await ids(database_url)))
    address = await address_of(database_url, ann)
    assert len(await arrived(mailbox_url, address)) == 10
    assert len(await arrived(mailbox_url, await address_of(database_url, bob))) == 1, "a limit is of one person"
    assert not await send_digest(room, str(ann)), "the minute is not over"
    clock.forward(61)
    done = await asyncio.gather(*(send_digest(room, str(ann)) for _ in range(4)))
    assert sum(done) == 1
    digest_id = (await rows(database_url, "select mail_id from mails where dedupe_key like 'digest:%'"))[0][0]
    assert await send_mail(room, digest_id) is MailStatus.SENT
    found = await arrived(mailbox_url, address)
    assert len(found) == 11
    assert found[0]["subject"] == "4 things happened on Gavel"
    assert found[0]["text"].count("- About mail-") == 4
    assert [state for state, _ in await states(database_url)].count("digested") == 4


async def test_a_digest_waits_for_room_and_counts_as_a_mail(room: MailRoom, database_url: str, clock: Clock) -> None:
    ann = await an_addressee(room.sources, database_url)
    for number in range(11):
        await ask_mail(room.sources, a_draft(ann, f"mail-{number:02d}"))
    for mail_id in await ids(database_url):
        await send_mail(room, mail_id)
    clock.forward(59)
    assert not await send_digest(room, str(ann))
    clock.forward(2)
    assert await send_digest(room, str(ann))
    for number in range(10):
        await ask_mail(room.sources, a_draft(ann, f"later-{number:02d}"))
    later = await rows(database_url, "select mail_id from mails where dedupe_key like 'later-%' order by dedupe_key")
    sent = [await send_mail(room, row[0]) for row in later]
    assert sent.count(MailStatus.SENT) == 9


async def test_mails_nobody_can_or_wants_to_get_are_dropped_with_the_reason(room: MailRoom, database_url: str) -> None:
    sources = room.sources
    nowhere = await add_user(database_url)
    stopped, silent = [await an_addressee(sources, database_url) for _ in range(2)]
    to, now = await address_of(database_url, stopped), sources.clock()
    await sources.database.write("test", lambda it: mail_addresses.stop(it, [to], reason="bounced", now=now))
    for recipient in (nowhere.user_id, stopped, silent):
        await ask_mail(sources, a_draft(recipient, f"to {recipient}"))
    token = write_token(silent)
    assert await unsubscribe(sources, token, LINK_SECRET) == "outbid"
    assert await unsubscribe(sources, token[:-1], LINK_SECRET) is None
    assert [await send_mail(room, each) for each in await ids(database_url)] == [None] * 3
    reasons = {DropReason.NO_ADDRESS.value, DropReason.STOPPED.value, DropReason.UNWANTED.value}
    assert {reason for _, reason in await states(database_url)} == reasons


def write_token(user_id: object) -> str:
    return write_link_token(UUID(str(user_id)), "outbid", LINK_SECRET)


async def test_mails_to_staff_go_to_every_staff_address_without_a_link_to_stop_them(
    room: MailRoom, database_url: str, mailbox_url: str
) -> None:
    before = len(await arrived(mailbox_url, "staff@market.test"))
    await ask_mail(room.sources, a_draft("staff", "alert", kind=None, path=None))
    await send_mail(room, (await ids(database_url))[0])
    found = await arrived(mailbox_url, "staff@market.test")
    assert len(found) == before + 1
    assert "unsubscribe" not in found[0]["html"]


async def fault(mailbox_url: str, **planned: object) -> None:
    async with httpx.AsyncClient(base_url=mailbox_url) as http:
        (await http.post("/admin/faults", json=planned)).raise_for_status()


@pytest.mark.parametrize("side", ["before", "after"])
async def test_a_fault_of_the_provider_before_or_after_it_took_the_mail_leaves_one_mail(
    room: MailRoom, database_url: str, mailbox_url: str, side: str
) -> None:
    ann = await an_addressee(room.sources, database_url)
    await ask_mail(room.sources, a_draft(ann, "unlucky"))
    (mail_id,) = await ids(database_url)
    await fault(mailbox_url, status=500, after=side == "after")
    with pytest.raises(UpstreamUnavailableError):
        await send_mail(room, mail_id)
    assert await states(database_url) == [("sending", None)]
    assert await send_mail(room, mail_id) is MailStatus.SENT
    assert len(await arrived(mailbox_url, await address_of(database_url, ann))) == 1


async def test_a_mail_that_the_provider_will_never_take_is_dropped_and_not_tried_again(
    room: MailRoom, database_url: str
) -> None:
    ann = await an_addressee(room.sources, database_url, "not an address")
    await ask_mail(room.sources, a_draft(ann, "hopeless"))
    assert await send_mail(room, (await ids(database_url))[0]) is MailStatus.DROPPED
    assert await states(database_url) == [("dropped", "refused")]


async def test_a_letter_whose_fate_is_unknown_for_a_day_is_not_sent_a_second_time(
    room: MailRoom, database_url: str, mailbox_url: str, clock: Clock
) -> None:
    ann = await an_addressee(room.sources, database_url)
    await ask_mail(room.sources, a_draft(ann, "old"))
    (mail_id,) = await ids(database_url)
    await fault(mailbox_url, status=500, after=True)
    with pytest.raises(UpstreamUnavailableError):
        await send_mail(room, mail_id)
    clock.forward(24 * 3600)
    assert await send_mail(room, mail_id) is None
    assert await states(database_url) == [("dropped", "expired")]


async def test_a_lasting_bounce_and_a_complaint_stop_the_address_until_it_is_another(
    room: MailRoom, database_url: str
) -> None:
    sources = room.sources
    for kind, is_permanent, expected in (
        (MailEventKind.DELIVERED, True, None),
        (MailEventKind.BOUNCED, False, None),
        (MailEventKind.BOUNCED, True, "bounced"),
        (MailEventKind.COMPLAINED, True, "complained"),
    ):
        ann = await an_addressee(sources, database_url)
        await ask_mail(sources, a_draft(ann, f"{kind}{is_permanent}"))
        mail_id = (await rows(database_url, "select mail_id from mails where recipient = $1", str(ann)))[0][0]
        await send_mail(room, mail_id)
        for _ in range(2):
            assert await apply_event(sources, kind, mail_id=mail_id, provider_id=None, is_permanent=is_permanent)
        query = "select stopped_because from mail_addresses where user_id = $1"
        assert (await rows(database_url, query, ann))[0][0] == expected
        await AddressBook(sources).note(ann, await address_of(database_url, ann), "Ann B.")
        assert (await rows(database_url, query, ann))[0][0] == expected, "signing in again does not bring it back"
        await AddressBook(sources).note(ann, "new@people.test", "Ann B.")
        assert (await rows(database_url, query, ann))[0][0] is None
    assert not await apply_event(
        sources, MailEventKind.BOUNCED, mail_id=None, provider_id="nobody's", is_permanent=True
    )


async def test_mails_whose_jobs_are_gone_are_asked_for_again(room: MailRoom, database_url: str, clock: Clock) -> None:
    ann = await an_addressee(room.sources, database_url)
    await ask_mail(room.sources, a_draft(ann, "lost"))
    await rows(database_url, "delete from pgqueuer")
    assert await tend_mails(room.sources) == 0
    clock.forward(601)
    assert await tend_mails(room.sources) == 1
    assert await tend_mails(room.sources) == 0, "it has a job again"
    await rows(database_url, "update pgqueuer set status = 'failed'")
    assert await tend_mails(room.sources) == 0, "a parked job is for staff to look at"
    assert len(await rows(database_url, "select 1 from pgqueuer where entrypoint = 'mails.send'")) == 1
