"""A listing's attributes beside the definitions of its category."""

from dataclasses import dataclass

from strawberry import Parent

from domain.categories import AttributeDefinition
from domain.listing_details import ListingDetails, details_of
from domain.listings import AttributeValue, Listing
from resolvers.context import Info
from resolvers.reading import reads


@dataclass(frozen=True, slots=True)
class ListingAttribute:
    """One value with what its definition says."""

    key: str
    label: str
    unit: str | None
    text: str
    number: float | None
    is_true: bool | None
    options: tuple[str, ...]


def shown(definition: AttributeDefinition, value: AttributeValue) -> ListingAttribute:
    """A value for reading and, by its kind, for computing."""
    is_true = value if isinstance(value, bool) else None
    number = float(value) if isinstance(value, (int, float)) and is_true is None else None
    if is_true is not None:
        text = "Yes" if is_true else "No"
    elif number is not None:
        # Years and the like are written without thousands separators.
        text = f"{number:g}" if number < 10_000 else f"{number:,.0f}"
        text = f"{text} {definition.unit}" if definition.unit else text
    else:
        text = ", ".join(value) if isinstance(value, tuple) else str(value)
    options = value if isinstance(value, tuple) else ()
    return ListingAttribute(definition.key, definition.label, definition.unit, text, number, is_true, options)


@reads({Listing: ("category_id", "attributes")})
async def attributes(info: Info, root: Parent[Listing]) -> list[ListingAttribute]:
    """The attributes that the category defines and the listing has."""
    tree = await info.context.loaders.categories.current()
    category = tree.by_id.get(root.category_id or "")
    definitions = category.attributes if category else ()
    return [shown(each, root.attributes[each.key]) for each in definitions if each.key in root.attributes]


@reads({Listing: ("category_id", "attributes")})
async def details(info: Info, root: Parent[Listing]) -> ListingDetails | None:
    """The attributes as typed fields of the top category."""
    path = (await info.context.loaders.categories.current()).path_of(root.category_id or "")
    return details_of(path[0].slug, root.attributes) if path else None
