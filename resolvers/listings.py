"""Fields of listings, and the lists of them."""

from typing import Annotated

import strawberry
from strawberry import Parent

from datasources.sanity import listings as content
from datasources.sanity.client import Perspective
from datasources.sanity.listings import ListingOrder, ListingWhere
from domain.categories import Category
from domain.listings import Listing, ListingStatus
from domain.nodes import record_id_of
from domain.pages import Page, keyed_page, slice_of
from domain.problems import BadInputError
from resolvers.arguments import After, First, Id, MinorUnits, Slug
from resolvers.context import Context, Info
from resolvers.reading import reads


@strawberry.input(description="Which listings to list; every field given narrows the list.")
class ListingFilter:
    """Narrowing of `listings`."""

    category_id: strawberry.ID | None = strawberry.field(
        default=None, description="A category; everything below it is included."
    )
    seller_id: strawberry.ID | None = strawberry.field(default=None, description="The profile whose listings.")
    price_from_minor: MinorUnits | None = strawberry.field(default=None, description="Lowest price.")
    price_to_minor: MinorUnits | None = strawberry.field(default=None, description="Highest price.")
    currency: str | None = strawberry.field(default=None, description="ISO currency of the prices.")
    city: str | None = strawberry.field(default=None, description="Exact name of the town.")


FilterArgument = Annotated[ListingFilter | None, strawberry.argument(description="Which listings to list.")]
SortArgument = Annotated[ListingOrder, strawberry.argument(description="The order.")]
StatusArgument = Annotated[ListingStatus | None, strawberry.argument(description="Only those that stand there.")]


async def visible_listing(context: Context, listing_id: str) -> Listing | None:
    """The listing if this viewer may see it: published ones for everybody, the rest for owner and staff."""
    found = await context.loaders.listing_by_id.load(listing_id)
    if found is not None and found.is_open_to_strangers():
        return found
    if context.viewer.user is None:
        return None
    if found is None:
        fields, drafts_too = context.selection.of(Listing), Perspective.DRAFTS
        drafts = await content.by_ids(context.sources.sanity, [listing_id], fields=fields, perspective=drafts_too)
        found = drafts[0]
    owns = found is not None and found.seller_id is not None and found.seller_id == context.viewer.user.profile_id
    return found if owns or context.viewer.is_staff else None


@reads({Listing: ("listing_id",)})
async def listing(info: Info, id: Id = None, slug: Slug = None) -> Listing | None:  # noqa: A002 - Relay's name
    """One listing by its id or its slug."""
    if (id is None) == (slug is None):
        raise BadInputError("BAD_ARGUMENTS", "Give either an id or a slug.")
    if id is not None:
        return await visible_listing(info.context, record_id_of(id, "Listing"))
    found = await info.context.loaders.listing_by_slug.load(slug or "")
    return await visible_listing(info.context, found.listing_id) if found else None


@reads({})
async def listings(
    info: Info,
    filter: FilterArgument = None,  # noqa: A002 - the usual name of this argument
    sort: SortArgument = ListingOrder.NEWEST,
    first: First = 20,
    after: After = None,
) -> Page[Listing]:
    """Active listings, straight from the content store."""
    wanted = slice_of(first, after, arity=2)
    where = await where_of(info.context, filter or ListingFilter())
    if where is None:
        return keyed_page((), wanted)
    fields = info.context.selection.of(Listing)
    return (await content.page(info.context.sources.sanity, where, sort, wanted, fields=fields)).page(wanted)


async def where_of(context: Context, wanted: ListingFilter) -> ListingWhere | None:
    """The filter in the content store's terms; None where nothing can match."""
    category_ids: tuple[str, ...] | None = None
    if wanted.category_id is not None:
        tree = await context.loaders.categories.current()
        category_ids = tuple(sorted(tree.subtree_ids(record_id_of(wanted.category_id, "Category"))))
        if not category_ids:
            return None
    return ListingWhere(
        category_ids=category_ids,
        seller_id=record_id_of(wanted.seller_id, "PublicUser") if wanted.seller_id is not None else None,
        price_from_minor=wanted.price_from_minor,
        price_to_minor=wanted.price_to_minor,
        currency=wanted.currency,
        city=wanted.city,
    )


@reads({})
async def own_listings(
    info: Info, status: StatusArgument = None, first: First = 20, after: After = None
) -> Page[Listing]:
    """The viewer's own listings with their drafts, newest first."""
    wanted = slice_of(first, after, arity=2)
    profile_id = info.context.user.profile_id
    if profile_id is None:
        return keyed_page((), wanted)
    fields = info.context.selection.of(Listing)
    found = await content.of_seller(info.context.sources.sanity, profile_id, status, wanted, fields=fields)
    return keyed_page(found, wanted)


@reads({Listing: ("category_id",)})
async def category_path(info: Info, root: Parent[Listing]) -> list[Category]:
    """The categories from the top to the listing's own."""
    if root.category_id is None:
        return []
    return list((await info.context.loaders.categories.current()).path_of(root.category_id))


@reads({Listing: ("promoted_until",)})
def is_promoted(info: Info, root: Parent[Listing]) -> bool:
    """Whether it is promoted now."""
    return root.promoted_until is not None and root.promoted_until > info.context.now
