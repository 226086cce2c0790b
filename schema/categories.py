"""Categories as clients see them."""

import strawberry

from domain import categories as domain
from resolvers import categories as resolve
from schema.fields import attribute, resolved
from schema.lifetimes import CATEGORIES
from schema.nodes import Node, view


@strawberry.type(description="An attribute that listings of a category carry.")
class AttributeDefinition:
    """A view of `domain.categories.AttributeDefinition`."""

    key: str = attribute("The name by which listings carry and filters use it.")
    label: str = attribute("Its name for people.")
    kind: domain.AttributeKind = attribute("How its value is written.")
    unit: str | None = attribute("The unit of a number, such as km.")
    options: list[str] = attribute("The values it may take, where they are listed.")
    is_required: bool = attribute("Whether a published listing must have it.")
    is_facet: bool = attribute("Whether search counts and filters by it.")
    minimum: float | None = attribute("The smallest number allowed.")
    maximum: float | None = attribute("The largest number allowed.")


@view(of=domain.Category, description="A node of the category tree.", is_kept=True)
class Category(Node):
    """A view of `domain.categories.Category`."""

    title: str = attribute("Its name for people.")
    slug: str = attribute("The readable name in its address.")
    icon: str | None = attribute("The name of its icon.")
    attributes: list[AttributeDefinition] = attribute("What its listings carry, inherited definitions included.")
    children: list["Category"] = resolved(
        by=resolve.children, description="The categories directly below, in order.", kept=CATEGORIES
    )
    path: list["Category"] = resolved(
        by=resolve.path, description="The categories from the top to this one.", list_size=3, kept=CATEGORIES
    )
