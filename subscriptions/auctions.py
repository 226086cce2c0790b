"""Live auctions: one lot's events without holes, and the coalesced prices of many."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from datasources.postgres import bids as journal_rows
from datasources.redis import auctions as live_lots
from datasources.redis import streams
from datasources.redis.auctions import LiveLot
from datasources.redis.bids import lot_keys
from datasources.redis.lot_lines import read_line, write_line
from datasources.redis.streams import StreamEvent
from datasources.redis.topics import Gap, GapReason, Replay, TopicHub
from domain.auctions import ReserveStatus
from domain.bids import is_auction_id, pseudonym
from domain.lot_events import (
    LotBid,
    LotBidsRemoved,
    LotClosed,
    LotEvent,
    LotGap,
    LotSnapshot,
    LotStatusChanged,
)
from domain.lots import EntryKind, LotEntry
from domain.money import Money
from domain.problems import BadInputError
from services.salerooms import Saleroom
from subscriptions.cursors import StreamCursor, read_cursor, write_cursor

MOST_TICKED = 100
_TICK_SECONDS = 0.25
_GENERATION = 1
"""A rebuilt lot keeps its sequences, so its numbering never starts anew."""
_LAST = frozenset({EntryKind.CLOSED, EntryKind.CANCELLED})


class _Common(TypedDict):
    auction_id: str
    cursor: str
    version: int
    at: datetime
    price: Money | None
    leader: str | None
    bid_count: int
    reserve_status: ReserveStatus
    effective_end_at: datetime


@dataclass(frozen=True, slots=True)
class LiveAuctions:
    """What the live fields of auctions need."""

    saleroom: Saleroom
    hub: TopicHub

    async def events(self, auction_id: str, after: str | None = None) -> AsyncGenerator[LotEvent]:
        """A snapshot (unless a cursor is given), then every event in order, live, until the lot has its result."""
        resumed = read_cursor(after, self.hub.secret, topic=_topic(auction_id)) if after else None
        lot = await self._lot(auction_id)
        snapshots: list[LiveLot] = []
        gap: Gap | None = None

        async def start() -> int:
            nonlocal resumed, gap
            standing, place = await self._lot(auction_id), resumed
            resumed = None
            if place is not None and place.generation == _GENERATION and await self._is_known(standing, place.seq):
                return place.seq
            gap = Gap(GapReason.GENERATION) if place is not None else gap
            snapshots.append(standing)
            return standing.journalled_seq

        stream = self.hub.follow_log(lot_keys(auction_id)[5], self._replay(auction_id), start)
        try:
            async for found in stream:
                if isinstance(found, Gap):
                    gap = found
                elif isinstance(found, StreamEvent):
                    entry = read_line(auction_id, found.line)
                    yield self._event(lot, entry)
                    if entry.kind in _LAST:
                        return
                else:
                    for standing in snapshots:
                        yield self._snapshot(standing) if gap is None else self._gap(standing, gap)
                    snapshots, gap = [], None
                    if lot.shown is not None and lot.shown.kind in _LAST and found.seq >= lot.shown.seq:
                        return
        finally:
            await stream.aclose()

    async def ticker(self, ids: Sequence[str]) -> AsyncGenerator[list[LotSnapshot]]:
        """How up to 100 lots stand, then again those that changed, a few times a second at the most."""
        if not 1 <= len(ids) <= MOST_TICKED:
            raise BadInputError("BAD_ARGUMENTS", f"Give 1 to {MOST_TICKED} auctions.")
        by_key = {lot_keys(each)[5]: each for each in ids}
        stream = self.hub.follow_state(list(by_key), pace_seconds=_TICK_SECONDS)
        try:
            async for changed in stream:
                wanted = [by_key[each.key] for each in changed] if changed else list(by_key.values())
                lots = await live_lots.read_lots(self.saleroom.sources.live, wanted)
                yield [self._snapshot(each) for each in lots if each is not None]
        finally:
            await stream.aclose()

    def _replay(self, auction_id: str) -> Replay:
        """Lines from the stream, or from the journal where the stream no longer has them."""
        sources, key = self.saleroom.sources, lot_keys(auction_id)[5]

        async def replay(after: int, most: int) -> Sequence[StreamEvent]:
            found = await streams.read_range(sources.live, key, after=after, most=most)
            if found and found[0].seq == after + 1:
                return found
            last = found[0].seq - 1 if found else None
            older = await journal_rows.entries_after(sources.database, auction_id, seq=after, up_to=last, most=most)
            return [*(StreamEvent(key, each.seq, write_line(each)) for each in older), *found][:most]

        return replay

    async def _is_known(self, lot: LiveLot, seq: int) -> bool:
        """Whether a line counts: a replay may have shown what the journal has and the live state does not know yet."""
        if seq <= lot.journalled_seq:
            return True
        auction_id = lot.terms.auction_id
        database = self.saleroom.sources.database
        return bool(await journal_rows.entries_after(database, auction_id, seq=seq - 1, up_to=seq, most=1))

    async def _lot(self, auction_id: str) -> LiveLot:
        if not is_auction_id(auction_id):
            raise BadInputError("NOT_FOUND", "There is no such auction.")
        for _ in range(2):
            found = (await live_lots.read_lots(self.saleroom.sources.live, [auction_id]))[0]
            if found is not None:
                return found
            if not await self.saleroom.rebuild(auction_id, newer_than=0):
                raise BadInputError("NOT_FOUND", "There is no such auction.")
        raise BadInputError("RETRY_LATER", "The lot is being rebuilt; try again.")

    def _name(self, auction_id: str, bidder_id: str | None) -> str | None:
        return None if bidder_id is None else pseudonym(self.hub.secret, auction_id, bidder_id)

    def _shown(self, lot: LiveLot) -> _Common:
        """What a snapshot says: the newest line that may be shown, or the lot before its first one."""
        shown = lot.shown
        if shown is not None:
            return self._common(lot, shown)
        return _Common(
            auction_id=lot.terms.auction_id,
            cursor=self._cursor(lot.terms.auction_id, lot.journalled_seq),
            version=lot.journalled_seq,
            at=lot.terms.starts_at,
            price=None,
            leader=None,
            bid_count=0,
            reserve_status=lot.state.reserve_status,
            effective_end_at=lot.state.ends_at,
        )

    def _common(self, lot: LiveLot, entry: LotEntry) -> _Common:
        return _Common(
            auction_id=entry.auction_id,
            cursor=self._cursor(entry.auction_id, entry.seq),
            version=entry.seq,
            at=entry.at,
            price=_price(lot, entry),
            leader=self._name(entry.auction_id, entry.leader_id),
            bid_count=entry.bid_count,
            reserve_status=entry.reserve_status,
            effective_end_at=entry.ends_at,
        )

    def _cursor(self, auction_id: str, seq: int) -> str:
        return write_cursor(StreamCursor(_topic(auction_id), _GENERATION, seq), self.hub.secret)

    def _snapshot(self, lot: LiveLot) -> LotSnapshot:
        return LotSnapshot(**self._shown(lot))

    def _gap(self, lot: LiveLot, gap: Gap) -> LotGap:
        return LotGap(**self._shown(lot), reason=gap.reason.value)

    def _event(self, lot: LiveLot, entry: LotEntry) -> LotEvent:
        common = self._common(lot, entry)
        bidder = self._name(entry.auction_id, entry.bidder_id) or ""
        match entry.kind:
            case EntryKind.BID | EntryKind.BOUGHT:
                has_new_leader = entry.leader_id != entry.previous_leader_id
                has_bought = entry.kind is EntryKind.BOUGHT
                return LotBid(**common, bidder=bidder, has_new_leader=has_new_leader, has_bought=has_bought)
            case EntryKind.RETRACTED | EntryKind.VOIDED:
                removed, reason = tuple(sorted(entry.removed_seqs)), str(entry.detail.get("reason", ""))
                is_void = entry.kind is EntryKind.VOIDED
                return LotBidsRemoved(**common, bidder=bidder, removed=removed, reason=reason, is_void=is_void)
            case EntryKind.CLOSED:
                outcome, reason = str(entry.detail.get("outcome", "")), str(entry.detail.get("reason", ""))
                return LotClosed(**common, outcome=outcome, reason=reason)
            case _:
                return LotStatusChanged(**common, change=entry.kind.value)


def _price(lot: LiveLot, entry: LotEntry) -> Money | None:
    return None if entry.price_minor is None else Money(entry.price_minor, lot.terms.currency)


def _topic(auction_id: str) -> str:
    return f"lot:{auction_id}"
