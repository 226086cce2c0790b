export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** Date with time (isoformat) */
  DateTime: { input: string; output: string; }
  /** The `JSON` scalar type represents JSON values as specified by [ECMA-404](https://ecma-international.org/wp-content/uploads/ECMA-404_2nd_edition_december_2017.pdf). */
  JSON: { input: unknown; output: unknown; }
  /** A whole number of minor units of a currency (cents of a rand), up to 2^53 - 1. */
  MinorUnits: { input: number; output: number; }
};

/** Somebody. */
export type AccountInput = {
  /** The account, as `Participant.userId` names it. */
  readonly userId: Scalars['ID']['input'];
};

/** The public answer to a question. */
export type AnswerQuestionInput = {
  /** 1 to 2,000 characters, for everybody to read. */
  readonly body: Scalars['String']['input'];
  /** Id of the question. */
  readonly questionId: Scalars['ID']['input'];
};

/** A conversation to put aside or take out again. */
export type ArchiveConversationInput = {
  /** Id of the conversation. */
  readonly conversationId: Scalars['ID']['input'];
  /** False takes it out again. */
  readonly isArchived?: Scalars['Boolean']['input'];
};

/** A public question to the seller of a listing. */
export type AskQuestionInput = {
  /** 1 to 2,000 characters, for everybody to read. */
  readonly body: Scalars['String']['input'];
  /** A UUID made by the client; repeating the call with it gives the first answer. */
  readonly clientMessageId: Scalars['String']['input'];
  /** Id of the listing. */
  readonly listingId: Scalars['ID']['input'];
};

/** The question, or why it does not stand there. */
export type AskQuestionResult = InvalidInput | MessageKeyConflict | MessageRefused | NotAllowed | NotFound | NotSignedIn | QuestionPosted | RetryLater | WrongState;

/** An attribute that listings of a category carry. */
export type AttributeDefinition = {
  readonly __typename: 'AttributeDefinition';
  /** Whether search counts and filters by it. */
  readonly isFacet: Scalars['Boolean']['output'];
  /** Whether a published listing must have it. */
  readonly isRequired: Scalars['Boolean']['output'];
  /** The name by which listings carry and filters use it. */
  readonly key: Scalars['String']['output'];
  /** How its value is written. */
  readonly kind: AttributeKind;
  /** Its name for people. */
  readonly label: Scalars['String']['output'];
  /** The largest number allowed. */
  readonly maximum?: Maybe<Scalars['Float']['output']>;
  /** The smallest number allowed. */
  readonly minimum?: Maybe<Scalars['Float']['output']>;
  /** The values it may take, where they are listed. */
  readonly options: ReadonlyArray<Scalars['String']['output']>;
  /** The unit of a number, such as km. */
  readonly unit?: Maybe<Scalars['String']['output']>;
};

/** Values or an interval of one attribute; the category defines which keys there are. */
export type AttributeFilterInput = {
  /** Any of these texts. */
  readonly anyOf?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** Yes or no. */
  readonly isTrue?: InputMaybe<Scalars['Boolean']['input']>;
  /** The key of the definition. */
  readonly key: Scalars['String']['input'];
  /** Largest number. */
  readonly maximum?: InputMaybe<Scalars['Float']['input']>;
  /** Smallest number. */
  readonly minimum?: InputMaybe<Scalars['Float']['input']>;
};

/** One attribute of a listing. */
export type AttributeInput = {
  /** The key of the definition. */
  readonly key: Scalars['String']['input'];
  /** A text, a number, true or false, or a list of texts, by the definition. */
  readonly value: Scalars['JSON']['input'];
};

/** How an attribute's value is written. */
export type AttributeKind =
  | 'BOOLEAN'
  | 'NUMBER'
  | 'OPTION'
  | 'OPTIONS'
  | 'STRING';

/** A lot: something that is sold to the highest bidder. */
export type Auction = Node & {
  readonly __typename: 'Auction';
  /** How many bids stand. */
  readonly bidCount?: Maybe<Scalars['Int']['output']>;
  /** Standing bids, newest first. */
  readonly bids?: Maybe<BidConnection>;
  /** What buying at once costs, where it was ever offered. */
  readonly buyNowPrice?: Maybe<Money>;
  /** The end as late bids have moved it. */
  readonly effectiveEndAt?: Maybe<Scalars['DateTime']['output']>;
  /** An opaque id, unique over the whole API. */
  readonly id: Scalars['ID']['output'];
  /** The table of steps. */
  readonly increments: ReadonlyArray<IncrementRow>;
  /** How the price is found. */
  readonly kind: AuctionKind;
  /** The pseudonym of who leads. */
  readonly leader?: Maybe<Scalars['String']['output']>;
  /** What is sold. */
  readonly listing?: Maybe<Listing>;
  /** Its number within the sale. */
  readonly lotNumber?: Maybe<Scalars['Int']['output']>;
  /** The least the viewer may offer next. */
  readonly minimumNext?: Maybe<Money>;
  /** How the viewer stands; null for visitors. */
  readonly myStanding?: Maybe<MyStanding>;
  /** The next amounts, for buttons. */
  readonly nextBids?: Maybe<ReadonlyArray<Money>>;
  /** Whether it can be bought now. */
  readonly offersBuyNow?: Maybe<Scalars['Boolean']['output']>;
  /** The recorded price; null before the first bid. */
  readonly price?: Maybe<Money>;
  /** Whether the reserve is met; its amount is never shown. */
  readonly reserveStatus?: Maybe<ReserveStatus>;
  /** What it led to, once it has ended. */
  readonly result?: Maybe<AuctionResult>;
  /** The sale it belongs to. */
  readonly sale?: Maybe<Sale>;
  /** The end as planned. */
  readonly scheduledEndAt: Scalars['DateTime']['output'];
  /** The clock that decides; show countdowns by it. */
  readonly serverTime?: Maybe<Scalars['DateTime']['output']>;
  /** The least first bid. */
  readonly startPrice: Money;
  /** When bidding opens. */
  readonly startsAt: Scalars['DateTime']['output'];
  /** Where it stands. */
  readonly status: AuctionStatus;
  /** The headline of what is sold. */
  readonly title: Scalars['String']['output'];
  /** Rises with every event of the lot. */
  readonly version?: Maybe<Scalars['Int']['output']>;
};


/** A lot: something that is sold to the highest bidder. */
export type AuctionBidsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};


/** A lot: something that is sold to the highest bidder. */
export type AuctionNextBidsArgs = {
  count?: Scalars['Int']['input'];
};

/** The lot was paused, resumed, cancelled, frozen, or its reserve lowered. */
export type AuctionChanged = AuctionEvent & {
  readonly __typename: 'AuctionChanged';
  /** When it was decided. */
  readonly at: Scalars['DateTime']['output'];
  /** The auction as it stands now. */
  readonly auction?: Maybe<Auction>;
  /** How many bids stand after it. */
  readonly bidCount: Scalars['Int']['output'];
  /** paused, resumed, cancelled, closing or reserve-lowered. */
  readonly change: Scalars['String']['output'];
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** The end after it. */
  readonly effectiveEndAt: Scalars['DateTime']['output'];
  /** The pseudonym of who leads after it. */
  readonly leader?: Maybe<Scalars['String']['output']>;
  /** The price after it; null before the first bid. */
  readonly price?: Maybe<Money>;
  /** Whether the reserve is met after it. */
  readonly reserveStatus: ReserveStatus;
  /** Rises by one with every event. */
  readonly version: Scalars['Int']['output'];
};

/** The result stands; the stream ends. */
export type AuctionClosed = AuctionEvent & {
  readonly __typename: 'AuctionClosed';
  /** When it was decided. */
  readonly at: Scalars['DateTime']['output'];
  /** The auction as it stands now. */
  readonly auction?: Maybe<Auction>;
  /** How many bids stand after it. */
  readonly bidCount: Scalars['Int']['output'];
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** The end after it. */
  readonly effectiveEndAt: Scalars['DateTime']['output'];
  /** The pseudonym of who leads after it. */
  readonly leader?: Maybe<Scalars['String']['output']>;
  /** sold or passed. */
  readonly outcome: Scalars['String']['output'];
  /** The price after it; null before the first bid. */
  readonly price?: Maybe<Money>;
  /** Why. */
  readonly reason: Scalars['String']['output'];
  /** Whether the reserve is met after it. */
  readonly reserveStatus: ReserveStatus;
  /** Rises by one with every event. */
  readonly version: Scalars['Int']['output'];
};

