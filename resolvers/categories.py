"""Fields of categories."""

from strawberry import Parent

from domain.categories import Category
from domain.nodes import record_id_of
from domain.problems import BadInputError
from resolvers.arguments import Id, Slug
from resolvers.context import Info
from resolvers.reading import reads


@reads({})
async def categories(info: Info) -> list[Category]:
    """The top categories, in their order."""
    return list((await info.context.loaders.categories.current()).children.get(None, ()))


@reads({})
async def category(info: Info, id: Id = None, slug: Slug = None) -> Category | None:  # noqa: A002 - Relay's name
    """One category by its id or its slug."""
    if (id is None) == (slug is None):
        raise BadInputError("BAD_ARGUMENTS", "Give either an id or a slug.")
    tree = await info.context.loaders.categories.current()
    return tree.by_id.get(record_id_of(id, "Category")) if id is not None else tree.by_slug.get(slug or "")


@reads({Category: ("category_id",)})
async def children(info: Info, root: Parent[Category]) -> list[Category]:
    """The categories directly below."""
    return list((await info.context.loaders.categories.current()).children.get(root.category_id, ()))


@reads({Category: ("category_id",)})
async def path(info: Info, root: Parent[Category]) -> list[Category]:
    """The categories from the top to this one."""
    return list((await info.context.loaders.categories.current()).path_of(root.category_id))
