/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type * as Types from './schema';

import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type AskQuestionMutation_askQuestion_QuestionPosted_question = { readonly id: string, readonly body: string };

export type AskQuestionMutation_askQuestion_InvalidInput = { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string };

export type AskQuestionMutation_askQuestion_MessageKeyConflict = { readonly __typename: 'MessageKeyConflict', readonly code: string, readonly message: string };

export type AskQuestionMutation_askQuestion_MessageRefused = { readonly __typename: 'MessageRefused', readonly code: string, readonly message: string };

export type AskQuestionMutation_askQuestion_NotAllowed = { readonly __typename: 'NotAllowed', readonly code: string, readonly message: string };

export type AskQuestionMutation_askQuestion_NotFound = { readonly __typename: 'NotFound', readonly code: string, readonly message: string };

export type AskQuestionMutation_askQuestion_NotSignedIn = { readonly __typename: 'NotSignedIn', readonly code: string, readonly message: string };

export type AskQuestionMutation_askQuestion_QuestionPosted = { readonly __typename: 'QuestionPosted', readonly isHeld: boolean, readonly question: AskQuestionMutation_askQuestion_QuestionPosted_question | null };

export type AskQuestionMutation_askQuestion_RetryLater = { readonly __typename: 'RetryLater', readonly code: string, readonly message: string };

export type AskQuestionMutation_askQuestion_WrongState = { readonly __typename: 'WrongState', readonly code: string, readonly message: string };

export type AskQuestionMutation_askQuestion =
  | AskQuestionMutation_askQuestion_InvalidInput
  | AskQuestionMutation_askQuestion_MessageKeyConflict
  | AskQuestionMutation_askQuestion_MessageRefused
  | AskQuestionMutation_askQuestion_NotAllowed
  | AskQuestionMutation_askQuestion_NotFound
  | AskQuestionMutation_askQuestion_NotSignedIn
  | AskQuestionMutation_askQuestion_QuestionPosted
  | AskQuestionMutation_askQuestion_RetryLater
  | AskQuestionMutation_askQuestion_WrongState
;

export type AskQuestionMutation = { readonly askQuestion: AskQuestionMutation_askQuestion };


export type AskQuestionMutationVariables = Exact<{
  listing: string;
  body: string;
  key: string;
}>;

export type AuctionFeedSubscription_auctionEvents_price = { readonly formatted: string };

export type AuctionFeedSubscription_auctionEvents_AuctionChanged = { readonly __typename: 'AuctionChanged', readonly cursor: string, readonly version: number, readonly leader: string | null, readonly bidCount: number, readonly reserveStatus: Types.ReserveStatus, readonly effectiveEndAt: string, readonly price: AuctionFeedSubscription_auctionEvents_price | null };

export type AuctionFeedSubscription_auctionEvents_AuctionClosed = { readonly __typename: 'AuctionClosed', readonly cursor: string, readonly version: number, readonly leader: string | null, readonly bidCount: number, readonly reserveStatus: Types.ReserveStatus, readonly effectiveEndAt: string, readonly price: AuctionFeedSubscription_auctionEvents_price | null };

export type AuctionFeedSubscription_auctionEvents_AuctionSnapshot = { readonly __typename: 'AuctionSnapshot', readonly cursor: string, readonly version: number, readonly leader: string | null, readonly bidCount: number, readonly reserveStatus: Types.ReserveStatus, readonly effectiveEndAt: string, readonly price: AuctionFeedSubscription_auctionEvents_price | null };

export type AuctionFeedSubscription_auctionEvents_BidPlaced = { readonly __typename: 'BidPlaced', readonly cursor: string, readonly version: number, readonly leader: string | null, readonly bidCount: number, readonly reserveStatus: Types.ReserveStatus, readonly effectiveEndAt: string, readonly price: AuctionFeedSubscription_auctionEvents_price | null };

export type AuctionFeedSubscription_auctionEvents_BidsRemoved = { readonly __typename: 'BidsRemoved', readonly cursor: string, readonly version: number, readonly leader: string | null, readonly bidCount: number, readonly reserveStatus: Types.ReserveStatus, readonly effectiveEndAt: string, readonly price: AuctionFeedSubscription_auctionEvents_price | null };

export type AuctionFeedSubscription_auctionEvents_GapEvent = { readonly __typename: 'GapEvent', readonly cursor: string, readonly version: number, readonly leader: string | null, readonly bidCount: number, readonly reserveStatus: Types.ReserveStatus, readonly effectiveEndAt: string, readonly price: AuctionFeedSubscription_auctionEvents_price | null };

export type AuctionFeedSubscription_auctionEvents =
  | AuctionFeedSubscription_auctionEvents_AuctionChanged
  | AuctionFeedSubscription_auctionEvents_AuctionClosed
  | AuctionFeedSubscription_auctionEvents_AuctionSnapshot
  | AuctionFeedSubscription_auctionEvents_BidPlaced
  | AuctionFeedSubscription_auctionEvents_BidsRemoved
  | AuctionFeedSubscription_auctionEvents_GapEvent
;

export type AuctionFeedSubscription = { readonly auctionEvents: AuctionFeedSubscription_auctionEvents };


export type AuctionFeedSubscriptionVariables = Exact<{
  auction: string;
  after?: string | null | undefined;
}>;

export type AuctionsQuery_auctions_pageInfo = { readonly hasNextPage: boolean, readonly endCursor: string | null };

export type AuctionsQuery_auctions_edges_node_price = { readonly formatted: string };

export type AuctionsQuery_auctions_edges_node_minimumNext = { readonly amountMinor: number, readonly formatted: string };

export type AuctionsQuery_auctions_edges_node_listing = { readonly title: string };

export type AuctionsQuery_auctions_edges_node = { readonly id: string, readonly status: Types.AuctionStatus, readonly effectiveEndAt: string | null, readonly serverTime: string | null, readonly bidCount: number | null, readonly reserveStatus: Types.ReserveStatus | null, readonly price: AuctionsQuery_auctions_edges_node_price | null, readonly minimumNext: AuctionsQuery_auctions_edges_node_minimumNext | null, readonly listing: AuctionsQuery_auctions_edges_node_listing | null };

export type AuctionsQuery_auctions_edges = { readonly node: AuctionsQuery_auctions_edges_node };

export type AuctionsQuery_auctions = { readonly pageInfo: AuctionsQuery_auctions_pageInfo, readonly edges: ReadonlyArray<AuctionsQuery_auctions_edges> };

export type AuctionsQuery = { readonly auctions: AuctionsQuery_auctions | null };


export type AuctionsQueryVariables = Exact<{
  filter?: Types.AuctionFilter | null | undefined;
  first?: number;
  after?: string | null | undefined;
}>;

export type CategoriesQuery_categories_children = { readonly id: string, readonly title: string, readonly slug: string, readonly icon: string | null };

export type CategoriesQuery_categories = { readonly id: string, readonly title: string, readonly slug: string, readonly icon: string | null, readonly children: ReadonlyArray<CategoriesQuery_categories_children> };

export type CategoriesQuery = { readonly categories: ReadonlyArray<CategoriesQuery_categories> | null };


export type CategoriesQueryVariables = Exact<{ [key: string]: never; }>;

export type BranchFragment = { readonly id: string, readonly title: string, readonly slug: string, readonly icon: string | null };

export type CategoryPageQuery_category_path = { readonly slug: string, readonly title: string };

export type CategoryPageQuery_category_children = { readonly id: string, readonly slug: string, readonly title: string };

export type CategoryPageQuery_category_attributes = { readonly key: string, readonly label: string, readonly kind: Types.AttributeKind, readonly unit: string | null, readonly options: ReadonlyArray<string>, readonly isRequired: boolean, readonly isFacet: boolean, readonly minimum: number | null, readonly maximum: number | null };

export type CategoryPageQuery_category = { readonly id: string, readonly title: string, readonly path: ReadonlyArray<CategoryPageQuery_category_path>, readonly children: ReadonlyArray<CategoryPageQuery_category_children>, readonly attributes: ReadonlyArray<CategoryPageQuery_category_attributes> };

export type CategoryPageQuery = { readonly category: CategoryPageQuery_category | null };


export type CategoryPageQueryVariables = Exact<{
  slug: string;
}>;

export type ContentPageQuery_contentPage_body = { readonly html: string, readonly text: string };

export type ContentPageQuery_contentPage = { readonly id: string, readonly title: string, readonly updatedAt: string, readonly body: ContentPageQuery_contentPage_body };

export type ContentPageQuery = { readonly contentPage: ContentPageQuery_contentPage | null };


export type ContentPageQueryVariables = Exact<{
  slug: string;
}>;

export type ConversationFeedSubscription_conversationEvents_MessageArrived_message = { readonly id: string, readonly seq: number | null, readonly body: string | null, readonly isMine: boolean };

export type ConversationFeedSubscription_conversationEvents_MessageChanged_message = { readonly id: string, readonly body: string | null };

export type ConversationFeedSubscription_conversationEvents_ConversationGap = { readonly __typename: 'ConversationGap', readonly reason: string, readonly cursor: string, readonly version: number };

export type ConversationFeedSubscription_conversationEvents_ConversationSnapshot = { readonly __typename: 'ConversationSnapshot', readonly cursor: string, readonly version: number };

export type ConversationFeedSubscription_conversationEvents_MessageArrived = { readonly __typename: 'MessageArrived', readonly cursor: string, readonly version: number, readonly message: ConversationFeedSubscription_conversationEvents_MessageArrived_message | null };

export type ConversationFeedSubscription_conversationEvents_MessageChanged = { readonly __typename: 'MessageChanged', readonly change: string, readonly cursor: string, readonly version: number, readonly message: ConversationFeedSubscription_conversationEvents_MessageChanged_message | null };

export type ConversationFeedSubscription_conversationEvents_ReadMarksMoved = { readonly __typename: 'ReadMarksMoved', readonly userId: string, readonly lastReadSeq: number, readonly lastDeliveredSeq: number, readonly cursor: string, readonly version: number };

export type ConversationFeedSubscription_conversationEvents =
  | ConversationFeedSubscription_conversationEvents_ConversationGap
  | ConversationFeedSubscription_conversationEvents_ConversationSnapshot
  | ConversationFeedSubscription_conversationEvents_MessageArrived
  | ConversationFeedSubscription_conversationEvents_MessageChanged
  | ConversationFeedSubscription_conversationEvents_ReadMarksMoved
;

export type ConversationFeedSubscription = { readonly conversationEvents: ConversationFeedSubscription_conversationEvents };


export type ConversationFeedSubscriptionVariables = Exact<{
  conversation: string;
  after?: string | null | undefined;
}>;

export type ConversationQuery_conversation_order = { readonly status: Types.OrderStatus };

export type ConversationQuery_conversation_messages_edges_node = { readonly id: string, readonly seq: number | null, readonly body: string | null, readonly isMine: boolean, readonly isDeleted: boolean, readonly editedAt: string | null, readonly createdAt: string };