/** One page of a list. */
export type AuctionConnection = {
  readonly __typename: 'AuctionConnection';
  /** The records of this page, at most 100. */
  readonly edges: ReadonlyArray<AuctionEdge>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** A record and its place in the list. */
export type AuctionEdge = {
  readonly __typename: 'AuctionEdge';
  /** An opaque place; pass it as `after` to continue behind this record. */
  readonly cursor: Scalars['String']['output'];
  /** The record. */
  readonly node: Auction;
};

/** Something that happened on a lot, and how it stood afterwards. */
export type AuctionEvent = {
  /** When it was decided. */
  readonly at: Scalars['DateTime']['output'];
  /** The auction as it stands now. */
  readonly auction?: Maybe<Auction>;
  /** How many bids stand after it. */
  readonly bidCount: Scalars['Int']['output'];
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** The end after it. */
  readonly effectiveEndAt: Scalars['DateTime']['output'];
  /** The pseudonym of who leads after it. */
  readonly leader?: Maybe<Scalars['String']['output']>;
  /** The price after it; null before the first bid. */
  readonly price?: Maybe<Money>;
  /** Whether the reserve is met after it. */
  readonly reserveStatus: ReserveStatus;
  /** Rises by one with every event. */
  readonly version: Scalars['Int']['output'];
};

/** Which auctions to list; every field given narrows the list. */
export type AuctionFilter = {
  /** Coming, running or ended ones. */
  readonly phase?: InputMaybe<AuctionPhase>;
  /** The sale they belong to. */
  readonly saleId?: InputMaybe<Scalars['ID']['input']>;
  /** The profile that sells. */
  readonly sellerId?: InputMaybe<Scalars['ID']['input']>;
};

/** An auction. */
export type AuctionInput = {
  /** Id of the auction. */
  readonly auctionId: Scalars['ID']['input'];
};

/** How the price is found. */
export type AuctionKind =
  | 'ENGLISH_TIMED'
  | 'LIVE';

/** The order of `auctions`. */
export type AuctionOrder =
  | 'ENDING_SOONEST'
  | 'NEWEST';

/** Which auctions to list. */
export type AuctionPhase =
  | 'COMING'
  | 'ENDED'
  | 'RUNNING';

/** What the lot led to. */
export type AuctionResult = {
  readonly __typename: 'AuctionResult';
  /** The effective end. */
  readonly endedAt: Scalars['DateTime']['output'];
  /** Sold or passed. */
  readonly outcome: Outcome;
  /** Why. */
  readonly reason: OutcomeReason;
};

/** How the lot stands; what follows are changes of it. */
export type AuctionSnapshot = AuctionEvent & {
  readonly __typename: 'AuctionSnapshot';
  /** When it was decided. */
  readonly at: Scalars['DateTime']['output'];
  /** The auction as it stands now. */
  readonly auction?: Maybe<Auction>;
  /** How many bids stand after it. */
  readonly bidCount: Scalars['Int']['output'];
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** The end after it. */
  readonly effectiveEndAt: Scalars['DateTime']['output'];
  /** The pseudonym of who leads after it. */
  readonly leader?: Maybe<Scalars['String']['output']>;
  /** The price after it; null before the first bid. */
  readonly price?: Maybe<Money>;
  /** Whether the reserve is met after it. */
  readonly reserveStatus: ReserveStatus;
  /** Rises by one with every event. */
  readonly version: Scalars['Int']['output'];
};

/** Where an auction stands. */
export type AuctionStatus =
  | 'CANCELLED'
  | 'CLOSING'
  | 'DEFAULTED'
  | 'DRAFT'
  | 'OPEN'
  | 'PAID'
  | 'PASSED'
  | 'PAUSED'
  | 'PAYMENT_DUE'
  | 'SCHEDULED'
  | 'SOLD';

/** A recorded bid. */
export type Bid = {
  readonly __typename: 'Bid';
  /** When the bid store took it. */
  readonly at: Scalars['DateTime']['output'];
  /** The lot it was placed on. */
  readonly auction?: Maybe<Auction>;
  /** The bidder's pseudonym on this lot. */
  readonly bidder: Scalars['String']['output'];
  /** Whether it is the viewer's. */
  readonly isMine: Scalars['Boolean']['output'];
  /** Its maximum, for its bidder alone. */
  readonly myMax?: Maybe<Money>;
  /** The price after it. */
  readonly price: Money;
  /** Its place in the lot's log. */
  readonly seq: Scalars['Int']['output'];
};

/** The bid is recorded and its bidder leads. */
export type BidAccepted = {
  readonly __typename: 'BidAccepted';
  /** The end after it. */
  readonly effectiveEndAt: Scalars['DateTime']['output'];
  /** Whether the lot was bought at once. */
  readonly hasBought: Scalars['Boolean']['output'];
  /** The key of the call. */
  readonly idempotencyKey: Scalars['String']['output'];
  /** The recorded maximum. */
  readonly myMax: Money;
  /** The price after it. */
  readonly price: Money;
  /** Whether this repeats the answer to an earlier call with this key. */
  readonly replayed: Scalars['Boolean']['output'];
  /** Whether the reserve is met. */
  readonly reserveStatus: ReserveStatus;
  /** The bid's place in the lot's log. */
  readonly seq: Scalars['Int']['output'];
  /** When the bid store took it. */
  readonly serverTime: Scalars['DateTime']['output'];
};

/** One page of a list. */
export type BidConnection = {
  readonly __typename: 'BidConnection';
  /** The records of this page, at most 100. */
  readonly edges: ReadonlyArray<BidEdge>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** A record and its place in the list. */
export type BidEdge = {
  readonly __typename: 'BidEdge';
  /** An opaque place; pass it as `after` to continue behind this record. */
  readonly cursor: Scalars['String']['output'];
  /** The record. */
  readonly node: Bid;
};

/** The key was used on this lot before with another input. */
export type BidKeyConflict = Problem & {
  readonly __typename: 'BidKeyConflict';
  /** A stable code to switch on. */
  readonly code: Scalars['String']['output'];
  /** The key of the call. */
  readonly idempotencyKey: Scalars['String']['output'];
  /** A sentence to show; its wording may change. */
  readonly message: Scalars['String']['output'];
};

/** The bid is recorded; an earlier maximum of another bidder still leads. */
export type BidOutbid = {
  readonly __typename: 'BidOutbid';
  /** The end after it. */
  readonly effectiveEndAt: Scalars['DateTime']['output'];
  /** The key of the call. */
  readonly idempotencyKey: Scalars['String']['output'];
  /** The least that may be offered next. */
  readonly minimumNext?: Maybe<Money>;
  /** The recorded maximum. */
  readonly myMax: Money;
  /** The price after it. */
  readonly price: Money;
  /** Whether this repeats the answer to an earlier call with this key. */
  readonly replayed: Scalars['Boolean']['output'];
  /** Whether the reserve is met. */
  readonly reserveStatus: ReserveStatus;
  /** The bid's place in the lot's log. */
  readonly seq: Scalars['Int']['output'];
  /** When the bid store took it. */
  readonly serverTime: Scalars['DateTime']['output'];
};

/** A bid was recorded. */
export type BidPlaced = AuctionEvent & {
  readonly __typename: 'BidPlaced';
  /** When it was decided. */
  readonly at: Scalars['DateTime']['output'];
  /** The auction as it stands now. */
  readonly auction?: Maybe<Auction>;
  /** How many bids stand after it. */
  readonly bidCount: Scalars['Int']['output'];
  /** The bidder's pseudonym. */
  readonly bidder: Scalars['String']['output'];
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** The end after it. */
  readonly effectiveEndAt: Scalars['DateTime']['output'];
  /** Whether it bought the lot at once. */
  readonly hasBought: Scalars['Boolean']['output'];
  /** Whether the lead changed hands. */
  readonly hasNewLeader: Scalars['Boolean']['output'];
  /** The pseudonym of who leads after it. */
  readonly leader?: Maybe<Scalars['String']['output']>;
  /** The price after it; null before the first bid. */
  readonly price?: Maybe<Money>;
  /** Whether the reserve is met after it. */
  readonly reserveStatus: ReserveStatus;
  /** Rises by one with every event. */
  readonly version: Scalars['Int']['output'];
};

/** The bid was not taken and left no trace. */
export type BidRejected = Problem & {
  readonly __typename: 'BidRejected';
  /** Why, as a stable text; the name of `reason`. */
  readonly code: Scalars['String']['output'];
  /** The key of the call. */
  readonly idempotencyKey: Scalars['String']['output'];
  /** A sentence to show; its wording may change. */
  readonly message: Scalars['String']['output'];
  /** The least that may be offered now. */
  readonly minimumNext?: Maybe<Money>;
  /** Why. */
  readonly reason: RejectionCode;
  /** Whether this repeats the answer to an earlier call with this key. */
  readonly replayed: Scalars['Boolean']['output'];
  /** When the bid store received it, where it got that far. */
  readonly serverTime?: Maybe<Scalars['DateTime']['output']>;
};

/** Nothing was decided; repeat the same call with the same key. */
export type BidRetryLater = Problem & {
  readonly __typename: 'BidRetryLater';
  /** A stable code to switch on. */
  readonly code: Scalars['String']['output'];
  /** The key of the call. */
  readonly idempotencyKey: Scalars['String']['output'];
  /** A sentence to show; its wording may change. */
  readonly message: Scalars['String']['output'];
};

/** It is not known yet whether the bid counts; ask again with the same key. */
export type BidUnknown = Problem & {
  readonly __typename: 'BidUnknown';
  /** A stable code to switch on. */
  readonly code: Scalars['String']['output'];
  /** The key of the call. */
  readonly idempotencyKey: Scalars['String']['output'];
  /** A sentence to show; its wording may change. */
  readonly message: Scalars['String']['output'];
};

/** Bids were taken back or struck; price and leader follow anew. */
export type BidsRemoved = AuctionEvent & {
  readonly __typename: 'BidsRemoved';
  /** When it was decided. */
  readonly at: Scalars['DateTime']['output'];
  /** The auction as it stands now. */
  readonly auction?: Maybe<Auction>;
  /** How many bids stand after it. */
  readonly bidCount: Scalars['Int']['output'];
  /** The pseudonym of their bidder. */
  readonly bidder: Scalars['String']['output'];
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** The end after it. */
  readonly effectiveEndAt: Scalars['DateTime']['output'];
  /** Whether staff struck them. */
  readonly isVoid: Scalars['Boolean']['output'];
  /** The pseudonym of who leads after it. */
  readonly leader?: Maybe<Scalars['String']['output']>;
  /** The price after it; null before the first bid. */
  readonly price?: Maybe<Money>;
  /** Why. */
  readonly reason: Scalars['String']['output'];
  /** The places of the bids in the log. */
  readonly removed: ReadonlyArray<Scalars['Int']['output']>;
  /** Whether the reserve is met after it. */
  readonly reserveStatus: ReserveStatus;
  /** Rises by one with every event. */
  readonly version: Scalars['Int']['output'];
};

/** A wish to buy a lot at once. */
export type BuyNowInput = {
  /** Id of the auction. */
  readonly auctionId: Scalars['ID']['input'];
  /** A UUID made by the client; repeating the call with it gives the first answer and never a second bid. */
  readonly idempotencyKey: Scalars['String']['input'];
};

/** How a moderation case came about. */
export type CaseKind =
  | 'HELD'
  | 'REJECTED'
  | 'REPORTED';

/** The case is decided. */
export type CaseResolved = {
  readonly __typename: 'CaseResolved';
  /** The case after it. */
  readonly case: ModerationCase;
};

/** Whether a moderation case is decided. */
export type CaseState =
  | 'OPEN'
  | 'RESOLVED';

/** A node of the category tree. */
export type Category = Node & {
  readonly __typename: 'Category';
  /** What its listings carry, inherited definitions included. */
  readonly attributes: ReadonlyArray<AttributeDefinition>;
  /** The categories directly below, in order. */
  readonly children: ReadonlyArray<Category>;
  /** The name of its icon. */
  readonly icon?: Maybe<Scalars['String']['output']>;
  /** An opaque id, unique over the whole API. */
  readonly id: Scalars['ID']['output'];
  /** The categories from the top to this one. */
  readonly path: ReadonlyArray<Category>;
  /** The readable name in its address. */
  readonly slug: Scalars['String']['output'];
  /** Its name for people. */
  readonly title: Scalars['String']['output'];
};

/** A listing to buy. */
export type CheckoutInput = {
  /** A UUID made by the client; repeating the call with it gives the first answer and never a second bid. */
  readonly idempotencyKey: Scalars['String']['input'];
  /** Id of the listing. */
  readonly listingId: Scalars['ID']['input'];
};

/** How used a thing is. */
export type Condition =
  | 'FAIR'
  | 'FOR_PARTS'
  | 'GOOD'
  | 'LIKE_NEW'
  | 'NEW';

/** A page of editorial content. */
export type ContentPage = Node & {
  readonly __typename: 'ContentPage';
  /** Its text. */
  readonly body: PortableText;
  /** An opaque id, unique over the whole API. */
  readonly id: Scalars['ID']['output'];
  /** The readable name in its address. */
  readonly slug: Scalars['String']['output'];
  /** Its headline. */
  readonly title: Scalars['String']['output'];
  /** When it was last changed. */
  readonly updatedAt: Scalars['DateTime']['output'];
};

/** What a buyer and a seller write each other about a listing. */
export type Conversation = Node & {
  readonly __typename: 'Conversation';
  /** The auction of the listing, with the viewer's standing. */
  readonly auction?: Maybe<Auction>;
  /** When it began. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** An opaque id, unique over the whole API. */
  readonly id: Scalars['ID']['output'];
  /** Whether the viewer put it aside. */
  readonly isArchived: Scalars['Boolean']['output'];
  /** Whether the viewer blocked the other. */
  readonly isBlocked?: Maybe<Scalars['Boolean']['output']>;
  /** The newest message, for a preview. */
  readonly lastMessage?: Maybe<Message>;
  /** When its newest message was sent. */
  readonly lastMessageAt?: Maybe<Scalars['DateTime']['output']>;
  /** The number of its newest message. */
  readonly lastSeq: Scalars['Int']['output'];
  /** What it is about. */
  readonly listing?: Maybe<Listing>;
  /** Messages in their order: the last twenty, or pages from either end. */
  readonly messages?: Maybe<MessageConnection>;
  /** Until when the viewer is not told of new messages. */
  readonly mutedUntil?: Maybe<Scalars['DateTime']['output']>;
  /** The newest order between the two for the listing. */
  readonly order?: Maybe<Order>;
  /** The two people. */
  readonly participants: ReadonlyArray<Participant>;
  /** How many messages the viewer has not read. */
  readonly unreadCount: Scalars['Int']['output'];
};


/** What a buyer and a seller write each other about a listing. */
export type ConversationMessagesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};

/** The step was taken. */
export type ConversationChanged = {
  readonly __typename: 'ConversationChanged';
  /** The conversation after. */
  readonly conversation?: Maybe<Conversation>;
};

/** One page of a list. */
export type ConversationConnection = {
  readonly __typename: 'ConversationConnection';
  /** The records of this page, at most 100. */
  readonly edges: ReadonlyArray<ConversationEdge>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** A record and its place in the list. */
export type ConversationEdge = {
  readonly __typename: 'ConversationEdge';
  /** An opaque place; pass it as `after` to continue behind this record. */
  readonly cursor: Scalars['String']['output'];
  /** The record. */
  readonly node: Conversation;
};

/** Something that happened in a conversation. */
export type ConversationEvent = {
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** The conversation as it stands now. */
  readonly conversation?: Maybe<Conversation>;
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** Rises with every event. */
  readonly version: Scalars['Int']['output'];
};

/** Earlier events cannot be shown any more; read the messages anew. */
export type ConversationGap = ConversationEvent & {
  readonly __typename: 'ConversationGap';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** The conversation as it stands now. */
  readonly conversation?: Maybe<Conversation>;
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** Why: `trimmed` or `generation`. */
  readonly reason: Scalars['String']['output'];
  /** Rises with every event. */
  readonly version: Scalars['Int']['output'];
};

/** The conversation, or why nothing changed. */
export type ConversationResult = ConversationChanged | NotFound | NotSignedIn | RetryLater;

/** Which of the two people of a conversation somebody is. */
export type ConversationRole =
  | 'BUYER'
  | 'SELLER';

/** How the conversation stands; what follows are changes of it. */
export type ConversationSnapshot = ConversationEvent & {
  readonly __typename: 'ConversationSnapshot';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** The conversation as it stands now. */
  readonly conversation?: Maybe<Conversation>;
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** Rises with every event. */
  readonly version: Scalars['Int']['output'];
};

/** Which conversations a list shows. */
export type ConversationState =
  | 'ACTIVE'
  | 'ALL'
  | 'ARCHIVED'
  | 'UNREAD';

/** A new listing. */
export type CreateListingInput = {
  /** What it says; a title is needed. */
  readonly content: ListingContentInput;
  /** A UUID made by the client; repeating the call with it never makes a second listing. */
  readonly idempotencyKey: Scalars['String']['input'];
};

/** A saved search to forget. */
export type DeleteSavedSearchInput = {
  /** Id of the saved search. */
  readonly id: Scalars['ID']['input'];
};

/** The record changed in the meantime; load it again and repeat the change. */
export type EditConflict = Problem & {
  readonly __typename: 'EditConflict';
  /** A stable code to switch on. */
  readonly code: Scalars['String']['output'];
  /** The revision that stands now. */
  readonly currentRevision?: Maybe<Scalars['String']['output']>;
  /** A sentence to show; its wording may change. */
  readonly message: Scalars['String']['output'];
};

/** Another text for a message. */
export type EditMessageInput = {
  /** 1 to 2,000 characters. */
  readonly body: Scalars['String']['input'];
  /** Id of the message. */
  readonly messageId: Scalars['ID']['input'];
};

/** The values of one field among all results. */
export type Facet = {
  readonly __typename: 'Facet';
  /** The name it was asked by. */
  readonly key: Scalars['String']['output'];
  /** Its name for people. */
  readonly label: Scalars['String']['output'];
  /** The smallest and largest, for numbers. */
  readonly range?: Maybe<NumberRange>;
  /** Its values, at most 100. */
  readonly values: ReadonlyArray<FacetValue>;
};

/** One value of a facet. */
export type FacetValue = {
  readonly __typename: 'FacetValue';
  /** How many results have it. */
  readonly count: Scalars['Int']['output'];
  /** Its name for people. */
  readonly label: Scalars['String']['output'];
  /** The value as filters take it. */
  readonly value: Scalars['String']['output'];
};

/** A question and its answer. */
export type Faq = Node & {
  readonly __typename: 'Faq';
  /** The answer. */
  readonly answer: PortableText;
  /** An opaque id, unique over the whole API. */
  readonly id: Scalars['ID']['output'];
  /** The question. */
  readonly question: Scalars['String']['output'];
  /** What it is about. */
  readonly topic: Scalars['String']['output'];
};

/** One page of a list. */
export type FaqConnection = {
  readonly __typename: 'FaqConnection';
  /** The records of this page, at most 100. */
  readonly edges: ReadonlyArray<FaqEdge>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** A record and its place in the list. */
export type FaqEdge = {
  readonly __typename: 'FaqEdge';
  /** An opaque place; pass it as `after` to continue behind this record. */
  readonly cursor: Scalars['String']['output'];
  /** The record. */
  readonly node: Faq;
};

/** That it was handed over, or why not. */
export type FeedbackResult = FeedbackSent | InvalidInput | NotSignedIn | RetryLater | WrongState;

/** The staff will read it. */
export type FeedbackSent = {
  readonly __typename: 'FeedbackSent';
  /** Whether this call handed it over, and not an earlier one with the same key. */
  readonly isNew: Scalars['Boolean']['output'];
};

/** One input field that needs a correction. */
export type FieldProblem = {
  readonly __typename: 'FieldProblem';
  /** Path of the field, such as `attributes.year`. */
  readonly field: Scalars['String']['output'];
  /** What to correct. */
  readonly message: Scalars['String']['output'];
};

/** A feature that is switched on or off while the marketplace runs. */
export type Flag = {
  readonly __typename: 'Flag';
  /** Whether everybody has the feature. */
  readonly isOn: Scalars['Boolean']['output'];
  /** Its name. */
  readonly name: Scalars['String']['output'];
  /** The roles that have it in any case. */
  readonly roles: ReadonlyArray<Role>;
  /** How many single accounts have it in any case. */
  readonly userCount: Scalars['Int']['output'];
};

/** Earlier events cannot be shown any more; this is how the lot stands now. */
export type GapEvent = AuctionEvent & {
  readonly __typename: 'GapEvent';
  /** When it was decided. */
  readonly at: Scalars['DateTime']['output'];
  /** The auction as it stands now. */
  readonly auction?: Maybe<Auction>;
  /** How many bids stand after it. */
  readonly bidCount: Scalars['Int']['output'];
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** The end after it. */
  readonly effectiveEndAt: Scalars['DateTime']['output'];
  /** The pseudonym of who leads after it. */
  readonly leader?: Maybe<Scalars['String']['output']>;
  /** The price after it; null before the first bid. */
  readonly price?: Maybe<Money>;
  /** Why: `trimmed` or `generation`. */
  readonly reason: Scalars['String']['output'];
  /** Whether the reserve is met after it. */
  readonly reserveStatus: ReserveStatus;
  /** Rises by one with every event. */
  readonly version: Scalars['Int']['output'];
};

/** A place on the map, in degrees. */
export type GeoPoint = {
  readonly __typename: 'GeoPoint';
  /** North is positive. */
  readonly latitude: Scalars['Float']['output'];
  /** East is positive. */
  readonly longitude: Scalars['Float']['output'];
};

/** Details of a shop good. */
export type GoodsDetails = {
  readonly __typename: 'GoodsDetails';
  /** Who made it. */
  readonly brand?: Maybe<Scalars['String']['output']>;
  /** Its colour. */
  readonly colour?: Maybe<Scalars['String']['output']>;
  /** Whether the seller delivers. */
  readonly delivery?: Maybe<Scalars['Boolean']['output']>;
  /** What it is made of. */
  readonly material?: Maybe<Scalars['String']['output']>;
  /** Its size. */
  readonly size?: Maybe<Scalars['String']['output']>;
  /** Storage of a device in gigabytes. */
  readonly storageGb?: Maybe<Scalars['Int']['output']>;
  /** Months of warranty left. */
  readonly warrantyMonths?: Maybe<Scalars['Int']['output']>;
};

/** The idempotency key was used before with another input. */
export type IdempotencyConflict = Problem & {
  readonly __typename: 'IdempotencyConflict';
  /** A stable code to switch on. */
  readonly code: Scalars['String']['output'];
  /** A sentence to show; its wording may change. */
  readonly message: Scalars['String']['output'];
};

/** A picture; ask for the size that is shown. */
export type Image = {
  readonly __typename: 'Image';
  /** A text for those who cannot see it. */
  readonly alt?: Maybe<Scalars['String']['output']>;
  /** Width over height. */
  readonly aspectRatio: Scalars['Float']['output'];
  /** Height of the original in pixels. */
  readonly height: Scalars['Int']['output'];
  /** Where the subject is, from the left, 0 to 1. */
  readonly hotspotX: Scalars['Float']['output'];
  /** Where the subject is, from the top, 0 to 1. */
  readonly hotspotY: Scalars['Float']['output'];
  /** A tiny preview as a data address, to show while the picture loads. */
  readonly lqip?: Maybe<Scalars['String']['output']>;
  /** The address of the picture, or of a resized variant. */
  readonly url: Scalars['String']['output'];
  /** Width of the original in pixels. */
  readonly width: Scalars['Int']['output'];
};


/** A picture; ask for the size that is shown. */
export type ImageUrlArgs = {
  dpr?: InputMaybe<Scalars['Float']['input']>;
  fit?: InputMaybe<ImageFit>;
  format?: InputMaybe<ImageFormat>;
  height?: InputMaybe<Scalars['Int']['input']>;
  quality?: InputMaybe<Scalars['Int']['input']>;
  width?: InputMaybe<Scalars['Int']['input']>;
};

/** How a picture is brought to the asked size. */
export type ImageFit =
  | 'CLIP'
  | 'CROP'
  | 'FILL'
  | 'FILLMAX'
  | 'MAX'
  | 'MIN'
  | 'SCALE';

/** The file format of a picture. */
export type ImageFormat =
  | 'AUTO'
  | 'JPG'
  | 'PNG'
  | 'WEBP';

/** Something that happened in any conversation of the viewer's. */
export type InboxEvent = {
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** All unread messages of the viewer now. */
  readonly totalUnread?: Maybe<Scalars['Int']['output']>;
  /** Rises with every event. */
  readonly version: Scalars['Int']['output'];
};

/** Earlier events cannot be shown any more; read the conversations anew. */
export type InboxGap = InboxEvent & {
  readonly __typename: 'InboxGap';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** Why: `trimmed` or `generation`. */
  readonly reason: Scalars['String']['output'];
  /** All unread messages of the viewer now. */
  readonly totalUnread?: Maybe<Scalars['Int']['output']>;
  /** Rises with every event. */
  readonly version: Scalars['Int']['output'];
};

/** A message was sent, by the viewer or to the viewer. */
export type InboxMessage = InboxEvent & {
  readonly __typename: 'InboxMessage';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** The conversation as it stands now. */
  readonly conversation?: Maybe<Conversation>;
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** The message as it stands now. */
  readonly message?: Maybe<Message>;
  /** All unread messages of the viewer now. */
  readonly totalUnread?: Maybe<Scalars['Int']['output']>;
  /** Unread messages of the conversation after it. */
  readonly unreadCount: Scalars['Int']['output'];
  /** Rises with every event. */
  readonly version: Scalars['Int']['output'];
};

/** The viewer read a conversation, here or elsewhere. */
export type InboxRead = InboxEvent & {
  readonly __typename: 'InboxRead';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** The conversation as it stands now. */
  readonly conversation?: Maybe<Conversation>;
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** All unread messages of the viewer now. */
  readonly totalUnread?: Maybe<Scalars['Int']['output']>;
  /** Unread messages of the conversation after it. */
  readonly unreadCount: Scalars['Int']['output'];
  /** Rises with every event. */
  readonly version: Scalars['Int']['output'];
};

/** How the inbox stands; what follows are changes of it. */
export type InboxSnapshot = InboxEvent & {
  readonly __typename: 'InboxSnapshot';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** All unread messages of the viewer now. */
  readonly totalUnread?: Maybe<Scalars['Int']['output']>;
  /** Rises with every event. */
  readonly version: Scalars['Int']['output'];
};

/** From this price on, the next bid is at least one step higher. */
export type IncrementRow = {
  readonly __typename: 'IncrementRow';
  /** The lowest price of the row. */
  readonly fromMinor: Scalars['MinorUnits']['output'];
  /** The step. */
  readonly stepMinor: Scalars['MinorUnits']['output'];
};

/** The input breaks rules; nothing was changed. */
export type InvalidInput = Problem & {
  readonly __typename: 'InvalidInput';
  /** A stable code to switch on. */
  readonly code: Scalars['String']['output'];
  /** A sentence to show; its wording may change. */
  readonly message: Scalars['String']['output'];
  /** Every field that needs a correction, at most 100. */
  readonly problems: ReadonlyArray<FieldProblem>;
};

/** Details of a vacancy. */
export type JobDetails = {
  readonly __typename: 'JobDetails';
  /** Who hires. */
  readonly company?: Maybe<Scalars['String']['output']>;
  /** Permanent, contract and the like. */
  readonly employmentType?: Maybe<Scalars['String']['output']>;
  /** Years of experience asked for. */
  readonly experienceYears?: Maybe<Scalars['Float']['output']>;
  /** On site, hybrid or remote. */
  readonly workplace?: Maybe<Scalars['String']['output']>;
};

/** One line of the ledger. */
export type LedgerEntry = {
  readonly __typename: 'LedgerEntry';
  /** Positive amounts are the viewer's, negative ones are owed. */
  readonly amount: Money;
  /** What moved the money: sold, captured, refund and the like. */
  readonly kind: Scalars['String']['output'];
  /** When it was posted. */
  readonly postedAt: Scalars['DateTime']['output'];
};

/** One page of a list. */
export type LedgerEntryConnection = {
  readonly __typename: 'LedgerEntryConnection';
  /** The records of this page, at most 100. */
  readonly edges: ReadonlyArray<LedgerEntryEdge>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** A record and its place in the list. */
export type LedgerEntryEdge = {
  readonly __typename: 'LedgerEntryEdge';
  /** An opaque place; pass it as `after` to continue behind this record. */
  readonly cursor: Scalars['String']['output'];
  /** The record. */
  readonly node: LedgerEntry;
};

/** A suspension to end. */
export type LiftSuspensionInput = {
  /** The account. */
  readonly userId: Scalars['ID']['input'];
};

/** Whether the account may write again. */
export type LiftSuspensionResult = NotAllowed | NotSignedIn | RetryLater | SuspensionLifted;

/** Something for sale or on offer. */
export type Listing = Node & {
  readonly __typename: 'Listing';
  /** Its attributes in the order of the category's definitions. */
  readonly attributes: ReadonlyArray<ListingAttribute>;
  /** The auction that sells it: the one that runs, else the newest. */
  readonly auction?: Maybe<Auction>;
  /** The description. */
  readonly body: PortableText;
  /** The category it stands in. */
  readonly category?: Maybe<Category>;
  /** The categories from the top to its own. */
  readonly categoryPath: ReadonlyArray<Category>;
  /** The town it is in. */
  readonly city?: Maybe<Scalars['String']['output']>;
  /** How used it is. */
  readonly condition?: Maybe<Condition>;
  /** How often it was seen and kept. */
  readonly counters?: Maybe<ListingCounters>;
  /** When it was first written. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** The attributes as typed fields of its top category. */
  readonly details?: Maybe<ListingDetails>;
  /** When it ends by itself. */
  readonly expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** An opaque id, unique over the whole API. */
  readonly id: Scalars['ID']['output'];
  /** Its pictures, the cover first. */
  readonly images: ReadonlyArray<Image>;
  /** Whether this is an unpublished version that only its owner and staff see. */
  readonly isDraft: Scalars['Boolean']['output'];
  /** Whether it is promoted now. */
  readonly isPromoted: Scalars['Boolean']['output'];
  /** Where it is. */
  readonly location?: Maybe<GeoPoint>;
  /** What it costs. */
  readonly price?: Maybe<Money>;
  /** What the price is for: `total`, or a `month`, `day`, `hour` and the like. */
  readonly priceUnit: Scalars['String']['output'];
  /** When it was published. */
  readonly publishedAt?: Maybe<Scalars['DateTime']['output']>;
  /** Public questions and answers, the newest first. */
  readonly questions?: Maybe<QuestionConnection>;
  /** Changes with every edit; pass it back to guard an update. */
  readonly revision: Scalars['String']['output'];
  /** Who offers it. */
  readonly seller?: Maybe<PublicUser>;
  /** The readable name in its address. */
  readonly slug: Scalars['String']['output'];
  /** Where it stands. */
  readonly status: ListingStatus;
  /** Words the seller attached. */
  readonly tags: ReadonlyArray<Scalars['String']['output']>;
  /** Its headline. */
  readonly title: Scalars['String']['output'];
  /** When it was last changed. */
  readonly updatedAt: Scalars['DateTime']['output'];
  /** What the viewer did with it; null for visitors. */
  readonly viewerState?: Maybe<ViewerListingState>;
};


/** Something for sale or on offer. */
export type ListingQuestionsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};

/** One attribute of a listing with its definition. */
export type ListingAttribute = {
  readonly __typename: 'ListingAttribute';
  /** The value where it is yes or no. */
  readonly isTrue?: Maybe<Scalars['Boolean']['output']>;
  /** The key of the definition. */
  readonly key: Scalars['String']['output'];
  /** Its name for people. */
  readonly label: Scalars['String']['output'];
  /** The value where it is a number. */
  readonly number?: Maybe<Scalars['Float']['output']>;
  /** The values where several may be chosen. */
  readonly options: ReadonlyArray<Scalars['String']['output']>;
  /** The value for reading. */
  readonly text: Scalars['String']['output'];
  /** The unit of a number. */
  readonly unit?: Maybe<Scalars['String']['output']>;
};

/** One page of a list. */
export type ListingConnection = {
  readonly __typename: 'ListingConnection';
  /** The records of this page, at most 100. */
  readonly edges: ReadonlyArray<ListingEdge>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** What a listing says; fields left out stay as they are. */
export type ListingContentInput = {
  /** All attributes; they replace those the listing has. */
  readonly attributes?: InputMaybe<ReadonlyArray<AttributeInput>>;
  /** Id of the category. */
  readonly categoryId?: InputMaybe<Scalars['ID']['input']>;
  /** The town it is in. */
  readonly city?: InputMaybe<Scalars['String']['input']>;
  /** How used it is. */
  readonly condition?: InputMaybe<Condition>;
  /** ISO currency of the price; ZAR when left out. */
  readonly currency?: InputMaybe<Scalars['String']['input']>;
  /** Plain text; empty lines part paragraphs. */
  readonly description?: InputMaybe<Scalars['String']['input']>;
  /** Ids of uploaded pictures, the cover first; they replace those the listing has. */
  readonly imageAssetIds?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** Where it is, with longitude. */
  readonly latitude?: InputMaybe<Scalars['Float']['input']>;
  /** Where it is, with latitude. */
  readonly longitude?: InputMaybe<Scalars['Float']['input']>;
  /** The price; 0 is free or on request. */
  readonly priceMinor?: InputMaybe<Scalars['MinorUnits']['input']>;
  /** Words to find it by; at most 12. */
  readonly tags?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** 5 to 120 characters. */
  readonly title?: InputMaybe<Scalars['String']['input']>;
};

/** How often a listing was seen, liked and kept. */
export type ListingCounters = {
  readonly __typename: 'ListingCounters';
  /** Accounts that keep it among their favourites. */
  readonly favourites: Scalars['Int']['output'];
  /** Accounts that like it. */
  readonly likes: Scalars['Int']['output'];
  /** Views, one per visitor and day. */
  readonly views: Scalars['Int']['output'];
};

/** Details by the listing's top category. */
export type ListingDetails = GoodsDetails | JobDetails | PropertyDetails | ServiceDetails | VehicleDetails;

/** A record and its place in the list. */
export type ListingEdge = {
  readonly __typename: 'ListingEdge';
  /** An opaque place; pass it as `after` to continue behind this record. */
  readonly cursor: Scalars['String']['output'];
  /** The record. */
  readonly node: Listing;
};

/** Which listings to list; every field given narrows the list. */
export type ListingFilter = {
  /** A category; everything below it is included. */
  readonly categoryId?: InputMaybe<Scalars['ID']['input']>;
  /** Exact name of the town. */
  readonly city?: InputMaybe<Scalars['String']['input']>;
  /** ISO currency of the prices. */
  readonly currency?: InputMaybe<Scalars['String']['input']>;
  /** Lowest price. */
  readonly priceFromMinor?: InputMaybe<Scalars['MinorUnits']['input']>;
  /** Highest price. */
  readonly priceToMinor?: InputMaybe<Scalars['MinorUnits']['input']>;
  /** The profile whose listings. */
  readonly sellerId?: InputMaybe<Scalars['ID']['input']>;
};

/** A listing. */
export type ListingInput = {
  /** Id of the listing. */
  readonly id: Scalars['ID']['input'];
};

/** A listing was liked, kept, or no longer so. */
export type ListingMarked = {
  readonly __typename: 'ListingMarked';
  /** The listing itself. */
  readonly listing?: Maybe<Listing>;
  /** What the viewer did with it, after the mutation. */
  readonly state: ViewerListingState;
};

/** The order of `listings`. */
export type ListingOrder =
  | 'NEWEST'
  | 'PRICE_HIGH_TO_LOW'
  | 'PRICE_LOW_TO_HIGH';

/** The listing as it stands now, or why nothing changed. */
export type ListingResult = EditConflict | IdempotencyConflict | InvalidInput | Listing | NotAllowed | NotFound | NotSignedIn | RetryLater | WrongState;

/** The order of `search`. */
export type ListingSort =
  | 'NEAREST'
  | 'NEWEST'
  | 'PRICE_HIGH_TO_LOW'
  | 'PRICE_LOW_TO_HIGH'
  | 'PROMOTED'
  | 'RELEVANCE';

/** Where a listing stands. */
export type ListingStatus =
  | 'ACTIVE'
  | 'ARCHIVED'
  | 'DRAFT'
  | 'PAID'
  | 'RESERVED'
  | 'SOLD';

/** The counters of one listing, as they have just become. */
export type LiveListingCounters = {
  readonly __typename: 'LiveListingCounters';
  /** Accounts that keep it among their favourites. */
  readonly favourites: Scalars['Int']['output'];
  /** Accounts that like it. */
  readonly likes: Scalars['Int']['output'];
  /** The listing. */
  readonly listingId: Scalars['ID']['output'];
  /** Views, one per visitor and day. */
  readonly views: Scalars['Int']['output'];
};

/** Whether a lot takes bids. */
export type LotPhase =
  | 'CANCELLED'
  | 'CLOSED'
  | 'CLOSING'
  | 'OPEN'
  | 'PAUSED';

/** The lot after the step, or why it was not taken. */
export type LotStepResult = LotStepped | NotAllowed | NotFound | NotSignedIn | RetryLater | WrongState;

/** The step is recorded. */
export type LotStepped = {
  readonly __typename: 'LotStepped';
  /** The auction. */
  readonly auction?: Maybe<Auction>;
  /** The end after it. */
  readonly effectiveEndAt: Scalars['DateTime']['output'];
  /** Whether the lot takes bids. */
  readonly phase: LotPhase;
  /** The lot's version after it. */
  readonly version: Scalars['Int']['output'];
};

/** A lower reserve. */
export type LowerReserveInput = {
  /** Id of the auction. */
  readonly auctionId: Scalars['ID']['input'];
  /** The new reserve in minor units of the lot's currency; null removes it. */
  readonly reserveMinor?: InputMaybe<Scalars['MinorUnits']['input']>;
};

/** How far the viewer has come in a conversation. */
export type MarkInput = {
  /** Id of the conversation. */
  readonly conversationId: Scalars['ID']['input'];
  /** The number of the newest message seen; marks only ever rise. */
  readonly seq: Scalars['Int']['input'];
};

/** The new state, or why nothing changed. */
export type MarkListingResult = ListingMarked | NotFound | NotSignedIn | RetryLater;

/** Which notifications were read. */
export type MarkNotificationsReadInput = {
  /** Up to a hundred of the viewer's notifications; left out, all of them. */
  readonly ids?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
};

/** What was marked, or why nothing was. */
export type MarkNotificationsReadResult = InvalidInput | NotSignedIn | NotificationsRead | RetryLater;

/** What somebody wrote; its order is `seq`, never the time. */
export type Message = Node & {
  readonly __typename: 'Message';
  /** The order or auction it is about. */
  readonly aboutId?: Maybe<Scalars['ID']['output']>;
  /** References of attached files. */
  readonly attachments: ReadonlyArray<Scalars['String']['output']>;
  /** The text; null once it is deleted or hidden. */
  readonly body?: Maybe<Scalars['String']['output']>;
  /** The id its sender gave it; null for the other. */
  readonly clientMessageId?: Maybe<Scalars['String']['output']>;
  /** The conversation it belongs to. */
  readonly conversation?: Maybe<Conversation>;
  /** When it was sent. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** When its text was last changed. */
  readonly editedAt?: Maybe<Scalars['DateTime']['output']>;
  /** An opaque id, unique over the whole API. */
  readonly id: Scalars['ID']['output'];
  /** Whether only its place is left. */
  readonly isDeleted: Scalars['Boolean']['output'];
  /** Whether the viewer wrote it. */
  readonly isMine: Scalars['Boolean']['output'];
  /** Who wrote it, as participants are named. */
  readonly senderId: Scalars['ID']['output'];
  /** Its number in the conversation, without holes; null while a moderator looks at it. */
  readonly seq?: Maybe<Scalars['Int']['output']>;
  /** Where it stands. */
  readonly status: MessageStatus;
};

/** A message was sent, by either of the two. */
export type MessageArrived = ConversationEvent & {
  readonly __typename: 'MessageArrived';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** The conversation as it stands now. */
  readonly conversation?: Maybe<Conversation>;
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** The message as it stands now. */
  readonly message?: Maybe<Message>;
  /** The number of the message. */
  readonly seq: Scalars['Int']['output'];
  /** Rises with every event. */
  readonly version: Scalars['Int']['output'];
};

/** A message was edited, deleted or hidden. */
export type MessageChanged = ConversationEvent & {
  readonly __typename: 'MessageChanged';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** edited, deleted or hidden. */
  readonly change: Scalars['String']['output'];
  /** The conversation as it stands now. */
  readonly conversation?: Maybe<Conversation>;
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** The message as it stands now. */
  readonly message?: Maybe<Message>;
  /** The number of the message. */
  readonly seq: Scalars['Int']['output'];
  /** Rises with every event. */
  readonly version: Scalars['Int']['output'];
};

/** One page of a list. */
export type MessageConnection = {
  readonly __typename: 'MessageConnection';
  /** The records of this page, at most 100. */
  readonly edges: ReadonlyArray<MessageEdge>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** A record and its place in the list. */
export type MessageEdge = {
  readonly __typename: 'MessageEdge';
  /** An opaque place; pass it as `after` to continue behind this record. */
  readonly cursor: Scalars['String']['output'];
  /** The record. */
  readonly node: Message;
};

/** The message is recorded; nobody else sees it before a moderator agrees. */
export type MessageHeld = {
  readonly __typename: 'MessageHeld';
  /** The conversation it will belong to. */
  readonly conversation?: Maybe<Conversation>;
  /** The message. */
  readonly heldMessage: Message;
  /** Whether this repeats the answer to an earlier call. */
  readonly replayed: Scalars['Boolean']['output'];
};

/** A message. */
export type MessageInput = {
  /** Id of the message. */
  readonly messageId: Scalars['ID']['input'];
};

/** The client's id was used before for another message. */
export type MessageKeyConflict = Problem & {
  readonly __typename: 'MessageKeyConflict';
  /** The id of the call. */
  readonly clientMessageId: Scalars['String']['output'];
  /** A stable code to switch on. */
  readonly code: Scalars['String']['output'];
  /** A sentence to show; its wording may change. */
  readonly message: Scalars['String']['output'];
};

/** Nothing was sent. */
export type MessageRefused = Problem & {
  readonly __typename: 'MessageRefused';
  /** A stable code to switch on. */
  readonly code: Scalars['String']['output'];
  /** A sentence to show; its wording may change. */
  readonly message: Scalars['String']['output'];
  /** When it may be tried again, where waiting helps. */
  readonly retryAfterSeconds?: Maybe<Scalars['Float']['output']>;
};

/** The message is recorded and has its place. */
export type MessageSent = {
  readonly __typename: 'MessageSent';
  /** The conversation after it. */
  readonly conversation?: Maybe<Conversation>;
  /** Whether this repeats the answer to an earlier call. */
  readonly replayed: Scalars['Boolean']['output'];
  /** The message. */
  readonly sentMessage: Message;
};

/** Where a message stands. */
export type MessageStatus =
  | 'HELD'
  | 'HIDDEN'
  | 'REJECTED'
  | 'SENT';

/** Something for staff to look at. */
export type ModerationCase = Node & {
  readonly __typename: 'ModerationCase';
  /** When it was opened. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** An opaque id, unique over the whole API. */
  readonly id: Scalars['ID']['output'];
  /** How it came about. */
  readonly kind: CaseKind;
  /** What the reporter wrote. */
  readonly note: Scalars['String']['output'];
  /** Why, as stable words. */
  readonly reasons: ReadonlyArray<Scalars['String']['output']>;
  /** Who reported it. */
  readonly reporterId?: Maybe<Scalars['ID']['output']>;
  /** What was decided. */
  readonly resolution?: Maybe<Resolution>;
  /** When it was decided. */
  readonly resolvedAt?: Maybe<Scalars['DateTime']['output']>;
  /** What was there when the case was opened. */
  readonly snapshot: Scalars['JSON']['output'];
  /** Whether it is decided. */
  readonly state: CaseState;
  /** What it is about. */
  readonly subjectKind: SubjectKind;
  /** Who wrote it. */
  readonly userId: Scalars['ID']['output'];
};

/** One page of a list. */
export type ModerationCaseConnection = {
  readonly __typename: 'ModerationCaseConnection';
  /** The records of this page, at most 100. */
  readonly edges: ReadonlyArray<ModerationCaseEdge>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** A record and its place in the list. */
export type ModerationCaseEdge = {
  readonly __typename: 'ModerationCaseEdge';
  /** An opaque place; pass it as `after` to continue behind this record. */
  readonly cursor: Scalars['String']['output'];
  /** The record. */
  readonly node: ModerationCase;
};

/** An amount of money. */
export type Money = {
  readonly __typename: 'Money';
  /** The exact amount in major units as decimal text, such as 299999.00. */
  readonly amount: Scalars['String']['output'];
  /** The exact amount in minor units: 29999900 is R299,999.00. */
  readonly amountMinor: Scalars['MinorUnits']['output'];
  /** ISO 4217 currency, such as ZAR. */
  readonly currency: Scalars['String']['output'];
  /** The amount for reading, such as R299,999. */
  readonly formatted: Scalars['String']['output'];
};

/** Everything that can be changed. */
export type Mutation = {
  readonly __typename: 'Mutation';
  /** Buy a lot whose winner did not pay, at the own maximum. (Needs a signed-in viewer.) */
  readonly acceptSecondChance: OrderResult;
  /** Answer a question about an own listing in public. (Needs a signed-in viewer.) */
  readonly answerQuestion: AskQuestionResult;
  /** Put a conversation aside until its next message. (Needs a signed-in viewer.) */
  readonly archiveConversation: ConversationResult;
  /** Take a listing away from buyers. (Needs a signed-in viewer.) */
  readonly archiveListing: ListingResult;
  /** Ask the seller of a listing in public. The same clientMessageId again gives the same answer. (Needs a signed-in viewer.) */
  readonly askQuestion: AskQuestionResult;
  /** Silence in both directions, of which the other is told nothing. (Needs a signed-in viewer.) */
  readonly blockUser: SilenceResult;
  /** Buy a lot at once while it is offered so. (Needs a signed-in viewer.) */
  readonly buyNow: PlaceBidResult;
  /** Withdraw a lot. (Needs an editor or admin.) */
  readonly cancelLot: LotStepResult;
  /** Buy a listing that has a fixed price. (Needs a signed-in viewer.) */
  readonly checkout: OrderResult;
  /** Write a new draft. The same idempotency key and input again gives the same listing. (Needs a signed-in viewer.) */
  readonly createListing: ListingResult;
  /** Leave a tombstone in the place of an own message. (Needs a signed-in viewer.) */
  readonly deleteMessage: SendMessageResult;
  /** Forget a saved search. (Needs a signed-in viewer.) */
  readonly deleteSavedSearch: SavedSearchResult;
  /** Change an own message within fifteen minutes. (Needs a signed-in viewer.) */
  readonly editMessage: SendMessageResult;
  /** Keep a listing among the favourites. (Needs a signed-in viewer.) */
  readonly favouriteListing: MarkListingResult;
  /** The viewer is there; every thirty seconds. Following the inbox says so too. (Needs a signed-in viewer.) */
  readonly heartbeat: PresenceResult;
  /** Let an account write again; audited. (Needs an editor or admin.) */
  readonly liftSuspension: LiftSuspensionResult;
  /** Like a listing; again changes nothing. (Needs a signed-in viewer.) */
  readonly likeListing: MarkListingResult;
  /** Lower or remove the reserve; for its seller and for staff. (Needs a signed-in viewer.) */
  readonly lowerReserve: LotStepResult;
  /** Note that messages arrived. (Needs a signed-in viewer.) */
  readonly markDelivered: ConversationResult;
  /** Mark notifications as read; again changes nothing. (Needs a signed-in viewer.) */
  readonly markNotificationsRead: MarkNotificationsReadResult;
  /** Note that messages were read. (Needs a signed-in viewer.) */
  readonly markRead: ConversationResult;
  /** Have new messages of a conversation not announced. (Needs a signed-in viewer.) */
  readonly muteConversation: ConversationResult;
  /** Stop taking bids on a lot. (Needs an editor or admin.) */
  readonly pauseLot: LotStepResult;
  /** Have what the viewer owes collected again. (Needs a signed-in viewer.) */
  readonly payOrder: OrderResult;
  /** Bid up to a maximum. The same key and input again gives the same answer. (Needs a signed-in viewer.) */
  readonly placeBid: PlaceBidResult;
  /** Make the draft what everybody sees; search follows within seconds. (Needs a signed-in viewer.) */
  readonly publishListing: ListingResult;
  /** Count a view of a listing, once per visitor and day. (Anyone may call this.) */
  readonly recordView: RecordViewResult;
  /** Give the whole payment of an order back. (Needs an editor or admin.) */
  readonly refundOrder: OrderResult;
  /** Ask to be admitted to a lot. (Needs a signed-in viewer.) */
  readonly registerToBid: RegisterToBidResult;
  /** Stop charging a payment method. (Needs a signed-in viewer.) */
  readonly removePaymentMethod: RemovePaymentMethodResult;
  /** Have staff look at a message. (Needs a signed-in viewer.) */
  readonly reportMessage: ReportResult;
  /** Decide a moderation case: approve, warn, hide or suspend; audited. (Needs an editor or admin.) */
  readonly resolveCase: ResolveCaseResult;
  /** Take bids on a lot again. (Needs an editor or admin.) */
  readonly resumeLot: LotStepResult;
  /** Take own bids back, for the reasons and in the times the rules allow. (Needs a signed-in viewer.) */
  readonly retractBid: LotStepResult;
  /** Save a payment method by the token that the provider gave the browser; what is owed is collected. (Needs a signed-in viewer.) */
  readonly savePaymentMethod: SavePaymentMethodResult;
  /** Keep a search, and be told of listings that satisfy it from now on. (Needs a signed-in viewer.) */
  readonly saveSearch: SavedSearchResult;
  /** Tell the staff something. (Needs a signed-in viewer.) */
  readonly sendFeedback: FeedbackResult;
  /** Send a message. The same clientMessageId and text again gives the same answer. (Needs a signed-in viewer.) */
  readonly sendMessage: SendMessageResult;
  /** Switch a feature for everybody, a role or an account; every process follows within seconds. (Needs an editor or admin.) */
  readonly setFlag: SetFlagResult;
  /** Choose whether to hear of a kind of notification on a channel. (Needs a signed-in viewer.) */
  readonly setNotificationPreference: NotificationPreferenceResult;
  /** Whether the viewer may be seen online. (Needs a signed-in viewer.) */
  readonly setPresence: PresenceResult;
  /** Show the other that something is being written; send it every three seconds at the most. (Needs a signed-in viewer.) */
  readonly setTyping: PresenceResult;
  /** Begin to save a payment method, which the browser finishes directly with the payment provider. (Needs a signed-in viewer.) */
  readonly setUpPaymentMethod: SetUpPaymentMethodResult;
  /** Write to the seller of a listing. The same clientMessageId and text again gives the same answer. (Needs a signed-in viewer.) */
  readonly startConversation: SendMessageResult;
  /** End the viewer's own silence. (Needs a signed-in viewer.) */
  readonly unblockUser: SilenceResult;
  /** Stop keeping a listing. (Needs a signed-in viewer.) */
  readonly unfavouriteListing: MarkListingResult;
  /** Take a like back. (Needs a signed-in viewer.) */
  readonly unlikeListing: MarkListingResult;
  /** Edit a listing's draft; buyers see the edit once it is published. (Needs a signed-in viewer.) */
  readonly updateListing: ListingResult;
  /** Create or change the viewer's public profile. (Needs a signed-in viewer.) */
  readonly upsertProfile: ProfileResult;
  /** Strike a bid. (Needs an editor or admin.) */
  readonly voidBid: LotStepResult;
};


/** Everything that can be changed. */
export type MutationAcceptSecondChanceArgs = {
  input: AuctionInput;
};


/** Everything that can be changed. */
export type MutationAnswerQuestionArgs = {
  input: AnswerQuestionInput;
};


/** Everything that can be changed. */
export type MutationArchiveConversationArgs = {
  input: ArchiveConversationInput;
};


/** Everything that can be changed. */
export type MutationArchiveListingArgs = {
  input: ListingInput;
};


/** Everything that can be changed. */
export type MutationAskQuestionArgs = {
  input: AskQuestionInput;
};


/** Everything that can be changed. */
export type MutationBlockUserArgs = {
  input: AccountInput;
};


/** Everything that can be changed. */
export type MutationBuyNowArgs = {
  input: BuyNowInput;
};


/** Everything that can be changed. */
export type MutationCancelLotArgs = {
  input: AuctionInput;
};


/** Everything that can be changed. */
export type MutationCheckoutArgs = {
  input: CheckoutInput;
};


/** Everything that can be changed. */
export type MutationCreateListingArgs = {
  input: CreateListingInput;
};


/** Everything that can be changed. */
export type MutationDeleteMessageArgs = {
  input: MessageInput;
};


/** Everything that can be changed. */
export type MutationDeleteSavedSearchArgs = {
  input: DeleteSavedSearchInput;
};


/** Everything that can be changed. */
export type MutationEditMessageArgs = {
  input: EditMessageInput;
};


/** Everything that can be changed. */
export type MutationFavouriteListingArgs = {
  input: ListingInput;
};


/** Everything that can be changed. */
export type MutationLiftSuspensionArgs = {
  input: LiftSuspensionInput;
};


/** Everything that can be changed. */
export type MutationLikeListingArgs = {
  input: ListingInput;
};


/** Everything that can be changed. */
export type MutationLowerReserveArgs = {
  input: LowerReserveInput;
};


/** Everything that can be changed. */
export type MutationMarkDeliveredArgs = {
  input: MarkInput;
};


/** Everything that can be changed. */
export type MutationMarkNotificationsReadArgs = {
  input: MarkNotificationsReadInput;
};


/** Everything that can be changed. */
export type MutationMarkReadArgs = {
  input: MarkInput;
};


/** Everything that can be changed. */
export type MutationMuteConversationArgs = {
  input: MuteConversationInput;
};


/** Everything that can be changed. */
export type MutationPauseLotArgs = {
  input: AuctionInput;
};


/** Everything that can be changed. */
export type MutationPayOrderArgs = {
  input: OrderInput;
};


/** Everything that can be changed. */
export type MutationPlaceBidArgs = {
  input: PlaceBidInput;
};


/** Everything that can be changed. */
export type MutationPublishListingArgs = {
  input: ListingInput;
};


/** Everything that can be changed. */
export type MutationRecordViewArgs = {
  input: ListingInput;
};


/** Everything that can be changed. */
export type MutationRefundOrderArgs = {
  input: RefundOrderInput;
};


/** Everything that can be changed. */
export type MutationRegisterToBidArgs = {
  input: AuctionInput;
};


/** Everything that can be changed. */
export type MutationRemovePaymentMethodArgs = {
  input: PaymentMethodInput;
};


/** Everything that can be changed. */
export type MutationReportMessageArgs = {
  input: ReportMessageInput;
};


/** Everything that can be changed. */
export type MutationResolveCaseArgs = {
  input: ResolveCaseInput;
};


/** Everything that can be changed. */
export type MutationResumeLotArgs = {
  input: AuctionInput;
};


/** Everything that can be changed. */
export type MutationRetractBidArgs = {
  input: RetractBidInput;
};


/** Everything that can be changed. */
export type MutationSavePaymentMethodArgs = {
  input: SavePaymentMethodInput;
};


/** Everything that can be changed. */
export type MutationSaveSearchArgs = {
  input: SaveSearchInput;
};


/** Everything that can be changed. */
export type MutationSendFeedbackArgs = {
  input: SendFeedbackInput;
};


/** Everything that can be changed. */
export type MutationSendMessageArgs = {
  input: SendMessageInput;
};


/** Everything that can be changed. */
export type MutationSetFlagArgs = {
  input: SetFlagInput;
};


/** Everything that can be changed. */
export type MutationSetNotificationPreferenceArgs = {
  input: SetNotificationPreferenceInput;
};


/** Everything that can be changed. */
export type MutationSetPresenceArgs = {
  input: SetPresenceInput;
};


/** Everything that can be changed. */
export type MutationSetTypingArgs = {
  input: SetTypingInput;
};


/** Everything that can be changed. */
export type MutationSetUpPaymentMethodArgs = {
  input: SetUpPaymentMethodInput;
};


/** Everything that can be changed. */
export type MutationStartConversationArgs = {
  input: StartConversationInput;
};


/** Everything that can be changed. */
export type MutationUnblockUserArgs = {
  input: AccountInput;
};


/** Everything that can be changed. */
export type MutationUnfavouriteListingArgs = {
  input: ListingInput;
};


/** Everything that can be changed. */
export type MutationUnlikeListingArgs = {
  input: ListingInput;
};


/** Everything that can be changed. */
export type MutationUpdateListingArgs = {
  input: UpdateListingInput;
};


/** Everything that can be changed. */
export type MutationUpsertProfileArgs = {
  input: UpsertProfileInput;
};


/** Everything that can be changed. */
export type MutationVoidBidArgs = {
  input: VoidBidInput;
};

/** A conversation whose new messages are not announced. */
export type MuteConversationInput = {
  /** Id of the conversation. */
  readonly conversationId: Scalars['ID']['input'];
  /** False ends it. */
  readonly isMuted?: Scalars['Boolean']['input'];
  /** Until when; without it, for good. */
  readonly until?: InputMaybe<Scalars['DateTime']['input']>;
};

/** What changed for the viewer on a lot. */
export type MyBidUpdate = {
  readonly __typename: 'MyBidUpdate';
  /** When it was decided. */
  readonly at: Scalars['DateTime']['output'];
  /** The auction. */
  readonly auction?: Maybe<Auction>;
  /** The end after it. */
  readonly effectiveEndAt: Scalars['DateTime']['output'];
  /** The price after it. */
  readonly price?: Maybe<Money>;
  /** leading, outbid, won or lost. */
  readonly standing: Scalars['String']['output'];
  /** The lot's version. */
  readonly version: Scalars['Int']['output'];
};

/** How the viewer stands on the lot; nobody else sees it. */
export type MyStanding = {
  readonly __typename: 'MyStanding';
  /** Whether the viewer leads. */
  readonly isLeading: Scalars['Boolean']['output'];
  /** Whether the viewer may bid. */
  readonly isRegistered: Scalars['Boolean']['output'];
  /** The viewer's greatest standing offer. */
  readonly myMax?: Maybe<Money>;
};

/** A circle on the map. */
export type NearInput = {
  /** Centre, in degrees. */
  readonly latitude: Scalars['Float']['input'];
  /** Centre, in degrees. */
  readonly longitude: Scalars['Float']['input'];
  /** Radius in kilometres, at most 2,000. */
  readonly radiusKm?: Scalars['Float']['input'];
};

/** Anything with an id that can be fetched again by it. */
export type Node = {
  /** An opaque id, unique over the whole API. */
  readonly id: Scalars['ID']['output'];
};

/** The viewer may not do this. */
export type NotAllowed = Problem & {
  readonly __typename: 'NotAllowed';
  /** A stable code to switch on. */
  readonly code: Scalars['String']['output'];
  /** A sentence to show; its wording may change. */
  readonly message: Scalars['String']['output'];
};

/** It does not exist, or not for this viewer. */
export type NotFound = Problem & {
  readonly __typename: 'NotFound';
  /** A stable code to switch on. */
  readonly code: Scalars['String']['output'];
  /** A sentence to show; its wording may change. */
  readonly message: Scalars['String']['output'];
};

/** The operation needs a signed-in viewer. */
export type NotSignedIn = Problem & {
  readonly __typename: 'NotSignedIn';
  /** A stable code to switch on. */
  readonly code: Scalars['String']['output'];
  /** A sentence to show; its wording may change. */
  readonly message: Scalars['String']['output'];
};

/** Something the viewer was told. */
export type Notification = Node & {
  readonly __typename: 'Notification';
  /** The auction. */
  readonly auction?: Maybe<Auction>;
  /** What it says then. */
  readonly body: Scalars['String']['output'];
  /** How many things it stands for, such as three new bids. */
  readonly count: Scalars['Int']['output'];
  /** When the first of them happened. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** An opaque id, unique over the whole API. */
  readonly id: Scalars['ID']['output'];
  /** Whether it was read. */
  readonly isRead: Scalars['Boolean']['output'];
  /** What it is about. */
  readonly kind: NotificationKind;
  /** The listing, while everybody may see it. */
  readonly listing?: Maybe<Listing>;
  /** Where it leads on the marketplace's site. */
  readonly path: Scalars['String']['output'];
  /** What it says first. */
  readonly title: Scalars['String']['output'];
  /** When the newest of them happened. */
  readonly updatedAt: Scalars['DateTime']['output'];
};

/** How an account hears of something. */
export type NotificationChannel =
  | 'EMAIL'
  | 'IN_APP';

/** One page of a list. */
export type NotificationConnection = {
  readonly __typename: 'NotificationConnection';
  /** The records of this page, at most 100. */
  readonly edges: ReadonlyArray<NotificationEdge>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** A record and its place in the list. */
export type NotificationEdge = {
  readonly __typename: 'NotificationEdge';
  /** An opaque place; pass it as `after` to continue behind this record. */
  readonly cursor: Scalars['String']['output'];
  /** The record. */
  readonly node: Notification;
};

/** Something on the viewer's stream of notifications. */
export type NotificationEvent = {
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** How many stand unread now. */
  readonly unreadCount?: Maybe<Scalars['Int']['output']>;
};

/** What a notification is about. */
export type NotificationKind =
  | 'AUCTION_ENDING'
  | 'AUCTION_LOST'
  | 'AUCTION_WON'
  | 'LEADING_AGAIN'
  | 'LISTING_APPROVED'
  | 'LISTING_REJECTED'
  | 'NEW_BIDS'
  | 'NEW_MESSAGE'
  | 'OUTBID'
  | 'PAYMENT_NEEDED'
  | 'PAYMENT_RECEIVED'
  | 'PRICE_DROP'
  | 'QUESTION_ANSWERED'
  | 'QUESTION_ASKED'
  | 'SALE_PAID'
  | 'SEARCH_MATCH'
  | 'WARNED';

/** Whether the viewer hears of a kind, on each channel. */
export type NotificationPreference = {
  readonly __typename: 'NotificationPreference';
  /** Whether a mail is sent. */
  readonly email: Scalars['Boolean']['output'];
  /** Whether it is shown in the app. */
  readonly inApp: Scalars['Boolean']['output'];
  /** The kind. */
  readonly kind: NotificationKind;
};

/** The choice as it stands now, or why not. */
export type NotificationPreferenceResult = NotSignedIn | NotificationPreference | RetryLater;

/** A notification is new, or stands for one more thing. */
export type NotificationTold = NotificationEvent & {
  readonly __typename: 'NotificationTold';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** The notification as it stands now. */
  readonly notification?: Maybe<Notification>;
  /** How many stand unread now. */
  readonly unreadCount?: Maybe<Scalars['Int']['output']>;
};

/** Earlier events cannot be shown any more; read the list again. */
export type NotificationsGap = NotificationEvent & {
  readonly __typename: 'NotificationsGap';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** Why: `trimmed` or `generation`. */
  readonly reason: Scalars['String']['output'];
  /** How many stand unread now. */
  readonly unreadCount?: Maybe<Scalars['Int']['output']>;
};

/** Some were marked as read, here or on another device. */
export type NotificationsMarked = NotificationEvent & {
  readonly __typename: 'NotificationsMarked';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** How many. */
  readonly marked: Scalars['Int']['output'];
  /** How many stand unread now. */
  readonly unreadCount?: Maybe<Scalars['Int']['output']>;
};

/** Notifications were marked as read. */
export type NotificationsRead = {
  readonly __typename: 'NotificationsRead';
  /** How many were unread before. */
  readonly marked: Scalars['Int']['output'];
  /** How many stand unread now. */
  readonly unread: Scalars['Int']['output'];
};

/** The stream begins here; read the list now. */
export type NotificationsSnapshot = NotificationEvent & {
  readonly __typename: 'NotificationsSnapshot';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** How many stand unread now. */
  readonly unreadCount?: Maybe<Scalars['Int']['output']>;
};

/** An interval of numbers. */
export type NumberRange = {
  readonly __typename: 'NumberRange';
  /** The largest. */
  readonly maximum?: Maybe<Scalars['Float']['output']>;
  /** The smallest. */
  readonly minimum?: Maybe<Scalars['Float']['output']>;
};

/** A sale to be paid. */
export type Order = Node & {
  readonly __typename: 'Order';
  /** When it was opened. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Until when it is to be paid. */
  readonly dueAt: Scalars['DateTime']['output'];
  /** An opaque id, unique over the whole API. */
  readonly id: Scalars['ID']['output'];
  /** How the sale came about. */
  readonly kind: OrderKind;
  /** The newest attempt to collect its money; the buyer's alone. */
  readonly payment?: Maybe<Payment>;
  /** How much of the total went back, by refunds and by disputes that were lost. */
  readonly refunded: Money;
  /** Where the money stands. */
  readonly status: OrderStatus;
  /** What the buyer owes. */
  readonly total: Money;
};

/** One page of a list. */
export type OrderConnection = {
  readonly __typename: 'OrderConnection';
  /** The records of this page, at most 100. */
  readonly edges: ReadonlyArray<OrderEdge>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** A record and its place in the list. */
export type OrderEdge = {
  readonly __typename: 'OrderEdge';
  /** An opaque place; pass it as `after` to continue behind this record. */
  readonly cursor: Scalars['String']['output'];
  /** The record. */
  readonly node: Order;
};

/** An order. */
export type OrderInput = {
  /** Id of the order. */
  readonly orderId: Scalars['ID']['input'];
};

/** How a sale came about. */
export type OrderKind =
  | 'AUCTION'
  | 'BUY_NOW'
  | 'FIXED_PRICE'
  | 'SECOND_CHANCE';

/** The order, or why there is none. */
export type OrderResult = IdempotencyConflict | NotAllowed | NotFound | NotSignedIn | Order | RetryLater | WrongState;

/** Where the money of an order stands. */
export type OrderStatus =
  | 'ACTION_REQUIRED'
  | 'CANCELLED'
  | 'COMPLETED'
  | 'DEFAULTED'
  | 'DISPUTED'
  | 'PAID'
  | 'PARTLY_REFUNDED'
  | 'PAYMENT_DUE'
  | 'REFUNDED';

/** Whether a lot found a buyer. */
export type Outcome =
  | 'PASSED'
  | 'SOLD';

/** Why a lot was sold or passed. */
export type OutcomeReason =
  | 'BOUGHT_AT_ONCE'
  | 'HIGHEST_BID'
  | 'NO_BIDS'
  | 'RESERVE_NOT_MET';

/** Where a page stands in its list. */
export type PageInfo = {
  readonly __typename: 'PageInfo';
  /** The cursor of the last record; pass it as `after` to continue. */
  readonly endCursor?: Maybe<Scalars['String']['output']>;
  /** Whether more records follow. */
  readonly hasNextPage: Scalars['Boolean']['output'];
  /** Whether this page was continued from a cursor. */
  readonly hasPreviousPage: Scalars['Boolean']['output'];
  /** The cursor of the first record. */
  readonly startCursor?: Maybe<Scalars['String']['output']>;
};

/** One of the two people, and how far they have come. */
export type Participant = {
  readonly __typename: 'Participant';
  /** Whether it is the viewer. */
  readonly isViewer: Scalars['Boolean']['output'];
  /** The newest message that reached them. */
  readonly lastDeliveredSeq: Scalars['Int']['output'];
  /** The newest message they have read. */
  readonly lastReadSeq: Scalars['Int']['output'];
  /** Their public profile, where they have one. */
  readonly profile?: Maybe<PublicUser>;
  /** Buyer or seller. */
  readonly role: ConversationRole;
  /** The account, as `blockUser` and `presence` take it. */
  readonly userId: Scalars['ID']['output'];
};

/** The newest attempt to collect an order's money. */
export type Payment = {
  readonly __typename: 'Payment';
  /** Its number, counted from one. */
  readonly attempt: Scalars['Int']['output'];
  /** With it the buyer's browser confirms the payment, where the bank wants that. */
  readonly clientSecret?: Maybe<Scalars['String']['output']>;
  /** Why it failed, in the provider's own word. */
  readonly failure?: Maybe<Scalars['String']['output']>;
  /** How far it has come. */
  readonly status: PaymentStatus;
};

/** A saved payment method. */
export type PaymentMethod = {
  readonly __typename: 'PaymentMethod';
  /** Whose card it is, such as `visa`. */
  readonly brand?: Maybe<Scalars['String']['output']>;
  /** When it was saved. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** An opaque id, unique over the whole API. */
  readonly id: Scalars['ID']['output'];
  /** The last digits of its number. */
  readonly last4?: Maybe<Scalars['String']['output']>;
};

/** The provider did not take the payment method. */
export type PaymentMethodDeclined = Problem & {
  readonly __typename: 'PaymentMethodDeclined';
  /** A stable code to switch on. */
  readonly code: Scalars['String']['output'];
  /** A sentence to show; its wording may change. */
  readonly message: Scalars['String']['output'];
  /** The provider's own word, such as `insufficient_funds`. */
  readonly reason: Scalars['String']['output'];
};

/** A saved payment method. */
export type PaymentMethodInput = {
  /** Id of the payment method. */
  readonly id: Scalars['ID']['input'];
};

/** The payment method is not charged any more. */
export type PaymentMethodRemoved = {
  readonly __typename: 'PaymentMethodRemoved';
  /** The id it had. */
  readonly id: Scalars['ID']['output'];
};

/** A payment method that the buyer's browser has to finish, directly with the provider. */
export type PaymentMethodSetup = {
  readonly __typename: 'PaymentMethodSetup';
  /** A page on which that is done, where the provider names one. */
  readonly actionUrl?: Maybe<Scalars['String']['output']>;
  /** What the provider's script in the browser needs to finish. */
  readonly clientSecret?: Maybe<Scalars['String']['output']>;
  /** Whether the bank wants the buyer to confirm. */
  readonly isActionRequired: Scalars['Boolean']['output'];
  /** What the provider's script in the browser begins with. */
  readonly publishableKey: Scalars['String']['output'];
};

/** How far the collection of an order's money has come. */
export type PaymentStatus =
  | 'ACTION_REQUIRED'
  | 'AUTHORISED'
  | 'CANCELLED'
  | 'DISPUTED'
  | 'FAILED'
  | 'PROCESSING'
  | 'REFUNDED'
  | 'SUCCEEDED';

/** A bid. */
export type PlaceBidInput = {
  /** Id of the auction. */
  readonly auctionId: Scalars['ID']['input'];
  /** Needed for an offer above ten times the minimum. */
  readonly confirmLargeBid?: Scalars['Boolean']['input'];
  /** ISO currency of the amount; must be the lot's. */
  readonly currency: Scalars['String']['input'];
  /** A UUID made by the client; repeating the call with it gives the first answer and never a second bid. */
  readonly idempotencyKey: Scalars['String']['input'];
  /** Go to exactly this price at once. */
  readonly isExact?: Scalars['Boolean']['input'];
  /** The most the bidder would pay, in minor units; the lot bids for them as far as it must. */
  readonly maxAmountMinor: Scalars['MinorUnits']['input'];
};

/** What became of the bid. */
export type PlaceBidResult = BidAccepted | BidKeyConflict | BidOutbid | BidRejected | BidRetryLater | BidUnknown | NotFound | NotSignedIn;

/** Formatted text in three renderings. */
export type PortableText = {
  readonly __typename: 'PortableText';
  /** The text as markup that is safe to show. */
  readonly html: Scalars['String']['output'];
  /** The Portable Text blocks as stored. */
  readonly raw: Scalars['JSON']['output'];
  /** The text without formatting; empty lines part paragraphs. */
  readonly text: Scalars['String']['output'];
};


/** Formatted text in three renderings. */
export type PortableTextHtmlArgs = {
  imageWidth?: Scalars['Int']['input'];
};


/** Formatted text in three renderings. */
export type PortableTextTextArgs = {
  maxLength?: InputMaybe<Scalars['Int']['input']>;
};

/** Whether somebody is there. */
export type Presence = {
  readonly __typename: 'Presence';
  /** Whether they were heard of within the last 75 seconds. */
  readonly isOnline: Scalars['Boolean']['output'];
  /** When they were last there, to the minute; null where it is not shown. */
  readonly lastSeenAt?: Maybe<Scalars['DateTime']['output']>;
  /** Whom it is about. */
  readonly userId: Scalars['ID']['output'];
};

/** It is noted. */
export type PresenceNoted = {
  readonly __typename: 'PresenceNoted';
  /** Whether the viewer has just chosen not to be seen. */
  readonly isHidden: Scalars['Boolean']['output'];
};

/** Whether it is noted. */
export type PresenceResult = NotFound | NotSignedIn | PresenceNoted | RetryLater;

/** Why something was refused: a stable code and a sentence for people. */
export type Problem = {
  /** A stable code to switch on. */
  readonly code: Scalars['String']['output'];
  /** A sentence to show; its wording may change. */
  readonly message: Scalars['String']['output'];
};

/** Whether a seller trades privately or as a business. */
export type ProfileKind =
  | 'DEALER'
  | 'PRIVATE';

/** The profile as it stands now, or why nothing changed. */
export type ProfileResult = EditConflict | InvalidInput | NotFound | NotSignedIn | PublicUser | RetryLater;

/** A banner or featured group, shown at a placement while it runs. */
export type Promotion = Node & {
  readonly __typename: 'Promotion';
  /** Its text. */
  readonly body: PortableText;
  /** The category it points to. */
  readonly category?: Maybe<Category>;
  /** When it stops. */
  readonly endsAt?: Maybe<Scalars['DateTime']['output']>;
  /** An opaque id, unique over the whole API. */
  readonly id: Scalars['ID']['output'];
  /** Its picture. */
  readonly image?: Maybe<Image>;
  /** What it features, at most 24. */
  readonly listings: ReadonlyArray<Listing>;
  /** Where it is shown. */
  readonly placement: Scalars['String']['output'];
  /** The readable name in its address. */
  readonly slug: Scalars['String']['output'];
  /** When it begins to run. */
  readonly startsAt?: Maybe<Scalars['DateTime']['output']>;
  /** Its headline. */
  readonly title: Scalars['String']['output'];
};

/** One page of a list. */
export type PromotionConnection = {
  readonly __typename: 'PromotionConnection';
  /** The records of this page, at most 100. */
  readonly edges: ReadonlyArray<PromotionEdge>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** A record and its place in the list. */
export type PromotionEdge = {
  readonly __typename: 'PromotionEdge';
  /** An opaque place; pass it as `after` to continue behind this record. */
  readonly cursor: Scalars['String']['output'];
  /** The record. */
  readonly node: Promotion;
};

/** Details of a property. */
export type PropertyDetails = {
  readonly __typename: 'PropertyDetails';
  /** How many bathrooms; a half is a toilet only. */
  readonly bathrooms?: Maybe<Scalars['Float']['output']>;
  /** How many bedrooms. */
  readonly bedrooms?: Maybe<Scalars['Int']['output']>;
  /** Erf size in square metres. */
  readonly erfSizeM2?: Maybe<Scalars['Float']['output']>;
  /** Pool, garden and the like. */
  readonly extras: ReadonlyArray<Scalars['String']['output']>;
  /** Floor size in square metres. */
  readonly floorSizeM2?: Maybe<Scalars['Float']['output']>;
  /** Whether it comes furnished. */
  readonly furnished?: Maybe<Scalars['Boolean']['output']>;
  /** How many garages. */
  readonly garages?: Maybe<Scalars['Int']['output']>;
  /** Whether pets are welcome. */
  readonly petsAllowed?: Maybe<Scalars['Boolean']['output']>;
};

/** The public profile of a seller. */
export type PublicUser = Node & {
  readonly __typename: 'PublicUser';
  /** Their picture or logo. */
  readonly avatar?: Maybe<Image>;
  /** What the seller says about themselves. */
  readonly bio: PortableText;
  /** The town they trade from. */
  readonly city?: Maybe<Scalars['String']['output']>;
  /** The name for people. */
  readonly displayName: Scalars['String']['output'];
  /** The unique name others see in mentions. */
  readonly handle: Scalars['String']['output'];
  /** An opaque id, unique over the whole API. */
  readonly id: Scalars['ID']['output'];
  /** Whether the marketplace checked who they are. */
  readonly isVerified: Scalars['Boolean']['output'];
  /** Private seller or dealer. */
  readonly kind: ProfileKind;
  /** Their newest active listings; `Query.listings` pages through all. */
  readonly listings: ListingConnection;
  /** When they joined. */
  readonly memberSince?: Maybe<Scalars['DateTime']['output']>;
  /** Their phone number, where they opted in to showing it. */
  readonly phone?: Maybe<Scalars['String']['output']>;
  /** The readable name in its address. */
  readonly slug: Scalars['String']['output'];
};


/** The public profile of a seller. */
export type PublicUserListingsArgs = {
  first?: Scalars['Int']['input'];
};

/** Everything that can be read. */
export type Query = {
  readonly __typename: 'Query';
  /** One auction. */
  readonly auction?: Maybe<Auction>;
  /** Auctions, those that end soonest first unless asked otherwise. */
  readonly auctions?: Maybe<AuctionConnection>;
  /** The top categories, in order. */
  readonly categories?: Maybe<ReadonlyArray<Category>>;
  /** One category, by id or by slug. */
  readonly category?: Maybe<Category>;
  /** A page by its slug. */
  readonly contentPage?: Maybe<ContentPage>;
  /** One conversation of the viewer's. */
  readonly conversation?: Maybe<Conversation>;
  /** Questions by topic and place. */
  readonly faqs?: Maybe<FaqConnection>;
  /** The switched features that the viewer has, such as `launch_auctions`. */
  readonly features?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  /** One listing, by id or by slug. */
  readonly listing?: Maybe<Listing>;
  /** Active listings straight from content; `search` finds by words and facets. */
  readonly listings?: Maybe<ListingConnection>;
  /** What staff have to look at, the oldest first; for staff. */
  readonly moderationCases?: Maybe<ModerationCaseConnection>;
  /** Anything by its global id. */
  readonly node?: Maybe<Node>;
  /** Up to a hundred things by their global ids. */
  readonly nodes: ReadonlyArray<Maybe<Node>>;
  /** Promotions running now, the heaviest first. */
  readonly promotions?: Maybe<PromotionConnection>;
  /** One profile, by id or slug. */
  readonly publicProfile?: Maybe<PublicUser>;
  /** One sale with its lots. */
  readonly sale?: Maybe<Sale>;
  /** Active listings by words, filters, place and facets. */
  readonly search?: Maybe<SearchConnection>;
  /** Titles that complete what is typed. */
  readonly suggest?: Maybe<ReadonlyArray<Scalars['String']['output']>>;
  /** The signed-in account; null for visitors. */
  readonly viewer?: Maybe<Viewer>;
};


/** Everything that can be read. */
export type QueryAuctionArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be read. */
export type QueryAuctionsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<AuctionFilter>;
  first?: Scalars['Int']['input'];
  sort?: AuctionOrder;
};


/** Everything that can be read. */
export type QueryCategoryArgs = {
  id?: InputMaybe<Scalars['ID']['input']>;
  slug?: InputMaybe<Scalars['String']['input']>;
};


/** Everything that can be read. */
export type QueryContentPageArgs = {
  slug: Scalars['String']['input'];
};


/** Everything that can be read. */
export type QueryConversationArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be read. */
export type QueryFaqsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
  topic?: InputMaybe<Scalars['String']['input']>;
};


/** Everything that can be read. */
export type QueryListingArgs = {
  id?: InputMaybe<Scalars['ID']['input']>;
  slug?: InputMaybe<Scalars['String']['input']>;
};


/** Everything that can be read. */
export type QueryListingsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ListingFilter>;
  first?: Scalars['Int']['input'];
  sort?: ListingOrder;
};


/** Everything that can be read. */
export type QueryModerationCasesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
  kind?: InputMaybe<CaseKind>;
  state?: InputMaybe<CaseState>;
};


/** Everything that can be read. */
export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be read. */
export type QueryNodesArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


/** Everything that can be read. */
export type QueryPromotionsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
  placement?: InputMaybe<Scalars['String']['input']>;
};


/** Everything that can be read. */
export type QueryPublicProfileArgs = {
  id?: InputMaybe<Scalars['ID']['input']>;
  slug?: InputMaybe<Scalars['String']['input']>;
};


/** Everything that can be read. */
export type QuerySaleArgs = {
  id: Scalars['ID']['input'];
};


/** Everything that can be read. */
export type QuerySearchArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  facets?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  filter?: InputMaybe<SearchFilterInput>;
  first?: Scalars['Int']['input'];
  near?: InputMaybe<NearInput>;
  readsPrice?: Scalars['Boolean']['input'];
  sort?: ListingSort;
  text?: Scalars['String']['input'];
};


/** Everything that can be read. */
export type QuerySuggestArgs = {
  first?: Scalars['Int']['input'];
  prefix: Scalars['String']['input'];
};

/** What somebody asked about a listing, for everybody to read. */
export type Question = Node & {
  readonly __typename: 'Question';
  /** The seller's answer. */
  readonly answer?: Maybe<Scalars['String']['output']>;
  /** When it was answered. */
  readonly answeredAt?: Maybe<Scalars['DateTime']['output']>;
  /** When it was asked. */
  readonly askedAt: Scalars['DateTime']['output'];
  /** Who asked, where they have a profile. */
  readonly asker?: Maybe<PublicUser>;
  /** The question. */
  readonly body: Scalars['String']['output'];
  /** An opaque id, unique over the whole API. */
  readonly id: Scalars['ID']['output'];
  /** Whether only the seller sees it so far. */
  readonly isAnswerHeld: Scalars['Boolean']['output'];
  /** Whether only its asker sees it so far. */
  readonly isHeld: Scalars['Boolean']['output'];
  /** Whether the viewer asked it. */
  readonly isMine: Scalars['Boolean']['output'];
  /** The listing it is about. */
  readonly listing?: Maybe<Listing>;
};

/** One page of a list. */
export type QuestionConnection = {
  readonly __typename: 'QuestionConnection';
  /** The records of this page, at most 100. */
  readonly edges: ReadonlyArray<QuestionEdge>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
};

/** A record and its place in the list. */
export type QuestionEdge = {
  readonly __typename: 'QuestionEdge';
  /** An opaque place; pass it as `after` to continue behind this record. */
  readonly cursor: Scalars['String']['output'];
  /** The record. */
  readonly node: Question;
};

/** The question or its answer is recorded. */
export type QuestionPosted = {
  readonly __typename: 'QuestionPosted';
  /** Whether a moderator looks at it before anybody else sees it. */
  readonly isHeld: Scalars['Boolean']['output'];
  /** The question after it. */
  readonly question?: Maybe<Question>;
  /** Whether this repeats the answer to an earlier call. */
  readonly replayed: Scalars['Boolean']['output'];
};

/** Messages reached somebody, or were read. */
export type ReadMarksMoved = ConversationEvent & {
  readonly __typename: 'ReadMarksMoved';
  /** When it happened. */
  readonly at: Scalars['DateTime']['output'];
  /** The conversation as it stands now. */
  readonly conversation?: Maybe<Conversation>;
  /** Opaque; pass the newest one as `after` to continue behind it. Tells doubles apart too. */
  readonly cursor: Scalars['String']['output'];
  /** The newest message that reached them. */
  readonly lastDeliveredSeq: Scalars['Int']['output'];
  /** The newest message they have read. */
  readonly lastReadSeq: Scalars['Int']['output'];
  /** Who it is, as participants are named. */
  readonly userId: Scalars['ID']['output'];
  /** Rises with every event. */
  readonly version: Scalars['Int']['output'];
};

/** A price that was read out of the words. Search with `readsPrice: false` to switch it off. */
export type ReadPrice = {
  readonly __typename: 'ReadPrice';
  /** The highest price it allows. */
  readonly maximum?: Maybe<Money>;
  /** The lowest price it asks for. */
  readonly minimum?: Maybe<Money>;
  /** The words that were read as a price. */
  readonly phrase: Scalars['String']['output'];
  /** The words that were searched for without the phrase. */
  readonly words: Scalars['String']['output'];
};

/** The counters, or why the view was not seen. */
export type RecordViewResult = NotFound | RecordedView | RetryLater;

/** A view was seen. */
export type RecordedView = {
  readonly __typename: 'RecordedView';
  /** The counters after it. */
  readonly counters: ListingCounters;
  /** Whether it counted: once per visitor, listing and day. */
  readonly isCounted: Scalars['Boolean']['output'];
};

/** An order whose payment is to be given back. */
export type RefundOrderInput = {
  /** Id of the order. */
  readonly orderId: Scalars['ID']['input'];
  /** Why, for the audit log. */
  readonly reason: Scalars['String']['input'];
};

/** The admission, or why there is none. */
export type RegisterToBidResult = NotAllowed | NotFound | NotSignedIn | Registration | RetryLater | WrongState;

/** The viewer's admission to a lot. */
export type Registration = {
  readonly __typename: 'Registration';
  /** Whether the viewer may bid. */
  readonly standing: Standing;
};

/** Why a bid was not taken; stable, the text beside it may change. */
export type RejectionCode =
  | 'BANNED'
  | 'BELOW_MINIMUM'
  | 'CONFIRM_LARGE_BID'
  | 'CURRENCY'
  | 'DEPOSIT_REQUIRED'
  | 'DISABLED_BY_FLAG'
  | 'ENDED'
  | 'NOT_OFFERED'
  | 'NOT_OPEN'
  | 'NOT_REGISTERED'
  | 'OVER_LIMIT'
  | 'SELLER';

/** What was removed, or why nothing was. */
export type RemovePaymentMethodResult = NotFound | NotSignedIn | PaymentMethodRemoved | RetryLater;

/** A message that staff should look at. */
export type ReportMessageInput = {
  /** Id of the message. */
  readonly messageId: Scalars['ID']['input'];
  /** More about it, at most 1,000 characters. */
  readonly note?: Scalars['String']['input'];
  /** Why. */
  readonly reason: ReportReason;
};

/** Why something is reported. */
export type ReportReason =
  | 'ABUSE'
  | 'FRAUD'
  | 'OTHER'
  | 'SPAM';

/** Whether staff will look at it. */
export type ReportResult = InvalidInput | NotAllowed | NotFound | NotSignedIn | Reported | RetryLater;

/** Staff will look at it. */
export type Reported = {
  readonly __typename: 'Reported';
  /** Whether the viewer had not reported it before. */
  readonly isNew: Scalars['Boolean']['output'];
};

/** Whether the reserve is met. */
export type ReserveStatus =
  | 'MET'
  | 'NOT_MET'
  | 'NO_RESERVE';

/** What staff decided about a case. */
export type Resolution =
  | 'APPROVE'
  | 'HIDE'
  | 'SUSPEND'
  | 'WARN';

/** What staff decided about a case. */
export type ResolveCaseInput = {
  /** Id of the case. */
  readonly caseId: Scalars['ID']['input'];
  /** Why, for the audit log; at most 1,000 characters. */
  readonly note?: Scalars['String']['input'];
  /** What is to happen. */
  readonly resolution: Resolution;
  /** How long a suspension lasts; 30 days without it. */
  readonly suspendedDays?: InputMaybe<Scalars['Int']['input']>;
};

/** The case, or why it is not decided. */
export type ResolveCaseResult = CaseResolved | InvalidInput | NotAllowed | NotFound | NotSignedIn | RetryLater | WrongState;

/** A wish to take the viewer's own bids back. */
export type RetractBidInput = {
  /** Id of the auction. */
  readonly auctionId: Scalars['ID']['input'];
  /** Why; there are no other reasons. */
  readonly reason: RetractionReason;
};

/** The only reasons for which a bid may be taken back. */
export type RetractionReason =
  | 'DESCRIPTION_CHANGED'
  | 'SELLER_UNREACHABLE'
  | 'TYPING_ERROR';

/** A system needed for this is away; nothing was changed, repeat the same call. */
export type RetryLater = Problem & {
  readonly __typename: 'RetryLater';
  /** A stable code to switch on. */
  readonly code: Scalars['String']['output'];
  /** A sentence to show; its wording may change. */
  readonly message: Scalars['String']['output'];
};

/** What an account may do. */
export type Role =
  | 'ADMIN'
  | 'DEALER'
  | 'EDITOR'
  | 'USER';

/** Several lots whose ends follow each other. */
export type Sale = Node & {
  readonly __typename: 'Sale';
  /** When its first lot is planned to end. */
  readonly endsAt: Scalars['DateTime']['output'];
  /** An opaque id, unique over the whole API. */
  readonly id: Scalars['ID']['output'];
  /** Its lots in order, at most a hundred. */
  readonly lots?: Maybe<ReadonlyArray<Auction>>;
  /** When bidding opens. */
  readonly startsAt: Scalars['DateTime']['output'];
  /** Its name. */
  readonly title: Scalars['String']['output'];
};

/** A payment method that the browser has handed to the provider. */
export type SavePaymentMethodInput = {
  /** A UUID made by the client; repeating the call with it gives the same answer. */
  readonly idempotencyKey: Scalars['String']['input'];
  /** What the provider gave the browser for the card (`pm_...`); in test mode also a test card's name, such as `pm_card_visa`. Card numbers are never accepted. */
  readonly token: Scalars['String']['input'];
};

/** The saved payment method, what the bank wants first, or why not. */
export type SavePaymentMethodResult = IdempotencyConflict | InvalidInput | NotAllowed | NotSignedIn | PaymentMethod | PaymentMethodDeclined | PaymentMethodSetup | RetryLater | WrongState;

/** A search to keep, as `search` takes it. */
export type SaveSearchInput = {
  /** Which listings may be found. */
  readonly filter?: InputMaybe<SearchFilterInput>;
  /** Whether to tell of listings that satisfy it. */
  readonly hasAlerts?: Scalars['Boolean']['input'];
  /** What the viewer calls it, at most 100 characters. */
  readonly name: Scalars['String']['input'];
  /** Only within a circle. */
  readonly near?: InputMaybe<NearInput>;
  /** Words; a price such as 'under R300,000' becomes a filter. */
  readonly text?: Scalars['String']['input'];
};

/** A search that the viewer keeps. */
export type SavedSearch = Node & {
  readonly __typename: 'SavedSearch';
  /** When it was saved; listings published later are told of. */
  readonly createdAt: Scalars['DateTime']['output'];
  /** Whether the viewer is told of listings that satisfy it. */
  readonly hasAlerts: Scalars['Boolean']['output'];
  /** An opaque id, unique over the whole API. */
  readonly id: Scalars['ID']['output'];
  /** What the viewer calls it. */
  readonly name: Scalars['String']['output'];
  /** Its words; a price in them has become a condition. */
  readonly text: Scalars['String']['output'];
};

/** The search that was kept or forgotten, or why not. */
export type SavedSearchResult = InvalidInput | NotFound | NotSignedIn | RetryLater | SavedSearch | WrongState;

/** A page of results, with counts over all of them. */
export type SearchConnection = {
  readonly __typename: 'SearchConnection';
  /** The results of this page, at most 100. */
  readonly edges: ReadonlyArray<SearchEdge>;
  /** The facets that were asked for. */
  readonly facets: ReadonlyArray<Facet>;
  /** Where this page stands. */
  readonly pageInfo: PageInfo;
  /** A price read out of the words. */
  readonly readPrice?: Maybe<ReadPrice>;
  /** How many listings fit, estimated for very large results. */
  readonly totalCount: Scalars['Int']['output'];
};

/** One listing that was found. */
export type SearchEdge = {
  readonly __typename: 'SearchEdge';
  /** An opaque place; pass it as `after` to continue behind this hit. */
  readonly cursor: Scalars['String']['output'];
  /** How far it is from the centre of `near`. */
  readonly distanceMetres?: Maybe<Scalars['Int']['output']>;
  /** The listing; null if it was withdrawn a moment ago. */
  readonly node?: Maybe<Listing>;
  /** The matching part of the description with <mark>, safe to show. */
  readonly textHtml?: Maybe<Scalars['String']['output']>;
  /** The title with the matching words in <mark>, safe to show. */
  readonly titleHtml?: Maybe<Scalars['String']['output']>;
};

/** Which listings a search may return; every field given narrows it. */
export type SearchFilterInput = {
  /** Attributes; all of them must fit. */
  readonly attributes?: InputMaybe<ReadonlyArray<AttributeFilterInput>>;
  /** Any of these categories, with everything below them. */
  readonly categoryIds?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  /** Any of these towns. */
  readonly cities?: InputMaybe<ReadonlyArray<Scalars['String']['input']>>;
  /** Any of these conditions. */
  readonly conditions?: InputMaybe<ReadonlyArray<Condition>>;
  /** ISO currency of the prices; ZAR when left out. */
  readonly currency?: InputMaybe<Scalars['String']['input']>;
  /** Only promoted listings, or only others. */
  readonly isPromoted?: InputMaybe<Scalars['Boolean']['input']>;
  /** Lowest price. */
  readonly priceFromMinor?: InputMaybe<Scalars['MinorUnits']['input']>;
  /** Highest price. */
  readonly priceToMinor?: InputMaybe<Scalars['MinorUnits']['input']>;
  /** Any of these sellers. */
  readonly sellerIds?: InputMaybe<ReadonlyArray<Scalars['ID']['input']>>;
  /** Private sellers or dealers. */
  readonly sellerKinds?: InputMaybe<ReadonlyArray<ProfileKind>>;
};

/** What the viewer wants the staff to know. */
export type SendFeedbackInput = {
  /** Of the client; the same one again sends nothing more. */
  readonly idempotencyKey: Scalars['String']['input'];
  /** At most 4,000 characters. */
  readonly text: Scalars['String']['input'];
};

/** A message. */
export type SendMessageInput = {
  /** An order or auction that the message is about; the sender must be able to see it. */
  readonly aboutId?: InputMaybe<Scalars['ID']['input']>;
  /** References of up to ten uploaded files. */
  readonly attachments?: ReadonlyArray<Scalars['String']['input']>;
  /** 1 to 2,000 characters. */
  readonly body: Scalars['String']['input'];
  /** A UUID made by the client; repeating the call with it gives the first answer and never a second message. */
  readonly clientMessageId: Scalars['String']['input'];
  /** Id of the conversation. */
  readonly conversationId: Scalars['ID']['input'];
};

/** What became of the message. */
export type SendMessageResult = InvalidInput | MessageHeld | MessageKeyConflict | MessageRefused | MessageSent | NotAllowed | NotFound | NotSignedIn | RetryLater;

/** Details of a service. */
export type ServiceDetails = {
  readonly __typename: 'ServiceDetails';
  /** When it is offered. */
  readonly availability: ReadonlyArray<Scalars['String']['output']>;
  /** Whether the provider is registered or certified. */
  readonly certified?: Maybe<Scalars['Boolean']['output']>;
  /** Where it is offered. */
  readonly serviceArea?: Maybe<Scalars['String']['output']>;
  /** For how long it has been offered. */
  readonly yearsInBusiness?: Maybe<Scalars['Float']['output']>;
};

/** A feature to switch. */
export type SetFlagInput = {
  /** Whether the feature is on. */
  readonly isOn: Scalars['Boolean']['input'];
  /** The flag, such as `launch_auctions`. */
  readonly name: Scalars['String']['input'];
  /** Switch it for the account of this profile only; it has it even while it is off. */
  readonly profileId?: InputMaybe<Scalars['ID']['input']>;
  /** Switch it for accounts of this role only; they have it even while it is off. */
  readonly role?: InputMaybe<Role>;
};

/** The flag after the change, or why it was not changed. */
export type SetFlagResult = Flag | InvalidInput | NotAllowed | NotFound | NotSignedIn | RetryLater;

/** Whether to hear of a kind of notification on a channel. */
export type SetNotificationPreferenceInput = {
  /** The channel. */
  readonly channel: NotificationChannel;
  /** Whether to hear of it there. */
  readonly isOn: Scalars['Boolean']['input'];
  /** The kind. */
  readonly kind: NotificationKind;
};

/** Whether the viewer may be seen online. */
export type SetPresenceInput = {
  /** True hides it from everybody, also when the viewer was last there. */
  readonly isHidden: Scalars['Boolean']['input'];
};

/** Whether the viewer is writing. */
export type SetTypingInput = {
  /** Id of the conversation. */
  readonly conversationId: Scalars['ID']['input'];
  /** False as soon as nothing is being written. */
  readonly isTyping?: Scalars['Boolean']['input'];
};

/** A wish to save a payment method in the browser. */
export type SetUpPaymentMethodInput = {
  /** A UUID made by the client; repeating the call with it gives the same answer. */
  readonly idempotencyKey: Scalars['String']['input'];
};

/** What the browser goes on with, or why nothing began. */
export type SetUpPaymentMethodResult = NotAllowed | NotSignedIn | PaymentMethodSetup | RetryLater | WrongState;

/** Whether the viewer hears of somebody. */
export type SilenceChanged = {
  readonly __typename: 'SilenceChanged';
  /** Whether the viewer blocked them. */
  readonly isBlocked: Scalars['Boolean']['output'];
  /** Whom it is about. */
  readonly userId: Scalars['ID']['output'];
};

/** How it stands, or why nothing changed. */
export type SilenceResult = NotAllowed | NotFound | NotSignedIn | RetryLater | SilenceChanged;

/** Whether a registered bidder may bid. */
export type Standing =
  | 'BANNED'
  | 'DEPOSIT_REQUIRED'
  | 'REGISTERED';

/** The first message to the seller of a listing. */
export type StartConversationInput = {
  /** 1 to 2,000 characters. */
  readonly body: Scalars['String']['input'];
  /** A UUID made by the client; repeating the call with it gives the first answer and never a second message. */
  readonly clientMessageId: Scalars['String']['input'];
  /** Id of the listing. */
  readonly listingId: Scalars['ID']['input'];
};

/** What a moderation case is about. */
export type SubjectKind =
  | 'ANSWER'
  | 'MESSAGE'
  | 'QUESTION';

/** Everything that can be followed live. */
export type Subscription = {
  readonly __typename: 'Subscription';
  /** One lot: a snapshot (or what came after a cursor), then every event in order and without holes. */
  readonly auctionEvents: AuctionEvent;
  /** Prices and ends of up to a hundred lots, the newest of each. */
  readonly auctionTicker: ReadonlyArray<AuctionSnapshot>;
  /** One conversation: a snapshot (or what came after a cursor), then every event in order. */
  readonly conversationEvents: ConversationEvent;
  /** All conversations of the viewer's: messages, read marks and unread counts, without holes. */
  readonly inboxEvents: InboxEvent;
  /** Views, likes and favourites of up to a hundred listings, the newest of each. */
  readonly listingCounters: ReadonlyArray<LiveListingCounters>;
  /** The viewer's own lots: leading, outbid, won, lost. */
  readonly myBidUpdates: MyBidUpdate;
  /** The viewer's notifications: a start (or what came after a cursor), then every event in order. */
  readonly notifications: NotificationEvent;
  /** Who of up to a hundred people is there, among those the viewer writes with. */
  readonly presence: ReadonlyArray<Presence>;
  /** Whether the other of a conversation is writing. */
  readonly typing: Typing;
};


/** Everything that can be followed live. */
export type SubscriptionAuctionEventsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  auctionId: Scalars['ID']['input'];
};


/** Everything that can be followed live. */
export type SubscriptionAuctionTickerArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


/** Everything that can be followed live. */
export type SubscriptionConversationEventsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  conversationId: Scalars['ID']['input'];
};


/** Everything that can be followed live. */
export type SubscriptionInboxEventsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
};


