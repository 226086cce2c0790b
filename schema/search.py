"""Search as clients see it."""

import strawberry

from domain.search import ListingHit
from resolvers import search as resolve
from schema.connections import PageInfo
from schema.fields import attribute, resolved
from schema.lifetimes import FOUND
from schema.money import Money
from schema.refs import ListingRef


@strawberry.type(description="One listing that was found.")
class SearchEdge:
    """A view of `resolvers.search.SearchEdge`."""

    node: ListingRef | None = resolved(
        by=resolve.found_listing, description="The listing; null if it was withdrawn a moment ago.", kept=FOUND
    )
    cursor: str = attribute("An opaque place; pass it as `after` to continue behind this hit.")
    title_html: str | None = attribute(
        "The title with the matching words in <mark>, safe to show.", reads={ListingHit: ("highlighted_title",)}
    )
    text_html: str | None = attribute(
        "The matching part of the description with <mark>, safe to show.", reads={ListingHit: ("highlighted_text",)}
    )
    distance_metres: int | None = attribute(
        "How far it is from the centre of `near`.", reads={ListingHit: ("distance_metres",)}
    )


@strawberry.type(description="One value of a facet.")
class FacetValue:
    """A view of `resolvers.search.ShownFacetValue`."""

    value: str = attribute("The value as filters take it.")
    label: str = attribute("Its name for people.")
    count: int = attribute("How many results have it.")


@strawberry.type(description="An interval of numbers.")
class NumberRange:
    """A view of `domain.search.NumberRange`."""

    minimum: float | None = attribute("The smallest.")
    maximum: float | None = attribute("The largest.")


@strawberry.type(description="The values of one field among all results.")
class Facet:
    """A view of `resolvers.search.ShownFacet`."""

    key: str = attribute("The name it was asked by.")
    label: str = attribute("Its name for people.")
    values: list[FacetValue] = attribute("Its values, at most 100.")
    range: NumberRange | None = attribute("The smallest and largest, for numbers.")


@strawberry.type(
    description="A price that was read out of the words. Search with `readsPrice: false` to switch it off."
)
class ReadPrice:
    """A view of `resolvers.search.ReadPrice`."""

    words: str = attribute("The words that were searched for without the phrase.")
    phrase: str = attribute("The words that were read as a price.")
    minimum: Money | None = attribute("The lowest price it asks for.")
    maximum: Money | None = attribute("The highest price it allows.")


@strawberry.type(description="A page of results, with counts over all of them.")
class SearchConnection:
    """A view of `resolvers.search.SearchConnection`."""

    edges: list[SearchEdge] = attribute("The results of this page, at most 100.")
    page_info: PageInfo = attribute("Where this page stands.")
    total_count: int = attribute("How many listings fit, estimated for very large results.")
    facets: list[Facet] = resolved(by=resolve.shown_facets, description="The facets that were asked for.", kept=FOUND)
    read_price: ReadPrice | None = resolved(
        by=resolve.read_price, description="A price read out of the words.", kept=FOUND
    )
