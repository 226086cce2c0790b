"""What telling the staff something answers."""

from typing import Annotated

import strawberry

from schema.fields import attribute
from schema.nodes import view
from schema.problems import InvalidInput, NotSignedIn, RetryLater, WrongState
from services import feedback as services


@view(of=services.FeedbackSent, description="The staff will read it.")
class FeedbackSent:
    """A view of `services.feedback.FeedbackSent`."""

    is_new: bool = attribute("Whether this call handed it over, and not an earlier one with the same key.")


FeedbackResult = Annotated[
    FeedbackSent | NotSignedIn | InvalidInput | WrongState | RetryLater,
    strawberry.union("FeedbackResult", description="That it was handed over, or why not."),
]
