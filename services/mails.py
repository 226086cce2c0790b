"""Sending mails: each once whatever is killed when, at most ten per recipient and minute, the rest as a digest."""

import contextlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from datasources.mail.providers import MailProvider, MailRefusedError
from datasources.mail.resend import ResendEvent
from datasources.postgres import deliveries, jobs, mail_addresses, mail_claims, mails, preferences
from datasources.postgres.connections import Work
from datasources.postgres.deliveries import Delivery
from datasources.postgres.mail_addresses import MailAddress
from datasources.sources import Sources
from domain.ids import RANDOM_BITS, uuid7
from domain.letters import Envelope, write_letter
from domain.mails import (
    EVERY_KIND,
    DropReason,
    Letter,
    MailDraft,
    MailEventKind,
    MailStatus,
    read_link_token,
    write_link_token,
)
from domain.notifications import Channel
from domain.problems import UpstreamUnavailableError

SEND_MAIL = "mails.send"
SEND_DIGEST = "mails.digest"
TEND_MAILS = "mails.tend"
APPLY_MAIL_EVENT = "mails.apply-event"
UNSUBSCRIBE_PATH = "/unsubscribe"

_LEFT_BEHIND_AFTER = timedelta(minutes=10)
_MOST_LEFT_BEHIND = 200
_MOST_NOTED = 50_000

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailOptions:
    """What a worker adds to every mail."""

    sender: str
    public_url: str
    """Where this API is reached from outside, for unsubscribe links."""
    site_url: str = ""
    secret: bytes
    staff: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MailRoom:
    """The open clients, the mail provider and its options; only workers hold one."""

    sources: Sources
    provider: MailProvider
    options: MailOptions


def new_mail_id(now: datetime) -> str:
    """A mail's id; also its idempotency key at the provider and its Message-ID."""
    return str(uuid7(now, secrets.randbits(RANDOM_BITS)))


def asking(draft: MailDraft, *, now: datetime) -> Work[bool]:
    """What asks for a mail within a transaction: the mail and the job that sends it, or neither for a known key."""

    async def ask(connection: mails.Connection) -> bool:
        mail_id = new_mail_id(now)
        if not await mails.add(connection, mail_id, draft, now=now):
            return False
        return await jobs.enqueue(connection, SEND_MAIL, {"id": mail_id}, dedupe_key=f"{SEND_MAIL}:{mail_id}")

    return ask


async def ask_mail(sources: Sources, draft: MailDraft) -> bool:
    """Ask for a mail in a transaction of its own; False when it was asked for before."""
    return await sources.database.write("mails.ask", asking(draft, now=sources.clock()))


async def send_mail(room: MailRoom, mail_id: str) -> MailStatus | None:
    """Send a mail unless it is over, unwanted or above the limit; where it stands afterwards.

    Killed before the claim, nothing has happened. Killed after it, the same letter goes out again under the same key,
    and the provider knows whether it had it already; so there is no moment at which two mails can come of it.
    """
    database, clock = room.sources.database, room.sources.clock
    letter = await mail_claims.claim(database, mail_id, _writer(room), digest_job=SEND_DIGEST, now=clock())
    if letter is None:
        return None
    try:
        provider_id = await room.provider.send(letter, key=mail_id)
    except MailRefusedError as refusal:
        _log.error("a mail was refused", mail_id=mail_id, provider=room.provider.name, refusal=str(refusal))
        await database.write("mails.drop", lambda it: mails.drop(it, mail_id, DropReason.REFUSED))
        return MailStatus.DROPPED
    now = clock()
    await database.write("mails.sent", lambda it: mails.sent(it, mail_id, provider_id=provider_id, now=now))
    return MailStatus.SENT


async def send_digest(room: MailRoom, recipient: str) -> bool:
    """Put what was held back for a recipient into one mail; False when there is nothing, or no room yet."""
    now = room.sources.clock()
    return await mail_claims.claim_digest(
        room.sources.database,
        recipient,
        _writer(room),
        digest_id=new_mail_id(now),
        jobs_named=(SEND_MAIL, SEND_DIGEST),
        now=now,
    )


async def tend_mails(sources: Sources) -> int:
    """Ask again for mails whose job is gone; how many there were. A parked job is not gone: staff look at it."""
    now = sources.clock()
    left = await sources.database.read(
        "mails.left-behind",
        lambda it: mails.left_behind(it, before=now - _LEFT_BEHIND_AFTER, most=_MOST_LEFT_BEHIND),
    )
    wanted = {key: (name, payload) for name, payload, key in map(_again, left)}

    async def ask(connection: mails.Connection) -> int:
        gone = wanted.keys() - await jobs.known_keys(connection, {key: kind for key, (kind, _) in wanted.items()})
        return sum([await jobs.enqueue(connection, *wanted[key], dedupe_key=key) for key in sorted(gone)])

    return await sources.database.write("mails.ask-again", ask) if wanted else 0


