"""Feature flags: what the viewer has, and the switch for staff."""

from collections.abc import Sequence

import strawberry
from strawberry import Parent

from domain.flags import Flag, FlagChange
from domain.nodes import record_id_of
from domain.problems import InvalidInput, NotAllowed, NotFound, RetryLater
from domain.users import Role
from resolvers.auction_context import AuctionContext, AuctionInfo
from resolvers.reading import reads
from services import flags


@strawberry.input(description="A feature to switch.")
class SetFlagInput:
    """Input of `setFlag`."""

    name: str = strawberry.field(description="The flag, such as `launch_auctions`.")
    is_on: bool = strawberry.field(description="Whether the feature is on.")
    role: Role | None = strawberry.field(
        default=None, description="Switch it for accounts of this role only; they have it even while it is off."
    )
    profile_id: strawberry.ID | None = strawberry.field(
        default=None, description="Switch it for the account of this profile only; it has it even while it is off."
    )


async def set_flag(
    info: AuctionInfo,
    input: SetFlagInput,  # noqa: A002 - the customary name of a mutation's one argument
) -> Flag | InvalidInput | NotFound | RetryLater:
    """Switch a feature for everybody, a role or an account."""
    profile_id = record_id_of(input.profile_id, "PublicUser") if input.profile_id is not None else None
    change = FlagChange(name=input.name, is_on=input.is_on, role=input.role, user_id=profile_id)
    return await flags.set_flag(info.context.sources, change, actor=str(info.context.user.user_id))


@reads({})
async def features(info: AuctionInfo) -> Sequence[str]:
    """The switched features that the viewer has."""
    return await info.context.saleroom.flags.features_of(info.context.viewer)


async def refusal_without(name: str, context: AuctionContext) -> NotAllowed | None:
    """DISABLED_BY_FLAG where the viewer does not have the feature."""
    if await context.saleroom.flags.is_on(name, context.viewer):
        return None
    return NotAllowed("This is switched off for this account.", code="DISABLED_BY_FLAG")


def roles(root: Parent[Flag]) -> list[Role]:
    """The roles that have it in any case, in a stable order."""
    return sorted(root.roles, key=lambda role: role.value)


def user_count(root: Parent[Flag]) -> int:
    """How many accounts have it in any case."""
    return len(root.user_ids)
