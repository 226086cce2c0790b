"""A worker of notifications and mails under attack: quick leases and short waits, else the product's own."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from datasources.mail.resend import ResendMails
from datasources.postgres.connections import Database
from datasources.sources import Sources
from jobs import mails as mail_jobs
from jobs import notifications as notice_jobs
from jobs.kinds import JobKind
from jobs.retrying import Retrying
from jobs.runner import WorkerOptions, run_worker
from services import mails, message_notices, notifications
from services.mails import MailOptions, MailRoom

ROLE = "notice-worker"
NAMES = (notifications.TELL, message_notices.MESSAGE_UNREAD, mails.SEND_MAIL)
QUICK = WorkerOptions(
    lease=timedelta(seconds=1),
    look_every=timedelta(milliseconds=150),
    jobs_at_once=8,
    jobs_per_fetch=4,
    longest_reconnect_wait=timedelta(seconds=0.5),
    retrying=Retrying(most_attempts=200, first_wait=timedelta(seconds=0.15), longest_wait=timedelta(seconds=0.6)),
)


def room_of(sources: Sources, mailbox_url: str) -> MailRoom:
    """A mail room that sends to the local mailbox."""
    options = MailOptions(sender="Gavel <no-reply@market.test>", public_url="https://api.market.test", secret=b"links")
    return MailRoom(sources, ResendMails("re_test", url=mailbox_url, call_seconds=1.5), options)


def kinds_of(room: MailRoom) -> Sequence[JobKind]:
    """The jobs that a cause brings about."""
    return [each for each in (*notice_jobs.kinds(), *mail_jobs.kinds(room)) if each.name in NAMES]


async def live(sources: Sources, database_url: str, mailbox_url: str, tell: Callable[[int], None]) -> None:
    """Be such a worker until it is killed."""
    tell(0)
    patient = replace(sources, database=Database(database_url, statement_seconds=4.0))  # jobs have nobody waiting
    room = room_of(patient, mailbox_url)
    await run_worker(patient, database_url, asyncio.Event(), options=QUICK, kinds=kinds_of(room))