/** Everything that can be followed live. */
export type SubscriptionListingCountersArgs = {
  ids: ReadonlyArray<Scalars['ID']['input']>;
};


/** Everything that can be followed live. */
export type SubscriptionNotificationsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
};


/** Everything that can be followed live. */
export type SubscriptionPresenceArgs = {
  userIds: ReadonlyArray<Scalars['ID']['input']>;
};


/** Everything that can be followed live. */
export type SubscriptionTypingArgs = {
  conversationId: Scalars['ID']['input'];
};

/** The account may write again. */
export type SuspensionLifted = {
  readonly __typename: 'SuspensionLifted';
  /** Whether anything was in the way. */
  readonly wasSuspended: Scalars['Boolean']['output'];
};

/** Whether the other is writing. */
export type Typing = {
  readonly __typename: 'Typing';
  /** Where. */
  readonly conversationId: Scalars['ID']['output'];
  /** Whether something is being written; it ends by itself after six seconds. */
  readonly isTyping: Scalars['Boolean']['output'];
  /** Who. */
  readonly userId: Scalars['ID']['output'];
};

/** Changes of a listing. */
export type UpdateListingInput = {
  /** What changes. */
  readonly content: ListingContentInput;
  /** Id of the listing. */
  readonly id: Scalars['ID']['input'];
  /** The revision the client read; the edit is refused when another came in between. */
  readonly revision?: InputMaybe<Scalars['String']['input']>;
};

