"""Fields of conversations, and the list of the viewer's own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import Parent

from datasources.postgres import conversations as recorded
from datasources.postgres import messages as message_rows
from datasources.postgres import orders
from datasources.redis import messages as hot
from domain.auctions import Auction
from domain.conversations import Conversation, ConversationState, Participant
from domain.listings import Listing
from domain.messages import Message
from domain.nodes import record_id_of
from domain.orders import Order
from domain.pages import LARGEST_PAGE, Edge, Page, PageInfo, decode_cursor, encode_cursor, keyed_page, slice_of
from domain.problems import BadInputError, UnauthenticatedError
from domain.users import PublicUser
from resolvers.arguments import After, First
from resolvers.listings import visible_listing
from resolvers.message_context import MessageContext, MessageInfo, account_id
from resolvers.reading import reads

ConversationIdArgument = Annotated[strawberry.ID, strawberry.argument(description="Id of the conversation.")]
StateArgument = Annotated[ConversationState, strawberry.argument(description="Which conversations.")]
FirstMessages = Annotated[int | None, strawberry.argument(description="How many from the beginning, 1 to 100.")]
LastMessages = Annotated[int | None, strawberry.argument(description="How many from the end, 1 to 100.")]
Before = Annotated[str | None, strawberry.argument(description="A cursor of this list; records before it follow.")]

_USUAL = 20


@reads({})
async def conversation(info: MessageInfo, id: ConversationIdArgument) -> Conversation | None:  # noqa: A002 - Relay's name
    """One conversation of the viewer's."""
    return await info.context.conversation(record_id_of(id, "Conversation"))


@reads({})
async def viewer_conversations(
    info: MessageInfo,
    filter: StateArgument = ConversationState.ACTIVE,  # noqa: A002 - the usual name of this argument
    first: First = 20,
    after: After = None,
) -> Page[Conversation]:
    """The viewer's conversations, the newest message first."""
    context, wanted = info.context, slice_of(first, after, arity=2)
    found = await recorded.page_of(context.sources.database, context.user.user_id, wanted, state=filter)
    records = await context.mail.conversation_by_id.load_many([each for _, each in found])
    keyed = [(key, each) for (key, _), each in zip(found, records, strict=True) if isinstance(each, Conversation)]
    return keyed_page(keyed, wanted)


@reads({})
async def viewer_unread_count(info: MessageInfo) -> int:
    """All unread messages of the viewer."""
    return await recorded.unread_of(info.context.sources.database, info.context.user.user_id)


def own(context: MessageContext, root: Conversation) -> Participant:
    """How far the viewer has come."""
    if context.viewer.user is None or not root.has_member(context.viewer.user.user_id):
        raise UnauthenticatedError
    return root.participant(context.viewer.user.user_id)


@reads({Conversation: ("buyer_id", "seller_id", "participants")})
def unread_count(info: MessageInfo, root: Parent[Conversation]) -> int:
    """How many messages the viewer has not read."""
    return own(info.context, root).unread


@reads({Conversation: ("buyer_id", "seller_id", "participants")})
def is_archived(info: MessageInfo, root: Parent[Conversation]) -> bool:
    """Whether the viewer put it aside."""
    return own(info.context, root).archived_at is not None


@reads({Conversation: ("buyer_id", "seller_id", "participants")})
def muted_until(info: MessageInfo, root: Parent[Conversation]) -> datetime | None:
    """Until when the viewer is not told of new messages."""
    until = own(info.context, root).muted_until
    return until if until is not None and until > info.context.now else None


@reads({Conversation: ("buyer_id", "seller_id", "participants")})
async def is_blocked(info: MessageInfo, root: Parent[Conversation]) -> bool:
    """Whether the viewer blocked the other."""
    me = own(info.context, root)
    return await info.context.mail.is_blocked_by_viewer.load(root.other(me.user_id))


@reads({Conversation: ("listing_id",)})
async def listing(info: MessageInfo, root: Parent[Conversation]) -> Listing | None:
    """What it is about, as far as the viewer may see it."""
    return await visible_listing(info.context, root.listing_id)


