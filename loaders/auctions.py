"""Loaders of auctions: definitions and results from the record, live lots in one Redis pipeline."""

from collections.abc import Sequence
from functools import cached_property

from aiodataloader import DataLoader

from datasources.postgres import auctions as recorded
from datasources.postgres import bids as journal_rows
from datasources.postgres import payments
from datasources.redis import auctions as live_lots
from datasources.redis.auctions import LiveLot
from datasources.sources import Sources
from domain.auctions import Auction, Sale
from domain.bids import Registration
from domain.lots import LotEntry
from domain.pages import Slice
from domain.payments import Payment
from domain.results import AuctionResult
from domain.selections import Selection
from loaders.batches import loader
from loaders.sharing import PublicReads

BidsKey = tuple[str, int, int | None]
"""An auction, how many bids, and the sequence before which they start."""


class AuctionLoaders:
    """Every loader of auctions of one operation or event; `bidder_id` is the viewer's own, for what only they see."""

    def __init__(
        self,
        sources: Sources,
        bidder_id: str | None,
        public: PublicReads | None = None,
        *,
        selection: Selection | None = None,
    ) -> None:
        self._sources = sources
        self._bidder_id = bidder_id
        self._public = public or PublicReads(sources)
        self._selection = selection or Selection()

    @cached_property
    def auction_by_id(self) -> DataLoader[str, Auction | None]:
        """Auctions by id."""
        return loader(lambda ids: self._public.auctions.read(ids, self._selection.of(Auction)))

    @cached_property
    def auction_by_listing(self) -> DataLoader[str, Auction | None]:
        """The auction of each listing, by the listing's id."""
        return loader(lambda ids: recorded.of_listings(self._sources.database, ids, fields=self._selection.of(Auction)))

    @cached_property
    def sale_by_id(self) -> DataLoader[str, Sale | None]:
        """Sales by id."""
        return loader(self._public.sales.read)

    @cached_property
    def result_by_id(self) -> DataLoader[str, AuctionResult | None]:
        """Results by auction."""
        return loader(self._public.results.read)

    @cached_property
    def payment_by_order(self) -> DataLoader[str, Payment | None]:
        """The newest attempt to collect an order's money, by order."""
        return loader(lambda ids: payments.newest_of_orders(self._sources.database, ids))

    @cached_property
    def lot_by_id(self) -> DataLoader[str, LiveLot | None]:
        """Live lots by auction, all of a tick in one pipeline."""
        return loader(self._public.lots.read)

    @cached_property
    def own_maximum(self) -> DataLoader[str, int | None]:
        """The viewer's greatest standing offer by auction."""
        return loader(lambda ids: live_lots.read_maxima(self._sources.live, self._bidder_id or "", ids))

    @cached_property
    def own_registration(self) -> DataLoader[str, Registration | None]:
        """The viewer's admission by auction."""
        return loader(lambda ids: live_lots.read_registrations(self._sources.live, self._bidder_id or "", ids))

    @cached_property
    def bids_by_auction(self) -> DataLoader[BidsKey, Sequence[LotEntry]]:
        """Standing bids of auctions, newest first, one more than asked for; one statement per page size and place."""
        return loader(self._bids)

    async def _bids(self, keys: list[BidsKey]) -> list[Sequence[LotEntry]]:
        found: dict[BidsKey, Sequence[LotEntry]] = {}
        for page in {(first, after) for _, first, after in keys}:
            ids = [each[0] for each in keys if each[1:] == page]
            wanted = Slice(page[0], None if page[1] is None else (page[1],))
            by_lot = await journal_rows.newest_bids(self._sources.database, ids, wanted)
            found |= {(each, *page): by_lot[each] for each in ids}
        return [found[key] for key in keys]
