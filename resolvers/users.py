"""Fields of public profiles and of the viewer."""

from strawberry import Parent

from domain.listings import Listing
from domain.nodes import record_id_of
from domain.pages import Page, keyed_page, slice_of
from domain.problems import BadInputError
from domain.users import PublicUser, Role, Viewer
from resolvers.arguments import First, Id, Slug
from resolvers.context import Info
from resolvers.reading import reads


@reads({})
async def public_profile(info: Info, id: Id = None, slug: Slug = None) -> PublicUser | None:  # noqa: A002 - Relay's name
    """One profile by its id or its slug."""
    if (id is None) == (slug is None):
        raise BadInputError("BAD_ARGUMENTS", "Give either an id or a slug.")
    if id is not None:
        return await info.context.loaders.profile_by_id.load(record_id_of(id, "PublicUser"))
    return await info.context.loaders.profile_by_slug.load(slug or "")


@reads({PublicUser: ("profile_id",)})
async def newest_listings(info: Info, root: Parent[PublicUser], first: First = 3) -> Page[Listing]:
    """The seller's newest active listings; `listings(filter: {sellerId})` pages through all of them."""
    wanted = slice_of(first, None, arity=2)
    return keyed_page(await info.context.loaders.newest_listings_by_seller.load((root.profile_id, first)), wanted)


@reads({})
def viewer(info: Info) -> Viewer | None:
    """Who asks; None for visitors."""
    return info.context.viewer if info.context.viewer.user else None


@reads({})
async def viewer_profile(info: Info) -> PublicUser | None:
    """The viewer's public profile, once there is one."""
    profile_id = info.context.user.profile_id
    return await info.context.loaders.profile_by_id.load(profile_id) if profile_id else None


@reads({Viewer: ("roles",)})
def viewer_roles(root: Parent[Viewer]) -> list[Role]:
    """The roles of the viewer's token, in a stable order."""
    return sorted(root.roles, key=lambda role: role.value)