@reads({Conversation: ("listing_id", "buyer_id")})
async def order(info: MessageInfo, root: Parent[Conversation]) -> Order | None:
    """The newest order between the two for the listing."""
    context = info.context
    order_id = await context.mail.order_id_by_deal.load((root.listing_id, root.buyer_id))
    if order_id is None:
        return None
    return (await orders.by_ids(context.sources.database, [order_id], fields=context.selection.of(Order)))[0]


@reads({Conversation: ("listing_id",)})
async def auction(info: MessageInfo, root: Parent[Conversation]) -> Auction | None:
    """The auction of the listing, with how the viewer stands on it."""
    auction_id = await info.context.mail.auction_id_by_listing.load(root.listing_id)
    return await info.context.auctions.auction_by_id.load(auction_id) if auction_id is not None else None


@reads({Conversation: ("conversation_id", "last_seq")})
async def last_message(info: MessageInfo, root: Parent[Conversation]) -> Message | None:
    """The newest message."""
    return await info.context.mail.newest_message.load(root.conversation_id) if root.last_seq else None


@reads({Participant: ("user_id",)})
def participant_id(root: Parent[Participant]) -> strawberry.ID:
    """The opaque id of the account."""
    return account_id(root.user_id)


@reads({Participant: ("user_id",)})
def is_viewer(info: MessageInfo, root: Parent[Participant]) -> bool:
    """Whether it is the viewer."""
    return info.context.viewer.user is not None and root.user_id == info.context.viewer.user.user_id


@reads({Participant: ("user_id",)})
async def participant_profile(info: MessageInfo, root: Parent[Participant]) -> PublicUser | None:
    """The public profile, where there is one."""
    profile_id = await info.context.mail.profile_id_by_user.load(root.user_id)
    return await info.context.loaders.profile_by_id.load(profile_id) if profile_id else None


@dataclass(frozen=True, slots=True)
class _Window:
    most: int
    after: int | None
    before: int | None
    is_from_end: bool


@reads(
    {
        Conversation: ("conversation_id", "buyer_id", "seller_id", "last_seq", "version", "participants"),
        Message: ("seq",),
    }
)
async def conversation_messages(
    info: MessageInfo,
    root: Parent[Conversation],
    first: FirstMessages = None,
    after: After = None,
    last: LastMessages = None,
    before: Before = None,
) -> Page[Message]:
    """Messages in their order: the last twenty, or pages from either end."""
    own(info.context, root)
    if first is not None and last is not None:
        raise BadInputError("BAD_ARGUMENTS", "Give either first or last.")
    is_from_end = first is None
    most = (last if is_from_end else first) or _USUAL
    if not 1 <= (_USUAL if (given := last if is_from_end else first) is None else given) <= LARGEST_PAGE:
        raise BadInputError("BAD_PAGE_SIZE", f"Ask for 1 to {LARGEST_PAGE} records at a time.")
    window = _Window(most, _seq(after), _seq(before), is_from_end)
    found = await _messages(info.context, root, window)
    edges = tuple(Edge(each, encode_cursor((each.seq,))) for each in found)
    page_info = PageInfo(
        has_next_page=bool(found) and (found[-1].seq or 0) < root.last_seq,
        has_previous_page=bool(found) and (found[0].seq or 0) > 1,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Page(edges, page_info)


async def _messages(context: MessageContext, root: Conversation, window: _Window) -> list[Message]:
    """The newest page from the copy in Redis where it is as new as the conversation, else from the record."""
    live, database = context.sources.live, context.sources.database
    is_newest = window.is_from_end and window.after is None and window.before is None
    if not is_newest or window.most > hot.MOST_RECENT:
        return await message_rows.page_of(
            database,
            root.conversation_id,
            most=window.most,
            after=window.after,
            before=window.before,
            is_from_end=window.is_from_end,
            fields=context.selection.of(Message),
        )
    found = await hot.recent(live, root.conversation_id, version=root.version)
    if found is None:
        found = await message_rows.page_of(
            database, root.conversation_id, most=hot.MOST_RECENT, after=None, before=None, is_from_end=True
        )
        if (found[-1].seq if found else 0) == root.last_seq:
            await hot.keep_recent(live, root.conversation_id, found, version=root.version)
    return found[-window.most :]


def _seq(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    (seq,) = decode_cursor(cursor, arity=1)
    if not isinstance(seq, int):
        raise BadInputError("BAD_CURSOR", "The cursor was not made by this list; leave it out to start again.")
    return seq