def _again(mail: mails.Mail) -> tuple[str, dict[str, str], str]:
    """The job of a mail: its own, or for one that is held a digest of its recipient's."""
    if mail.status is MailStatus.HELD:
        return SEND_DIGEST, {"recipient": mail.recipient}, f"{SEND_DIGEST}:again:{mail.recipient}"
    return SEND_MAIL, {"id": mail.mail_id}, f"{SEND_MAIL}:{mail.mail_id}"


def _writer(room: MailRoom) -> Callable[[MailDraft, MailAddress | None], Letter | DropReason]:
    options = room.options

    def write(draft: MailDraft, address: MailAddress | None) -> Letter | DropReason:
        if address is None:
            if not options.staff:
                return DropReason.NO_ADDRESS
            to = options.staff
        else:
            to = (address.address,)
        has_links = address is not None and draft.kind is not None and bool(options.public_url)
        envelope = Envelope(
            sender=options.sender,
            to=to,
            site_url=options.site_url,
            kind_url=_link(options, address.user_id, draft.kind) if has_links and address and draft.kind else None,
            every_url=_link(options, address.user_id, EVERY_KIND) if has_links and address else None,
        )
        return write_letter(draft, envelope)

    return write


def _link(options: MailOptions, user_id: UUID, kind: str) -> str:
    token = write_link_token(user_id, kind, options.secret)
    return f"{options.public_url.rstrip('/')}{UNSUBSCRIBE_PATH}?token={token}"


class AddressBook:
    """Keeps where accounts are written to, as their identity providers say; a process writes each address once."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._noted: dict[UUID, tuple[str, str | None]] = {}

    async def note(self, user_id: UUID, address: str, name: str | None) -> None:
        """Keep the address of somebody who signed in; an outage leaves it to the next request."""
        if self._noted.get(user_id) == (address, name):
            return
        now = self._sources.clock()
        with contextlib.suppress(UpstreamUnavailableError):
            await self._sources.database.write(
                "mails.note-address", lambda it: mail_addresses.note(it, user_id, address, name, now=now)
            )
            if len(self._noted) >= _MOST_NOTED:
                self._noted.clear()
            self._noted[user_id] = (address, name)


async def unsubscribe(sources: Sources, token: str, secret: bytes) -> str | None:
    """Stop mails of the kind that a signed link names, once or again; the kind, None for a link that is not ours."""
    found = read_link_token(token, secret)
    if found is None:
        return None
    user_id, kind = found
    now = sources.clock()
    await sources.database.write(
        "mails.unsubscribe", lambda it: preferences.save(it, user_id, kind, Channel.EMAIL, is_on=False, now=now)
    )
    return kind


async def receive_event(sources: Sources, event: ResendEvent) -> bool:
    """Store a signed event and enqueue its job in one transaction; False when it was stored before (W4)."""
    payload = {
        "event": event.event_id,
        "kind": event.kind.value if event.kind is not None else None,
        "mail": event.mail_id,
        "provider": event.provider_id,
        "isPermanent": event.is_permanent,
        "at": sources.clock().isoformat(),
    }
    delivery = Delivery("resend", event.event_id, event.name, payload, sources.clock())
    is_ours = event.kind is not None and (event.mail_id is not None or event.provider_id is not None)
    return await sources.database.write(
        "deliveries.receive",
        lambda it: deliveries.receive(it, delivery, entrypoint=APPLY_MAIL_EVENT if is_ours else None),
    )


async def apply_event(
    sources: Sources, kind: MailEventKind, *, mail_id: str | None, provider_id: str | None, is_permanent: bool
) -> bool:
    """Note what became of a mail; a lasting bounce or a complaint stops its address. Any order ends the same (W1)."""
    now = sources.clock()
    stops = kind is MailEventKind.COMPLAINED or (kind is MailEventKind.BOUNCED and is_permanent)

    async def run(connection: mails.Connection) -> bool:
        to = await mails.note_event(connection, kind, mail_id=mail_id, provider_id=provider_id, at=now)
        if to is not None and stops:
            await mail_addresses.stop(connection, to, reason=kind.value, now=now)
        return to is not None

    return await sources.database.write("mails.apply-event", run)