/** What a person shows of themselves; fields left out stay as they are. */
export type UpsertProfileInput = {
  /** Plain text, at most 2,000 characters. */
  readonly bio?: InputMaybe<Scalars['String']['input']>;
  /** The town they trade from. */
  readonly city?: InputMaybe<Scalars['String']['input']>;
  /** The name for people. */
  readonly displayName?: InputMaybe<Scalars['String']['input']>;
  /** 3 to 30 of a-z, 0-9, - and _; unique. */
  readonly handle?: InputMaybe<Scalars['String']['input']>;
  /** A phone number with its country code. */
  readonly phone?: InputMaybe<Scalars['String']['input']>;
  /** Whether everybody may see the number. */
  readonly showsPhone?: InputMaybe<Scalars['Boolean']['input']>;
};

/** Details of a vehicle. */
export type VehicleDetails = {
  readonly __typename: 'VehicleDetails';
  /** Its colour. */
  readonly colour?: Maybe<Scalars['String']['output']>;
  /** What it runs on. */
  readonly fuel?: Maybe<Scalars['String']['output']>;
  /** Whether every service is on record. */
  readonly fullServiceHistory?: Maybe<Scalars['Boolean']['output']>;
  /** Who built it. */
  readonly make?: Maybe<Scalars['String']['output']>;
  /** Kilometres driven. */
  readonly mileageKm?: Maybe<Scalars['Int']['output']>;
  /** The model. */
  readonly model?: Maybe<Scalars['String']['output']>;
  /** Manual or automatic. */
  readonly transmission?: Maybe<Scalars['String']['output']>;
  /** The variant of the model. */
  readonly variant?: Maybe<Scalars['String']['output']>;
  /** The model year. */
  readonly year?: Maybe<Scalars['Int']['output']>;
};