export type ConversationQuery_conversation_messages_edges = { readonly node: ConversationQuery_conversation_messages_edges_node };

export type ConversationQuery_conversation_messages_pageInfo = { readonly hasPreviousPage: boolean, readonly startCursor: string | null };

export type ConversationQuery_conversation_messages = { readonly edges: ReadonlyArray<ConversationQuery_conversation_messages_edges>, readonly pageInfo: ConversationQuery_conversation_messages_pageInfo };

export type ConversationQuery_conversation = { readonly id: string, readonly lastSeq: number, readonly unreadCount: number, readonly isBlocked: boolean | null, readonly order: ConversationQuery_conversation_order | null, readonly messages: ConversationQuery_conversation_messages | null };

export type ConversationQuery = { readonly conversation: ConversationQuery_conversation | null };


export type ConversationQueryVariables = Exact<{
  id: string;
  last: number;
  before?: string | null | undefined;
}>;

export type ConversationsQuery_viewer_conversations_edges_node_lastMessage = { readonly seq: number | null, readonly body: string | null, readonly isMine: boolean };

export type ConversationsQuery_viewer_conversations_edges_node_listing = { readonly id: string, readonly title: string };

export type ConversationsQuery_viewer_conversations_edges_node_participants_profile = { readonly displayName: string };

export type ConversationsQuery_viewer_conversations_edges_node_participants = { readonly userId: string, readonly role: Types.ConversationRole, readonly isViewer: boolean, readonly lastReadSeq: number, readonly profile: ConversationsQuery_viewer_conversations_edges_node_participants_profile | null };

export type ConversationsQuery_viewer_conversations_edges_node = { readonly id: string, readonly unreadCount: number, readonly lastMessageAt: string | null, readonly lastMessage: ConversationsQuery_viewer_conversations_edges_node_lastMessage | null, readonly listing: ConversationsQuery_viewer_conversations_edges_node_listing | null, readonly participants: ReadonlyArray<ConversationsQuery_viewer_conversations_edges_node_participants> };

export type ConversationsQuery_viewer_conversations_edges = { readonly node: ConversationsQuery_viewer_conversations_edges_node };

export type ConversationsQuery_viewer_conversations_pageInfo = { readonly hasNextPage: boolean, readonly endCursor: string | null };

export type ConversationsQuery_viewer_conversations = { readonly edges: ReadonlyArray<ConversationsQuery_viewer_conversations_edges>, readonly pageInfo: ConversationsQuery_viewer_conversations_pageInfo };

export type ConversationsQuery_viewer = { readonly unreadCount: number | null, readonly conversations: ConversationsQuery_viewer_conversations | null };

export type ConversationsQuery = { readonly viewer: ConversationsQuery_viewer | null };


export type ConversationsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: Types.ConversationState;
}>;

export type CreateListingMutation_createListing_InvalidInput_problems = { readonly field: string, readonly message: string };

export type CreateListingMutation_createListing_EditConflict = { readonly __typename: 'EditConflict', readonly code: string, readonly message: string };

export type CreateListingMutation_createListing_IdempotencyConflict = { readonly __typename: 'IdempotencyConflict', readonly code: string, readonly message: string };

export type CreateListingMutation_createListing_InvalidInput = { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly problems: ReadonlyArray<CreateListingMutation_createListing_InvalidInput_problems> };

export type CreateListingMutation_createListing_Listing = { readonly __typename: 'Listing', readonly id: string, readonly revision: string, readonly slug: string, readonly status: Types.ListingStatus, readonly isDraft: boolean };

export type CreateListingMutation_createListing_NotAllowed = { readonly __typename: 'NotAllowed', readonly code: string, readonly message: string };

export type CreateListingMutation_createListing_NotFound = { readonly __typename: 'NotFound', readonly code: string, readonly message: string };

export type CreateListingMutation_createListing_NotSignedIn = { readonly __typename: 'NotSignedIn', readonly code: string, readonly message: string };

export type CreateListingMutation_createListing_RetryLater = { readonly __typename: 'RetryLater', readonly code: string, readonly message: string };

export type CreateListingMutation_createListing_WrongState = { readonly __typename: 'WrongState', readonly code: string, readonly message: string };

export type CreateListingMutation_createListing =
  | CreateListingMutation_createListing_EditConflict
  | CreateListingMutation_createListing_IdempotencyConflict
  | CreateListingMutation_createListing_InvalidInput
  | CreateListingMutation_createListing_Listing
  | CreateListingMutation_createListing_NotAllowed
  | CreateListingMutation_createListing_NotFound
  | CreateListingMutation_createListing_NotSignedIn
  | CreateListingMutation_createListing_RetryLater
  | CreateListingMutation_createListing_WrongState
;

export type CreateListingMutation = { readonly createListing: CreateListingMutation_createListing };


export type CreateListingMutationVariables = Exact<{
  input: Types.CreateListingInput;
}>;

type Written_EditConflict_Fragment = { readonly __typename: 'EditConflict', readonly code: string, readonly message: string };

type Written_IdempotencyConflict_Fragment = { readonly __typename: 'IdempotencyConflict', readonly code: string, readonly message: string };

type Written_InvalidInput_Fragment = { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly problems: ReadonlyArray<CreateListingMutation_createListing_InvalidInput_problems> };

type Written_Listing_Fragment = { readonly __typename: 'Listing', readonly id: string, readonly revision: string, readonly slug: string, readonly status: Types.ListingStatus, readonly isDraft: boolean };

type Written_NotAllowed_Fragment = { readonly __typename: 'NotAllowed', readonly code: string, readonly message: string };

type Written_NotFound_Fragment = { readonly __typename: 'NotFound', readonly code: string, readonly message: string };

type Written_NotSignedIn_Fragment = { readonly __typename: 'NotSignedIn', readonly code: string, readonly message: string };

type Written_RetryLater_Fragment = { readonly __typename: 'RetryLater', readonly code: string, readonly message: string };

type Written_WrongState_Fragment = { readonly __typename: 'WrongState', readonly code: string, readonly message: string };

export type WrittenFragment =
  | Written_EditConflict_Fragment
  | Written_IdempotencyConflict_Fragment
  | Written_InvalidInput_Fragment
  | Written_Listing_Fragment
  | Written_NotAllowed_Fragment
  | Written_NotFound_Fragment
  | Written_NotSignedIn_Fragment
  | Written_RetryLater_Fragment
  | Written_WrongState_Fragment
;

export type DeleteSavedSearchMutation_deleteSavedSearch_InvalidInput = { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string };

export type DeleteSavedSearchMutation_deleteSavedSearch_NotFound = { readonly __typename: 'NotFound', readonly code: string, readonly message: string };

export type DeleteSavedSearchMutation_deleteSavedSearch_NotSignedIn = { readonly __typename: 'NotSignedIn', readonly code: string, readonly message: string };

export type DeleteSavedSearchMutation_deleteSavedSearch_RetryLater = { readonly __typename: 'RetryLater', readonly code: string, readonly message: string };

export type DeleteSavedSearchMutation_deleteSavedSearch_SavedSearch = { readonly __typename: 'SavedSearch', readonly id: string };

export type DeleteSavedSearchMutation_deleteSavedSearch_WrongState = { readonly __typename: 'WrongState', readonly code: string, readonly message: string };

export type DeleteSavedSearchMutation_deleteSavedSearch =
  | DeleteSavedSearchMutation_deleteSavedSearch_InvalidInput
  | DeleteSavedSearchMutation_deleteSavedSearch_NotFound
  | DeleteSavedSearchMutation_deleteSavedSearch_NotSignedIn
  | DeleteSavedSearchMutation_deleteSavedSearch_RetryLater
  | DeleteSavedSearchMutation_deleteSavedSearch_SavedSearch
  | DeleteSavedSearchMutation_deleteSavedSearch_WrongState
;

export type DeleteSavedSearchMutation = { readonly deleteSavedSearch: DeleteSavedSearchMutation_deleteSavedSearch };


export type DeleteSavedSearchMutationVariables = Exact<{
  id: string;
}>;

export type FavouriteListingMutation_favouriteListing_state = { readonly hasLiked: boolean, readonly hasFavourited: boolean };

export type FavouriteListingMutation_favouriteListing_ListingMarked = { readonly __typename: 'ListingMarked', readonly state: FavouriteListingMutation_favouriteListing_state };

export type FavouriteListingMutation_favouriteListing_NotFound = { readonly __typename: 'NotFound', readonly code: string, readonly message: string };

export type FavouriteListingMutation_favouriteListing_NotSignedIn = { readonly __typename: 'NotSignedIn', readonly code: string, readonly message: string };

export type FavouriteListingMutation_favouriteListing_RetryLater = { readonly __typename: 'RetryLater', readonly code: string, readonly message: string };

export type FavouriteListingMutation_favouriteListing =
  | FavouriteListingMutation_favouriteListing_ListingMarked
  | FavouriteListingMutation_favouriteListing_NotFound
  | FavouriteListingMutation_favouriteListing_NotSignedIn
  | FavouriteListingMutation_favouriteListing_RetryLater
;

export type FavouriteListingMutation = { readonly favouriteListing: FavouriteListingMutation_favouriteListing };


export type FavouriteListingMutationVariables = Exact<{
  id: string;
}>;

export type HomePageQuery_promotions_edges_node_body = { readonly html: string };

export type HomePageQuery_promotions_edges_node_image = { readonly alt: string | null, readonly url: string };

export type HomePageQuery_promotions_edges_node_category = { readonly slug: string };

export type HomePageQuery_promotions_edges_node_listings_price = { readonly formatted: string };

export type HomePageQuery_promotions_edges_node_listings = { readonly id: string, readonly slug: string, readonly title: string, readonly price: HomePageQuery_promotions_edges_node_listings_price | null };

export type HomePageQuery_promotions_edges_node = { readonly id: string, readonly title: string, readonly body: HomePageQuery_promotions_edges_node_body, readonly image: HomePageQuery_promotions_edges_node_image | null, readonly category: HomePageQuery_promotions_edges_node_category | null, readonly listings: ReadonlyArray<HomePageQuery_promotions_edges_node_listings> };

export type HomePageQuery_promotions_edges = { readonly node: HomePageQuery_promotions_edges_node };

export type HomePageQuery_promotions = { readonly edges: ReadonlyArray<HomePageQuery_promotions_edges> };

export type HomePageQuery_faqs_edges_node_answer = { readonly text: string };

export type HomePageQuery_faqs_edges_node = { readonly id: string, readonly question: string, readonly answer: HomePageQuery_faqs_edges_node_answer };

export type HomePageQuery_faqs_edges = { readonly node: HomePageQuery_faqs_edges_node };

export type HomePageQuery_faqs = { readonly edges: ReadonlyArray<HomePageQuery_faqs_edges> };

export type HomePageQuery = { readonly promotions: HomePageQuery_promotions | null, readonly faqs: HomePageQuery_faqs | null };


export type HomePageQueryVariables = Exact<{
  placement: string;
}>;

