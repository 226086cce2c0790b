"""Jobs of mails: sending, digests of what was held back, asking again, and what the provider reports."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from datasources.sources import Sources
from domain.mails import MailEventKind
from jobs.kinds import JobKind, Payload, UnusablePayloadError, Work, text_of
from services import mails, staff_mails
from services.mails import MailRoom

_PROVIDER_SECONDS = 45.0
_EVENT_KINDS = {each.value: each for each in MailEventKind}


async def send_mail(room: MailRoom, payload: Payload) -> None:
    """Send one mail."""
    await mails.send_mail(room, text_of(payload, "id"))


async def send_digest(room: MailRoom, payload: Payload) -> None:
    """Tell a recipient in one mail what was held back."""
    await mails.send_digest(room, text_of(payload, "recipient"))


async def tend_mails(sources: Sources, _payload: Payload) -> None:
    """Ask again for mails whose job is gone."""
    await mails.tend_mails(sources)


async def apply_event(sources: Sources, payload: Payload) -> None:
    """Note what became of a mail."""
    kind = _EVENT_KINDS.get(text_of(payload, "kind"))
    if kind is None:
        raise UnusablePayloadError("The payload names no kind of event.")
    mail_id, provider_id = payload.get("mail"), payload.get("provider")
    await mails.apply_event(
        sources,
        kind,
        mail_id=mail_id if isinstance(mail_id, str) else None,
        provider_id=provider_id if isinstance(provider_id, str) else None,
        is_permanent=payload.get("isPermanent") is not False,
    )


async def alert_parked(sources: Sources, _payload: Payload) -> None:
    """Tell the staff of parked jobs."""
    await staff_mails.alert_parked_jobs(sources)


async def weekly_report(sources: Sources, _payload: Payload) -> None:
    """Tell the staff of the week."""
    await staff_mails.send_weekly_report(sources)


def kinds(room: MailRoom | None) -> tuple[JobKind, ...]:
    """The jobs of this noun; a worker without a mail provider leaves sending to those that have one."""

    def with_room(work: Callable[[MailRoom, Payload], Awaitable[None]], room: MailRoom) -> Work:
        async def run(_sources: Sources, payload: Payload) -> None:
            await work(room, payload)

        return run

    sending = (
        ()
        if room is None
        else (
            JobKind(mails.SEND_MAIL, with_room(send_mail, room), seconds=_PROVIDER_SECONDS),
            JobKind(mails.SEND_DIGEST, with_room(send_digest, room), seconds=_PROVIDER_SECONDS),
        )
    )
    return (
        *sending,
        JobKind(mails.APPLY_MAIL_EVENT, apply_event),
        JobKind(mails.TEND_MAILS, tend_mails, concurrency=1, every=timedelta(minutes=5)),
        JobKind(staff_mails.ALERT_PARKED, alert_parked, concurrency=1, every=timedelta(minutes=1)),
        JobKind(staff_mails.WEEKLY_REPORT, weekly_report, concurrency=1, cron="0 6 * * 1"),
    )
