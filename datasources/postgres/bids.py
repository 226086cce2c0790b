"""The journal: log lines of many lots written at once behind a fence, and read back in order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from datasources.postgres.connections import Database, bare_driver_of
from datasources.postgres.tables.bids import bids
from domain.auctions import ReserveStatus
from domain.lots import EntryKind, LotEntry
from domain.pages import Slice

MOST_READ = 100_000
"""The longest log that is folded in one piece; bids beyond it would be refused long before."""

LineId = tuple[str, int, int]
"""Lot, epoch and sequence."""
Writer = tuple[str, int]
"""One live state of a lot: lot and epoch."""

_APPEND = """
with fence as (
  select a.auction_id, a.epoch from auctions a
  join unnest($1::text[], $2::int[]) as writer(auction_id, epoch) using (auction_id, epoch)
  for share of a
), torn as (
  select head.auction_id, head.epoch
  from unnest($3::text[], $4::int[], $5::bigint[], $6::text[]) as head(auction_id, epoch, seq, mark)
  left join bids b on b.auction_id = head.auction_id and b.seq = head.seq
  where b.seq is null
    or (extract(epoch from b.decided_at) * 1000)::bigint || ':' || coalesce(b.bidder_id, '') <> head.mark
)
insert into bids (auction_id, seq, epoch, kind, decided_at, bidder_id, max_minor, is_exact, idempotency_key,
  price_minor, leader_id, previous_leader_id, ends_at, reserve_status, bid_count, detail)
select line.* from unnest($7::text[], $8::bigint[], $9::int[], $10::text[], $11::timestamptz[], $12::text[],
  $13::bigint[], $14::bool[], $15::text[], $16::bigint[], $17::text[], $18::text[], $19::timestamptz[], $20::text[],
  $21::int[], $22::jsonb[]) as line(auction_id, seq, epoch, kind, decided_at, bidder_id, max_minor, is_exact,
  idempotency_key, price_minor, leader_id, previous_leader_id, ends_at, reserve_status, bid_count, detail)
join fence using (auction_id, epoch)
where (line.auction_id, line.epoch) not in (select auction_id, epoch from torn)
order by line.auction_id, line.seq
on conflict do nothing
returning auction_id, epoch, seq
"""
_STANDING = """
select b.* from bids b join unnest($1::text[], $2::bigint[]) as line(auction_id, seq) using (auction_id, seq)
"""


@dataclass(frozen=True, slots=True)
class Journalled:
    """Which of the given lines the journal holds exactly as given, after the commit."""

    held: frozenset[LineId]
    refused: frozenset[LineId]
    """Fenced off, or not decided upon what is in the journal: the live state behind them is not the record's."""


def line_id(entry: LotEntry) -> LineId:
    """What a line is called by in a group of many lots and epochs."""
    return entry.auction_id, entry.epoch, entry.seq


async def append(database: Database, entries: Sequence[LotEntry]) -> Journalled:
    """Write lines of any lots in one statement; one already written exactly so counts as written.

    Lines of an epoch that has ended are fenced off: a rebuild holds the auction's row while it reads the journal.
    Each line must have been decided upon the line before it, and of each live state all lines are written or none:
    a store that lost its last seconds gives known sequences to new bids, and what follows them is as wrong as they are.
    """
    by_writer: dict[Writer, list[LotEntry]] = {}
    for entry in sorted(entries, key=line_id):
        by_writer.setdefault((entry.auction_id, entry.epoch), []).append(entry)
    sound = {writer: lines for writer, lines in by_writer.items() if _is_chain(lines)}
    held: frozenset[LineId] = frozenset()
    for _ in range(len(by_writer) + 1):
        if not sound:
            break
        try:
            held = await _append(database, sound)
            break
        except _ClashError as clash:
            sound = {writer: lines for writer, lines in sound.items() if writer not in clash.writers}
    return Journalled(held, frozenset(line_id(entry) for entry in entries) - held)


def _is_chain(lines: Sequence[LotEntry]) -> bool:
    """Whether each line names its predecessor, where that is among them."""
    if lines[0].seq == 1 and lines[0].follows:
        return False
    return all(after.follows == before.mark for before, after in pairwise(lines) if after.seq == before.seq + 1)


