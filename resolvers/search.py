"""Search of listings: words, filters and facets in; hits, counts and what was read out of the words."""

import html
from dataclasses import dataclass
from typing import Annotated

import strawberry
from strawberry import Parent

from datasources.search import listings as index
from datasources.search.listings import MARK_END, MARK_START
from domain.categories import CategoryTree
from domain.listings import Condition, Listing
from domain.money import Money
from domain.nodes import encode_node_id, record_id_of
from domain.pages import PageInfo, Slice, slice_of
from domain.problems import BadInputError
from domain.search import (
    AttributeFilter,
    Facet,
    ListingFilter,
    ListingHit,
    ListingQuery,
    ListingSort,
    Near,
    NumberRange,
    PriceFilter,
)
from domain.search_phrases import LONGEST_TEXT, ReadText, read_text
from domain.users import ProfileKind
from resolvers.arguments import After, First, MinorUnits
from resolvers.context import Context, Info
from resolvers.reading import reads

_MOST_FACETS = 20
_MOST_SUGGESTIONS = 20


@strawberry.input(description="Values or an interval of one attribute; the category defines which keys there are.")
class AttributeFilterInput:
    """One attribute of `SearchFilterInput`."""

    key: str = strawberry.field(description="The key of the definition.")
    any_of: list[str] | None = strawberry.field(default=None, description="Any of these texts.")
    is_true: bool | None = strawberry.field(default=None, description="Yes or no.")
    minimum: float | None = strawberry.field(default=None, description="Smallest number.")
    maximum: float | None = strawberry.field(default=None, description="Largest number.")


@strawberry.input(description="Which listings a search may return; every field given narrows it.")
class SearchFilterInput:
    """Narrowing of `search`."""

    category_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Any of these categories, with everything below them."
    )
    cities: list[str] | None = strawberry.field(default=None, description="Any of these towns.")
    conditions: list[Condition] | None = strawberry.field(default=None, description="Any of these conditions.")
    seller_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Any of these sellers.")
    seller_kinds: list[ProfileKind] | None = strawberry.field(default=None, description="Private sellers or dealers.")
    price_from_minor: MinorUnits | None = strawberry.field(default=None, description="Lowest price.")
    price_to_minor: MinorUnits | None = strawberry.field(default=None, description="Highest price.")
    currency: str | None = strawberry.field(default=None, description="ISO currency of the prices; ZAR when left out.")
    attributes: list[AttributeFilterInput] | None = strawberry.field(
        default=None, description="Attributes; all of them must fit."
    )
    is_promoted: bool | None = strawberry.field(default=None, description="Only promoted listings, or only others.")


@strawberry.input(description="A circle on the map.")
class NearInput:
    """Geography of `search`."""

    latitude: float = strawberry.field(description="Centre, in degrees.")
    longitude: float = strawberry.field(description="Centre, in degrees.")
    radius_km: float = strawberry.field(default=50.0, description="Radius in kilometres, at most 2,000.")


@dataclass(frozen=True, slots=True)
class SearchEdge:
    """One hit."""

    hit: ListingHit
    cursor: str

    @property
    def title_html(self) -> str | None:
        """The title with the words that matched marked."""
        return _markup(self.hit.highlighted_title)

    @property
    def text_html(self) -> str | None:
        """The part of the description that matched, marked."""
        return _markup(self.hit.highlighted_text)

    @property
    def distance_metres(self) -> int | None:
        """How far it is from the centre of `near`."""
        return self.hit.distance_metres


@dataclass(frozen=True, slots=True)
class SearchConnection:
    """A page of hits with the facets of all of them."""

    edges: tuple[SearchEdge, ...]
    page_info: PageInfo
    total_count: int
    found_facets: tuple[Facet, ...]
    read: ReadText


