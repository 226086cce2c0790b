"""Notifications: the one registry of their kinds, what they say, and whether an account wants to hear of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from string import Template
from uuid import UUID

from domain.mails import MailDraft

Facts = Mapping[str, str]
"""What the texts of a kind name, and the ids of what it is about: `listing`, `auction`, `order`, `conversation`."""

_LONGEST_FACT = 200


class Channel(Enum):
    """How an account hears of something."""

    IN_APP = "in-app"
    EMAIL = "email"


class Audience(Enum):
    """Who hears of a cause."""

    NAMED = "named"
    """The accounts that the cause names."""
    SELLER = "seller"
    """The account behind the seller's profile that the cause names."""
    WATCHERS = "watchers"
    """Everybody who keeps the listing that the cause names among the favourites."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a kind of notification is."""

    audience: Audience
    title: str
    grouped: str | None = None
    """The title when several causes of one group stand unread; None keeps each cause apart."""
    body: str
    path: str = "/notifications"
    """Where its button leads on the marketplace's site."""
    channels: frozenset[Channel] = frozenset(Channel)
    """How it is told unless the account chose otherwise."""


_QUIET = frozenset({Channel.IN_APP})


class NotificationKind(Enum):
    """Every kind; a new one is one entry here and the job that its cause enqueues."""

    OUTBID = Kind(
        audience=Audience.NAMED,
        title="You were outbid on $title",
        grouped="You were outbid $count times on $title",
        body="The price is $price now. Bid again to take the lead back.",
        path="/auctions/$auction",
    )
    LEADING_AGAIN = Kind(
        audience=Audience.NAMED,
        title="You lead again on $title",
        body="A higher bid was taken back; the price is $price now.",
        path="/auctions/$auction",
    )
    NEW_BIDS = Kind(
        audience=Audience.SELLER,
        title="A new bid on $title",
        grouped="$count new bids on $title",
        body="The price is $price now.",
        path="/auctions/$auction",
        channels=_QUIET,
    )
    AUCTION_WON = Kind(
        audience=Audience.NAMED,
        title="You won $title",
        body="The hammer fell at $price. Pay within two days to make it yours.",
        path="/auctions/$auction",
    )
    AUCTION_LOST = Kind(
        audience=Audience.NAMED,
        title="$title went to somebody else",
        body="The auction has ended, and your bid was not the winning one.",
        path="/auctions/$auction",
    )
    AUCTION_ENDING = Kind(
        audience=Audience.WATCHERS,
        title="$title ends soon",
        body="A lot that you watch ends within a quarter of an hour.",
        path="/auctions/$auction",
    )
    PAYMENT_NEEDED = Kind(
        audience=Audience.NAMED,
        title="Please pay for $title",
        body="$price is due by $due.",
        path="/orders/$order",
    )
    PAYMENT_RECEIVED = Kind(
        audience=Audience.NAMED,
        title="We received your payment for $title",
        body="$price was paid. The seller has been told.",
        path="/orders/$order",
    )
    SALE_PAID = Kind(
        audience=Audience.SELLER,
        title="$title was paid",
        body="The buyer paid $price. Arrange the handover.",
        path="/orders/$order",
    )
    NEW_MESSAGE = Kind(
        audience=Audience.NAMED,
        title="A new message about $title",
        grouped="$count new messages about $title",
        body="Open the conversation to read and answer.",
        path="/messages/$conversation",
    )
    QUESTION_ASKED = Kind(
        audience=Audience.NAMED,
        title="A question about $title",
        grouped="$count questions about $title",
        body="Everybody can read your answer below the listing.",
        path="/listings/$listing",
    )
    QUESTION_ANSWERED = Kind(
        audience=Audience.NAMED,
        title="Your question about $title was answered",
        body="The answer stands below the listing.",
        path="/listings/$listing",
    )
    LISTING_APPROVED = Kind(
        audience=Audience.SELLER,
        title="$title is live",
        body="Everybody can see and find your listing now.",
        path="/listings/$listing",
        channels=_QUIET,
    )
    LISTING_REJECTED = Kind(
        audience=Audience.SELLER,
        title="$title was taken down",
        body="It is not shown any more, because it does not follow the rules of the marketplace.",
        path="/listings/$listing",
    )
    WARNED = Kind(
        audience=Audience.NAMED,
        title="A moderator looked at what you wrote",
        body="It does not follow the rules of the marketplace. If it happens again, your account may be suspended.",
        path="/messages",
    )
    PRICE_DROP = Kind(
        audience=Audience.WATCHERS,
        title="$title costs less now",
        body="The price fell from $was to $price.",
        path="/listings/$listing",
    )
    SEARCH_MATCH = Kind(
        audience=Audience.NAMED,
        title="New for your search $search: $title",
        grouped="$count new listings for your search $search",
        body="$title was listed. Have a look before others do.",
        path="/listings/$listing",
    )

    @property
    def code(self) -> str:
        """The name that is stored."""
        return self.name.lower().replace("_", "-")