/** The signed-in account that asks. */
export type Viewer = {
  readonly __typename: 'Viewer';
  /** The account's own bids over all lots, newest first. */
  readonly bids?: Maybe<BidConnection>;
  /** The account's conversations, the newest message first. */
  readonly conversations?: Maybe<ConversationConnection>;
  /** The name the identity provider gave. */
  readonly displayName?: Maybe<Scalars['String']['output']>;
  /** The account's own listings with their drafts, newest first. */
  readonly listings: ListingConnection;
  /** What the account hears of, kind by kind. */
  readonly notificationPreferences?: Maybe<ReadonlyArray<NotificationPreference>>;
  /** What the account was told, the newest first. */
  readonly notifications?: Maybe<NotificationConnection>;
  /** What the account bought, newest first. */
  readonly orders?: Maybe<OrderConnection>;
  /** The account's saved payment methods, at most ten; the first is the one that is charged. */
  readonly paymentMethods?: Maybe<ReadonlyArray<PaymentMethod>>;
  /** The account's public profile. */
  readonly profile?: Maybe<PublicUser>;
  /** What the account may do. */
  readonly roles: ReadonlyArray<Role>;
  /** The searches that the account keeps, at most 50, the newest first. */
  readonly savedSearches?: Maybe<ReadonlyArray<SavedSearch>>;
  /** All unread messages. */
  readonly unreadCount?: Maybe<Scalars['Int']['output']>;
  /** How many notifications stand unread. */
  readonly unreadNotifications?: Maybe<Scalars['Int']['output']>;
  /** The account's money. */
  readonly wallet?: Maybe<Wallet>;
};