export type InboxFeedSubscription_inboxEvents_InboxMessage_conversation = { readonly id: string };

export type InboxFeedSubscription_inboxEvents_InboxMessage_message = { readonly body: string | null, readonly isMine: boolean };

export type InboxFeedSubscription_inboxEvents_InboxRead_conversation = { readonly id: string };

export type InboxFeedSubscription_inboxEvents_InboxGap = { readonly __typename: 'InboxGap', readonly reason: string, readonly cursor: string, readonly totalUnread: number | null };

export type InboxFeedSubscription_inboxEvents_InboxMessage = { readonly __typename: 'InboxMessage', readonly unreadCount: number, readonly cursor: string, readonly totalUnread: number | null, readonly conversation: InboxFeedSubscription_inboxEvents_InboxMessage_conversation | null, readonly message: InboxFeedSubscription_inboxEvents_InboxMessage_message | null };

export type InboxFeedSubscription_inboxEvents_InboxRead = { readonly __typename: 'InboxRead', readonly unreadCount: number, readonly cursor: string, readonly totalUnread: number | null, readonly conversation: InboxFeedSubscription_inboxEvents_InboxRead_conversation | null };

export type InboxFeedSubscription_inboxEvents_InboxSnapshot = { readonly __typename: 'InboxSnapshot', readonly cursor: string, readonly totalUnread: number | null };

export type InboxFeedSubscription_inboxEvents =
  | InboxFeedSubscription_inboxEvents_InboxGap
  | InboxFeedSubscription_inboxEvents_InboxMessage
  | InboxFeedSubscription_inboxEvents_InboxRead
  | InboxFeedSubscription_inboxEvents_InboxSnapshot
;

export type InboxFeedSubscription = { readonly inboxEvents: InboxFeedSubscription_inboxEvents };


export type InboxFeedSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;

export type LikeListingMutation_likeListing_state = { readonly hasLiked: boolean, readonly hasFavourited: boolean };

export type LikeListingMutation_likeListing_listing_counters = { readonly likes: number, readonly favourites: number };

export type LikeListingMutation_likeListing_listing = { readonly id: string, readonly counters: LikeListingMutation_likeListing_listing_counters | null };

export type LikeListingMutation_likeListing_ListingMarked = { readonly __typename: 'ListingMarked', readonly state: LikeListingMutation_likeListing_state, readonly listing: LikeListingMutation_likeListing_listing | null };

export type LikeListingMutation_likeListing_NotFound = { readonly __typename: 'NotFound', readonly code: string, readonly message: string };

export type LikeListingMutation_likeListing_NotSignedIn = { readonly __typename: 'NotSignedIn', readonly code: string, readonly message: string };

export type LikeListingMutation_likeListing_RetryLater = { readonly __typename: 'RetryLater', readonly code: string, readonly message: string };

export type LikeListingMutation_likeListing =
  | LikeListingMutation_likeListing_ListingMarked
  | LikeListingMutation_likeListing_NotFound
  | LikeListingMutation_likeListing_NotSignedIn
  | LikeListingMutation_likeListing_RetryLater
;

export type LikeListingMutation = { readonly likeListing: LikeListingMutation_likeListing };


export type LikeListingMutationVariables = Exact<{
  id: string;
}>;

type Marked_ListingMarked_Fragment = { readonly __typename: 'ListingMarked', readonly state: LikeListingMutation_likeListing_state, readonly listing: LikeListingMutation_likeListing_listing | null };

type Marked_NotFound_Fragment = { readonly __typename: 'NotFound', readonly code: string, readonly message: string };

type Marked_NotSignedIn_Fragment = { readonly __typename: 'NotSignedIn', readonly code: string, readonly message: string };

type Marked_RetryLater_Fragment = { readonly __typename: 'RetryLater', readonly code: string, readonly message: string };

export type MarkedFragment =
  | Marked_ListingMarked_Fragment
  | Marked_NotFound_Fragment
  | Marked_NotSignedIn_Fragment
  | Marked_RetryLater_Fragment
;

export type ListingCountersFeedSubscription_listingCounters = { readonly listingId: string, readonly views: number, readonly likes: number, readonly favourites: number };

export type ListingCountersFeedSubscription = { readonly listingCounters: ReadonlyArray<ListingCountersFeedSubscription_listingCounters> };


export type ListingCountersFeedSubscriptionVariables = Exact<{
  ids: ReadonlyArray<string>;
}>;

export type ListingDetailQuery_listing_location = { readonly latitude: number, readonly longitude: number };

export type ListingDetailQuery_listing_price = { readonly formatted: string };

export type ListingDetailQuery_listing_body = { readonly html: string };

export type ListingDetailQuery_listing_images = { readonly alt: string | null, readonly width: number, readonly height: number, readonly lqip: string | null, readonly url: string };

export type ListingDetailQuery_listing_categoryPath = { readonly slug: string, readonly title: string };

export type ListingDetailQuery_listing_attributes = { readonly key: string, readonly label: string, readonly text: string, readonly unit: string | null };

export type ListingDetailQuery_listing_details_GoodsDetails = { readonly __typename: 'GoodsDetails', readonly brand: string | null, readonly size: string | null, readonly warrantyMonths: number | null };

export type ListingDetailQuery_listing_details_JobDetails = { readonly __typename: 'JobDetails', readonly company: string | null, readonly employmentType: string | null, readonly workplace: string | null };

export type ListingDetailQuery_listing_details_PropertyDetails = { readonly __typename: 'PropertyDetails', readonly bedrooms: number | null, readonly bathrooms: number | null, readonly erfSizeM2: number | null, readonly petsAllowed: boolean | null };

export type ListingDetailQuery_listing_details_ServiceDetails = { readonly __typename: 'ServiceDetails', readonly serviceArea: string | null, readonly availability: ReadonlyArray<string>, readonly certified: boolean | null };

export type ListingDetailQuery_listing_details_VehicleDetails = { readonly __typename: 'VehicleDetails', readonly make: string | null, readonly model: string | null, readonly variant: string | null, readonly year: number | null, readonly mileageKm: number | null, readonly fuel: string | null, readonly transmission: string | null };

export type ListingDetailQuery_listing_details =
  | ListingDetailQuery_listing_details_GoodsDetails
  | ListingDetailQuery_listing_details_JobDetails
  | ListingDetailQuery_listing_details_PropertyDetails
  | ListingDetailQuery_listing_details_ServiceDetails
  | ListingDetailQuery_listing_details_VehicleDetails
;

export type ListingDetailQuery_listing_seller_listings_edges_node = { readonly slug: string, readonly title: string };

export type ListingDetailQuery_listing_seller_listings_edges = { readonly node: ListingDetailQuery_listing_seller_listings_edges_node };

export type ListingDetailQuery_listing_seller_listings = { readonly edges: ReadonlyArray<ListingDetailQuery_listing_seller_listings_edges> };

export type ListingDetailQuery_listing_seller = { readonly id: string, readonly displayName: string, readonly isVerified: boolean, readonly phone: string | null, readonly listings: ListingDetailQuery_listing_seller_listings };

export type ListingDetailQuery_listing_counters = { readonly views: number, readonly likes: number, readonly favourites: number };

export type ListingDetailQuery_listing_viewerState = { readonly hasLiked: boolean, readonly hasFavourited: boolean };

export type ListingDetailQuery_listing = { readonly id: string, readonly title: string, readonly status: Types.ListingStatus, readonly condition: Types.Condition | null, readonly city: string | null, readonly location: ListingDetailQuery_listing_location | null, readonly price: ListingDetailQuery_listing_price | null, readonly body: ListingDetailQuery_listing_body, readonly images: ReadonlyArray<ListingDetailQuery_listing_images>, readonly categoryPath: ReadonlyArray<ListingDetailQuery_listing_categoryPath>, readonly attributes: ReadonlyArray<ListingDetailQuery_listing_attributes>, readonly details: ListingDetailQuery_listing_details | null, readonly seller: ListingDetailQuery_listing_seller | null, readonly counters: ListingDetailQuery_listing_counters | null, readonly viewerState: ListingDetailQuery_listing_viewerState | null };

export type ListingDetailQuery = { readonly listing: ListingDetailQuery_listing | null };


export type ListingDetailQueryVariables = Exact<{
  slug: string;
}>;

export type ListingPageQuery_listings_edges_node_price = { readonly amountMinor: number, readonly currency: string, readonly formatted: string };

export type ListingPageQuery_listings_edges_node_images = { readonly alt: string | null, readonly lqip: string | null, readonly url: string };

export type ListingPageQuery_listings_edges_node_category = { readonly slug: string, readonly title: string };

export type ListingPageQuery_listings_edges_node_seller = { readonly slug: string, readonly displayName: string, readonly isVerified: boolean };

export type ListingPageQuery_listings_edges_node_counters = { readonly views: number, readonly likes: number, readonly favourites: number };

export type ListingPageQuery_listings_edges_node_viewerState = { readonly hasLiked: boolean, readonly hasFavourited: boolean };

export type ListingPageQuery_listings_edges_node = { readonly id: string, readonly slug: string, readonly title: string, readonly city: string | null, readonly isPromoted: boolean, readonly publishedAt: string | null, readonly price: ListingPageQuery_listings_edges_node_price | null, readonly images: ReadonlyArray<ListingPageQuery_listings_edges_node_images>, readonly category: ListingPageQuery_listings_edges_node_category | null, readonly seller: ListingPageQuery_listings_edges_node_seller | null, readonly counters: ListingPageQuery_listings_edges_node_counters | null, readonly viewerState: ListingPageQuery_listings_edges_node_viewerState | null };

export type ListingPageQuery_listings_edges = { readonly cursor: string, readonly node: ListingPageQuery_listings_edges_node };

export type ListingPageQuery_listings_pageInfo = { readonly hasNextPage: boolean, readonly endCursor: string | null };

export type ListingPageQuery_listings = { readonly edges: ReadonlyArray<ListingPageQuery_listings_edges>, readonly pageInfo: ListingPageQuery_listings_pageInfo };

export type ListingPageQuery = { readonly listings: ListingPageQuery_listings | null };


export type ListingPageQueryVariables = Exact<{
  filter?: Types.ListingFilter | null | undefined;
  sort?: Types.ListingOrder;
  first?: number;
  after?: string | null | undefined;
}>;

export type MarkNotificationsReadMutation_markNotificationsRead_InvalidInput = { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string };

export type MarkNotificationsReadMutation_markNotificationsRead_NotSignedIn = { readonly __typename: 'NotSignedIn', readonly code: string, readonly message: string };

export type MarkNotificationsReadMutation_markNotificationsRead_NotificationsRead = { readonly __typename: 'NotificationsRead', readonly marked: number, readonly unread: number };

export type MarkNotificationsReadMutation_markNotificationsRead_RetryLater = { readonly __typename: 'RetryLater', readonly code: string, readonly message: string };

