"""The enums of messages as GraphQL enums; registered before any type or argument mentions them."""

import strawberry

from domain.conversations import ConversationRole, ConversationState
from domain.messages import MessageStatus
from domain.moderation import CaseKind, CaseState, ReportReason, Resolution, SubjectKind

strawberry.enum(CaseKind, description="How a moderation case came about.")
strawberry.enum(CaseState, description="Whether a moderation case is decided.")
strawberry.enum(ConversationRole, description="Which of the two people of a conversation somebody is.")
strawberry.enum(ConversationState, description="Which conversations a list shows.")
strawberry.enum(MessageStatus, description="Where a message stands.")
strawberry.enum(ReportReason, description="Why something is reported.")
strawberry.enum(Resolution, description="What staff decided about a case.")
strawberry.enum(SubjectKind, description="What a moderation case is about.")