/** The signed-in account that asks. */
export type ViewerBidsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};


/** The signed-in account that asks. */
export type ViewerConversationsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: ConversationState;
  first?: Scalars['Int']['input'];
};


/** The signed-in account that asks. */
export type ViewerListingsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
  status?: InputMaybe<ListingStatus>;
};


/** The signed-in account that asks. */
export type ViewerNotificationsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};


/** The signed-in account that asks. */
export type ViewerOrdersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};

/** What the viewer did with a listing. */
export type ViewerListingState = {
  readonly __typename: 'ViewerListingState';
  /** Whether the viewer keeps it among the favourites. */
  readonly hasFavourited: Scalars['Boolean']['output'];
  /** Whether the viewer likes it. */
  readonly hasLiked: Scalars['Boolean']['output'];
};

/** A bid to strike. */
export type VoidBidInput = {
  /** Id of the auction. */
  readonly auctionId: Scalars['ID']['input'];
  /** Why, for everybody to read. */
  readonly reason: Scalars['String']['input'];
  /** The bid's place in the lot's log. */
  readonly seq: Scalars['Int']['input'];
};

/** The viewer's money; balances are sums of the entries and stored nowhere. */
export type Wallet = {
  readonly __typename: 'Wallet';
  /** Money of sales that were paid, per currency. */
  readonly available: ReadonlyArray<Money>;
  /** Every line, newest first. */
  readonly entries: LedgerEntryConnection;
  /** What is still to pay, per currency. */
  readonly owed: ReadonlyArray<Money>;
  /** Shares of unpaid sales, per currency. */
  readonly pending: ReadonlyArray<Money>;
};


/** The viewer's money; balances are sums of the entries and stored nowhere. */
export type WalletEntriesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: Scalars['Int']['input'];
};

/** The record's state does not allow this step. */
export type WrongState = Problem & {
  readonly __typename: 'WrongState';
  /** A stable code to switch on. */
  readonly code: Scalars['String']['output'];
  /** A sentence to show; its wording may change. */
  readonly message: Scalars['String']['output'];
  /** The state it is in. */
  readonly state: Scalars['String']['output'];
};
