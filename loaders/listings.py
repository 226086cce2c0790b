"""Loaders of listings."""

from aiodataloader import DataLoader

from datasources.sanity import listings
from datasources.sanity.listings import Keyed
from datasources.sources import Sources
from domain.listings import Listing
from domain.selections import Selection
from loaders.batches import loader


def listing_by_id(sources: Sources, selection: Selection) -> DataLoader[str, Listing | None]:
    """Published listings by id."""
    return loader(lambda ids: listings.by_ids(sources.sanity, ids, fields=selection.of(Listing)))


def listing_by_slug(sources: Sources, selection: Selection) -> DataLoader[str, Listing | None]:
    """Published listings by slug."""
    return loader(lambda slugs: listings.by_slugs(sources.sanity, slugs, fields=selection.of(Listing)))


SellerSlice = tuple[str, int]


def newest_listings_by_seller(sources: Sources, selection: Selection) -> DataLoader[SellerSlice, list[Keyed]]:
    """Each seller's newest listings, up to one more than asked for; keys are (seller id, first)."""

    async def batch(keys: list[SellerSlice]) -> list[list[Keyed]]:
        most = max(first for _, first in keys)
        sellers, fields = [seller for seller, _ in keys], selection.of(Listing)
        found = await listings.newest_by_sellers(sources.sanity, sellers, most, fields=fields)
        return [found.get(seller, [])[: first + 1] for seller, first in keys]

    return loader(batch)
