"""Fields of editorial content."""

from typing import Annotated

import strawberry
from strawberry import Parent

from datasources.sanity import content
from domain.categories import Category
from domain.content import ContentPage, Faq, Promotion
from domain.listings import Listing
from domain.pages import Page, page_of, slice_of
from resolvers.arguments import After, First
from resolvers.context import Info
from resolvers.reading import reads

_MOST_FEATURED = 24

Placement = Annotated[str | None, strawberry.argument(description="Only those shown at this place.")]
PageSlug = Annotated[str, strawberry.argument(description="The readable name in the page's address.")]
Topic = Annotated[str | None, strawberry.argument(description="Only those about this topic.")]


@reads({})
async def promotions(
    info: Info, placement: Placement = None, first: First = 10, after: After = None
) -> Page[Promotion]:
    """Promotions running now, the heaviest first."""
    wanted = slice_of(first, after, arity=2)
    context = info.context
    fields = context.selection.of(Promotion)
    found = await content.running_promotions(context.sources.sanity, placement, context.now, wanted, fields=fields)
    return page_of(found, wanted, key=lambda each: (each.weight, each.promotion_id))


@reads({Promotion: ("listing_ids",)})
async def promoted_listings(info: Info, root: Parent[Promotion]) -> list[Listing]:
    """The listings it features, without those that are no longer open to everybody."""
    found = await info.context.loaders.listing_by_id.load_many(root.listing_ids[:_MOST_FEATURED])
    return [each for each in found if each is not None and each.is_open_to_strangers()]


@reads({Promotion: ("category_id",)})
async def promoted_category(info: Info, root: Parent[Promotion]) -> Category | None:
    """The category it points to."""
    if root.category_id is None:
        return None
    return (await info.context.loaders.categories.current()).by_id.get(root.category_id)


@reads({})
async def content_page(info: Info, slug: PageSlug) -> ContentPage | None:
    """A page by the readable name in its address."""
    return await info.context.loaders.page_by_slug.load(slug)


@reads({})
async def faqs(info: Info, topic: Topic = None, first: First = 20, after: After = None) -> Page[Faq]:
    """Questions by topic and place."""
    wanted = slice_of(first, after, arity=3)
    fields = info.context.selection.of(Faq)
    found = await content.faqs(info.context.sources.sanity, topic, wanted, fields=fields)
    return page_of(found, wanted, key=lambda each: (each.topic, each.order, each.faq_id))
