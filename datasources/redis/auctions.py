"""The live state of lots in Redis: put in place, read in one pipeline, stepped, published, and given free."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from redis.asyncio import Redis

from datasources.redis.bids import lot_keys
from datasources.redis.connections import LiveState
from datasources.redis.lot_lines import (
    answer_pair,
    from_ms,
    maxima_pairs,
    read_line,
    read_standing,
    read_state,
    read_terms,
    state_pairs,
    write_line,
    write_standing,
)
from datasources.redis.lot_scripts import FINISH, FREEZE, INSTALL, LOWER_RESERVE, PUBLISH, REMOVE_BIDS, SET_PHASE
from datasources.redis.scripts import Script
from domain.auctions import LotTerms
from domain.bids import Registration
from domain.lot_steps import RESERVE_FIXED_BEFORE_END
from domain.lots import EntryKind, LotEntry, LotPhase, LotState

MOST_EVENTS = 10_000
"""Public log lines kept per lot for resuming; older ones are read from the journal."""
_INSTALL_SECONDS = 5.0
_KEEP_SECONDS = 86_400

Call = tuple[Script, tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LiveLot:
    """A lot as it stands in Redis, and how much of it the journal is known to hold."""

    terms: LotTerms
    state: LotState
    epoch: int
    journalled_seq: int
    shown: LotEntry | None
    """The newest line that may be shown; None before the first. What lies beyond it a crash can still take back."""


@dataclass(frozen=True, slots=True)
class StepReply:
    """What a step's script said: its word, the line it wrote, and the detail of a refusal."""

    word: str
    entry: LotEntry | None = None
    journalled_seq: int = 0
    detail: str = ""


async def read_lots(live: LiveState, ids: Sequence[str]) -> list[LiveLot | None]:
    """The lots in order, in one pipeline; None where Redis holds no lot, or only what a restart brought back."""

    async def work(redis: Redis) -> list[dict[str, str] | None]:
        async with redis.pipeline(transaction=False) as pipeline:
            for each in ids:
                pipeline.hgetall(lot_keys(each)[0])
            found: list[dict[str, str]] = await pipeline.execute()
        run = await live.server_run()
        return [row if "phase" in row and row.get("run") == run else None for row in found]

    rows = await live.call("lots.read", work) if ids else []
    return [None if row is None else _lot(each, row) for each, row in zip(ids, rows, strict=True)]


def _lot(auction_id: str, row: dict[str, str]) -> LiveLot:
    terms = read_terms(auction_id, row)
    shown = read_line(auction_id, row["shown"]) if row["shown"] else None
    return LiveLot(terms, read_state(row), int(row["epoch"]), int(row["journalled"]), shown)


