"""Mails to the staff: jobs that were parked, and the week in numbers."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from datasources.postgres import jobs, mails, reports
from datasources.postgres.jobs import FailedJob
from datasources.postgres.reports import Report
from datasources.sources import Sources
from domain.mails import STAFF_RECIPIENT, MailDraft
from services.mails import ask_mail

ALERT_PARKED = "mails.alert-parked"
WEEKLY_REPORT = "mails.weekly-report"

COOL_DOWN = timedelta(hours=1)
"""At most one alert for each kind of job in this time, however many of them are parked."""

_HOW_TO_GO_ON = (
    "They failed too often and wait for somebody: `gavel jobs failed` lists them, `gavel jobs requeue` lets them run "
    "again."
)
_MOST_SEEN = 500
_MOST_LISTED = 20
_WEEK = timedelta(days=7)


async def alert_parked_jobs(sources: Sources) -> int:
    """Tell the staff of kinds of jobs that stand parked and that they were not told of; how many mails were asked for.

    What is parked while an alert is cooling down is told when it has; the same jobs are not told again.
    """
    parked = await sources.database.read("mails.parked", lambda it: jobs.failed_jobs(it, limit=_MOST_SEEN))
    kinds: dict[str, list[FailedJob]] = {}
    for each in parked:
        kinds.setdefault(each.entrypoint, []).append(each)
    return sum([await _alert(sources, kind, found) for kind, found in sorted(kinds.items())])


async def _alert(sources: Sources, kind: str, parked: Sequence[FailedJob]) -> bool:
    prefix, now = f"parked:{kind}:", sources.clock()
    recent = await sources.database.read(
        "mails.recent", lambda it: mails.count_recent(it, prefix, now=now, within=COOL_DOWN)
    )
    if recent:
        return False
    newest = max(parked, key=lambda each: each.job_id)
    count = f"{len(parked)} jobs" if len(parked) > 1 else "A job"
    draft = MailDraft(
        recipient=STAFF_RECIPIENT,
        dedupe_key=f"{prefix}{newest.job_id}",
        subject=f"{count} of {kind} {'stand' if len(parked) > 1 else 'stands'} parked",
        paragraphs=(_HOW_TO_GO_ON,),
        items=tuple(
            f"{each.job_id}: {each.attempts} attempts, failed {each.failed_at:%Y-%m-%d %H:%M} UTC"
            for each in parked[:_MOST_LISTED]
        ),
    )
    return await ask_mail(sources, draft)


async def send_weekly_report(sources: Sources) -> bool:
    """Tell the staff of the seven days that ended today at midnight; asked again on that day, it is the same mail."""
    until = sources.clock().replace(hour=0, minute=0, second=0, microsecond=0)
    report = await sources.database.read(
        "mails.report", lambda it: reports.report_of(it, since=until - _WEEK, until=until)
    )
    return await ask_mail(sources, _report_mail(report, until))


def _report_mail(report: Report, until: datetime) -> MailDraft:
    first, last = until - _WEEK, until - timedelta(days=1)
    paid = ", ".join(each.formatted for each in report.paid) or "nothing"
    return MailDraft(
        recipient=STAFF_RECIPIENT,
        dedupe_key=f"weekly-report:{until:%Y-%m-%d}",
        subject=f"The week from {first:%d %B} to {last:%d %B %Y}",
        paragraphs=("What happened on the marketplace:",),
        items=(
            f"New accounts: {report.new_accounts}",
            f"Bids: {report.bids}",
            f"Lots sold: {report.lots_sold}, passed: {report.lots_passed}",
            f"Paid orders: {paid}",
            f"Messages: {report.messages}",
            f"Mails sent: {report.mails_sent}, bounced: {report.mails_bounced}",
        ),
    )