@dataclass(frozen=True, slots=True)
class ShownFacetValue:
    """One value of a facet with its name for people."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class ShownFacet:
    """A facet with its name for people."""

    key: str
    label: str
    values: tuple[ShownFacetValue, ...]
    range: NumberRange | None


@dataclass(frozen=True, slots=True)
class ReadPrice:
    """What was read out of the words."""

    words: str
    phrase: str
    minimum: Money | None
    maximum: Money | None


Text = Annotated[str, strawberry.argument(description="Words; a price such as 'under R300,000' becomes a filter.")]
FilterArgument = Annotated[SearchFilterInput | None, strawberry.argument(description="Which listings may be found.")]
FacetsArgument = Annotated[
    list[str] | None,
    strawberry.argument(description="What to count: category, city, condition, seller, price, attributes.<key>."),
]
NearArgument = Annotated[NearInput | None, strawberry.argument(description="Only within a circle.")]
SortArgument = Annotated[ListingSort, strawberry.argument(description="The order.")]
ReadsPrice = Annotated[bool, strawberry.argument(description="Whether prices are read out of the words.")]


@reads({})
async def search(
    info: Info,
    text: Text = "",
    *,
    filter: FilterArgument = None,  # noqa: A002 - the usual name of this argument
    facets: FacetsArgument = None,
    near: NearArgument = None,
    sort: SortArgument = ListingSort.RELEVANCE,
    reads_price: ReadsPrice = True,
    first: First = 20,
    after: After = None,
) -> SearchConnection:
    """Active listings that fit."""
    if len(text) > LONGEST_TEXT:
        raise BadInputError("TEXT_TOO_LONG", f"A search has at most {LONGEST_TEXT} characters.")
    if facets is not None and len(facets) > _MOST_FACETS:
        raise BadInputError("TOO_MANY_FACETS", f"Count at most {_MOST_FACETS} facets at a time.")
    wanted = Slice(slice_of(first, None, arity=1).first)
    read = read_text(text, currency=info.context.sources.default_currency) if reads_price else ReadText(text)
    query = ListingQuery(
        text=read.words,
        filter=await filter_of(info.context, filter or SearchFilterInput(), near, read),
        sort=sort,
        facets=tuple(facets or ()),
    )
    fields = info.context.selection.of(ListingHit)
    answer = await index.page(info.context.sources.search, query, wanted, after=after, fields=fields)
    return SearchConnection(
        edges=tuple(SearchEdge(each.node, each.cursor) for each in answer.page.edges),
        page_info=answer.page.page_info,
        total_count=answer.total,
        found_facets=answer.facets,
        read=read,
    )


async def filter_of(
    context: Context, wanted: SearchFilterInput, near: NearInput | None, read: ReadText
) -> ListingFilter:
    """The conditions of a search, with a price that was read out of its words."""
    currency = wanted.currency or context.sources.default_currency
    has_price = wanted.price_from_minor is not None or wanted.price_to_minor is not None
    asked = PriceFilter(NumberRange(wanted.price_from_minor, wanted.price_to_minor), currency) if has_price else None
    return ListingFilter(
        category_ids=tuple(record_id_of(each, "Category") for each in wanted.category_ids or ()),
        cities=tuple(wanted.cities or ()),
        conditions=tuple(wanted.conditions or ()),
        seller_ids=tuple(record_id_of(each, "PublicUser") for each in wanted.seller_ids or ()),
        seller_kinds=tuple(wanted.seller_kinds or ()),
        price=asked or read.price_filter,
        near=Near(near.latitude, near.longitude, near.radius_km * 1000) if near else None,
        attributes=tuple(_attribute(each) for each in wanted.attributes or ()),
        is_promoted=wanted.is_promoted,
    )


def _attribute(wanted: AttributeFilterInput) -> AttributeFilter:
    any_of: tuple[str | float | bool, ...] = tuple(wanted.any_of or ())
    if wanted.is_true is not None:
        any_of = (*any_of, wanted.is_true)
    has_range = wanted.minimum is not None or wanted.maximum is not None
    return AttributeFilter(
        wanted.key, any_of=any_of, range=NumberRange(wanted.minimum, wanted.maximum) if has_range else None
    )


@reads({SearchEdge: ("hit",)})
async def found_listing(info: Info, root: Parent[SearchEdge]) -> Listing | None:
    """The listing itself, unless it was withdrawn since it was indexed."""
    found = await info.context.loaders.listing_by_id.load(root.hit.listing_id)
    return found if found is not None and found.is_open_to_strangers() else None


@reads({SearchConnection: ("found_facets",)})
async def shown_facets(info: Info, root: Parent[SearchConnection]) -> list[ShownFacet]:
    """The counted facets with names for people."""
    if not root.found_facets:
        return []
    tree = await info.context.loaders.categories.current()
    return [_shown(each, tree) for each in root.found_facets]


def _shown(facet: Facet, tree: CategoryTree) -> ShownFacet:
    # Prices are as many as listings: their interval tells more than a list of them.
    counted = () if facet.key == "price" else facet.values
    values = tuple(ShownFacetValue(*_named(facet.key, each.value, tree), each.count) for each in counted)
    return ShownFacet(facet.key, _facet_label(facet.key, tree), values, facet.range)


def _facet_label(key: str, tree: CategoryTree) -> str:
    attribute = key.removeprefix("attributes.")
    if attribute != key:
        for category in tree.by_id.values():
            for definition in category.attributes:
                if definition.key == attribute:
                    return definition.label
    return attribute.capitalize()


def _named(key: str, value: str, tree: CategoryTree) -> tuple[str, str]:
    """The value as filters take it, and its name for people."""
    if key == "category":
        category = tree.by_id.get(value)
        return encode_node_id("Category", value), category.title if category else value
    if key == "seller":
        return encode_node_id("PublicUser", value), value
    return value, value


@reads({SearchConnection: ("read",)})
def read_price(root: Parent[SearchConnection]) -> ReadPrice | None:
    """The price that was read out of the words and filters now; None when there was none."""
    price = root.read.price_filter
    if price is None or root.read.phrase is None:
        return None
    low, high = (
        Money(int(bound), price.currency) if bound is not None else None
        for bound in (price.range.minimum, price.range.maximum)
    )
    return ReadPrice(root.read.words, root.read.phrase, low, high)


@reads({})
async def suggest(
    info: Info,
    prefix: Annotated[str, strawberry.argument(description="What was typed so far.")],
    first: Annotated[int, strawberry.argument(description="How many, 1 to 20.")] = 8,
) -> list[str]:
    """Titles that complete what was typed."""
    if not 1 <= first <= _MOST_SUGGESTIONS:
        raise BadInputError("BAD_PAGE_SIZE", f"Ask for 1 to {_MOST_SUGGESTIONS} suggestions.")
    if not prefix.strip():
        return []
    return await index.suggest(info.context.sources.search, prefix[:LONGEST_TEXT], limit=first)


def _markup(marked: str | None) -> str | None:
    if marked is None:
        return None
    return html.escape(marked).replace(MARK_START, "<mark>").replace(MARK_END, "</mark>")