async def store_time(live: LiveState) -> datetime:
    """The bid store's own clock, which all decisions go by."""

    async def work(redis: Redis) -> tuple[int, int]:
        call: Any = redis
        seconds, microseconds = await call.time()
        return int(seconds), int(microseconds)

    seconds, microseconds = await live.call("lots.time", work)
    return from_ms(seconds * 1000 + microseconds // 1000)


async def read_maxima(live: LiveState, bidder_id: str, ids: Sequence[str]) -> list[int | None]:
    """The bidder's greatest standing offer on each lot."""

    async def work(redis: Redis) -> list[float | None]:
        async with redis.pipeline(transaction=False) as pipeline:
            for each in ids:
                pipeline.zscore(lot_keys(each)[4], bidder_id)
            found: list[float | None] = await pipeline.execute()
            return found

    scores = await live.call("lots.maxima", work) if ids else []
    return [None if score is None else int(score) for score in scores]


async def read_registrations(live: LiveState, bidder_id: str, ids: Sequence[str]) -> list[Registration | None]:
    """The bidder's admission to each lot."""

    async def work(redis: Redis) -> list[str | None]:
        async with redis.pipeline(transaction=False) as pipeline:
            for each in ids:
                pipeline.hget(lot_keys(each)[3], bidder_id)
            found: list[str | None] = await pipeline.execute()
            return found

    texts = await live.call("lots.registrations", work) if ids else []
    return [read_standing(each, bidder_id, text) for each, text in zip(ids, texts, strict=True)]


async def register(live: LiveState, registration: Registration) -> None:
    """Let the scripts, and the bidder's own streams, know of an admission (the record has it already)."""

    async def work(redis: Redis) -> Any:
        async with redis.pipeline(transaction=False) as pipeline:
            key, told = lot_keys(registration.auction_id)[3], bidder_key(registration.bidder_id)
            pipeline.hset(key, registration.bidder_id, write_standing(registration))
            pipeline.xadd(told, {"e": registration.auction_id}, maxlen=1)
            pipeline.expire(told, _KEEP_SECONDS)
            return await pipeline.execute()

    await live.call("lots.register", work)


def bidder_key(bidder_id: str) -> str:
    """The stream that says that a bidder's admissions have changed."""
    return f"bidder:{{{bidder_id}}}:lots"


def install_call(
    terms: LotTerms,
    state: LotState,
    *,
    epoch: int,
    log: Sequence[LotEntry] = (),
    registrations: Iterable[Registration] = (),
) -> Call:
    """The script call that puts a lot in place as its journal says."""
    answered = [entry for entry in log if entry.idempotency_key]
    newest = write_line(log[-1]) if log else ""
    groups: tuple[list[str], ...] = (
        [*state_pairs(terms, state, epoch=epoch), "shown", newest, "tip", log[-1].mark if log else ""],
        [text for entry in answered for text in answer_pair(terms, entry)],
        [text for each in registrations for text in (each.bidder_id, write_standing(each))],
        maxima_pairs(log),
        [text for entry in log[-MOST_EVENTS:] for text in (str(entry.seq), write_line(entry))],
    )
    counts = [str(len(group) // 2) for group in groups]
    arguments = (str(epoch), *counts, str(MOST_EVENTS), *(text for group in groups for text in group))
    return INSTALL, lot_keys(terms.auction_id), arguments


def remove_call(
    *, before: LotState, after: LotState, entry: LotEntry, left_minor: int | None, window: timedelta
) -> Call:
    """The script call that takes bids back, if the lot still stands as the fold found it."""
    is_own = entry.kind is EntryKind.RETRACTED
    arguments = (
        str(before.version),
        entry.kind.value,
        entry.bidder_id or "",
        _text(after.price_minor),
        after.leader_id or "",
        _text(after.max_minor),
        str(after.bid_count),
        _text(left_minor),
        orjson.dumps(entry.detail).decode(),
        str(int(window.total_seconds())) if is_own else "0",
        LotPhase.OPEN.value if is_own else f"{LotPhase.OPEN.value},{LotPhase.PAUSED.value}",
    )
    return REMOVE_BIDS, lot_keys(entry.auction_id), arguments


def phase_call(auction_id: str, wanted: EntryKind, *, detail: str = "") -> Call:
    """The script call that pauses, resumes or cancels a lot."""
    return SET_PHASE, lot_keys(auction_id), (wanted.value, detail)


def lower_reserve_call(auction_id: str, reserve_minor: int | None) -> Call:
    """The script call that lowers or removes a reserve."""
    latest = RESERVE_FIXED_BEFORE_END // timedelta(milliseconds=1)
    detail = orjson.dumps({"reserve_minor": reserve_minor}).decode()
    return LOWER_RESERVE, lot_keys(auction_id), (_text(reserve_minor), str(latest), detail)


def freeze_call(auction_id: str) -> Call:
    """The script call that fences a lot off after its end."""
    return FREEZE, lot_keys(auction_id), ()


def finish_call(closing: LotEntry) -> Call:
    """The script call that shows a lot's closing line."""
    arguments = (str(closing.seq), write_line(closing), str(_KEEP_SECONDS))
    return FINISH, lot_keys(closing.auction_id), arguments


def publish_call(newest: LotEntry) -> Call:
    """The script call that shows journalled lines up to this one, if the live state has the very same one there."""
    arguments = (str(newest.epoch), str(newest.seq), str(MOST_EVENTS), write_line(newest))
    return PUBLISH, lot_keys(newest.auction_id), arguments


async def run(live: LiveState, operation: str, call: Call) -> Any:
    """The raw reply of a script call, which is told the server's run as its last argument."""
    script, keys, arguments = call

    async def work(redis: Redis) -> Any:
        return await script.run(redis, keys, (*arguments, await live.server_run()))

    return await live.call(operation, work, call_seconds=_INSTALL_SECONDS if script is INSTALL else None)


async def step(live: LiveState, operation: str, auction_id: str, call: Call) -> StepReply:
    """The reply of a step's script."""
    reply = await run(live, operation, call)
    if reply[0] == "done":
        return StepReply("done", read_line(auction_id, reply[2]), int(reply[1]))
    return StepReply(reply[0], detail=str(reply[1]) if len(reply) > 1 else "")


async def read_pending(live: LiveState, ids: Sequence[str], *, most: int) -> list[tuple[LotEntry, ...]]:
    """The log lines of each lot that are not known to be journalled, in order, at most so many per lot."""

    async def work(redis: Redis) -> list[Any]:
        async with redis.pipeline(transaction=False) as pipeline:
            for each in ids:
                pipeline.xrange(lot_keys(each)[1], count=most)
            found: list[Any] = await pipeline.execute()
            return found

    streams = await live.call("lots.pending", work) if ids else []
    return [
        tuple(read_line(each, fields["e"]) for _, fields in lines) for each, lines in zip(ids, streams, strict=True)
    ]


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
