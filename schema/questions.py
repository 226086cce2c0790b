"""Public questions and answers as clients see them."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain import questions as domain
from resolvers import questions as resolve
from schema.fields import attribute, resolved
from schema.message_results import MessageKeyConflict, MessageRefused
from schema.nodes import Node, view
from schema.problems import InvalidInput, NotAllowed, NotFound, NotSignedIn, RetryLater, WrongState
from schema.refs import ListingRef, PublicUserRef


@view(of=domain.Question, description="What somebody asked about a listing, for everybody to read.")
class Question(Node):
    """A view of `domain.questions.Question`."""

    body: str = attribute("The question.")
    asked_at: datetime = attribute("When it was asked.")
    is_held: bool = resolved(by=resolve.is_held, description="Whether only its asker sees it so far.")
    is_mine: bool = resolved(by=resolve.is_my_question, description="Whether the viewer asked it.")
    answer: str | None = attribute("The seller's answer.")
    is_answer_held: bool = resolved(by=resolve.is_answer_held, description="Whether only the seller sees it so far.")
    answered_at: datetime | None = attribute("When it was answered.")
    asker: PublicUserRef | None = resolved(by=resolve.asker, description="Who asked, where they have a profile.")
    listing: ListingRef | None = resolved(by=resolve.question_listing, description="The listing it is about.")


@view(of=domain.QuestionPosted, description="The question or its answer is recorded.")
class QuestionPosted:
    """A view of `domain.questions.QuestionPosted`."""

    question: Question | None = resolved(by=resolve.posted_question, description="The question after it.")
    is_held: bool = attribute("Whether a moderator looks at it before anybody else sees it.")
    replayed: bool = attribute("Whether this repeats the answer to an earlier call.")


AskQuestionResult = Annotated[
    QuestionPosted
    | MessageRefused
    | MessageKeyConflict
    | NotSignedIn
    | NotAllowed
    | NotFound
    | InvalidInput
    | WrongState
    | RetryLater,
    strawberry.union("AskQuestionResult", description="The question, or why it does not stand there."),
]
