"""People of a run who write, read and look where they may not, and what they write down."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

import asyncpg

from domain.message_events import ConversationGap, ConversationSnapshot, MessageArrived
from domain.problems import BadInputError, GavelError
from services.conversations import SilenceChanged, block_user
from services.post_offices import PostOffice
from subscriptions.messages import LiveMessages
from tests.faults.message_checker import Letter, MessageRun, Watch
from tests.faults.message_nodes import person
from tests.mail import a_seller, begin
from tests.stores import add_user

Ask = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
_CALL_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Cast:
    """Who writes with whom; the last conversation is the one that is blocked midway, the stranger is in none."""

    pairs: list[tuple[str, str]]
    conversations: list[str]
    stranger: str


async def prepare(office: PostOffice, database_url: str, *, pairs: int) -> tuple[MessageRun, Cast]:
    """Conversations that have begun."""
    seller = await a_seller(database_url)
    buyers = [await add_user(database_url) for _ in range(pairs)]
    ids = [(await begin(office, buyer)).conversation_id for buyer in buyers]
    people = [(str(buyer.user_id), str(seller.user_id)) for buyer in buyers]
    stranger = await add_user(database_url)
    return MessageRun(dict(zip(ids, people, strict=True))), Cast(people, ids, str(stranger.user_id))


async def insist(ask: Ask, letter: Letter, run: MessageRun, *, until: float) -> Letter:
    """Ask with the same id until the answer is certain."""
    run.letters.append(letter)
    while True:
        letter.left_ns = letter.left_ns or time.monotonic_ns()
        told: dict[str, Any] | None
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                told = await ask(
                    {
                        "op": "send",
                        "conversation": letter.conversation,
                        "sender": letter.sender,
                        "key": letter.key,
                        "body": letter.body,
                    }
                )
        except (OSError, TimeoutError, EOFError, json.JSONDecodeError):
            told = None
        if told is not None and told["kind"] != "later":
            letter.answer = told
            return letter
        if time.monotonic() > until:
            return letter  # never answered: the checker says so
        await asyncio.sleep(0.05)


async def write_around(
    ask: Ask, run: MessageRun, sender: str, conversations: list[str], *, rng: Random, ends: float, until: float
) -> None:
    """One person: fresh texts, now and then a repeated call, now and then a read mark."""
    number = 0
    while time.monotonic() < ends:
        number += 1
        conversation = rng.choice(conversations)
        letter = Letter(conversation, sender, f"{sender[:8]}-{number:05d}", f"Text {number} of {sender[:8]}")
        await insist(ask, letter, run, until=until)
        if rng.random() < 0.15:
            again = Letter(conversation, sender, letter.key, letter.body, left_ns=letter.left_ns)
            await insist(ask, again, run, until=until)
        if rng.random() < 0.2 and letter.answer is not None and letter.is_sent:
            seq = letter.answer["seq"] - rng.randrange(2)
            try:
                async with asyncio.timeout(_CALL_SECONDS):
                    await ask({"op": "read", "conversation": conversation, "sender": sender, "seq": seq})
            except (OSError, TimeoutError, EOFError, json.JSONDecodeError):
                pass
        await asyncio.sleep(rng.random() * 0.08)


async def watch(
    live: LiveMessages, seen: Watch, run: MessageRun, *, database_url: str, rng: Random, looks: float = 0.1
) -> None:
    """Follow a conversation until cancelled, hanging up now and then; each message shown is looked up at once."""
    run.watches.append(seen)
    cursor: str | None = None
    while True:
        stream = live.conversation_events(seen.conversation, UUID(seen.viewer), cursor)
        try:
            async for event in stream:
                cursor = event.cursor
                if isinstance(event, ConversationSnapshot):
                    seen.start = event.version if seen.start is None else seen.start
                    continue
                if isinstance(event, ConversationGap):
                    seen.gaps += 1
                    continue
                seen.versions.append(event.version)
                if isinstance(event, MessageArrived):
                    seen.messages.append((event.seq, event.message_id))
                    if rng.random() < looks and await is_missing(database_url, event.message_id):
                        run.early.append(event.message_id)
                if rng.random() < 0.02:
                    break
        except BadInputError:
            await asyncio.sleep(0.8)  # refused: a stranger, or a block
        except (GavelError, OSError):
            await asyncio.sleep(0.1)
        finally:
            await stream.aclose()


async def is_missing(database_url: str, message_id: str) -> bool:
    """Whether an outsider cannot read the message; a record that is away says nothing."""
    try:
        connection = await asyncpg.connect(database_url, timeout=2)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    try:
        row = await connection.fetchrow("select 1 from messages where message_id = $1", message_id, timeout=2)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    finally:
        connection.terminate()
    return row is None


async def block_midway(office: PostOffice, run: MessageRun, cast: Cast, *, until: float) -> None:
    """The seller blocks the buyer of the last conversation, and insists until it is known to stand."""
    buyer, seller = cast.pairs[-1]
    while time.monotonic() < until:
        try:
            done = await block_user(office, person(seller, office.sources.clock()), UUID(buyer))
        except GavelError:
            done = None
        if isinstance(done, SilenceChanged):
            run.blocked[cast.conversations[-1]] = time.monotonic_ns()
            return
        await asyncio.sleep(0.1)


async def collect(run: MessageRun, database_url: str) -> None:
    """What the record holds in the end."""
    connection = await asyncpg.connect(database_url)
    try:
        run.rows = [dict(row) for row in await connection.fetch("select * from messages where seq is not null")]
        run.participants = [dict(row) for row in await connection.fetch("select * from participants")]
        for row in await connection.fetch("select topic, last_seq from topics where topic like 'conversation:%'"):
            run.last_versions[row["topic"].removeprefix("conversation:")] = row["last_seq"]
    finally:
        await connection.close()


async def caught_up(run: MessageRun, *, seconds: float) -> None:
    """Give readers time to see what is recorded; the checker says who has not."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        behind = [
            each
            for each in run.watches
            if each.viewer in run.members[each.conversation]
            and each.conversation not in run.blocked
            and (each.versions[-1] if each.versions else each.start or 0) < run.last_versions[each.conversation]
        ]
        if not behind:
            return
        await asyncio.sleep(0.1)