export type MarkNotificationsReadMutation_markNotificationsRead =
  | MarkNotificationsReadMutation_markNotificationsRead_InvalidInput
  | MarkNotificationsReadMutation_markNotificationsRead_NotSignedIn
  | MarkNotificationsReadMutation_markNotificationsRead_NotificationsRead
  | MarkNotificationsReadMutation_markNotificationsRead_RetryLater
;

export type MarkNotificationsReadMutation = { readonly markNotificationsRead: MarkNotificationsReadMutation_markNotificationsRead };


export type MarkNotificationsReadMutationVariables = Exact<{
  ids?: ReadonlyArray<string> | null | undefined;
}>;

export type ModerationQueueQuery_moderationCases_edges_node = { readonly id: string, readonly kind: Types.CaseKind, readonly subjectKind: Types.SubjectKind, readonly reasons: ReadonlyArray<string>, readonly note: string, readonly snapshot: unknown, readonly createdAt: string };

export type ModerationQueueQuery_moderationCases_edges = { readonly node: ModerationQueueQuery_moderationCases_edges_node };

export type ModerationQueueQuery_moderationCases_pageInfo = { readonly hasNextPage: boolean, readonly endCursor: string | null };

export type ModerationQueueQuery_moderationCases = { readonly edges: ReadonlyArray<ModerationQueueQuery_moderationCases_edges>, readonly pageInfo: ModerationQueueQuery_moderationCases_pageInfo };

export type ModerationQueueQuery = { readonly moderationCases: ModerationQueueQuery_moderationCases | null };


export type ModerationQueueQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;

export type MyAuctionsQuery_viewer_bids_edges_node_price = { readonly formatted: string };

export type MyAuctionsQuery_viewer_bids_edges_node_myMax = { readonly formatted: string };

export type MyAuctionsQuery_viewer_bids_edges_node = { readonly at: string, readonly price: MyAuctionsQuery_viewer_bids_edges_node_price, readonly myMax: MyAuctionsQuery_viewer_bids_edges_node_myMax | null };

export type MyAuctionsQuery_viewer_bids_edges = { readonly node: MyAuctionsQuery_viewer_bids_edges_node };

export type MyAuctionsQuery_viewer_bids = { readonly edges: ReadonlyArray<MyAuctionsQuery_viewer_bids_edges> };

export type MyAuctionsQuery_viewer_orders_edges_node_total = { readonly formatted: string };

export type MyAuctionsQuery_viewer_orders_edges_node_payment = { readonly status: Types.PaymentStatus, readonly failure: string | null, readonly clientSecret: string | null };

export type MyAuctionsQuery_viewer_orders_edges_node = { readonly id: string, readonly kind: Types.OrderKind, readonly status: Types.OrderStatus, readonly dueAt: string, readonly total: MyAuctionsQuery_viewer_orders_edges_node_total, readonly payment: MyAuctionsQuery_viewer_orders_edges_node_payment | null };

export type MyAuctionsQuery_viewer_orders_edges = { readonly node: MyAuctionsQuery_viewer_orders_edges_node };

export type MyAuctionsQuery_viewer_orders = { readonly edges: ReadonlyArray<MyAuctionsQuery_viewer_orders_edges> };

export type MyAuctionsQuery_viewer_paymentMethods = { readonly id: string, readonly brand: string | null, readonly last4: string | null };

export type MyAuctionsQuery_viewer_wallet_owed = { readonly formatted: string };

export type MyAuctionsQuery_viewer_wallet_pending = { readonly formatted: string };

export type MyAuctionsQuery_viewer_wallet_available = { readonly formatted: string };

export type MyAuctionsQuery_viewer_wallet = { readonly owed: ReadonlyArray<MyAuctionsQuery_viewer_wallet_owed>, readonly pending: ReadonlyArray<MyAuctionsQuery_viewer_wallet_pending>, readonly available: ReadonlyArray<MyAuctionsQuery_viewer_wallet_available> };

export type MyAuctionsQuery_viewer = { readonly bids: MyAuctionsQuery_viewer_bids | null, readonly orders: MyAuctionsQuery_viewer_orders | null, readonly paymentMethods: ReadonlyArray<MyAuctionsQuery_viewer_paymentMethods> | null, readonly wallet: MyAuctionsQuery_viewer_wallet | null };

export type MyAuctionsQuery = { readonly viewer: MyAuctionsQuery_viewer | null };


export type MyAuctionsQueryVariables = Exact<{
  first?: number;
}>;

export type NotificationFeedSubscription_notifications_notification = { readonly id: string, readonly kind: Types.NotificationKind, readonly title: string, readonly body: string, readonly path: string, readonly count: number };

export type NotificationFeedSubscription_notifications_NotificationTold = { readonly __typename: 'NotificationTold', readonly cursor: string, readonly at: string, readonly unreadCount: number | null, readonly notification: NotificationFeedSubscription_notifications_notification | null };

export type NotificationFeedSubscription_notifications_NotificationsGap = { readonly __typename: 'NotificationsGap', readonly reason: string, readonly cursor: string, readonly at: string, readonly unreadCount: number | null };

export type NotificationFeedSubscription_notifications_NotificationsMarked = { readonly __typename: 'NotificationsMarked', readonly marked: number, readonly cursor: string, readonly at: string, readonly unreadCount: number | null };

export type NotificationFeedSubscription_notifications_NotificationsSnapshot = { readonly __typename: 'NotificationsSnapshot', readonly cursor: string, readonly at: string, readonly unreadCount: number | null };

export type NotificationFeedSubscription_notifications =
  | NotificationFeedSubscription_notifications_NotificationTold
  | NotificationFeedSubscription_notifications_NotificationsGap
  | NotificationFeedSubscription_notifications_NotificationsMarked
  | NotificationFeedSubscription_notifications_NotificationsSnapshot
;

export type NotificationFeedSubscription = { readonly notifications: NotificationFeedSubscription_notifications };


export type NotificationFeedSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;

export type SetNotificationPreferenceMutation_setNotificationPreference_NotSignedIn = { readonly __typename: 'NotSignedIn', readonly code: string, readonly message: string };

export type SetNotificationPreferenceMutation_setNotificationPreference_NotificationPreference = { readonly __typename: 'NotificationPreference', readonly kind: Types.NotificationKind, readonly inApp: boolean, readonly email: boolean };

export type SetNotificationPreferenceMutation_setNotificationPreference_RetryLater = { readonly __typename: 'RetryLater', readonly code: string, readonly message: string };

export type SetNotificationPreferenceMutation_setNotificationPreference =
  | SetNotificationPreferenceMutation_setNotificationPreference_NotSignedIn
  | SetNotificationPreferenceMutation_setNotificationPreference_NotificationPreference
  | SetNotificationPreferenceMutation_setNotificationPreference_RetryLater
;

export type SetNotificationPreferenceMutation = { readonly setNotificationPreference: SetNotificationPreferenceMutation_setNotificationPreference };


export type SetNotificationPreferenceMutationVariables = Exact<{
  kind: Types.NotificationKind;
  channel: Types.NotificationChannel;
  isOn: boolean;
}>;

export type NotificationsQuery_viewer_notifications_edges_node_listing = { readonly id: string, readonly slug: string };

export type NotificationsQuery_viewer_notifications_edges_node_auction = { readonly id: string };

export type NotificationsQuery_viewer_notifications_edges_node = { readonly id: string, readonly kind: Types.NotificationKind, readonly title: string, readonly body: string, readonly path: string, readonly count: number, readonly isRead: boolean, readonly updatedAt: string, readonly listing: NotificationsQuery_viewer_notifications_edges_node_listing | null, readonly auction: NotificationsQuery_viewer_notifications_edges_node_auction | null };

export type NotificationsQuery_viewer_notifications_edges = { readonly node: NotificationsQuery_viewer_notifications_edges_node };

export type NotificationsQuery_viewer_notifications_pageInfo = { readonly hasNextPage: boolean, readonly endCursor: string | null };

export type NotificationsQuery_viewer_notifications = { readonly edges: ReadonlyArray<NotificationsQuery_viewer_notifications_edges>, readonly pageInfo: NotificationsQuery_viewer_notifications_pageInfo };

export type NotificationsQuery_viewer_notificationPreferences = { readonly kind: Types.NotificationKind, readonly inApp: boolean, readonly email: boolean };

export type NotificationsQuery_viewer = { readonly unreadNotifications: number | null, readonly notifications: NotificationsQuery_viewer_notifications | null, readonly notificationPreferences: ReadonlyArray<NotificationsQuery_viewer_notificationPreferences> | null };

export type NotificationsQuery = { readonly viewer: NotificationsQuery_viewer | null };


export type NotificationsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
}>;

export type PlaceBidMutation_registerToBid_NotAllowed = { readonly __typename: 'NotAllowed', readonly code: string, readonly message: string };

export type PlaceBidMutation_registerToBid_NotFound = { readonly __typename: 'NotFound', readonly code: string, readonly message: string };

export type PlaceBidMutation_registerToBid_NotSignedIn = { readonly __typename: 'NotSignedIn', readonly code: string, readonly message: string };

export type PlaceBidMutation_registerToBid_Registration = { readonly __typename: 'Registration', readonly standing: Types.Standing };

export type PlaceBidMutation_registerToBid_RetryLater = { readonly __typename: 'RetryLater', readonly code: string, readonly message: string };

export type PlaceBidMutation_registerToBid_WrongState = { readonly __typename: 'WrongState', readonly code: string, readonly message: string };

export type PlaceBidMutation_registerToBid =
  | PlaceBidMutation_registerToBid_NotAllowed
  | PlaceBidMutation_registerToBid_NotFound
  | PlaceBidMutation_registerToBid_NotSignedIn
  | PlaceBidMutation_registerToBid_Registration
  | PlaceBidMutation_registerToBid_RetryLater
  | PlaceBidMutation_registerToBid_WrongState
;

export type PlaceBidMutation_placeBid_price = { readonly formatted: string };

export type PlaceBidMutation_placeBid_BidOutbid_price = { readonly formatted: string };

export type PlaceBidMutation_placeBid_BidAccepted = { readonly __typename: 'BidAccepted', readonly effectiveEndAt: string, readonly price: PlaceBidMutation_placeBid_price };

export type PlaceBidMutation_placeBid_BidKeyConflict = { readonly __typename: 'BidKeyConflict', readonly code: string, readonly message: string };

export type PlaceBidMutation_placeBid_BidOutbid = { readonly __typename: 'BidOutbid', readonly price: PlaceBidMutation_placeBid_BidOutbid_price };

export type PlaceBidMutation_placeBid_BidRejected = { readonly __typename: 'BidRejected', readonly code: string, readonly message: string };

export type PlaceBidMutation_placeBid_BidRetryLater = { readonly __typename: 'BidRetryLater', readonly code: string, readonly message: string };

export type PlaceBidMutation_placeBid_BidUnknown = { readonly __typename: 'BidUnknown', readonly code: string, readonly message: string };

export type PlaceBidMutation_placeBid_NotFound = { readonly __typename: 'NotFound', readonly code: string, readonly message: string };

