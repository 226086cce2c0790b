"""The table of contents of what clients can change."""

import strawberry

from resolvers import (
    bids,
    feedback,
    flags,
    listing_changes,
    listing_marks,
    message_changes,
    moderation,
    notifications,
    orders,
    payments,
    presence,
    questions,
    saved_searches,
    user_changes,
)
from resolvers.permissions import Needs
from schema.bids import LotStepResult, OrderResult, PlaceBidResult, RegisterResult
from schema.feedback import FeedbackResult
from schema.fields import mutation
from schema.flags import SetFlagResult
from schema.listing_results import ListingResult, MarkListingResult, RecordViewResult
from schema.message_results import ConversationResult, ReportResult, SendMessageResult, SilenceResult
from schema.moderation import LiftSuspensionResult, ResolveCaseResult
from schema.notifications import MarkNotificationsReadResult, NotificationPreferenceResult
from schema.payments import RemovePaymentMethodResult, SavePaymentMethodResult, SetUpPaymentMethodResult
from schema.presence import PresenceResult
from schema.questions import AskQuestionResult
from schema.saved_searches import SavedSearchResult
from schema.user_results import ProfileResult


@strawberry.type(description="Everything that can be changed.")
class Mutation:
    """The mutation root; every result union can carry a refusal."""

    create_listing: ListingResult = mutation(
        by=listing_changes.create_listing,
        needs=Needs.SIGNED_IN,
        description="Write a new draft. The same idempotency key and input again gives the same listing.",
    )
    update_listing: ListingResult = mutation(
        by=listing_changes.update_listing,
        needs=Needs.SIGNED_IN,
        description="Edit a listing's draft; buyers see the edit once it is published.",
    )
    publish_listing: ListingResult = mutation(
        by=listing_changes.publish_listing,
        needs=Needs.SIGNED_IN,
        description="Make the draft what everybody sees; search follows within seconds.",
    )
    archive_listing: ListingResult = mutation(
        by=listing_changes.archive_listing,
        needs=Needs.SIGNED_IN,
        description="Take a listing away from buyers.",
    )
    record_view: RecordViewResult = mutation(
        by=listing_marks.record_view,
        needs=Needs.NOBODY,
        description="Count a view of a listing, once per visitor and day.",
    )
    like_listing: MarkListingResult = mutation(
        by=listing_marks.like_listing, needs=Needs.SIGNED_IN, description="Like a listing; again changes nothing."
    )
    unlike_listing: MarkListingResult = mutation(
        by=listing_marks.unlike_listing, needs=Needs.SIGNED_IN, description="Take a like back."
    )
    favourite_listing: MarkListingResult = mutation(
        by=listing_marks.favourite_listing, needs=Needs.SIGNED_IN, description="Keep a listing among the favourites."
    )
    unfavourite_listing: MarkListingResult = mutation(
        by=listing_marks.unfavourite_listing, needs=Needs.SIGNED_IN, description="Stop keeping a listing."
    )
    upsert_profile: ProfileResult = mutation(
        by=user_changes.upsert_profile,
        needs=Needs.SIGNED_IN,
        description="Create or change the viewer's public profile.",
    )
    start_conversation: SendMessageResult = mutation(
        by=message_changes.start_conversation,
        needs=Needs.SIGNED_IN,
        description="Write to the seller of a listing. The same clientMessageId and text again gives the same answer.",
    )
    send_message: SendMessageResult = mutation(
        by=message_changes.send_message,
        needs=Needs.SIGNED_IN,
        description="Send a message. The same clientMessageId and text again gives the same answer.",
    )
    edit_message: SendMessageResult = mutation(
        by=message_changes.edit_message,
        needs=Needs.SIGNED_IN,
        description="Change an own message within fifteen minutes.",
    )
    delete_message: SendMessageResult = mutation(
        by=message_changes.delete_message,
        needs=Needs.SIGNED_IN,
        description="Leave a tombstone in the place of an own message.",
    )
    mark_delivered: ConversationResult = mutation(
        by=message_changes.mark_delivered, needs=Needs.SIGNED_IN, description="Note that messages arrived."
    )
    mark_read: ConversationResult = mutation(
        by=message_changes.mark_read, needs=Needs.SIGNED_IN, description="Note that messages were read."
    )
    archive_conversation: ConversationResult = mutation(
        by=message_changes.archive_conversation,
        needs=Needs.SIGNED_IN,
        description="Put a conversation aside until its next message.",
    )
    mute_conversation: ConversationResult = mutation(
        by=message_changes.mute_conversation,
        needs=Needs.SIGNED_IN,
        description="Have new messages of a conversation not announced.",
    )
    set_typing: PresenceResult = mutation(
        by=presence.set_typing,
        needs=Needs.SIGNED_IN,
        description="Show the other that something is being written; send it every three seconds at the most.",
    )
    heartbeat: PresenceResult = mutation(
        by=presence.heartbeat,
        needs=Needs.SIGNED_IN,
        description="The viewer is there; every thirty seconds. Following the inbox says so too.",
    )
    set_presence: PresenceResult = mutation(
        by=presence.set_presence, needs=Needs.SIGNED_IN, description="Whether the viewer may be seen online."
    )
    ask_question: AskQuestionResult = mutation(
        by=questions.ask_question,
        needs=Needs.SIGNED_IN,
        description="Ask the seller of a listing in public. The same clientMessageId again gives the same answer.",
    )
    answer_question: AskQuestionResult = mutation(
        by=questions.answer_question,
        needs=Needs.SIGNED_IN,
        description="Answer a question about an own listing in public.",
    )
    resolve_case: ResolveCaseResult = mutation(
        by=moderation.resolve_case,
        needs=Needs.STAFF,
        description="Decide a moderation case: approve, warn, hide or suspend; audited.",
    )
    lift_suspension: LiftSuspensionResult = mutation(
        by=moderation.lift_suspension, needs=Needs.STAFF, description="Let an account write again; audited."
    )
    block_user: SilenceResult = mutation(
        by=message_changes.block_user,
        needs=Needs.SIGNED_IN,
        description="Silence in both directions, of which the other is told nothing.",
    )
    unblock_user: SilenceResult = mutation(
        by=message_changes.unblock_user, needs=Needs.SIGNED_IN, description="End the viewer's own silence."
    )
    report_message: ReportResult = mutation(
        by=message_changes.report_message, needs=Needs.SIGNED_IN, description="Have staff look at a message."
    )
    register_to_bid: RegisterResult = mutation(
        by=bids.register_to_bid, needs=Needs.SIGNED_IN, description="Ask to be admitted to a lot."
    )
    place_bid: PlaceBidResult = mutation(
        by=bids.place_bid,
        needs=Needs.SIGNED_IN,
        description="Bid up to a maximum. The same key and input again gives the same answer.",
    )
    buy_now: PlaceBidResult = mutation(
        by=bids.buy_now, needs=Needs.SIGNED_IN, description="Buy a lot at once while it is offered so."
    )
    retract_bid: LotStepResult = mutation(
        by=bids.retract_bid,
        needs=Needs.SIGNED_IN,
        description="Take own bids back, for the reasons and in the times the rules allow.",
    )
    void_bid: LotStepResult = mutation(by=bids.void_bid, needs=Needs.STAFF, description="Strike a bid.")
    pause_lot: LotStepResult = mutation(by=bids.pause_lot, needs=Needs.STAFF, description="Stop taking bids on a lot.")
    resume_lot: LotStepResult = mutation(by=bids.resume_lot, needs=Needs.STAFF, description="Take bids on a lot again.")
    cancel_lot: LotStepResult = mutation(by=bids.cancel_lot, needs=Needs.STAFF, description="Withdraw a lot.")
    lower_reserve: LotStepResult = mutation(
        by=bids.lower_reserve,
        needs=Needs.SIGNED_IN,
        description="Lower or remove the reserve; for its seller and for staff.",
    )
    checkout: OrderResult = mutation(
        by=bids.checkout, needs=Needs.SIGNED_IN, description="Buy a listing that has a fixed price."
    )
    accept_second_chance: OrderResult = mutation(
        by=bids.accept_second_chance,
        needs=Needs.SIGNED_IN,
        description="Buy a lot whose winner did not pay, at the own maximum.",
    )
    set_up_payment_method: SetUpPaymentMethodResult = mutation(
        by=payments.set_up_payment_method,
        needs=Needs.SIGNED_IN,
        description="Begin to save a payment method, which the browser finishes directly with the payment provider.",
    )
    save_payment_method: SavePaymentMethodResult = mutation(
        by=payments.save_payment_method,
        needs=Needs.SIGNED_IN,
        description="Save a payment method by the token that the provider gave the browser; what is owed is collected.",
    )
    remove_payment_method: RemovePaymentMethodResult = mutation(
        by=payments.remove_payment_method, needs=Needs.SIGNED_IN, description="Stop charging a payment method."
    )
    set_flag: SetFlagResult = mutation(
        by=flags.set_flag,
        needs=Needs.STAFF,
        description="Switch a feature for everybody, a role or an account; every process follows within seconds.",
    )
    mark_notifications_read: MarkNotificationsReadResult = mutation(
        by=notifications.mark_notifications_read,
        needs=Needs.SIGNED_IN,
        description="Mark notifications as read; again changes nothing.",
    )
    set_notification_preference: NotificationPreferenceResult = mutation(
        by=notifications.set_notification_preference,
        needs=Needs.SIGNED_IN,
        description="Choose whether to hear of a kind of notification on a channel.",
    )
    save_search: SavedSearchResult = mutation(
        by=saved_searches.save_search,
        needs=Needs.SIGNED_IN,
        description="Keep a search, and be told of listings that satisfy it from now on.",
    )
    delete_saved_search: SavedSearchResult = mutation(
        by=saved_searches.delete_saved_search, needs=Needs.SIGNED_IN, description="Forget a saved search."
    )
    pay_order: OrderResult = mutation(
        by=orders.pay_order, needs=Needs.SIGNED_IN, description="Have what the viewer owes collected again."
    )
    refund_order: OrderResult = mutation(
        by=orders.refund_order, needs=Needs.STAFF, description="Give the whole payment of an order back."
    )
    send_feedback: FeedbackResult = mutation(
        by=feedback.send_feedback, needs=Needs.SIGNED_IN, description="Tell the staff something."
    )