KIND_BY_CODE = {each.code: each for each in NotificationKind}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """That something happened which people may want to hear of; the same key again is the same cause."""

    kind: NotificationKind
    key: str
    group: str
    """Unread causes of one kind and group are one notification, where the kind has a grouped title."""
    facts: Facts
    count: int = 1
    """How many things it stands for."""


@dataclass(frozen=True, slots=True)
class Notification:
    """What an account was told."""

    notification_id: str
    user_id: UUID
    kind: NotificationKind
    count: int
    facts: Facts
    created_at: datetime
    updated_at: datetime
    read_at: datetime | None

    @property
    def is_read(self) -> bool:
        """Whether it was read."""
        return self.read_at is not None

    @property
    def listing_id(self) -> str | None:
        """The listing that it is about."""
        return self.facts.get("listing")

    @property
    def auction_id(self) -> str | None:
        """The auction that it is about."""
        return self.facts.get("auction")

    @property
    def path(self) -> str:
        """Where it leads on the marketplace's site."""
        return _written(self.kind.value.path, self.facts, self.count)

    @property
    def title(self) -> str:
        """What it says first."""
        return title_of(self.kind, self.facts, self.count)

    @property
    def body(self) -> str:
        """What it says then."""
        return _written(self.kind.value.body, self.facts, self.count)


@dataclass(frozen=True, slots=True)
class Choice:
    """What an account chose, and when."""

    is_on: bool
    chosen_at: datetime


@dataclass(frozen=True, slots=True)
class NotificationPreference:
    """Whether an account hears of a kind on each channel."""

    kind: NotificationKind
    in_app: bool
    email: bool


def is_wanted(kind: NotificationKind, channel: Channel, *, of_kind: Choice | None, of_all: Choice | None) -> bool:
    """The newest choice counts, whether it was about this kind or about all of them; without one, the kind's own."""
    chosen = [each for each in (of_all, of_kind) if each is not None]
    if not chosen:
        return channel in kind.value.channels
    return max(chosen, key=lambda each: each.chosen_at).is_on


def title_of(kind: NotificationKind, facts: Facts, count: int) -> str:
    """The title for one cause or for several."""
    has_many = count > 1 and kind.value.grouped is not None
    return _written(kind.value.grouped if has_many and kind.value.grouped else kind.value.title, facts, count)


def mail_of(cause: Cause, user_id: UUID) -> MailDraft:
    """The mail that tells a cause."""
    kind = cause.kind.value
    return MailDraft(
        recipient=str(user_id),
        dedupe_key=f"notice:{user_id}:{cause.key}",
        subject=title_of(cause.kind, cause.facts, cause.count),
        paragraphs=(_written(kind.body, cause.facts, cause.count),),
        path=_written(kind.path, cause.facts, cause.count),
        kind=cause.kind.code,
    )


def _written(text: str, facts: Facts, count: int) -> str:
    """The text with the facts in their places; one that is missing is an ellipsis, never an error."""
    known = {name: str(value)[:_LONGEST_FACT] for name, value in facts.items()}
    wanted = {name: known.get(name, "…") for name in Template(text).get_identifiers()}
    return Template(text).safe_substitute(wanted | {"count": str(count)})