async def _append(database: Database, by_writer: Mapping[Writer, Sequence[LotEntry]]) -> frozenset[LineId]:
    lines = sorted((entry for each in by_writer.values() for entry in each), key=line_id)
    given = {line_id(entry) for entry in lines}
    heads = [each for each in lines if each.seq > 1 and (each.auction_id, each.epoch, each.seq - 1) not in given]
    columns = [
        [auction_id for auction_id, _ in by_writer],
        [epoch for _, epoch in by_writer],
        [head.auction_id for head in heads],
        [head.epoch for head in heads],
        [head.seq - 1 for head in heads],
        [head.follows for head in heads],
        [entry.auction_id for entry in lines],
        [entry.seq for entry in lines],
        [entry.epoch for entry in lines],
        [entry.kind.value for entry in lines],
        [entry.at for entry in lines],
        [entry.bidder_id for entry in lines],
        [entry.max_minor for entry in lines],
        [entry.is_exact for entry in lines],
        [entry.idempotency_key for entry in lines],
        [entry.price_minor for entry in lines],
        [entry.leader_id for entry in lines],
        [entry.previous_leader_id for entry in lines],
        [entry.ends_at for entry in lines],
        [entry.reserve_status.value for entry in lines],
        [entry.bid_count for entry in lines],
        [orjson.dumps(dict(entry.detail)).decode() if entry.detail else None for entry in lines],
    ]

    async def run(connection: AsyncConnection) -> frozenset[LineId]:
        raw = await bare_driver_of(connection)
        async with raw.transaction():
            written = {(row[0], row[1], row[2]) for row in await raw.fetch(_APPEND, *columns)}
            missing = [entry for entry in lines if line_id(entry) not in written]
            if missing:
                written |= await _already_there(raw, missing)
            clashing = {each[:2] for each in given - written} & {each[:2] for each in written}
            if clashing:
                raise _ClashError(frozenset(clashing))
        return frozenset(written)

    return await database.write("bids.append", run)


class _ClashError(Exception):
    """Some lines of these live states could be written and others stand there as something else."""

    def __init__(self, writers: frozenset[Writer]) -> None:
        super().__init__(", ".join(sorted(auction_id for auction_id, _ in writers)))
        self.writers = writers


async def _already_there(raw: Any, entries: Sequence[LotEntry]) -> set[LineId]:
    """Those that stand in the journal as the very same decision."""
    found = await raw.fetch(_STANDING, [each.auction_id for each in entries], [each.seq for each in entries])
    standing = {(row["auction_id"], row["seq"]): _entry(row) for row in found}
    return {
        line_id(each)
        for each in entries
        if (there := standing.get((each.auction_id, each.seq))) is not None and _identity(there) == _identity(each)
    }


def _identity(entry: LotEntry) -> tuple[object, ...]:
    return (entry.epoch, entry.kind, entry.at, entry.bidder_id, entry.idempotency_key, entry.max_minor)


async def insert_line(connection: AsyncConnection, entry: LotEntry) -> None:
    """Write one line in the caller's transaction, which holds the auction's row."""
    values = {
        "auction_id": entry.auction_id,
        "seq": entry.seq,
        "epoch": entry.epoch,
        "kind": entry.kind.value,
        "decided_at": entry.at,
        "is_exact": entry.is_exact,
        "price_minor": entry.price_minor,
        "leader_id": entry.leader_id,
        "previous_leader_id": entry.previous_leader_id,
        "ends_at": entry.ends_at,
        "reserve_status": entry.reserve_status.value,
        "bid_count": entry.bid_count,
        "detail": dict(entry.detail),
    }
    await connection.execute(sa.insert(bids).values(**values))


async def log_of(connection: AsyncConnection, auction_id: str) -> tuple[LotEntry, ...]:
    """A lot's whole log in order."""
    query = sa.select(bids).where(bids.c.auction_id == auction_id).order_by(bids.c.seq).limit(MOST_READ)
    return tuple(_entry(row) for row in (await connection.execute(query)).mappings())


async def lines_from(connection: AsyncConnection, auction_id: str, *, seq: int, most: int) -> list[LotEntry]:
    """A lot's lines from a sequence on, in order."""
    query = sa.select(bids).where(bids.c.auction_id == auction_id, bids.c.seq >= seq).order_by(bids.c.seq).limit(most)
    return [_entry(row) for row in (await connection.execute(query)).mappings()]


