"""Global ids: which record has which, and how a record is fetched again by it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import strawberry

from datasources.postgres import moderation, notifications, orders, saved_searches
from domain.auctions import Auction, AuctionStatus, Sale
from domain.categories import Category
from domain.content import ContentPage, Faq, Promotion
from domain.conversations import Conversation
from domain.listings import Listing
from domain.messages import Message
from domain.moderation import ModerationCase
from domain.nodes import decode_node_id, encode_node_id
from domain.notifications import Notification
from domain.orders import Order
from domain.pages import LARGEST_PAGE
from domain.problems import BadInputError
from domain.questions import Question
from domain.saved_searches import SavedSearch
from domain.users import PublicUser
from resolvers import listings
from resolvers.auction_context import AuctionContext
from resolvers.context import Context, Info
from resolvers.message_context import MessageContext
from resolvers.questions import visible_question
from resolvers.reading import reads

NodeIdArgument = Annotated[strawberry.ID, strawberry.argument(description="A global id.")]
NodeIdsArgument = Annotated[list[strawberry.ID], strawberry.argument(description="Up to a hundred global ids.")]
Fetch = Callable[[Any, str], Awaitable[Any]]


async def _category(context: Context, category_id: str) -> Category | None:
    return (await context.loaders.categories.current()).by_id.get(category_id)


async def _profile(context: Context, profile_id: str) -> PublicUser | None:
    return await context.loaders.profile_by_id.load(profile_id)


async def _promotion(context: Context, promotion_id: str) -> Promotion | None:
    return await context.loaders.promotion_by_id.load(promotion_id)


async def _page(context: Context, page_id: str) -> ContentPage | None:
    return await context.loaders.page_by_id.load(page_id)


async def _faq(context: Context, faq_id: str) -> Faq | None:
    return await context.loaders.faq_by_id.load(faq_id)


async def _auction(context: AuctionContext, auction_id: str) -> Auction | None:
    found = await context.auctions.auction_by_id.load(auction_id)
    return found if found is not None and found.status is not AuctionStatus.DRAFT else None


async def _sale(context: AuctionContext, sale_id: str) -> Sale | None:
    return await context.auctions.sale_by_id.load(sale_id)


async def _order(context: Context, order_id: str) -> Order | None:
    """An order is shown to the two who made it and to staff."""
    viewer = context.viewer
    if viewer.user is None:
        return None
    (found,) = await orders.by_ids(context.sources.database, [order_id], fields=context.selection.of(Order))
    own = {str(viewer.user.user_id), viewer.user.profile_id}
    is_party = found is not None and bool({found.buyer_id, found.seller_id} & own)
    return found if is_party or viewer.is_staff else None


async def _conversation(context: MessageContext, conversation_id: str) -> Conversation | None:
    return await context.conversation(conversation_id)


async def _message(context: MessageContext, message_id: str) -> Message | None:
    return await context.message(message_id)


async def _notification(context: Context, notification_id: str) -> Notification | None:
    """A notification is shown to whom it was told, and to nobody else."""
    user = context.viewer.user
    if user is None:
        return None
    fields = context.selection.of(Notification)
    return (await notifications.by_ids(context.sources.database, user.user_id, [notification_id], fields=fields))[0]


async def _saved_search(context: Context, search_id: str) -> SavedSearch | None:
    """A saved search is its owner's alone."""
    user = context.viewer.user
    if user is None:
        return None
    fields = context.selection.of(SavedSearch)
    return (await saved_searches.by_ids(context.sources.database, user.user_id, [search_id], fields=fields))[0]


async def _case(context: MessageContext, case_id: str) -> ModerationCase | None:
    """Cases are for staff."""
    if not context.viewer.is_staff:
        return None
    fields = context.selection.of(ModerationCase)
    return (await moderation.by_ids(context.sources.database, [case_id], fields=fields))[0]


_IDENTITIES: dict[type[Any], tuple[str, str]] = {
    Auction: ("Auction", "auction_id"),
    Category: ("Category", "category_id"),
    ContentPage: ("ContentPage", "page_id"),
    Conversation: ("Conversation", "conversation_id"),
    Faq: ("Faq", "faq_id"),
    Listing: ("Listing", "listing_id"),
    Message: ("Message", "message_id"),
    Notification: ("Notification", "notification_id"),
    ModerationCase: ("ModerationCase", "case_id"),
    Order: ("Order", "order_id"),
    Promotion: ("Promotion", "promotion_id"),
    PublicUser: ("PublicUser", "profile_id"),
    Question: ("Question", "question_id"),
    Sale: ("Sale", "sale_id"),
    SavedSearch: ("SavedSearch", "search_id"),
}
_FETCHES: dict[str, Fetch] = {
    "Auction": _auction,
    "Category": _category,
    "ContentPage": _page,
    "Conversation": _conversation,
    "Faq": _faq,
    "Listing": listings.visible_listing,
    "Message": _message,
    "Notification": _notification,
    "ModerationCase": _case,
    "Order": _order,
    "Promotion": _promotion,
    "PublicUser": _profile,
    "Question": visible_question,
    "Sale": _sale,
    "SavedSearch": _saved_search,
}
"""Each fetch checks for itself what the viewer may see: an id alone opens nothing."""


@reads({record: (attribute,) for record, (_, attribute) in _IDENTITIES.items()})
def global_id(root: Any) -> str:
    """The record's global id."""
    type_name, attribute = _IDENTITIES[type(root)]
    return encode_node_id(type_name, getattr(root, attribute))


@reads({})
async def node(info: Info, id: NodeIdArgument) -> Any:  # noqa: A002 - the argument's name is fixed by the Relay specification
    """The record of a global id; None where there is none for this viewer (a hidden one looks the same)."""
    wanted = decode_node_id(id)
    fetch = _FETCHES.get(wanted.type_name)
    return await fetch(info.context, wanted.record_id) if fetch else None


@reads({})
async def nodes(info: Info, ids: NodeIdsArgument) -> list[Any]:
    """The records of up to a hundred global ids, in order."""
    if len(ids) > LARGEST_PAGE:
        raise BadInputError("TOO_MANY_IDS", f"Ask for at most {LARGEST_PAGE} ids at a time.")
    return await asyncio.gather(*(node(info, each) for each in ids))
