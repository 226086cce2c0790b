"""A mail room over real stores and the local mailbox, with a clock that tests move."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx

from datasources.mail.resend import ResendMails
from datasources.postgres import mail_addresses
from datasources.sources import Sources
from domain.mails import MailDraft
from services.mails import MailOptions, MailRoom
from tests.clocks import Clock
from tests.stores import add_user, open_sources, rows

LINK_SECRET = b"a-secret-for-links"
PUBLIC_URL = "https://api.market.test"
SITE_URL = "https://market.test"


def options(**changes: Any) -> MailOptions:
    named: dict[str, Any] = {
        "sender": "Gavel <no-reply@market.test>",
        "public_url": PUBLIC_URL,
        "site_url": SITE_URL,
        "secret": LINK_SECRET,
        "staff": ("staff@market.test",),
    }
    return MailOptions(**(named | changes))


@asynccontextmanager
async def open_room(
    database_url: str, redis_url: str, mailbox_url: str, clock: Clock, *, is_fresh: bool = True
) -> AsyncIterator[MailRoom]:
    """A room whose mails arrive in the local mailbox."""
    provider = ResendMails("re_test", url=mailbox_url)
    async with open_sources(database_url, redis_url, clock=clock, is_fresh=is_fresh) as sources:
        try:
            yield MailRoom(sources, provider, options())
        finally:
            await provider.close()


async def an_addressee(sources: Sources, database_url: str, address: str | None = None) -> UUID:
    """An account with an address of its own."""
    user = await add_user(database_url)
    to = address or f"user-{user.user_id.hex[:12]}@people.test"
    now = sources.clock()
    await sources.database.write("test", lambda it: mail_addresses.note(it, user.user_id, to, "Ann", now=now))
    return user.user_id


async def address_of(database_url: str, user_id: UUID) -> str:
    found = await rows(database_url, "select address from mail_addresses where user_id = $1", user_id)
    return str(found[0][0])


def a_draft(recipient: object, key: str, **changes: Any) -> MailDraft:
    named: dict[str, Any] = {
        "recipient": str(recipient),
        "dedupe_key": key,
        "subject": f"About {key}",
        "paragraphs": ("Something happened.",),
        "kind": "outbid",
        "path": "/auctions/lot-1",
    }
    return MailDraft(**(named | changes))


async def arrived(mailbox_url: str, address: str) -> list[dict[str, Any]]:
    """What lies in the mailbox for an address, the newest first."""
    async with httpx.AsyncClient(base_url=mailbox_url, headers={"authorization": "Bearer re_test"}) as http:
        listed = (await http.get("/emails", params={"limit": 100})).json()["data"]
        found = [each for each in listed if each["to"] == [address]]
        return [(await http.get(f"/emails/{each['id']}")).json() for each in found]
