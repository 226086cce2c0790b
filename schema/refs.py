"""Every reference from one noun's file to another's, so that files need not import each other."""

from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from schema.auctions import Auction, Bid, Sale
    from schema.categories import Category
    from schema.conversations import Conversation
    from schema.listings import Listing
    from schema.notifications import Notification, NotificationPreference
    from schema.orders import Order, Wallet
    from schema.payments import PaymentMethod
    from schema.questions import Question
    from schema.saved_searches import SavedSearch
    from schema.users import PublicUser

AuctionRef = Annotated["Auction", strawberry.lazy("schema.auctions")]
BidRef = Annotated["Bid", strawberry.lazy("schema.auctions")]
CategoryRef = Annotated["Category", strawberry.lazy("schema.categories")]
ConversationRef = Annotated["Conversation", strawberry.lazy("schema.conversations")]
ListingRef = Annotated["Listing", strawberry.lazy("schema.listings")]
NotificationRef = Annotated["Notification", strawberry.lazy("schema.notifications")]
NotificationPreferenceRef = Annotated["NotificationPreference", strawberry.lazy("schema.notifications")]
QuestionRef = Annotated["Question", strawberry.lazy("schema.questions")]
OrderRef = Annotated["Order", strawberry.lazy("schema.orders")]
PaymentMethodRef = Annotated["PaymentMethod", strawberry.lazy("schema.payments")]
PublicUserRef = Annotated["PublicUser", strawberry.lazy("schema.users")]
SavedSearchRef = Annotated["SavedSearch", strawberry.lazy("schema.saved_searches")]
WalletRef = Annotated["Wallet", strawberry.lazy("schema.orders")]
SaleRef = Annotated["Sale", strawberry.lazy("schema.auctions")]
