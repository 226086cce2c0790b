"""The one record that holds every open client; built by the composition root, read by loaders and services."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from datasources.guards import BreakerState, settle
from datasources.identity.verifier import TokenVerifier
from datasources.postgres.connections import Database
from datasources.redis.connections import LiveState
from datasources.sanity.client import SanityClient
from datasources.search.client import SearchClient
from domain.images import ImageHost


@dataclass(frozen=True, slots=True)
class Sources:
    """Open clients, the clock, and where pictures are served."""

    database: Database
    live: LiveState
    sanity: SanityClient
    search: SearchClient
    identity: TokenVerifier
    clock: Callable[[], datetime]
    image_host: ImageHost
    default_currency: str

    def open_breakers(self) -> dict[str, float]:
        """1 for each system whose calls are refused now, 0 for the others."""
        guards = (self.database.guard, self.live.guard, self.sanity.guard, self.search.guard)
        return {each.system: float(each.breaker.state is not BreakerState.CLOSED) for each in guards}

    async def close(self) -> None:
        """Close every client."""
        await settle([each.close() for each in (self.database, self.live, self.sanity, self.search, self.identity)])
