"""The context of operations that touch auctions: everything others have, with the saleroom and its loaders."""

from dataclasses import dataclass, field

import strawberry

from datasources.redis.topics import TopicHub
from domain.auctions import Auction
from domain.nodes import record_id_of
from domain.problems import BadInputError
from loaders.auctions import AuctionLoaders
from loaders.sharing import PublicReads
from resolvers import auction_enums as _registered  # noqa: F401 - enums are registered before a field mentions them
from resolvers.context import Context
from services.payments import Cashier
from services.salerooms import Saleroom


@dataclass(slots=True, eq=False)
class AuctionContext(Context):
    """One operation or event; the saleroom and the hub live as long as the process, the loaders do not."""

    saleroom: Saleroom
    hub: TopicHub
    public: PublicReads
    cashier: Cashier | None = None
    """None where no payment provider is configured."""
    _auctions: AuctionLoaders | None = field(default=None, init=False)

    @property
    def auctions(self) -> AuctionLoaders:
        """Loaders of auctions, made when they are first used."""
        if self._auctions is None:
            user = self.viewer.user
            self._auctions = AuctionLoaders(
                self.sources, str(user.user_id) if user else None, self.public, selection=self.selection
            )
        return self._auctions

    async def auction(self, global_id: str) -> Auction:
        """The auction of a global id; BAD_ID for other ids, NOT_FOUND where there is none."""
        found = await self.auctions.auction_by_id.load(record_id_of(global_id, "Auction"))
        if found is None:
            raise BadInputError("NOT_FOUND", "There is no such auction.")
        return found


AuctionInfo = strawberry.Info[AuctionContext, None]
