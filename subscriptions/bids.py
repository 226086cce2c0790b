"""A bidder's own live news: taking and losing the lead, winning and losing, on every lot of the bidder's."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from datasources.postgres import registrations
from datasources.redis import auctions as live_lots
from datasources.redis.bids import lot_keys
from datasources.redis.lot_lines import read_line
from datasources.redis.streams import StreamEvent
from datasources.redis.topics import TopicHub
from domain.bids import Standing
from domain.lot_events import MyBidUpdate
from domain.lots import EntryKind, LotEntry
from domain.money import Money
from domain.problems import GavelError
from services.salerooms import Saleroom

MOST_FOLLOWED = 100
_TICK_SECONDS = 0.25
_RECHECK_SECONDS = 30.0
_LAST = frozenset({EntryKind.CLOSED, EntryKind.CANCELLED})
_GOOD = frozenset({"leading", "won"})


class AccessEndedError(GavelError):
    """The account behind a stream is gone."""

    public_code = "ACCESS_ENDED"
    public_message = "This account may not follow this any longer."


@dataclass(slots=True)
class LiveBids:
    """One stream of one bidder.

    Admissions are looked at again when they change and twice a minute, a ban from a lot at each of its events.
    """

    saleroom: Saleroom
    hub: TopicHub
    bidder_id: str
    _lots: dict[str, str] = field(default_factory=dict)
    """Lots by the keys of their streams."""
    _told: dict[str, str] = field(default_factory=dict)
    """How the bidder stands on each lot, as far as was said."""

    async def updates(self) -> AsyncGenerator[MyBidUpdate]:
        """Whenever the bidder takes or loses the lead, wins or loses; ACCESS_ENDED once the account is gone."""
        stream = self.hub.follow_some(self._keys, pace_seconds=_TICK_SECONDS, every_seconds=_RECHECK_SECONDS)
        is_first = True
        try:
            async for changed in stream:
                lines = await self._lines(changed)
                if not changed:  # there are bids of the bidder's; at first it is known how they stand
                    self._told |= {each.auction_id: self._standing(each) if is_first else "" for each in lines}
                is_first = False
                for entry in await self._admitted(lines):
                    if entry.kind in _LAST:
                        self._lots.pop(lot_keys(entry.auction_id)[5], None)
                    if self._is_news(entry):
                        yield await self._update(entry)
        finally:
            await stream.aclose()

    async def _keys(self) -> list[str]:
        """What to follow now; a lot that runs no longer stays until its last line was seen."""
        found = await registrations.running_of(self.saleroom.sources.database, self.bidder_id, most=MOST_FOLLOWED)
        if found is None:
            raise AccessEndedError
        for each in found:
            key = lot_keys(each.auction_id)[5]
            self._lots.pop(key, None)
            if each.standing is not Standing.BANNED:
                self._lots[key] = each.auction_id
        return [live_lots.bidder_key(self.bidder_id), *list(self._lots)[-MOST_FOLLOWED:]]

    async def _lines(self, changed: Sequence[StreamEvent]) -> list[LotEntry]:
        """The changed lots' lines; after a look at the admissions, those of lots that nothing was said of yet."""
        if changed:
            return [read_line(self._lots[each.key], each.line) for each in changed if each.key in self._lots]
        live, ids = self.saleroom.sources.live, [each for each in self._lots.values() if each not in self._told]
        maxima = await live_lots.read_maxima(live, self.bidder_id, ids)
        lots = await live_lots.read_lots(live, ids)
        return [
            lot.shown
            for most, lot in zip(maxima, lots, strict=True)
            if most is not None and lot is not None and lot.shown is not None
        ]

    async def _admitted(self, lines: Sequence[LotEntry]) -> list[LotEntry]:
        """Without those of lots that the bidder has been banned from."""
        ids = [each.auction_id for each in lines]
        found = await live_lots.read_registrations(self.saleroom.sources.live, self.bidder_id, ids)
        banned = {each.auction_id for each in found if each is not None and each.standing is Standing.BANNED}
        return [each for each in lines if each.auction_id not in banned]

    def _standing(self, entry: LotEntry) -> str:
        is_mine = entry.leader_id == self.bidder_id
        if entry.kind is EntryKind.CLOSED:
            return "won" if is_mine and entry.detail.get("outcome") == "sold" else "lost"
        return "leading" if is_mine else "outbid"

    def _is_news(self, entry: LotEntry) -> bool:
        """Whether the line changes how the bidder stands; who never bid on the lot is told nothing of it."""
        standing, before = self._standing(entry), self._told.get(entry.auction_id)
        if standing == before or (before is None and standing not in _GOOD and entry.bidder_id != self.bidder_id):
            return False
        self._told[entry.auction_id] = standing
        return True

    async def _update(self, entry: LotEntry) -> MyBidUpdate:
        lot = (await live_lots.read_lots(self.saleroom.sources.live, [entry.auction_id]))[0]
        has_price = lot is not None and entry.price_minor is not None
        return MyBidUpdate(
            auction_id=entry.auction_id,
            version=entry.seq,
            at=entry.at,
            standing=self._told[entry.auction_id],
            price=Money(entry.price_minor or 0, lot.terms.currency) if lot is not None and has_price else None,
            effective_end_at=entry.ends_at,
        )