export type PlaceBidMutation_placeBid_NotSignedIn = { readonly __typename: 'NotSignedIn', readonly code: string, readonly message: string };

export type PlaceBidMutation_placeBid =
  | PlaceBidMutation_placeBid_BidAccepted
  | PlaceBidMutation_placeBid_BidKeyConflict
  | PlaceBidMutation_placeBid_BidOutbid
  | PlaceBidMutation_placeBid_BidRejected
  | PlaceBidMutation_placeBid_BidRetryLater
  | PlaceBidMutation_placeBid_BidUnknown
  | PlaceBidMutation_placeBid_NotFound
  | PlaceBidMutation_placeBid_NotSignedIn
;

export type PlaceBidMutation = { readonly registerToBid: PlaceBidMutation_registerToBid, readonly placeBid: PlaceBidMutation_placeBid };


export type PlaceBidMutationVariables = Exact<{
  auction: string;
  maxAmountMinor: number;
  key: string;
  currency?: string;
}>;

export type PresenceFeedSubscription_presence = { readonly userId: string, readonly isOnline: boolean, readonly lastSeenAt: string | null };

export type PresenceFeedSubscription = { readonly presence: ReadonlyArray<PresenceFeedSubscription_presence> };


export type PresenceFeedSubscriptionVariables = Exact<{
  users: ReadonlyArray<string>;
}>;

export type PublicProfileQuery_publicProfile_bio = { readonly html: string };

export type PublicProfileQuery_publicProfile_avatar = { readonly alt: string | null, readonly url: string };

export type PublicProfileQuery_publicProfile_listings_edges_node = { readonly id: string, readonly slug: string, readonly title: string };

export type PublicProfileQuery_publicProfile_listings_edges = { readonly node: PublicProfileQuery_publicProfile_listings_edges_node };

export type PublicProfileQuery_publicProfile_listings = { readonly edges: ReadonlyArray<PublicProfileQuery_publicProfile_listings_edges> };

export type PublicProfileQuery_publicProfile = { readonly id: string, readonly handle: string, readonly displayName: string, readonly kind: Types.ProfileKind, readonly isVerified: boolean, readonly memberSince: string | null, readonly city: string | null, readonly phone: string | null, readonly bio: PublicProfileQuery_publicProfile_bio, readonly avatar: PublicProfileQuery_publicProfile_avatar | null, readonly listings: PublicProfileQuery_publicProfile_listings };

export type PublicProfileQuery = { readonly publicProfile: PublicProfileQuery_publicProfile | null };


export type PublicProfileQueryVariables = Exact<{
  slug: string;
}>;

export type PublishListingMutation_publishListing_InvalidInput_problems = { readonly field: string, readonly message: string };

export type PublishListingMutation_publishListing_EditConflict = { readonly __typename: 'EditConflict', readonly code: string, readonly message: string };

export type PublishListingMutation_publishListing_IdempotencyConflict = { readonly __typename: 'IdempotencyConflict', readonly code: string, readonly message: string };

export type PublishListingMutation_publishListing_InvalidInput = { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly problems: ReadonlyArray<PublishListingMutation_publishListing_InvalidInput_problems> };

export type PublishListingMutation_publishListing_Listing = { readonly __typename: 'Listing', readonly id: string, readonly slug: string, readonly status: Types.ListingStatus, readonly publishedAt: string | null };

export type PublishListingMutation_publishListing_NotAllowed = { readonly __typename: 'NotAllowed', readonly code: string, readonly message: string };

export type PublishListingMutation_publishListing_NotFound = { readonly __typename: 'NotFound', readonly code: string, readonly message: string };

export type PublishListingMutation_publishListing_NotSignedIn = { readonly __typename: 'NotSignedIn', readonly code: string, readonly message: string };

export type PublishListingMutation_publishListing_RetryLater = { readonly __typename: 'RetryLater', readonly code: string, readonly message: string };

export type PublishListingMutation_publishListing_WrongState = { readonly __typename: 'WrongState', readonly code: string, readonly message: string, readonly state: string };

export type PublishListingMutation_publishListing =
  | PublishListingMutation_publishListing_EditConflict
  | PublishListingMutation_publishListing_IdempotencyConflict
  | PublishListingMutation_publishListing_InvalidInput
  | PublishListingMutation_publishListing_Listing
  | PublishListingMutation_publishListing_NotAllowed
  | PublishListingMutation_publishListing_NotFound
  | PublishListingMutation_publishListing_NotSignedIn
  | PublishListingMutation_publishListing_RetryLater
  | PublishListingMutation_publishListing_WrongState
;

export type PublishListingMutation = { readonly publishListing: PublishListingMutation_publishListing };


export type PublishListingMutationVariables = Exact<{
  id: string;
}>;

export type RecordViewMutation_recordView_RecordedView_counters = { readonly views: number };

export type RecordViewMutation_recordView_NotFound = { readonly __typename: 'NotFound', readonly code: string, readonly message: string };

export type RecordViewMutation_recordView_RecordedView = { readonly __typename: 'RecordedView', readonly isCounted: boolean, readonly counters: RecordViewMutation_recordView_RecordedView_counters };

export type RecordViewMutation_recordView_RetryLater = { readonly __typename: 'RetryLater', readonly code: string, readonly message: string };

export type RecordViewMutation_recordView =
  | RecordViewMutation_recordView_NotFound
  | RecordViewMutation_recordView_RecordedView
  | RecordViewMutation_recordView_RetryLater
;

export type RecordViewMutation = { readonly recordView: RecordViewMutation_recordView };


export type RecordViewMutationVariables = Exact<{
  id: string;
}>;

export type SavePaymentMethodMutation_savePaymentMethod_IdempotencyConflict = { readonly __typename: 'IdempotencyConflict', readonly code: string, readonly message: string };

export type SavePaymentMethodMutation_savePaymentMethod_InvalidInput = { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string };

export type SavePaymentMethodMutation_savePaymentMethod_NotAllowed = { readonly __typename: 'NotAllowed', readonly code: string, readonly message: string };

export type SavePaymentMethodMutation_savePaymentMethod_NotSignedIn = { readonly __typename: 'NotSignedIn', readonly code: string, readonly message: string };

export type SavePaymentMethodMutation_savePaymentMethod_PaymentMethod = { readonly __typename: 'PaymentMethod', readonly id: string, readonly brand: string | null, readonly last4: string | null };

export type SavePaymentMethodMutation_savePaymentMethod_PaymentMethodDeclined = { readonly __typename: 'PaymentMethodDeclined', readonly code: string, readonly message: string };

export type SavePaymentMethodMutation_savePaymentMethod_PaymentMethodSetup = { readonly __typename: 'PaymentMethodSetup', readonly clientSecret: string | null, readonly publishableKey: string, readonly actionUrl: string | null };

export type SavePaymentMethodMutation_savePaymentMethod_RetryLater = { readonly __typename: 'RetryLater', readonly code: string, readonly message: string };

export type SavePaymentMethodMutation_savePaymentMethod_WrongState = { readonly __typename: 'WrongState', readonly code: string, readonly message: string };

export type SavePaymentMethodMutation_savePaymentMethod =
  | SavePaymentMethodMutation_savePaymentMethod_IdempotencyConflict
  | SavePaymentMethodMutation_savePaymentMethod_InvalidInput
  | SavePaymentMethodMutation_savePaymentMethod_NotAllowed
  | SavePaymentMethodMutation_savePaymentMethod_NotSignedIn
  | SavePaymentMethodMutation_savePaymentMethod_PaymentMethod
  | SavePaymentMethodMutation_savePaymentMethod_PaymentMethodDeclined
  | SavePaymentMethodMutation_savePaymentMethod_PaymentMethodSetup
  | SavePaymentMethodMutation_savePaymentMethod_RetryLater
  | SavePaymentMethodMutation_savePaymentMethod_WrongState
;

export type SavePaymentMethodMutation = { readonly savePaymentMethod: SavePaymentMethodMutation_savePaymentMethod };


export type SavePaymentMethodMutationVariables = Exact<{
  token: string;
  key: string;
}>;

export type SaveSearchMutation_saveSearch_problems = { readonly field: string, readonly message: string };

export type SaveSearchMutation_saveSearch_InvalidInput = { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly problems: ReadonlyArray<SaveSearchMutation_saveSearch_problems> };

export type SaveSearchMutation_saveSearch_NotFound = { readonly __typename: 'NotFound', readonly code: string, readonly message: string };

export type SaveSearchMutation_saveSearch_NotSignedIn = { readonly __typename: 'NotSignedIn', readonly code: string, readonly message: string };

export type SaveSearchMutation_saveSearch_RetryLater = { readonly __typename: 'RetryLater', readonly code: string, readonly message: string };

export type SaveSearchMutation_saveSearch_SavedSearch = { readonly __typename: 'SavedSearch', readonly id: string, readonly name: string, readonly text: string, readonly hasAlerts: boolean };

export type SaveSearchMutation_saveSearch_WrongState = { readonly __typename: 'WrongState', readonly code: string, readonly message: string };

export type SaveSearchMutation_saveSearch =
  | SaveSearchMutation_saveSearch_InvalidInput
  | SaveSearchMutation_saveSearch_NotFound
  | SaveSearchMutation_saveSearch_NotSignedIn
  | SaveSearchMutation_saveSearch_RetryLater
  | SaveSearchMutation_saveSearch_SavedSearch
  | SaveSearchMutation_saveSearch_WrongState
;

export type SaveSearchMutation = { readonly saveSearch: SaveSearchMutation_saveSearch };


export type SaveSearchMutationVariables = Exact<{
  name: string;
  text: string;
  filter?: Types.SearchFilterInput | null | undefined;
  near?: Types.NearInput | null | undefined;
}>;

export type SavedSearchesQuery_viewer_savedSearches = { readonly id: string, readonly name: string, readonly text: string, readonly hasAlerts: boolean, readonly createdAt: string };

export type SavedSearchesQuery_viewer = { readonly savedSearches: ReadonlyArray<SavedSearchesQuery_viewer_savedSearches> | null };

export type SavedSearchesQuery = { readonly viewer: SavedSearchesQuery_viewer | null };


export type SavedSearchesQueryVariables = Exact<{ [key: string]: never; }>;

export type SearchQuery_search_readPrice_minimum = { readonly formatted: string };

export type SearchQuery_search_readPrice_maximum = { readonly formatted: string };

export type SearchQuery_search_readPrice = { readonly words: string, readonly phrase: string, readonly minimum: SearchQuery_search_readPrice_minimum | null, readonly maximum: SearchQuery_search_readPrice_maximum | null };

export type SearchQuery_search_edges_node_price = { readonly formatted: string };

export type SearchQuery_search_edges_node_images = { readonly alt: string | null, readonly url: string };

export type SearchQuery_search_edges_node = { readonly id: string, readonly slug: string, readonly title: string, readonly city: string | null, readonly isPromoted: boolean, readonly price: SearchQuery_search_edges_node_price | null, readonly images: ReadonlyArray<SearchQuery_search_edges_node_images> };

