"""The context of operations that touch messages: everything others have, with the post office and its loaders."""

from dataclasses import dataclass, field
from uuid import UUID

import strawberry

from datasources.counter_boards import CounterBoard
from domain.conversations import Conversation
from domain.messages import Message
from domain.nodes import encode_node_id, record_id_of
from domain.problems import BadInputError
from loaders.messages import MessageLoaders
from resolvers import message_enums as _registered  # noqa: F401 - enums are registered before a field mentions them
from resolvers.auction_context import AuctionContext
from services.post_offices import PostOffice


@dataclass(slots=True, kw_only=True, eq=False)
class MessageContext(AuctionContext):
    """One operation or event; the post office lives as long as the process, the loaders do not."""

    office: PostOffice
    board: CounterBoard
    _mail: MessageLoaders | None = field(default=None, init=False)

    @property
    def mail(self) -> MessageLoaders:
        """Loaders of messages, made when they are first used."""
        if self._mail is None:
            user = self.viewer.user
            self._mail = MessageLoaders(self.sources, user.user_id if user else None, selection=self.selection)
        return self._mail

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """A conversation for one of its two people; to everybody else it looks as if there were none."""
        if self.viewer.user is None:
            return None
        found = await self.mail.conversation_by_id.load(conversation_id)
        return found if found is not None and found.has_member(self.viewer.user.user_id) else None

    async def message(self, message_id: str) -> Message | None:
        """A message for those who may see it."""
        found = await self.mail.message_by_id.load(message_id)
        if found is None or self.viewer.user is None or not found.is_visible_to(self.viewer.user.user_id):
            return None
        return found if await self.conversation(found.conversation_id) is not None else None


MessageInfo = strawberry.Info[MessageContext, None]


def account_id(user_id: UUID) -> strawberry.ID:
    """The opaque id of an account, as blocks and presence take it."""
    return strawberry.ID(encode_node_id("Account", str(user_id)))


def user_id_of(text: str) -> UUID:
    """The account of such an id; BAD_ID for anything else."""
    try:
        return UUID(record_id_of(text, "Account"))
    except ValueError:
        raise BadInputError("BAD_ID", "This is not the id of an account.") from None
