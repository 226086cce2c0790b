"""Deciding which mail leaves now: one decision at a time for a recipient, so that all workers keep the limit."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres import jobs, mail_addresses, mails, preferences
from datasources.postgres.connections import Database
from datasources.postgres.mail_addresses import MailAddress
from datasources.postgres.mails import Mail
from domain.letters import digest_of
from domain.mails import (
    MOST_PER_WINDOW,
    REPEATABLE_FOR,
    STAFF_RECIPIENT,
    WINDOW,
    DropReason,
    Letter,
    MailDraft,
    MailStatus,
)
from domain.notifications import Channel

MOST_IN_DIGEST = 50

WriteLetter = Callable[[MailDraft, MailAddress | None], Letter | DropReason]
"""What a draft looks like on its way to an address; no address for staff."""


async def claim(
    database: Database, mail_id: str, write: WriteLetter, *, digest_job: str, now: datetime
) -> Letter | None:
    """The letter to hand over now; None for a mail that is over, held back or unwanted.

    A letter that was claimed before is given again as it was: whoever claimed it may have died before or after
    handing it over, and the provider tells by its key.
    """

    async def run(connection: AsyncConnection) -> Letter | None:
        recipient = await mails.recipient_of(connection, mail_id)
        if recipient is None:
            return None
        await mails.hold_recipient(connection, recipient)
        mail = await mails.by_id(connection, mail_id)
        if mail is None or mail.status not in {MailStatus.WAITING, MailStatus.SENDING}:
            return None
        if mail.status is MailStatus.SENDING:
            return await _claimed_before(connection, mail, now=now)
        letter = await _written(connection, mail.draft, write)
        if isinstance(letter, DropReason):
            await mails.drop(connection, mail_id, letter)
            return None
        if (wait := await _wait_for_room(connection, recipient, now=now)) > timedelta(0):
            await mails.hold(connection, mail_id)
            # A job of its own for each: one key for all would be lost while an earlier digest is still at work.
            await _ask_digest(connection, digest_job, recipient, cause=mail_id, wait=wait)
            return None
        await mails.claim(connection, mail_id, letter, now=now)
        return letter

    return await database.write("mails.claim", run)


async def claim_digest(
    database: Database,
    recipient: str,
    write: WriteLetter,
    *,
    digest_id: str,
    jobs_named: tuple[str, str],
    now: datetime,
) -> bool:
    """Put what is held back for a recipient into one mail, claimed at once; False when there is nothing or no room.

    `jobs_named` are the job that sends and the one that makes digests.
    """
    send_job, digest_job = jobs_named

    async def run(connection: AsyncConnection) -> bool:
        await mails.hold_recipient(connection, recipient)
        held = await mails.held_of(connection, recipient, most=MOST_IN_DIGEST)
        if not held:
            return False
        if (wait := await _wait_for_room(connection, recipient, now=now)) > timedelta(0):
            await _ask_digest(connection, digest_job, recipient, cause=digest_id, wait=wait)
            return False
        wanted, unwanted = await _sorted_by_wish(connection, held)
        await mails.drop_held(connection, unwanted, DropReason.UNWANTED)
        if not wanted:
            return False
        draft = digest_of([each.draft for each in wanted], recipient, dedupe_key=f"digest:{wanted[0].mail_id}")
        letter = await _written(connection, draft, write)
        ids = [each.mail_id for each in wanted]
        if isinstance(letter, DropReason):
            await mails.drop_held(connection, ids, letter)
            return False
        await mails.add(connection, digest_id, draft, now=now)
        await mails.claim(connection, digest_id, letter, now=now)
        await mails.put_in_digest(connection, ids, digest_id)
        await jobs.enqueue(connection, send_job, {"id": digest_id}, dedupe_key=f"{send_job}:{digest_id}")
        if len(held) == MOST_IN_DIGEST:
            await _ask_digest(connection, digest_job, recipient, cause=digest_id, wait=WINDOW)
        return True

    return await database.write("mails.claim-digest", run)


async def _claimed_before(connection: AsyncConnection, mail: Mail, *, now: datetime) -> Letter | None:
    if mail.claimed_at is not None and now - mail.claimed_at > REPEATABLE_FOR:
        await mails.drop(connection, mail.mail_id, DropReason.EXPIRED)
        return None
    return mail.letter


async def _wait_for_room(connection: AsyncConnection, recipient: str, *, now: datetime) -> timedelta:
    claims = await mails.claims_since(connection, recipient, now - WINDOW)
    if len(claims) < MOST_PER_WINDOW:
        return timedelta(0)
    return max(claims[-MOST_PER_WINDOW] + WINDOW - now, timedelta(milliseconds=1))


async def _written(connection: AsyncConnection, draft: MailDraft, write: WriteLetter) -> Letter | DropReason:
    if draft.recipient == STAFF_RECIPIENT:
        return write(draft, None)
    user_id = UUID(draft.recipient)
    address = await mail_addresses.of_user(connection, user_id)
    if address is None:
        return DropReason.NO_ADDRESS
    if address.stopped_because is not None:
        return DropReason.STOPPED
    if not await _is_wanted(connection, user_id, draft.kind):
        return DropReason.UNWANTED
    return write(draft, address)


async def _is_wanted(connection: AsyncConnection, user_id: UUID, kind: str | None) -> bool:
    """Whether the account has not switched such mails off since they were asked for."""
    return kind is None or not await preferences.is_switched_off(connection, user_id, kind, Channel.EMAIL)


async def _sorted_by_wish(connection: AsyncConnection, held: list[Mail]) -> tuple[list[Mail], list[str]]:
    kinds = {each.draft.kind for each in held if each.recipient != STAFF_RECIPIENT}
    user_id = UUID(held[0].recipient) if kinds else None
    refused = {
        kind for kind in kinds if user_id is not None and not await _is_wanted(connection, user_id, kind)
    }  # at most one read for each kind there is
    return (
        [each for each in held if each.draft.kind not in refused],
        [each.mail_id for each in held if each.draft.kind in refused],
    )


async def _ask_digest(
    connection: AsyncConnection, digest_job: str, recipient: str, *, cause: str, wait: timedelta
) -> None:
    payload, key = {"recipient": recipient}, f"{digest_job}:{cause}:{wait.total_seconds()}"
    await jobs.enqueue(connection, digest_job, payload, dedupe_key=key, delay=wait)