export type SearchQuery_search_edges = { readonly cursor: string, readonly titleHtml: string | null, readonly textHtml: string | null, readonly distanceMetres: number | null, readonly node: SearchQuery_search_edges_node | null };

export type SearchQuery_search_facets_values = { readonly value: string, readonly label: string, readonly count: number };

export type SearchQuery_search_facets_range = { readonly minimum: number | null, readonly maximum: number | null };

export type SearchQuery_search_facets = { readonly key: string, readonly label: string, readonly values: ReadonlyArray<SearchQuery_search_facets_values>, readonly range: SearchQuery_search_facets_range | null };

export type SearchQuery_search_pageInfo = { readonly hasNextPage: boolean, readonly endCursor: string | null };

export type SearchQuery_search = { readonly totalCount: number, readonly readPrice: SearchQuery_search_readPrice | null, readonly edges: ReadonlyArray<SearchQuery_search_edges>, readonly facets: ReadonlyArray<SearchQuery_search_facets>, readonly pageInfo: SearchQuery_search_pageInfo };

export type SearchQuery = { readonly search: SearchQuery_search | null };


export type SearchQueryVariables = Exact<{
  text?: string;
  filter?: Types.SearchFilterInput | null | undefined;
  facets?: ReadonlyArray<string> | null | undefined;
  near?: Types.NearInput | null | undefined;
  sort?: Types.ListingSort;
  readsPrice?: boolean;
  first?: number;
  after?: string | null | undefined;
}>;

export type SendFeedbackMutation_sendFeedback_FeedbackSent = { readonly __typename: 'FeedbackSent', readonly isNew: boolean };

export type SendFeedbackMutation_sendFeedback_InvalidInput = { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string };

export type SendFeedbackMutation_sendFeedback_NotSignedIn = { readonly __typename: 'NotSignedIn', readonly code: string, readonly message: string };

export type SendFeedbackMutation_sendFeedback_RetryLater = { readonly __typename: 'RetryLater', readonly code: string, readonly message: string };

export type SendFeedbackMutation_sendFeedback_WrongState = { readonly __typename: 'WrongState', readonly code: string, readonly message: string };

export type SendFeedbackMutation_sendFeedback =
  | SendFeedbackMutation_sendFeedback_FeedbackSent
  | SendFeedbackMutation_sendFeedback_InvalidInput
  | SendFeedbackMutation_sendFeedback_NotSignedIn
  | SendFeedbackMutation_sendFeedback_RetryLater
  | SendFeedbackMutation_sendFeedback_WrongState
;

export type SendFeedbackMutation = { readonly sendFeedback: SendFeedbackMutation_sendFeedback };


export type SendFeedbackMutationVariables = Exact<{
  text: string;
  key: string;
}>;

export type SendMessageMutation_sendMessage_MessageSent_sentMessage = { readonly id: string, readonly seq: number | null };

export type SendMessageMutation_sendMessage_InvalidInput = { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string };

export type SendMessageMutation_sendMessage_MessageHeld = { readonly __typename: 'MessageHeld' };

export type SendMessageMutation_sendMessage_MessageKeyConflict = { readonly __typename: 'MessageKeyConflict', readonly code: string, readonly message: string };

export type SendMessageMutation_sendMessage_MessageRefused = { readonly __typename: 'MessageRefused', readonly retryAfterSeconds: number | null, readonly code: string, readonly message: string };

export type SendMessageMutation_sendMessage_MessageSent = { readonly __typename: 'MessageSent', readonly replayed: boolean, readonly sentMessage: SendMessageMutation_sendMessage_MessageSent_sentMessage };

export type SendMessageMutation_sendMessage_NotAllowed = { readonly __typename: 'NotAllowed', readonly code: string, readonly message: string };

export type SendMessageMutation_sendMessage_NotFound = { readonly __typename: 'NotFound', readonly code: string, readonly message: string };

export type SendMessageMutation_sendMessage_NotSignedIn = { readonly __typename: 'NotSignedIn', readonly code: string, readonly message: string };

export type SendMessageMutation_sendMessage_RetryLater = { readonly __typename: 'RetryLater', readonly code: string, readonly message: string };

export type SendMessageMutation_sendMessage =
  | SendMessageMutation_sendMessage_InvalidInput
  | SendMessageMutation_sendMessage_MessageHeld
  | SendMessageMutation_sendMessage_MessageKeyConflict
  | SendMessageMutation_sendMessage_MessageRefused
  | SendMessageMutation_sendMessage_MessageSent
  | SendMessageMutation_sendMessage_NotAllowed
  | SendMessageMutation_sendMessage_NotFound
  | SendMessageMutation_sendMessage_NotSignedIn
  | SendMessageMutation_sendMessage_RetryLater
;

export type SendMessageMutation_markRead_conversation = { readonly unreadCount: number };

export type SendMessageMutation_markRead_ConversationChanged = { readonly __typename: 'ConversationChanged', readonly conversation: SendMessageMutation_markRead_conversation | null };

export type SendMessageMutation_markRead_NotFound = { readonly __typename: 'NotFound', readonly code: string };

export type SendMessageMutation_markRead_NotSignedIn = { readonly __typename: 'NotSignedIn', readonly code: string };

export type SendMessageMutation_markRead_RetryLater = { readonly __typename: 'RetryLater', readonly code: string };

export type SendMessageMutation_markRead =
  | SendMessageMutation_markRead_ConversationChanged
  | SendMessageMutation_markRead_NotFound
  | SendMessageMutation_markRead_NotSignedIn
  | SendMessageMutation_markRead_RetryLater
;

export type SendMessageMutation = { readonly sendMessage: SendMessageMutation_sendMessage, readonly markRead: SendMessageMutation_markRead };


export type SendMessageMutationVariables = Exact<{
  conversation: string;
  body: string;
  key: string;
  read: number;
}>;

export type StartConversationMutation_startConversation_MessageHeld_heldMessage = { readonly id: string, readonly status: Types.MessageStatus };

export type StartConversationMutation_startConversation_MessageSent_sentMessage = { readonly id: string, readonly seq: number | null };

export type StartConversationMutation_startConversation_MessageSent_conversation = { readonly id: string };

export type StartConversationMutation_startConversation_InvalidInput = { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string };

export type StartConversationMutation_startConversation_MessageHeld = { readonly __typename: 'MessageHeld', readonly heldMessage: StartConversationMutation_startConversation_MessageHeld_heldMessage };

export type StartConversationMutation_startConversation_MessageKeyConflict = { readonly __typename: 'MessageKeyConflict', readonly code: string, readonly message: string };

export type StartConversationMutation_startConversation_MessageRefused = { readonly __typename: 'MessageRefused', readonly code: string, readonly message: string };

export type StartConversationMutation_startConversation_MessageSent = { readonly __typename: 'MessageSent', readonly sentMessage: StartConversationMutation_startConversation_MessageSent_sentMessage, readonly conversation: StartConversationMutation_startConversation_MessageSent_conversation | null };

export type StartConversationMutation_startConversation_NotAllowed = { readonly __typename: 'NotAllowed', readonly code: string, readonly message: string };

export type StartConversationMutation_startConversation_NotFound = { readonly __typename: 'NotFound', readonly code: string, readonly message: string };

export type StartConversationMutation_startConversation_NotSignedIn = { readonly __typename: 'NotSignedIn', readonly code: string, readonly message: string };

export type StartConversationMutation_startConversation_RetryLater = { readonly __typename: 'RetryLater', readonly code: string, readonly message: string };

export type StartConversationMutation_startConversation =
  | StartConversationMutation_startConversation_InvalidInput
  | StartConversationMutation_startConversation_MessageHeld
  | StartConversationMutation_startConversation_MessageKeyConflict
  | StartConversationMutation_startConversation_MessageRefused
  | StartConversationMutation_startConversation_MessageSent
  | StartConversationMutation_startConversation_NotAllowed
  | StartConversationMutation_startConversation_NotFound
  | StartConversationMutation_startConversation_NotSignedIn
  | StartConversationMutation_startConversation_RetryLater
;

export type StartConversationMutation = { readonly startConversation: StartConversationMutation_startConversation };


export type StartConversationMutationVariables = Exact<{
  listing: string;
  body: string;
  key: string;
}>;

export type SuggestQuery = { readonly suggest: ReadonlyArray<string> | null };


export type SuggestQueryVariables = Exact<{
  prefix: string;
}>;

export type TypingFeedSubscription_typing = { readonly userId: string, readonly isTyping: boolean };

export type TypingFeedSubscription = { readonly typing: TypingFeedSubscription_typing };


export type TypingFeedSubscriptionVariables = Exact<{
  conversation: string;
}>;

export type UpsertProfileMutation_upsertProfile_InvalidInput_problems = { readonly field: string, readonly message: string };

export type UpsertProfileMutation_upsertProfile_EditConflict = { readonly __typename: 'EditConflict', readonly code: string, readonly message: string };

export type UpsertProfileMutation_upsertProfile_InvalidInput = { readonly __typename: 'InvalidInput', readonly code: string, readonly message: string, readonly problems: ReadonlyArray<UpsertProfileMutation_upsertProfile_InvalidInput_problems> };

export type UpsertProfileMutation_upsertProfile_NotFound = { readonly __typename: 'NotFound', readonly code: string, readonly message: string };

export type UpsertProfileMutation_upsertProfile_NotSignedIn = { readonly __typename: 'NotSignedIn', readonly code: string, readonly message: string };

export type UpsertProfileMutation_upsertProfile_PublicUser = { readonly __typename: 'PublicUser', readonly id: string, readonly handle: string, readonly displayName: string, readonly city: string | null, readonly phone: string | null };

export type UpsertProfileMutation_upsertProfile_RetryLater = { readonly __typename: 'RetryLater', readonly code: string, readonly message: string };

export type UpsertProfileMutation_upsertProfile =
  | UpsertProfileMutation_upsertProfile_EditConflict
  | UpsertProfileMutation_upsertProfile_InvalidInput
  | UpsertProfileMutation_upsertProfile_NotFound
  | UpsertProfileMutation_upsertProfile_NotSignedIn
  | UpsertProfileMutation_upsertProfile_PublicUser
  | UpsertProfileMutation_upsertProfile_RetryLater
;

export type UpsertProfileMutation = { readonly upsertProfile: UpsertProfileMutation_upsertProfile };


export type UpsertProfileMutationVariables = Exact<{
  input: Types.UpsertProfileInput;
}>;

export type ViewerHomeQuery_viewer_profile = { readonly id: string, readonly handle: string, readonly city: string | null };

export type ViewerHomeQuery_viewer_listings_edges_node = { readonly id: string, readonly title: string, readonly status: Types.ListingStatus, readonly isDraft: boolean };

export type ViewerHomeQuery_viewer_listings_edges = { readonly node: ViewerHomeQuery_viewer_listings_edges_node };

export type ViewerHomeQuery_viewer_listings = { readonly edges: ReadonlyArray<ViewerHomeQuery_viewer_listings_edges> };