async def entries_after(
    database: Database, auction_id: str, *, seq: int, up_to: int | None, most: int
) -> list[LotEntry]:
    """Lines after a sequence in order, for readers that fell behind the live stream."""
    query = sa.select(bids).where(bids.c.auction_id == auction_id, bids.c.seq > seq).order_by(bids.c.seq).limit(most)
    if up_to is not None:
        query = query.where(bids.c.seq <= up_to)

    async def run(connection: AsyncConnection) -> list[LotEntry]:
        return [_entry(row) for row in (await connection.execute(query)).mappings()]

    return await database.read("bids.after", run)


async def newest_bids(database: Database, ids: Sequence[str], wanted: Slice) -> dict[str, list[LotEntry]]:
    """For each lot its standing bids, newest first, one more than wanted; the slice's key is the sequence."""
    struck = (
        sa.select(
            sa.func.jsonb_array_elements(bids.c.detail["seqs"]).cast(sa.BigInteger).label("seq"), bids.c.auction_id
        )
        .where(bids.c.auction_id.in_(ids), bids.c.kind.in_([EntryKind.RETRACTED.value, EntryKind.VOIDED.value]))
        .subquery()
    )
    place = sa.func.row_number().over(partition_by=bids.c.auction_id, order_by=bids.c.seq.desc()).label("place")
    offers = [EntryKind.BID.value, EntryKind.BOUGHT.value]
    numbered = sa.select(bids, place).where(
        bids.c.auction_id.in_(ids),
        bids.c.kind.in_(offers),
        ~sa.exists().where(struck.c.auction_id == bids.c.auction_id, struck.c.seq == bids.c.seq),
    )
    if wanted.after is not None:
        numbered = numbered.where(bids.c.seq < wanted.after[0])
    found = numbered.subquery()
    query = sa.select(found).where(found.c.place <= wanted.first + 1).order_by(found.c.auction_id, found.c.place)

    async def run(connection: AsyncConnection) -> dict[str, list[LotEntry]]:
        by_lot: dict[str, list[LotEntry]] = {each: [] for each in ids}
        for row in (await connection.execute(query)).mappings():
            by_lot[row["auction_id"]].append(_entry(row))
        return by_lot

    return await database.read("bids.newest", run)


async def bids_of(database: Database, bidder_id: str, wanted: Slice) -> list[LotEntry]:
    """A bidder's bids over all lots, newest first, one more than wanted; the key is (decided at in ms, lot, seq)."""
    query = (
        sa.select(bids)
        .where(bids.c.bidder_id == bidder_id, bids.c.kind.in_([EntryKind.BID.value, EntryKind.BOUGHT.value]))
        .order_by(bids.c.decided_at.desc(), bids.c.auction_id.desc(), bids.c.seq.desc())
        .limit(wanted.first + 1)
    )
    if wanted.after is not None:
        milliseconds, auction_id, seq = wanted.after
        before = sa.func.to_timestamp(sa.cast(milliseconds, sa.BigInteger) / 1000.0)
        query = query.where(
            sa.tuple_(bids.c.decided_at, bids.c.auction_id, bids.c.seq) < sa.tuple_(before, auction_id, seq)
        )

    async def run(connection: AsyncConnection) -> list[LotEntry]:
        return [_entry(row) for row in (await connection.execute(query)).mappings()]

    return await database.read("bids.of-bidder", run)


def _entry(row: Any) -> LotEntry:
    detail = row["detail"]
    return LotEntry(
        auction_id=row["auction_id"],
        seq=row["seq"],
        epoch=row["epoch"],
        kind=EntryKind(row["kind"]),
        at=row["decided_at"],
        bidder_id=row["bidder_id"],
        max_minor=row["max_minor"],
        is_exact=row["is_exact"],
        idempotency_key=row["idempotency_key"],
        price_minor=row["price_minor"],
        leader_id=row["leader_id"],
        previous_leader_id=row["previous_leader_id"],
        ends_at=row["ends_at"],
        reserve_status=ReserveStatus(row["reserve_status"]),
        bid_count=row["bid_count"],
        detail=(orjson.loads(detail) if isinstance(detail, str) else detail) or {},
    )
