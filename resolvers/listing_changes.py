"""Mutations of listings and the inputs they take."""

from typing import Any

import strawberry
from strawberry.scalars import JSON

from domain.listing_rules import ListingEdit
from domain.listings import Condition, Listing
from domain.nodes import record_id_of
from domain.problems import IdempotencyConflict
from resolvers.arguments import MinorUnits
from resolvers.context import Info
from services import listings
from services.listings import Refusal


@strawberry.input(description="One attribute of a listing.")
class AttributeInput:
    """A value for a key that the category defines."""

    key: str = strawberry.field(description="The key of the definition.")
    value: JSON = strawberry.field(
        description="A text, a number, true or false, or a list of texts, by the definition."
    )


@strawberry.input(description="What a listing says; fields left out stay as they are.")
class ListingContentInput:
    """What an owner may write."""

    title: str | None = strawberry.field(default=None, description="5 to 120 characters.")
    description: str | None = strawberry.field(default=None, description="Plain text; empty lines part paragraphs.")
    category_id: strawberry.ID | None = strawberry.field(default=None, description="Id of the category.")
    price_minor: MinorUnits | None = strawberry.field(default=None, description="The price; 0 is free or on request.")
    currency: str | None = strawberry.field(default=None, description="ISO currency of the price; ZAR when left out.")
    condition: Condition | None = strawberry.field(default=None, description="How used it is.")
    city: str | None = strawberry.field(default=None, description="The town it is in.")
    latitude: float | None = strawberry.field(default=None, description="Where it is, with longitude.")
    longitude: float | None = strawberry.field(default=None, description="Where it is, with latitude.")
    attributes: list[AttributeInput] | None = strawberry.field(
        default=None, description="All attributes; they replace those the listing has."
    )
    image_asset_ids: list[str] | None = strawberry.field(
        default=None, description="Ids of uploaded pictures, the cover first; they replace those the listing has."
    )
    tags: list[str] | None = strawberry.field(default=None, description="Words to find it by; at most 12.")


@strawberry.input(description="A new listing.")
class CreateListingInput:
    """Input of `createListing`."""

    idempotency_key: str = strawberry.field(
        description="A UUID made by the client; repeating the call with it never makes a second listing."
    )
    content: ListingContentInput = strawberry.field(description="What it says; a title is needed.")


@strawberry.input(description="Changes of a listing.")
class UpdateListingInput:
    """Input of `updateListing`."""

    id: strawberry.ID = strawberry.field(description="Id of the listing.")
    revision: str | None = strawberry.field(
        default=None, description="The revision the client read; the edit is refused when another came in between."
    )
    content: ListingContentInput = strawberry.field(description="What changes.")


@strawberry.input(description="A listing.")
class ListingInput:
    """Input of mutations that need nothing but a listing."""

    id: strawberry.ID = strawberry.field(description="Id of the listing.")


def _edit(content: ListingContentInput, default_currency: str) -> ListingEdit:
    attributes: tuple[tuple[str, Any], ...] | None = None
    if content.attributes is not None:
        attributes = tuple((each.key, each.value) for each in content.attributes)
    return ListingEdit(
        title=content.title,
        description=content.description,
        category_id=record_id_of(content.category_id, "Category") if content.category_id is not None else None,
        price_minor=content.price_minor,
        currency=(content.currency or default_currency) if content.price_minor is not None else None,
        condition=content.condition.value if content.condition is not None else None,
        city=content.city,
        latitude=content.latitude,
        longitude=content.longitude,
        attributes=attributes,
        image_asset_ids=tuple(content.image_asset_ids) if content.image_asset_ids is not None else None,
        tags=tuple(content.tags) if content.tags is not None else None,
    )


async def create_listing(info: Info, input: CreateListingInput) -> Listing | IdempotencyConflict | Refusal:  # noqa: A002 - the customary name of a mutation's one argument
    """A new draft of the viewer's."""
    context = info.context
    return await listings.create_listing(
        context.sources,
        context.user,
        _edit(input.content, context.sources.default_currency),
        idempotency_key=input.idempotency_key,
    )


async def update_listing(info: Info, input: UpdateListingInput) -> Listing | Refusal:  # noqa: A002 - as above
    """Edit the draft of a listing."""
    context = info.context
    return await listings.update_listing(
        context.sources,
        context.viewer,
        context.user,
        listing_id=record_id_of(input.id, "Listing"),
        edit=_edit(input.content, context.sources.default_currency),
        revision=input.revision,
    )


async def publish_listing(info: Info, input: ListingInput) -> Listing | Refusal:  # noqa: A002 - as above
    """Make the draft what everybody sees."""
    context = info.context
    return await listings.publish_listing(
        context.sources, context.viewer, context.user, record_id_of(input.id, "Listing")
    )


async def archive_listing(info: Info, input: ListingInput) -> Listing | Refusal:  # noqa: A002 - as above
    """Take a listing away from buyers."""
    context = info.context
    return await listings.archive_listing(
        context.sources, context.viewer, context.user, record_id_of(input.id, "Listing")
    )
