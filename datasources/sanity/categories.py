"""The category tree in the content store."""

from collections.abc import Iterable, Sequence

from datasources.sanity.client import SanityClient
from datasources.sanity.questions import Perspective, Question
from datasources.sanity.values import Row, number, one_of, rows, text, texts, whole_number
from domain.categories import AttributeDefinition, AttributeKind, Category, CategoryTree, category_tree

_MOST_CATEGORIES = 2_000
_ALL = f"""*[_type == "category"] | order(_id asc)[0...{_MOST_CATEGORIES}]{{
  _id, title, "slug": slug.current, icon, order, "parentId": parent._ref, attributes
}}"""


def _definition(found: Row) -> AttributeDefinition | None:
    key, kind = text(found.get("key")), one_of(AttributeKind, found.get("kind"))
    if key is None or kind is None:
        return None
    return AttributeDefinition(
        key=key,
        label=text(found.get("label")) or key,
        kind=kind,
        unit=text(found.get("unit")),
        options=texts(found.get("options")),
        is_required=found.get("required") is True,
        is_facet=found.get("facet") is True,
        minimum=number(found.get("min")),
        maximum=number(found.get("max")),
    )


def categories_of(found: Iterable[Row]) -> list[Category]:
    """Categories as written; paths and inherited attributes are the tree's business."""
    return [
        Category(
            category_id=str(each["_id"]),
            title=text(each.get("title")) or str(each["_id"]),
            slug=text(each.get("slug")) or str(each["_id"]),
            icon=text(each.get("icon")),
            order=whole_number(each.get("order")) or 0,
            parent_id=text(each.get("parentId")),
            path=(),
            attributes=tuple(filter(None, map(_definition, rows(each.get("attributes"))))),
        )
        for each in found
    ]


_EVERY = Question(_ALL, {}, "categories.tree", Perspective.PUBLISHED)


async def all_rows(client: SanityClient) -> Sequence[Row]:
    """Every category in one query; they are few and change rarely."""
    found: Sequence[Row] = await client.query(_ALL, tag=_EVERY.tag)
    return found


def rows_at_hand(client: SanityClient) -> Sequence[Row] | None:
    """The same where they are kept and good, without waiting."""
    kept = client.at_hand(_EVERY)
    return None if kept is None else kept.result


async def tree(client: SanityClient) -> CategoryTree:
    """The whole tree as it is now."""
    return tree_of(await all_rows(client))


def tree_of(found: Iterable[Row]) -> CategoryTree:
    """The tree of categories as written."""
    return category_tree(categories_of(found))
