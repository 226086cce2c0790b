"""What bidding needs beside the open clients: the fast lane to the scripts, the journal, and rebuilding lots."""

import asyncio
from contextvars import Context

from datasources.postgres import auctions as auction_rows
from datasources.redis import auctions as live_lots
from datasources.redis.pipelines import ScriptPipeline
from datasources.sources import Sources
from domain.lots import fold, opening_state
from services.flags import FlagBook
from services.journal import Journal


class Saleroom:
    """One per process; bids, steps and reads of live lots go through it."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.flags = FlagBook(sources.database)
        self.pipeline = ScriptPipeline(sources.live)
        self.journal = Journal(sources.database, sources.live, self.pipeline, rebuild=self._replace)
        self._rebuilding: dict[str, asyncio.Task[bool]] = {}

    async def rebuild(self, auction_id: str, *, newer_than: int | None = None) -> bool:
        """Put the lot's live state in place from the journal; False for an unknown auction.

        A new epoch fences off whatever an older live state decided and did not journal in time. A live state that
        is already newer than the given epoch is left alone. However many bidders run into the loss, this process
        rebuilds once.
        """
        task = self._rebuilding.get(auction_id)
        if task is None:
            task = asyncio.create_task(self._rebuild(auction_id, newer_than), context=Context())
            self._rebuilding[auction_id] = task
            task.add_done_callback(lambda _: self._rebuilding.pop(auction_id, None))
        return await asyncio.shield(task)

    async def _replace(self, auction_id: str, epoch: int) -> None:
        await self.rebuild(auction_id, newer_than=epoch)

    async def _rebuild(self, auction_id: str, newer_than: int | None) -> bool:
        if newer_than is not None:
            live = (await live_lots.read_lots(self.sources.live, [auction_id]))[0]
            if live is not None and live.epoch > newer_than:
                return True

        recorded = await auction_rows.begin_epoch(self.sources.database, auction_id)
        if recorded is None:
            return False
        terms = recorded.auction.terms
        state = fold(terms, recorded.log) if recorded.log else opening_state(terms)
        call = live_lots.install_call(
            terms, state, epoch=recorded.auction.epoch, log=recorded.log, registrations=recorded.registrations
        )
        await live_lots.run(self.sources.live, "lots.install", call)
        return True

    async def close(self) -> None:
        """Finish what is being written."""
        await self.journal.close()
        await self.pipeline.close()
