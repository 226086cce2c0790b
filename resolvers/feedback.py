"""The mutation by which people tell the staff something."""

import strawberry

from domain.problems import InvalidInput, RetryLater, WrongState
from resolvers.context import Info
from services import feedback
from services.feedback import FeedbackSent


@strawberry.input(description="What the viewer wants the staff to know.")
class SendFeedbackInput:
    """Input of `sendFeedback`."""

    text: str = strawberry.field(description="At most 4,000 characters.")
    idempotency_key: str = strawberry.field(description="Of the client; the same one again sends nothing more.")


async def send_feedback(
    info: Info,
    input: SendFeedbackInput,  # noqa: A002 - the customary name of a mutation's one argument
) -> FeedbackSent | InvalidInput | WrongState | RetryLater:
    """Hand a text to the staff."""
    return await feedback.send_feedback(
        info.context.sources, info.context.user, input.text, idempotency_key=input.idempotency_key
    )
