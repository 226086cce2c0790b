"""Runs the benchmark and prints it: ``python -m bench.messages [--users N] [--seconds N]``."""

import argparse
import asyncio
import gc
import resource
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from bench.messages.crowds import follow_together
from datasources.counter_boards import CounterBoard
from datasources.postgres.connections import Database
from datasources.postgres.migrating import migrate
from datasources.redis import counters as live_counters
from datasources.redis.connections import LiveState
from datasources.redis.topics import TopicHub
from datasources.redis.windows import Limit
from datasources.sources import Sources
from domain.message_events import InboxMessage
from domain.messages import MessageDraft, SentMessage
from domain.problems import UpstreamUnavailableError
from domain.users import User
from engines.supervisor import LocalEngines
from services import messages
from services.messages import send_message, start_conversation
from services.post_offices import PostOffice
from subscriptions.messages import LiveMessages

SENDERS, LISTINGS, PER_FOLLOWER = 16, 10_000, 100
_NOW = datetime.now(UTC)


def person(user_id: UUID) -> User:
    """Somebody by their id."""
    return User(user_id, "https://issuer.bench", str(user_id), None, _NOW)


async def populate(url: str, users: int) -> list[UUID]:
    """Accounts; the second half of them are sellers with a listing each."""
    ids = [uuid4() for _ in range(users)]
    connection = await asyncpg.connect(url)
    await connection.executemany(
        "insert into users (user_id, issuer, external_id, created_at) values ($1, 'https://issuer.bench', $2, now())",
        [(each, str(each)) for each in ids],
    )
    sellers = ids[users // 2 :]
    await connection.executemany(
        "insert into profiles (profile_id, external_id, handle, kind, content_updated_at) "
        "values ($1, $2, $3, 'private', now())",
        [(f"p-{each}", str(each), str(each)[:20]) for each in sellers],
    )
    await connection.executemany(
        "insert into listings_meta (listing_id, seller_profile_id, title, status, revision, content_updated_at) "
        "values ($1, $2, 'A thing', 'active', 'r', now())",
        [(f"l-{each}", f"p-{each}") for each in sellers],
    )
    await connection.close()
    return ids


def rss_kb() -> int:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


async def bare_inserts(url: str, seconds: float) -> float:
    """The limit beside which messages stand: transactions of one insert, as many at once."""
    pool = await asyncpg.create_pool(url, min_size=8, max_size=8)
    await pool.execute("create table if not exists bare (id text primary key, body text)")
    ends, count = time.monotonic() + seconds, 0

    async def insert() -> None:
        nonlocal count
        while time.monotonic() < ends:
            async with pool.acquire() as connection, connection.transaction():
                await connection.execute("insert into bare values ($1, 'Hello')", str(uuid4()))
            count += 1

    await asyncio.gather(*(insert() for _ in range(SENDERS)))
    await pool.close()
    return count / seconds


async def receive(live: LiveMessages, user_id: UUID, received: dict[str, float], joined: asyncio.Event) -> None:
    """One connected person, who notes when a message reached them, and comes back when the line breaks."""
    cursor: str | None = None
    while True:
        try:
            async for event in live.inbox_events(user_id, cursor):
                cursor = event.cursor
                joined.set()
                if isinstance(event, InboxMessage):
                    received.setdefault(event.message_id, time.perf_counter())
        except UpstreamUnavailableError:
            await asyncio.sleep(0.1)


async def chat(office: PostOffice, url: str, *, users: int, seconds: float) -> None:
    """Everybody follows their inbox; some write as fast as they are answered."""
    ids = await populate(url, users)
    half = users // 2
    pairs = list(zip(ids[:half], ids[half:], strict=True))
    chats = []
    for buyer, seller in pairs[:SENDERS]:
        draft = MessageDraft(client_message_id=str(uuid4()), body="Hello")
        begun = await start_conversation(office, person(buyer), f"l-{seller}", draft)
        assert isinstance(begun, SentMessage), begun
        chats.append((buyer, begun.message.conversation_id))
    hub = TopicHub(office.sources.live, secret=b"bench")
    live = LiveMessages(office, hub)
    gc.collect()
    before = rss_kb()
    received: dict[UUID, dict[str, float]] = {each: {} for each in ids}
    joined = [asyncio.Event() for _ in ids]
    readers = []
    for each, event in zip(ids, joined, strict=True):
        readers.append(asyncio.create_task(receive(live, each, received[each], event)))
        if len(readers) % 10 == 0:
            await asyncio.gather(*(one.wait() for one in joined[: len(readers)]))
    gc.collect()
    idle = (rss_kb() - before) / users
    sent: dict[str, float] = {}
    answers: list[float] = []
    ends = time.monotonic() + seconds

    async def write(buyer: UUID, conversation_id: str) -> None:
        while time.monotonic() < ends:
            began = time.perf_counter()
            draft = MessageDraft(client_message_id=str(uuid4()), body="Hello")
            told = await send_message(office, person(buyer), conversation_id, draft)
            assert isinstance(told, SentMessage), told
            sent[told.message.message_id] = began
            answers.append(time.perf_counter() - began)

    spent = time.process_time()
    await asyncio.gather(*(write(*each) for each in chats))
    spent = time.process_time() - spent
    await asyncio.sleep(1.5)
    sellers = dict(pairs)
    took = []
    for buyer, _ in chats:
        mine = received[sellers[buyer]]
        took += [mine[each] - sent[each] for each in received[buyer] if each in sent and each in mine]
    assert len(took) == len(sent), f"{len(sent) - len(took)} messages did not arrive"
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    await hub.close()
    bare = await bare_inserts(url, 2.0)
    rate = len(sent) / seconds
    print(f"{users} people connected, {SENDERS} writing: {rate:.0f} messages/s, {bare / rate:.1f} times fewer than")
    print(f"bare transactions of one insert ({bare:.0f}/s); answered p50 {ms(answers, 50)} p99 {ms(answers, 99)} ms;")
    print(f"sent to received p50 {ms(took, 50)} p99 {ms(took, 99)} ms; {idle:.1f} KiB for an idle person's inbox;")
    print(f"{1_000 * spent / len(sent):.1f} ms of this process's CPU a message, with everything that shows it to both")


def ms(values: list[float], percentile: int) -> str:
    """A percentile in milliseconds."""
    return f"{statistics.quantiles(values, n=100)[percentile - 1] * 1_000:.1f}"


async def count_views(sources: Sources, seconds: float) -> None:
    """Ten thousand listings followed a hundred at a time, while views are counted as fast as they are."""
    board = CounterBoard(sources.database, sources.live)
    ids = [f"counted-{number}" for number in range(LISTINGS)]
    shown = 0

    async def follow(part: list[str], joined: asyncio.Event) -> None:
        nonlocal shown
        async for changed in board.follow(part):
            shown += len(changed) if joined.is_set() else 0
            joined.set()

    parts = [ids[start : start + PER_FOLLOWER] for start in range(0, LISTINGS, PER_FOLLOWER)]
    joined = [asyncio.Event() for _ in parts]
    followers = [asyncio.create_task(follow(*each)) for each in zip(parts, joined, strict=True)]
    await asyncio.gather(*(each.wait() for each in joined))
    ends, counted = time.monotonic() + seconds, 0

    async def view(start: int) -> None:
        nonlocal counted
        number = start
        while time.monotonic() < ends:
            await live_counters.record_view(sources.live, ids[number % LISTINGS], str(uuid4()))
            number, counted = number + 7, counted + 1

    await asyncio.gather(*(view(start) for start in range(SENDERS)))
    await asyncio.sleep(1.0)
    for each in followers:
        each.cancel()
    await asyncio.gather(*followers, return_exceptions=True)
    await board.close()
    print(f"{LISTINGS} listings followed by {len(parts)} people: {counted / seconds:.0f} views counted/s,")
    print(f"{shown / seconds:.0f} counters shown/s ({shown / counted:.0%} of the changes; the rest were coalesced)")


async def run(database_url: str, redis_url: str, *, users: int, seconds: float) -> None:
    """Its three parts over the same stores."""
    await migrate(database_url)
    messages.MESSAGE_LIMITS = (Limit(1_000_000, 10), Limit(1_000_000, 60))
    async with AsyncExitStack() as stack:
        unused: dict[str, Any] = {each.name: None for each in fields(Sources)}
        database, live = Database(database_url, statement_seconds=5), LiveState(redis_url, call_seconds=5)
        stack.push_async_callback(database.close)
        stack.push_async_callback(live.close)
        sources = Sources(**(unused | {"database": database, "live": live, "clock": lambda: datetime.now(UTC)}))
        office = PostOffice(sources)
        stack.push_async_callback(office.close)
        await chat(office, database_url, users=users, seconds=seconds)
        await count_views(sources, seconds)
        await follow_together(office)


def main() -> None:
    """Start the stores, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--users", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, LocalEngines(Path(folder)) as engines:
        database_url, redis_url = engines.start_postgres(database="messages"), engines.start_valkey()
        asyncio.run(run(database_url, redis_url, users=given.users, seconds=given.seconds))


if __name__ == "__main__":
    main()
