"""The category tree and the attributes that listings of a category carry."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum


class AttributeKind(Enum):
    """How an attribute's value is written."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    OPTION = "option"
    OPTIONS = "options"


@dataclass(frozen=True, slots=True)
class AttributeDefinition:
    """What one attribute means and which values it accepts."""

    key: str
    label: str
    kind: AttributeKind
    unit: str | None
    options: tuple[str, ...]
    is_required: bool
    is_facet: bool
    minimum: float | None
    maximum: float | None


@dataclass(frozen=True, slots=True)
class Category:
    """A node of the tree; `path` lists the ids from the top category to this one (S2-013)."""

    category_id: str
    title: str
    slug: str
    icon: str | None
    order: int
    parent_id: str | None
    path: tuple[str, ...]
    attributes: tuple[AttributeDefinition, ...]
    """Own and inherited definitions, the nearer one winning."""


@dataclass(frozen=True, slots=True)
class CategoryTree:
    """Every category by id, with children in their order."""

    by_id: Mapping[str, Category]
    by_slug: Mapping[str, Category]
    children: Mapping[str | None, tuple[Category, ...]]

    def subtree_ids(self, category_id: str) -> frozenset[str]:
        """The category and everything below it; empty for an unknown id."""
        return frozenset(each.category_id for each in self.by_id.values() if category_id in each.path)

    def path_of(self, category_id: str) -> tuple[Category, ...]:
        """The categories from the top to this one."""
        category = self.by_id.get(category_id)
        return tuple(self.by_id[each] for each in category.path) if category else ()


def category_tree(written: Iterable[Category]) -> CategoryTree:
    """The tree of categories as written: paths filled in, attributes inherited, children in order.

    A category whose parent is unknown, or whose ancestors form a circle, stands at the top.
    """
    raw = {each.category_id: each for each in written}
    by_id: dict[str, Category] = {}
    for each in raw.values():
        path = _path(each, raw)
        attributes: dict[str, AttributeDefinition] = {}
        for ancestor in path:
            attributes |= {definition.key: definition for definition in raw[ancestor].attributes}
        parent_id = path[-2] if len(path) > 1 else None
        by_id[each.category_id] = replace(each, parent_id=parent_id, path=path, attributes=tuple(attributes.values()))
    ordered = sorted(by_id.values(), key=lambda each: (each.order, each.title, each.category_id))
    children: dict[str | None, list[Category]] = {}
    for each in ordered:
        children.setdefault(each.parent_id, []).append(each)
    return CategoryTree(
        by_id=by_id,
        by_slug={each.slug: each for each in reversed(ordered)},
        children={parent: tuple(group) for parent, group in children.items()},
    )


def _path(category: Category, raw: Mapping[str, Category]) -> tuple[str, ...]:
    path = [category.category_id]
    parent_id = category.parent_id
    while parent_id is not None and parent_id in raw:
        if parent_id in path:
            return (category.category_id,)
        path.append(parent_id)
        parent_id = raw[parent_id].parent_id
    return tuple(reversed(path))
