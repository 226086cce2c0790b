"""The judge of notifications and mails is worth its word: a run in order passes, and each planted fault is found."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa

from datasources import guards
from datasources.mail.resend import ResendMails
from datasources.postgres import mail_claims, notifications, telling, unread_messages
from datasources.postgres import mails as mail_rows
from jobs.runner import run_worker
from services.post_offices import PostOffice
from tests.faults import notice_crowds
from tests.faults.notice_checker import NoticeRun, violations
from tests.faults.notice_crowds import Village, collect, is_idle
from tests.faults.notice_nodes import QUICK, kinds_of, room_of
from tests.stores import open_sources, until


@pytest.fixture
async def village(database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Village]:
    monkeypatch.setattr(guards, "_PROBE_EVERY_SECONDS", 0.2)
    monkeypatch.setattr(notice_crowds, "LATER", timedelta(seconds=0.6))
    async with open_sources(database_url, redis_url) as sources:
        yield Village(sources, database_url, NoticeRun(), Random(5), until=time.monotonic() + 20)


async def play(village: Village, mailbox_url: str) -> NoticeRun:
    """A few causes and letters, one worker, and a mailbox that takes mails and says that it did not."""
    office = PostOffice(village.sources, notice_after=timedelta(seconds=0.6))
    room = room_of(village.sources, mailbox_url)
    async with httpx.AsyncClient(base_url=mailbox_url) as http:
        (await http.post("/admin/faults", json={"status": 503, "after": True, "times": 3})).raise_for_status()
    await village.settle(6)
    await village.write_letters(office, pairs=3)
    await village.live(seconds=0.1, causes=6)
    stop = asyncio.Event()
    url = village.database_url
    worker = asyncio.create_task(run_worker(village.sources, url, stop, options=QUICK, kinds=kinds_of(room)))
    await until(lambda: is_idle(url))
    stop.set()
    await worker
    await office.close()
    await room.provider.close()
    await collect(village.run, url, mailbox_url)
    return village.run


async def broken(village: Village, mailbox_url: str) -> set[str]:
    """Which promises the judge finds broken."""
    return {each.partition(":")[0] for each in violations(await play(village, mailbox_url))}


async def test_a_run_in_order_passes(village: Village, mailbox_url: str) -> None:
    run = await play(village, mailbox_url)
    assert violations(run) == []
    assert len(run.arrived) > 10


async def test_a_mail_that_is_sent_before_it_is_claimed_is_found(
    village: Village, mailbox_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ResendMails.send

    async def hasty(self: ResendMails, letter: Any, *, key: str) -> str:
        return await real(self, letter, key=str(uuid4()))

    monkeypatch.setattr(ResendMails, "send", hasty)
    assert await broken(village, mailbox_url) == {"mail twice"}


async def test_a_mail_that_counts_as_sent_before_it_is_taken_is_found_and_a_cause_that_is_told_again(
    village: Village, mailbox_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with httpx.AsyncClient(base_url=mailbox_url) as http:
        (await http.post("/admin/faults", json={"status": 500, "times": 2})).raise_for_status()
    real = mail_claims.claim

    async def proud(database: Any, mail_id: str, *args: Any, **named: Any) -> Any:
        letter = await real(database, mail_id, *args, **named)
        values = {"provider_id": "?", "now": named["now"]}
        await database.write("t", lambda it: mail_rows.sent(it, mail_id, **values))
        return letter

    async def everybody(_connection: Any, _cause: str, user_ids: Any, **_: Any) -> list[Any]:
        return sorted(user_ids)

    monkeypatch.setattr(mail_claims, "claim", proud)
    monkeypatch.setattr(notifications, "first_told", everybody)
    assert await broken(village, mailbox_url) == {"mail lost", "told twice"}


async def test_a_word_to_somebody_who_blocked_the_sender_or_wants_no_mails_is_found(
    village: Village, mailbox_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: Any, **__: Any) -> bool:
        return False

    monkeypatch.setattr(unread_messages, "is_blocked_between", lambda *_: sa.false())
    monkeypatch.setattr(telling, "_wants", lambda *_: True)
    monkeypatch.setattr("datasources.postgres.preferences.is_switched_off", never)
    assert {"unasked", "mail unasked"} <= await broken(village, mailbox_url)