export type ViewerHomeQuery_viewer = { readonly displayName: string | null, readonly roles: ReadonlyArray<Types.Role>, readonly profile: ViewerHomeQuery_viewer_profile | null, readonly listings: ViewerHomeQuery_viewer_listings };

export type ViewerHomeQuery = { readonly viewer: ViewerHomeQuery_viewer | null };


export type ViewerHomeQueryVariables = Exact<{
  status?: Types.ListingStatus | null | undefined;
}>;

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const BranchFragmentDoc = new TypedDocumentString(`
    fragment Branch on Category {
  id
  title
  slug
  icon
}
    `, {"fragmentName":"Branch"}) as unknown as TypedDocumentString<BranchFragment, unknown>;
export const WrittenFragmentDoc = new TypedDocumentString(`
    fragment Written on ListingResult {
  __typename
  ... on Listing {
    id
    revision
    slug
    status
    isDraft
  }
  ... on InvalidInput {
    code
    message
    problems {
      field
      message
    }
  }
  ... on Problem {
    code
    message
  }
}
    `, {"fragmentName":"Written"}) as unknown as TypedDocumentString<WrittenFragment, unknown>;
export const MarkedFragmentDoc = new TypedDocumentString(`
    fragment Marked on MarkListingResult {
  __typename
  ... on ListingMarked {
    state {
      hasLiked
      hasFavourited
    }
    listing {
      id
      counters {
        likes
        favourites
      }
    }
  }
  ... on Problem {
    code
    message
  }
}
    `, {"fragmentName":"Marked"}) as unknown as TypedDocumentString<MarkedFragment, unknown>;
