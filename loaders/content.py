"""Loaders of editorial content."""

from aiodataloader import DataLoader

from datasources.sanity import content
from datasources.sources import Sources
from domain.content import ContentPage, Faq, Promotion
from domain.selections import Selection
from loaders.batches import loader


def page_by_slug(sources: Sources, selection: Selection) -> DataLoader[str, ContentPage | None]:
    """Content pages by slug."""
    return loader(lambda slugs: content.pages_by_slugs(sources.sanity, slugs, fields=selection.of(ContentPage)))


def page_by_id(sources: Sources, selection: Selection) -> DataLoader[str, ContentPage | None]:
    """Content pages by id."""
    return loader(lambda ids: content.pages_by_ids(sources.sanity, ids, fields=selection.of(ContentPage)))


def promotion_by_id(sources: Sources, selection: Selection) -> DataLoader[str, Promotion | None]:
    """Promotions by id."""
    return loader(lambda ids: content.promotions_by_ids(sources.sanity, ids, fields=selection.of(Promotion)))


def faq_by_id(sources: Sources, selection: Selection) -> DataLoader[str, Faq | None]:
    """Questions by id."""
    return loader(lambda ids: content.faqs_by_ids(sources.sanity, ids, fields=selection.of(Faq)))
