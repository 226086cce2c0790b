"""Editorial content as clients see it."""

from datetime import datetime

from domain import content as domain
from resolvers import content as resolve
from resolvers.images import promotion_image
from resolvers.portable_text import answer, page_body, promotion_body
from schema.fields import attribute, resolved
from schema.images import Image
from schema.lifetimes import CATEGORIES, EDITORIAL, LISTINGS
from schema.nodes import Node, view
from schema.portable_text import PortableText
from schema.refs import CategoryRef, ListingRef


@view(of=domain.Promotion, description="A banner or featured group, shown at a placement while it runs.", is_kept=True)
class Promotion(Node):
    """A view of `domain.content.Promotion`."""

    title: str = attribute("Its headline.")
    slug: str = attribute("The readable name in its address.")
    placement: str = attribute("Where it is shown.")
    image: Image | None = resolved(by=promotion_image, description="Its picture.", kept=EDITORIAL)
    body: PortableText = resolved(by=promotion_body, description="Its text.", kept=EDITORIAL)
    listings: list[ListingRef] = resolved(
        by=resolve.promoted_listings, description="What it features, at most 24.", kept=LISTINGS
    )
    category: CategoryRef | None = resolved(
        by=resolve.promoted_category, description="The category it points to.", kept=CATEGORIES
    )
    starts_at: datetime | None = attribute("When it begins to run.")
    ends_at: datetime | None = attribute("When it stops.")


@view(of=domain.ContentPage, description="A page of editorial content.", is_kept=True)
class ContentPage(Node):
    """A view of `domain.content.ContentPage`."""

    title: str = attribute("Its headline.")
    slug: str = attribute("The readable name in its address.")
    body: PortableText = resolved(by=page_body, description="Its text.")
    updated_at: datetime = attribute("When it was last changed.")


@view(of=domain.Faq, description="A question and its answer.", is_kept=True)
class Faq(Node):
    """A view of `domain.content.Faq`."""

    question: str = attribute("The question.")
    answer: PortableText = resolved(by=answer, description="The answer.", kept=EDITORIAL)
    topic: str = attribute("What it is about.")
