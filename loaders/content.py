"""Loaders of editorial content."""

from aiodataloader import DataLoader

from datasources.sanity import content
from datasources.sources import Sources
from domain.content import ContentPage, Faq, Promotion
from loaders.batches import loader


def page_by_slug(sources: Sources) -> DataLoader[str, ContentPage | None]:
    """Content pages by slug."""
    return loader(lambda slugs: content.pages_by_slugs(sources.sanity, slugs))


def page_by_id(sources: Sources) -> DataLoader[str, ContentPage | None]:
    """Content pages by id."""
    return loader(lambda ids: content.pages_by_ids(sources.sanity, ids))


def promotion_by_id(sources: Sources) -> DataLoader[str, Promotion | None]:
    """Promotions by id."""
    return loader(lambda ids: content.promotions_by_ids(sources.sanity, ids))


def faq_by_id(sources: Sources) -> DataLoader[str, Faq | None]:
    """Questions by id."""
    return loader(lambda ids: content.faqs_by_ids(sources.sanity, ids))
