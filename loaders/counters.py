"""The loader of the viewer's own marks, which is never shared; counters are public (see `sharing`)."""

from uuid import UUID

from aiodataloader import DataLoader

from datasources.postgres import marks
from datasources.sources import Sources
from domain.counters import ViewerListingState
from loaders.batches import loader


def viewer_state_by_listing(sources: Sources, user_id: UUID) -> DataLoader[str, ViewerListingState]:
    """What one account did with listings, by listing id."""
    return loader(
        lambda ids: sources.database.read(
            "marks.by-ids", lambda connection: marks.states_by_ids(connection, user_id, ids)
        )
    )
