"""Loaders of public profiles."""

from aiodataloader import DataLoader

from datasources.sanity import users
from datasources.sources import Sources
from domain.selections import Selection
from domain.users import PublicUser
from loaders.batches import loader


def profile_by_id(sources: Sources, selection: Selection) -> DataLoader[str, PublicUser | None]:
    """Profiles by id."""
    return loader(lambda ids: users.by_ids(sources.sanity, ids, fields=selection.of(PublicUser)))


def profile_by_slug(sources: Sources, selection: Selection) -> DataLoader[str, PublicUser | None]:
    """Profiles by slug."""
    return loader(lambda slugs: users.by_slugs(sources.sanity, slugs, fields=selection.of(PublicUser)))