export const AskQuestionDocument = new TypedDocumentString(`
    mutation AskQuestion($listing: ID!, $body: String!, $key: String!) {
  askQuestion(input: {listingId: $listing, body: $body, clientMessageId: $key}) {
    __typename
    ... on QuestionPosted {
      isHeld
      question {
        id
        body
      }
    }
    ... on Problem {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<AskQuestionMutation, AskQuestionMutationVariables>;
export const AuctionFeedDocument = new TypedDocumentString(`
    subscription AuctionFeed($auction: ID!, $after: String) {
  auctionEvents(auctionId: $auction, after: $after) {
    __typename
    cursor
    version
    price {
      formatted
    }
    leader
    bidCount
    reserveStatus
    effectiveEndAt
  }
}
    `) as unknown as TypedDocumentString<AuctionFeedSubscription, AuctionFeedSubscriptionVariables>;
export const AuctionsDocument = new TypedDocumentString(`
    query Auctions($filter: AuctionFilter, $first: Int! = 10, $after: String) {
  auctions(filter: $filter, first: $first, after: $after) {
    pageInfo {
      hasNextPage
      endCursor
    }
    edges {
      node {
        id
        status
        effectiveEndAt
        serverTime
        bidCount
        reserveStatus
        price {
          formatted
        }
        minimumNext {
          amountMinor
          formatted
        }
        listing {
          title
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<AuctionsQuery, AuctionsQueryVariables>;
export const CategoriesDocument = new TypedDocumentString(`
    query Categories {
  categories {
    ...Branch
    children {
      ...Branch
    }
  }
}
    fragment Branch on Category {
  id
  title
  slug
  icon
}`) as unknown as TypedDocumentString<CategoriesQuery, CategoriesQueryVariables>;
export const CategoryPageDocument = new TypedDocumentString(`
    query CategoryPage($slug: String!) {
  category(slug: $slug) {
    id
    title
    path {
      slug
      title
    }
    children {
      id
      slug
      title
    }
    attributes {
      key
      label
      kind
      unit
      options
      isRequired
      isFacet
      minimum
      maximum
    }
  }
}
    `) as unknown as TypedDocumentString<CategoryPageQuery, CategoryPageQueryVariables>;
export const ContentPageDocument = new TypedDocumentString(`
    query ContentPage($slug: String!) {
  contentPage(slug: $slug) {
    id
    title
    updatedAt
    body {
      html
      text(maxLength: 160)
    }
  }
}
    `) as unknown as TypedDocumentString<ContentPageQuery, ContentPageQueryVariables>;
export const ConversationFeedDocument = new TypedDocumentString(`
    subscription ConversationFeed($conversation: ID!, $after: String) {
  conversationEvents(conversationId: $conversation, after: $after) {
    __typename
    cursor
    version
    ... on MessageArrived {
      message {
        id
        seq
        body
        isMine
      }
    }
    ... on MessageChanged {
      change
      message {
        id
        body
      }
    }
    ... on ReadMarksMoved {
      userId
      lastReadSeq
      lastDeliveredSeq
    }
    ... on ConversationGap {
      reason
    }
  }
}
    `) as unknown as TypedDocumentString<ConversationFeedSubscription, ConversationFeedSubscriptionVariables>;
export const ConversationDocument = new TypedDocumentString(`
    query Conversation($id: ID!, $last: Int!, $before: String) {
  conversation(id: $id) {
    id
    lastSeq
    unreadCount
    isBlocked
    order {
      status
    }
    messages(last: $last, before: $before) {
      edges {
        node {
          id
          seq
          body
          isMine
          isDeleted
          editedAt
          createdAt
        }
      }
      pageInfo {
        hasPreviousPage
        startCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ConversationQuery, ConversationQueryVariables>;
export const ConversationsDocument = new TypedDocumentString(`
    query Conversations($first: Int!, $after: String, $filter: ConversationState! = ACTIVE) {
  viewer {
    unreadCount
    conversations(filter: $filter, first: $first, after: $after) {
      edges {
        node {
          id
          unreadCount
          lastMessageAt
          lastMessage {
            seq
            body
            isMine
          }
          listing {
            id
            title
          }
          participants {
            userId
            role
            isViewer
            lastReadSeq
            profile {
              displayName
            }
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ConversationsQuery, ConversationsQueryVariables>;
export const CreateListingDocument = new TypedDocumentString(`
    mutation CreateListing($input: CreateListingInput!) {
  createListing(input: $input) {
    ...Written
  }
}
    fragment Written on ListingResult {
  __typename
  ... on Listing {
    id
    revision
    slug
    status
    isDraft
  }
  ... on InvalidInput {
    code
    message
    problems {
      field
      message
    }
  }
  ... on Problem {
    code
    message
  }
}`) as unknown as TypedDocumentString<CreateListingMutation, CreateListingMutationVariables>;
export const DeleteSavedSearchDocument = new TypedDocumentString(`
    mutation DeleteSavedSearch($id: ID!) {
  deleteSavedSearch(input: {id: $id}) {
    __typename
    ... on SavedSearch {
      id
    }
    ... on Problem {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DeleteSavedSearchMutation, DeleteSavedSearchMutationVariables>;
export const FavouriteListingDocument = new TypedDocumentString(`
    mutation FavouriteListing($id: ID!) {
  favouriteListing(input: {id: $id}) {
    __typename
    ... on ListingMarked {
      state {
        hasLiked
        hasFavourited
      }
    }
    ... on Problem {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<FavouriteListingMutation, FavouriteListingMutationVariables>;
export const HomePageDocument = new TypedDocumentString(`
    query HomePage($placement: String!) {
  promotions(placement: $placement, first: 5) {
    edges {
      node {
        id
        title
        body {
          html
        }
        image {
          alt
          url(width: 1200, height: 500, fit: CROP, format: AUTO)
        }
        category {
          slug
        }
        listings {
          id
          slug
          title
          price {
            formatted
          }
        }
      }
    }
  }
  faqs(topic: "buying", first: 3) {
    edges {
      node {
        id
        question
        answer {
          text
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<HomePageQuery, HomePageQueryVariables>;
export const InboxFeedDocument = new TypedDocumentString(`
    subscription InboxFeed($after: String) {
  inboxEvents(after: $after) {
    __typename
    cursor
    totalUnread
    ... on InboxMessage {
      unreadCount
      conversation {
        id
      }
      message {
        body
        isMine
      }
    }
    ... on InboxRead {
      unreadCount
      conversation {
        id
      }
    }
    ... on InboxGap {
      reason
    }
  }
}
    `) as unknown as TypedDocumentString<InboxFeedSubscription, InboxFeedSubscriptionVariables>;
export const LikeListingDocument = new TypedDocumentString(`
    mutation LikeListing($id: ID!) {
  likeListing(input: {id: $id}) {
    ...Marked
  }
}
    fragment Marked on MarkListingResult {
  __typename
  ... on ListingMarked {
    state {
      hasLiked
      hasFavourited
    }
    listing {
      id
      counters {
        likes
        favourites
      }
    }
  }
  ... on Problem {
    code
    message
  }
}`) as unknown as TypedDocumentString<LikeListingMutation, LikeListingMutationVariables>;
export const ListingCountersFeedDocument = new TypedDocumentString(`
    subscription ListingCountersFeed($ids: [ID!]!) {
  listingCounters(ids: $ids) {
    listingId
    views
    likes
    favourites
  }
}
    `) as unknown as TypedDocumentString<ListingCountersFeedSubscription, ListingCountersFeedSubscriptionVariables>;
export const ListingDetailDocument = new TypedDocumentString(`
    query ListingDetail($slug: String!) {
  listing(slug: $slug) {
    id
    title
    status
    condition
    city
    location {
      latitude
      longitude
    }
    price {
      formatted
    }
    body {
      html(imageWidth: 800)
    }
    images {
      alt
      width
      height
      lqip
      url(width: 1200, format: AUTO, quality: 80)
    }
    categoryPath {
      slug
      title
    }
    attributes {
      key
      label
      text
      unit
    }
    details {
      __typename
      ... on VehicleDetails {
        make
        model
        variant
        year
        mileageKm
        fuel
        transmission
      }
      ... on PropertyDetails {
        bedrooms
        bathrooms
        erfSizeM2
        petsAllowed
      }
      ... on JobDetails {
        company
        employmentType
        workplace
      }
      ... on ServiceDetails {
        serviceArea
        availability
        certified
      }
      ... on GoodsDetails {
        brand
        size
        warrantyMonths
      }
    }
    seller {
      id
      displayName
      isVerified
      phone
      listings(first: 3) {
        edges {
          node {
            slug
            title
          }
        }
      }
    }
    counters {
      views
      likes
      favourites
    }
    viewerState {
      hasLiked
      hasFavourited
    }
  }
}
    `) as unknown as TypedDocumentString<ListingDetailQuery, ListingDetailQueryVariables>;
export const ListingPageDocument = new TypedDocumentString(`
    query ListingPage($filter: ListingFilter, $sort: ListingOrder! = NEWEST, $first: Int! = 20, $after: String) {
  listings(filter: $filter, sort: $sort, first: $first, after: $after) {
    edges {
      cursor
      node {
        id
        slug
        title
        city
        isPromoted
        publishedAt
        price {
          amountMinor
          currency
          formatted
        }
        images {
          alt
          lqip
          url(width: 400, height: 300, fit: CROP, format: AUTO)
        }
        category {
          slug
          title
        }
        seller {
          slug
          displayName
          isVerified
        }
        counters {
          views
          likes
          favourites
        }
        viewerState {
          hasLiked
          hasFavourited
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<ListingPageQuery, ListingPageQueryVariables>;
export const MarkNotificationsReadDocument = new TypedDocumentString(`
    mutation MarkNotificationsRead($ids: [ID!]) {
  markNotificationsRead(input: {ids: $ids}) {
    __typename
    ... on NotificationsRead {
      marked
      unread
    }
    ... on Problem {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<MarkNotificationsReadMutation, MarkNotificationsReadMutationVariables>;
export const ModerationQueueDocument = new TypedDocumentString(`
    query ModerationQueue($first: Int!, $after: String) {
  moderationCases(first: $first, after: $after) {
    edges {
      node {
        id
        kind
        subjectKind
        reasons
        note
        snapshot
        createdAt
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<ModerationQueueQuery, ModerationQueueQueryVariables>;
export const MyAuctionsDocument = new TypedDocumentString(`
    query MyAuctions($first: Int! = 10) {
  viewer {
    bids(first: $first) {
      edges {
        node {
          at
          price {
            formatted
          }
          myMax {
            formatted
          }
        }
      }
    }
    orders(first: $first) {
      edges {
        node {
          id
          kind
          status
          dueAt
          total {
            formatted
          }
          payment {
            status
            failure
            clientSecret
          }
        }
      }
    }
    paymentMethods {
      id
      brand
      last4
    }
    wallet {
      owed {
        formatted
      }
      pending {
        formatted
      }
      available {
        formatted
      }
    }
  }
}
    `) as unknown as TypedDocumentString<MyAuctionsQuery, MyAuctionsQueryVariables>;
export const NotificationFeedDocument = new TypedDocumentString(`
    subscription NotificationFeed($after: String) {
  notifications(after: $after) {
    __typename
    cursor
    at
    unreadCount
    ... on NotificationTold {
      notification {
        id
        kind
        title
        body
        path
        count
      }
    }
    ... on NotificationsMarked {
      marked
    }
    ... on NotificationsGap {
      reason
    }
  }
}
    `) as unknown as TypedDocumentString<NotificationFeedSubscription, NotificationFeedSubscriptionVariables>;
export const SetNotificationPreferenceDocument = new TypedDocumentString(`
    mutation SetNotificationPreference($kind: NotificationKind!, $channel: NotificationChannel!, $isOn: Boolean!) {
  setNotificationPreference(input: {kind: $kind, channel: $channel, isOn: $isOn}) {
    __typename
    ... on NotificationPreference {
      kind
      inApp
      email
    }
    ... on Problem {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SetNotificationPreferenceMutation, SetNotificationPreferenceMutationVariables>;
export const NotificationsDocument = new TypedDocumentString(`
    query Notifications($first: Int!, $after: String) {
  viewer {
    unreadNotifications
    notifications(first: $first, after: $after) {
      edges {
        node {
          id
          kind
          title
          body
          path
          count
          isRead
          updatedAt
          listing {
            id
            slug
          }
          auction {
            id
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    notificationPreferences {
      kind
      inApp
      email
    }
  }
}
    `) as unknown as TypedDocumentString<NotificationsQuery, NotificationsQueryVariables>;
export const PlaceBidDocument = new TypedDocumentString(`
    mutation PlaceBid($auction: ID!, $maxAmountMinor: MinorUnits!, $key: String!, $currency: String! = "ZAR") {
  registerToBid(input: {auctionId: $auction}) {
    __typename
    ... on Registration {
      standing
    }
    ... on Problem {
      code
      message
    }
  }
  placeBid(
    input: {auctionId: $auction, maxAmountMinor: $maxAmountMinor, currency: $currency, idempotencyKey: $key}
  ) {
    __typename
    ... on BidAccepted {
      price {
        formatted
      }
      effectiveEndAt
    }
    ... on BidOutbid {
      price {
        formatted
      }
    }
    ... on Problem {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<PlaceBidMutation, PlaceBidMutationVariables>;
export const PresenceFeedDocument = new TypedDocumentString(`
    subscription PresenceFeed($users: [ID!]!) {
  presence(userIds: $users) {
    userId
    isOnline
    lastSeenAt
  }
}
    `) as unknown as TypedDocumentString<PresenceFeedSubscription, PresenceFeedSubscriptionVariables>;
export const PublicProfileDocument = new TypedDocumentString(`
    query PublicProfile($slug: String!) {
  publicProfile(slug: $slug) {
    id
    handle
    displayName
    kind
    isVerified
    memberSince
    city
    phone
    bio {
      html
    }
    avatar {
      alt
      url(width: 160, height: 160, fit: CROP, format: AUTO)
    }
    listings(first: 6) {
      edges {
        node {
          id
          slug
          title
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<PublicProfileQuery, PublicProfileQueryVariables>;
export const PublishListingDocument = new TypedDocumentString(`
    mutation PublishListing($id: ID!) {
  publishListing(input: {id: $id}) {
    __typename
    ... on Listing {
      id
      slug
      status
      publishedAt
    }
    ... on InvalidInput {
      code
      message
      problems {
        field
        message
      }
    }
    ... on WrongState {
      code
      message
      state
    }
    ... on Problem {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<PublishListingMutation, PublishListingMutationVariables>;
export const RecordViewDocument = new TypedDocumentString(`
    mutation RecordView($id: ID!) {
  recordView(input: {id: $id}) {
    __typename
    ... on RecordedView {
      isCounted
      counters {
        views
      }
    }
    ... on Problem {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<RecordViewMutation, RecordViewMutationVariables>;
export const SavePaymentMethodDocument = new TypedDocumentString(`
    mutation SavePaymentMethod($token: String!, $key: String!) {
  savePaymentMethod(input: {token: $token, idempotencyKey: $key}) {
    __typename
    ... on PaymentMethod {
      id
      brand
      last4
    }
    ... on PaymentMethodSetup {
      clientSecret
      publishableKey
      actionUrl
    }
    ... on Problem {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SavePaymentMethodMutation, SavePaymentMethodMutationVariables>;
export const SaveSearchDocument = new TypedDocumentString(`
    mutation SaveSearch($name: String!, $text: String!, $filter: SearchFilterInput, $near: NearInput) {
  saveSearch(input: {name: $name, text: $text, filter: $filter, near: $near}) {
    __typename
    ... on SavedSearch {
      id
      name
      text
      hasAlerts
    }
    ... on Problem {
      code
      message
    }
    ... on InvalidInput {
      problems {
        field
        message
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SaveSearchMutation, SaveSearchMutationVariables>;
export const SavedSearchesDocument = new TypedDocumentString(`
    query SavedSearches {
  viewer {
    savedSearches {
      id
      name
      text
      hasAlerts
      createdAt
    }
  }
}
    `) as unknown as TypedDocumentString<SavedSearchesQuery, SavedSearchesQueryVariables>;
export const SearchDocument = new TypedDocumentString(`
    query Search($text: String! = "", $filter: SearchFilterInput, $facets: [String!], $near: NearInput, $sort: ListingSort! = RELEVANCE, $readsPrice: Boolean! = true, $first: Int! = 20, $after: String) {
  search(
    text: $text
    filter: $filter
    facets: $facets
    near: $near
    sort: $sort
    readsPrice: $readsPrice
    first: $first
    after: $after
  ) {
    totalCount
    readPrice {
      words
      phrase
      minimum {
        formatted
      }
      maximum {
        formatted
      }
    }
    edges {
      cursor
      titleHtml
      textHtml
      distanceMetres
      node {
        id
        slug
        title
        city
        isPromoted
        price {
          formatted
        }
        images {
          alt
          url(width: 400, height: 300, fit: CROP, format: AUTO)
        }
      }
    }
    facets {
      key
      label
      values {
        value
        label
        count
      }
      range {
        minimum
        maximum
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<SearchQuery, SearchQueryVariables>;
export const SendFeedbackDocument = new TypedDocumentString(`
    mutation SendFeedback($text: String!, $key: String!) {
  sendFeedback(input: {text: $text, idempotencyKey: $key}) {
    __typename
    ... on FeedbackSent {
      isNew
    }
    ... on Problem {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SendFeedbackMutation, SendFeedbackMutationVariables>;
export const SendMessageDocument = new TypedDocumentString(`
    mutation SendMessage($conversation: ID!, $body: String!, $key: String!, $read: Int!) {
  sendMessage(
    input: {conversationId: $conversation, body: $body, clientMessageId: $key}
  ) {
    __typename
    ... on MessageSent {
      replayed
      sentMessage {
        id
        seq
      }
    }
    ... on MessageRefused {
      retryAfterSeconds
    }
    ... on Problem {
      code
      message
    }
  }
  markRead(input: {conversationId: $conversation, seq: $read}) {
    __typename
    ... on ConversationChanged {
      conversation {
        unreadCount
      }
    }
    ... on Problem {
      code
    }
  }
}
    `) as unknown as TypedDocumentString<SendMessageMutation, SendMessageMutationVariables>;
export const StartConversationDocument = new TypedDocumentString(`
    mutation StartConversation($listing: ID!, $body: String!, $key: String!) {
  startConversation(
    input: {listingId: $listing, body: $body, clientMessageId: $key}
  ) {
    __typename
    ... on MessageSent {
      sentMessage {
        id
        seq
      }
      conversation {
        id
      }
    }
    ... on MessageHeld {
      heldMessage {
        id
        status
      }
    }
    ... on Problem {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<StartConversationMutation, StartConversationMutationVariables>;
export const SuggestDocument = new TypedDocumentString(`
    query Suggest($prefix: String!) {
  suggest(prefix: $prefix, first: 8)
}
    `) as unknown as TypedDocumentString<SuggestQuery, SuggestQueryVariables>;
export const TypingFeedDocument = new TypedDocumentString(`
    subscription TypingFeed($conversation: ID!) {
  typing(conversationId: $conversation) {
    userId
    isTyping
  }
}
    `) as unknown as TypedDocumentString<TypingFeedSubscription, TypingFeedSubscriptionVariables>;
export const UpsertProfileDocument = new TypedDocumentString(`
    mutation UpsertProfile($input: UpsertProfileInput!) {
  upsertProfile(input: $input) {
    __typename
    ... on PublicUser {
      id
      handle
      displayName
      city
      phone
    }
    ... on InvalidInput {
      code
      message
      problems {
        field
        message
      }
    }
    ... on Problem {
      code
      message
    }
  }
}
    `) as unknown as TypedDocumentString<UpsertProfileMutation, UpsertProfileMutationVariables>;
export const ViewerHomeDocument = new TypedDocumentString(`
    query ViewerHome($status: ListingStatus) {
  viewer {
    displayName
    roles
    profile {
      id
      handle
      city
    }
    listings(status: $status, first: 10) {
      edges {
        node {
          id
          title
          status
          isDraft
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<ViewerHomeQuery, ViewerHomeQueryVariables>;