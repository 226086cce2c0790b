"""What people of a run must hear of, told to the record until it is certain, and what came of it in the end."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import asyncpg
import httpx

from datasources.postgres import jobs, mail_addresses, preferences
from datasources.sources import Sources
from domain.mails import EVERY_KIND
from domain.messages import SentMessage
from domain.notifications import Cause, Channel, NotificationKind, title_of
from domain.problems import GavelError
from domain.users import User
from services.conversations import SilenceChanged, block_user, mute_conversation
from services.messages import send_message
from services.notifications import notice
from services.post_offices import PostOffice
from tests.faults.notice_checker import Due, NoticeRun, Shown
from tests.faults.notice_nodes import NAMES
from tests.mail import a_draft, a_seller, begin
from tests.stores import add_user

LATER = timedelta(seconds=3)
"""So long after a message its recipient is told: time enough for a block to stand."""


@dataclass(slots=True)
class Village:
    """Who lives there; the first wants no mails, and the address of the second is stopped."""

    sources: Sources
    database_url: str
    run: NoticeRun
    rng: Random
    until: float
    people: list[UUID] = field(default_factory=list)

    @property
    def quiet(self) -> set[UUID]:
        return set(self.people[:2])

    async def settle(self, count: int) -> None:
        self.people = [(await add_user(self.database_url)).user_id for _ in range(count)]
        for each in self.people:
            await self.give_address(each)
        now = datetime.now(UTC)
        off, stopped = self.people[:2]
        write = self.sources.database.write
        await write("t", lambda it: preferences.save(it, off, EVERY_KIND, Channel.EMAIL, is_on=False, now=now))
        address = self.run.addresses[str(stopped)]
        await write("t", lambda it: mail_addresses.stop(it, [address], reason="bounced", now=now))

    async def give_address(self, user_id: UUID) -> None:
        address, now = f"{user_id.hex[:12]}@people.test", datetime.now(UTC)
        self.run.addresses[str(user_id)] = address
        await self.sources.database.write("t", lambda it: mail_addresses.note(it, user_id, address, "Ann", now=now))

    async def insist(self, cause: Cause, users: list[UUID]) -> None:
        """Have a cause told; whether an attempt was recorded is not always known, so it is made again until it is."""
        name, payload, key = notice(cause, users=[str(each) for each in users])
        while True:
            try:
                await self.sources.database.write(
                    "t", lambda it: jobs.enqueue(it, name, payload, dedupe_key=f"{key}:{uuid4()}")
                )
                break
            except GavelError:
                assert time.monotonic() < self.until, "the record never came back"
                await asyncio.sleep(0.05)
        group = cause.group if cause.kind.value.grouped is not None else cause.key
        for each in users:
            self.run.dues.append(Due(str(each), cause.kind.code, group, cause.key))
            if each not in self.quiet:
                self.run.mails_due.add((self.run.addresses[str(each)], title_of(cause.kind, cause.facts, 1), group))

    async def live(self, *, seconds: float, causes: int) -> None:
        """Things happen, some of them told twice; each person is won a few lots and outbid on one."""
        for number in range(causes):
            title = f"Lot {number}"
            cause = Cause(
                kind=NotificationKind.AUCTION_WON, key=f"won:{number}", group=f"{number}", facts={"title": title}
            )
            at = 3 * number
            users = [self.people[place % len(self.people)] for place in range(at, at + 3)]
            await self.insist(cause, users)
            if self.rng.random() < 0.3:
                await self.insist(cause, users)
            bidder = self.people[self.rng.randrange(len(self.people))]
            outbid = Cause(
                kind=NotificationKind.OUTBID,
                key=f"outbid:{number}",
                group=f"lot-{bidder.hex[:6]}",
                facts={"title": "the lot"},
            )
            await self.insist(outbid, [bidder])
            await asyncio.sleep(seconds / causes * 2 * self.rng.random())

    async def write_letters(self, office: PostOffice, *, pairs: int) -> None:
        """Messages that stay unread: plain ones, one in a muted conversation, one that a block follows at once."""
        seller = await a_seller(self.database_url)
        await self.give_address(seller.user_id)
        for number in range(pairs):
            buyer = await add_user(self.database_url)
            await self.give_address(buyer.user_id)
            first = await begin(office, buyer)
            conversation_id = first.conversation_id
            fate = ("heard", "muted", "blocked")[number % 3]
            if fate == "muted":
                await mute_conversation(office, buyer, conversation_id, until_at=None, is_muted=True)
            began = time.monotonic()
            sent = await send_message(office, seller, conversation_id, a_draft())
            assert isinstance(sent, SentMessage)
            if fate == "blocked":
                assert isinstance(await block_user(office, buyer, seller.user_id), SilenceChanged)
                if time.monotonic() - began > LATER.total_seconds() / 2:
                    group = f"{conversation_id}:0"
                    self.run.spared |= {(str(buyer.user_id), group), (str(seller.user_id), group)}
                continue
            self._expect(seller, conversation_id, first.message_id)
            if fate == "heard":
                self._expect(buyer, conversation_id, sent.message.message_id)

    def _expect(self, user: User, conversation_id: str, message_id: str) -> None:
        group = f"{conversation_id}:0"
        self.run.dues.append(Due(str(user.user_id), "new-message", group, f"message:{message_id}"))
        self.run.mails_due.add((self.run.addresses[str(user.user_id)], "A new message about A thing", group))


async def is_idle(database_url: str) -> bool:
    """Whether every job is done; a record that is away says nothing."""
    try:
        connection = await asyncpg.connect(database_url, timeout=2)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    try:
        left = await connection.fetchval("select count(*) from pgqueuer where entrypoint = any($1)", list(NAMES))
    finally:
        await connection.close()
    return not left


async def collect(run: NoticeRun, database_url: str, mailbox_url: str) -> None:
    """What the record and the mailbox hold in the end."""
    connection = await asyncpg.connect(database_url)
    try:
        for row in await connection.fetch("select user_id, kind, group_key, count from notifications"):
            run.shown.append(Shown(str(row["user_id"]), row["kind"], row["group_key"], row["count"]))
    finally:
        await connection.close()
    mine, after = set(run.addresses.values()), None
    async with httpx.AsyncClient(base_url=mailbox_url, headers={"authorization": "Bearer re_test"}) as http:
        while True:
            page = (await http.get("/emails", params={"limit": 100, **({"after": after} if after else {})})).json()
            run.arrived += [(each["to"][0], each["subject"]) for each in page["data"] if each["to"][0] in mine]
            if not page["has_more"]:
                return
            after = page["data"][-1]["id"]
