"""The journal of decided bids: many processes' decisions reach Postgres in groups, and only then count.

Whoever journals a lot up to its own line also journals what other processes left open before it, so the watermark
of a lot never has a hole; only lines at or below it are shown to anybody.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from dataclasses import dataclass
from enum import Enum

import structlog

from datasources.postgres import bids as journal_rows
from datasources.postgres.bids import Journalled, Writer, line_id
from datasources.postgres.connections import Database
from datasources.redis import auctions as live_lots
from datasources.redis.bids import BidDecision
from datasources.redis.connections import LiveState
from datasources.redis.pipelines import ScriptPipeline
from domain.lots import LotEntry
from domain.problems import UpstreamUnavailableError

_log = structlog.get_logger(__name__)

_MOST_LINES = 500
"""Of one group: larger ones would keep the first bidder waiting for the last."""
_MOST_HOLE = 2_000
_MOST_CATCHES = 50
_MOST_REMEMBERED = 10_000

Rebuild = Callable[[str, int], Awaitable[object]]
"""Replace the live state of a lot if it is not newer than this epoch."""


class Recorded(Enum):
    """What became of a decided line."""

    HELD = "held"
    """It is in the journal: it counts for ever."""
    REFUSED = "refused"
    """It never will be: the live state that decided it has been replaced by a rebuilt one."""


@dataclass(slots=True)
class _Waiting:
    """Somebody who has to know whether a lot's line counts; `entry` where it is that one's own."""

    lot: Writer
    seq: int
    entry: LotEntry | None
    journalled_seq: int
    outcome: asyncio.Future[Recorded]


@dataclass(slots=True)
class _Wanted:
    """What a group has to write of one lot: the lines it has, above what is journalled and up to the top."""

    journalled_seq: int
    top: int
    lines: dict[int, LotEntry]

    @property
    def has_holes(self) -> bool:
        return any(seq not in self.lines for seq in range(self.journalled_seq + 1, self.top + 1))


_NOTHING = Journalled(frozenset(), frozenset())


class Journal:
    """Groups the lines that this process decided and writes each group in one statement."""

    def __init__(self, database: Database, live: LiveState, pipeline: ScriptPipeline, *, rebuild: Rebuild) -> None:
        self._database = database
        self._live = live
        self._pipeline = pipeline
        self._rebuild = rebuild
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None
        self._shows: set[asyncio.Task[None]] = set()
        self._written: dict[Writer, int] = {}
        """Up to where this process wrote a lot itself; the journal checks that the next line follows that one."""

    async def record(self, entry: LotEntry, *, journalled_seq: int) -> Recorded:
        """Wait until the line counts, or never will. UpstreamUnavailableError: not known yet, ask again by its key."""
        return await self._wait((entry.auction_id, entry.epoch), entry.seq, entry, journalled_seq=journalled_seq)

    async def settle(self, auction_id: str, decision: BidDecision) -> Recorded:
        """Wait until every line that a refusal was judged upon counts: a crash must not make it a wrong one."""
        lot = (auction_id, decision.epoch)
        if decision.seq <= self._written.get(lot, 0):
            return Recorded.HELD
        return await self._wait(lot, decision.seq, None, journalled_seq=decision.journalled_seq)

    async def _wait(self, lot: Writer, seq: int, entry: LotEntry | None, *, journalled_seq: int) -> Recorded:
        if seq <= journalled_seq:
            return Recorded.HELD
        outcome: asyncio.Future[Recorded] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(lot, seq, entry, journalled_seq, outcome))
        if self._writer is None:
            # An empty context: the group must not live under the deadline of whoever came first.
            self._writer = asyncio.create_task(self._write_groups(), context=Context())
        return await outcome

    async def catch_up(self, auction_id: str) -> Recorded:
        """Journal and show whatever this lot has pending; for the job that closes gaps, and before a fold.

        Refused: the live state is not the record's and has to be rebuilt.
        """
        for _ in range(_MOST_CATCHES):
            live = (await live_lots.read_lots(self._live, [auction_id]))[0]
            if live is None:
                return Recorded.REFUSED
            pending = (await live_lots.read_pending(self._live, [auction_id], most=_MOST_HOLE))[0]
            if not pending:
                return Recorded.HELD
            done = await journal_rows.append(self._database, pending)
            if done.refused or await self._show(pending[-1]) < 0:
                return Recorded.REFUSED
        return Recorded.HELD

    async def close(self) -> None:
        """Finish the group under way, and show what is written."""
        if self._writer is not None:
            await asyncio.wait({self._writer}, timeout=2.0)
        if self._shows:
            await asyncio.wait(self._shows, timeout=2.0)

    async def _write_groups(self) -> None:
        try:
            await asyncio.sleep(0)  # let every bid of this turn of the loop join the first group
            while self._waiting:
                group, self._waiting = self._waiting[:_MOST_LINES], self._waiting[_MOST_LINES:]
                try:
                    await self._write(group)
                except Exception as fault:  # noqa: BLE001 - whatever it is, each waiting bidder must hear of it
                    if not isinstance(fault, UpstreamUnavailableError):
                        _log.exception("a group of bids was not journalled", lines=len(group))
                    for each in group:
                        if not each.outcome.done():
                            each.outcome.set_exception(UpstreamUnavailableError("postgres"))
        finally:
            self._writer = None

    async def _write(self, group: Sequence[_Waiting]) -> None:
        """One group: fill holes, one insert, then tell the bidders and show the lines."""
        lots: dict[Writer, _Wanted] = {}
        for each in group:
            lot = lots.setdefault(each.lot, _Wanted(each.seq, each.seq, {}))
            lot.journalled_seq = min(lot.journalled_seq, max(each.journalled_seq, self._written.get(each.lot, 0)))
            lot.top = max(lot.top, each.seq)
            if each.entry is not None:
                lot.lines[each.seq] = each.entry
        behind = await self._fill_holes(lots)
        lines = [line for key, lot in lots.items() if key not in behind for line in lot.lines.values()]
        done = await journal_rows.append(self._database, lines) if lines else _NOTHING
        elsewhere = await self._written_elsewhere([key for key, lot in lots.items() if lot.top not in lot.lines])
        for each in group:
            if each.outcome.done():
                continue
            line = lots[each.lot].lines.get(each.seq)
            if each.lot in behind:
                each.outcome.set_exception(UpstreamUnavailableError("postgres"))
            elif line is None:
                is_held = max(elsewhere.get(each.lot, 0), self._written.get(each.lot, 0)) >= each.seq
                each.outcome.set_result(Recorded.HELD if is_held else Recorded.REFUSED)
            else:
                is_held = line_id(line) in done.held and (each.entry is None or each.entry == line)
                each.outcome.set_result(Recorded.HELD if is_held else Recorded.REFUSED)
        newest = [lot.lines[max(lot.lines)] for lot in lots.values() if lot.lines]
        self._show_later([entry for entry in newest if line_id(entry) in done.held])

    async def _fill_holes(self, lots: dict[Writer, _Wanted]) -> set[Writer]:
        """Add the lines decided before ours that the live state does not know to be journalled.

        The lots that are too far behind after an outage are given back: the job that closes gaps writes them in order.
        """
        holed = [key for key, lot in lots.items() if lot.has_holes]
        behind: set[Writer] = set()
        found = await live_lots.read_pending(self._live, [each[0] for each in holed], most=_MOST_HOLE)
        for key, pending in zip(holed, found, strict=True):
            lot = lots[key]
            if len(pending) == _MOST_HOLE and pending[-1].seq < lot.top:
                behind.add(key)
            before = {entry.seq: entry for entry in pending if entry.seq <= lot.top and entry.epoch == key[1]}
            lot.lines = before | lot.lines
        return behind

    async def _written_elsewhere(self, lots: Sequence[Writer]) -> dict[Writer, int]:
        """Up to where these lots are journalled by now, as their live states know it."""
        if not lots:
            return {}
        found = await live_lots.read_lots(self._live, [auction_id for auction_id, _ in lots])
        return {
            key: lot.journalled_seq
            for key, lot in zip(lots, found, strict=True)
            if lot is not None and lot.epoch == key[1]
        }

    def _show_later(self, newest: Sequence[LotEntry]) -> None:
        """Show each lot up to this line while the next group is being written."""
        if len(self._written) > _MOST_REMEMBERED:
            self._written.clear()
        for entry in newest:
            self._written[(entry.auction_id, entry.epoch)] = entry.seq
            task = asyncio.create_task(self._show_or_mend(entry), context=Context())
            self._shows.add(task)
            task.add_done_callback(self._shows.discard)

    async def _show_or_mend(self, newest: LotEntry) -> None:
        """Show journalled lines; a live state that does not have them is behind its own journal and is replaced."""
        try:
            if await self._show(newest) < 0:
                await self._rebuild(newest.auction_id, newest.epoch)
        except UpstreamUnavailableError:
            return  # the job that closes gaps shows them
        except Exception:  # noqa: BLE001 - nobody waits for it, so it must at least be heard of
            _log.exception("journalled bids are not shown yet", auction_id=newest.auction_id)

    async def _show(self, newest: LotEntry) -> int:
        script, keys, arguments = live_lots.publish_call(newest)
        return int(await self._pipeline.run(script, keys, arguments))
