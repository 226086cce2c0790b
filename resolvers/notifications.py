"""The viewer's notifications and preferences, and the mutations that change them."""

import strawberry
from strawberry import Parent

from datasources.postgres import notifications as recorded
from domain.auctions import Auction
from domain.listings import Listing
from domain.nodes import record_id_of
from domain.notifications import Channel, Notification, NotificationKind, NotificationPreference
from domain.pages import Page, page_of, slice_of
from domain.problems import InvalidInput, RetryLater
from resolvers.arguments import After, First
from resolvers.auction_context import AuctionInfo
from resolvers.context import Info
from resolvers.reading import reads
from services import notifications
from services.notifications import NotificationsRead

strawberry.enum(Channel, description="How an account hears of something.", name="NotificationChannel")
strawberry.enum(NotificationKind, description="What a notification is about.")

MOST_IDS = 100


@strawberry.input(description="Which notifications were read.")
class MarkNotificationsReadInput:
    """Input of `markNotificationsRead`."""

    ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Up to a hundred of the viewer's notifications; left out, all of them."
    )


@strawberry.input(description="Whether to hear of a kind of notification on a channel.")
class SetNotificationPreferenceInput:
    """Input of `setNotificationPreference`."""

    kind: NotificationKind = strawberry.field(description="The kind.")
    channel: Channel = strawberry.field(description="The channel.")
    is_on: bool = strawberry.field(description="Whether to hear of it there.")


@reads({})
async def viewer_notifications(info: Info, first: First = 20, after: After = None) -> Page[Notification]:
    """What the viewer was told, the newest first."""
    wanted = slice_of(first, after, arity=2)
    context = info.context
    found = await recorded.page_of_user(
        context.sources.database, context.user.user_id, wanted, fields=context.selection.of(Notification)
    )
    return page_of(found, wanted, key=recorded.place_of)


@reads({})
async def unread_count(info: Info) -> int:
    """How many stand unread."""
    return await recorded.unread_count(info.context.sources.database, info.context.user.user_id)


@reads({})
async def viewer_preferences(info: Info) -> list[NotificationPreference]:
    """What the viewer hears of, kind by kind."""
    return await notifications.preferences_of(info.context.sources, info.context.user)


@reads({Notification: ("facts",)})
async def listing(info: Info, root: Parent[Notification]) -> Listing | None:
    """The listing that it is about, while everybody may see it."""
    if root.listing_id is None:
        return None
    found = await info.context.loaders.listing_by_id.load(root.listing_id)
    return found if found is not None and found.is_open_to_strangers() else None


@reads({Notification: ("facts",)})
async def auction(info: AuctionInfo, root: Parent[Notification]) -> Auction | None:
    """The auction that it is about."""
    return None if root.auction_id is None else await info.context.auctions.auction_by_id.load(root.auction_id)


async def mark_notifications_read(
    info: Info,
    input: MarkNotificationsReadInput,  # noqa: A002 - the customary name of a mutation's one argument
) -> NotificationsRead | InvalidInput | RetryLater:
    """Mark notifications as read; those of others are not found among the viewer's, so nothing happens to them."""
    ids = None if input.ids is None else [record_id_of(each, "Notification") for each in input.ids[: MOST_IDS + 1]]
    return await notifications.mark_read(info.context.sources, info.context.user, ids)


async def set_notification_preference(
    info: Info,
    input: SetNotificationPreferenceInput,  # noqa: A002 - as above
) -> NotificationPreference | RetryLater:
    """Choose what to hear of."""
    return await notifications.set_preference(
        info.context.sources, info.context.user, input.kind, input.channel, is_on=input.is_on
    )
