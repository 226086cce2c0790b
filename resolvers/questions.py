"""Public questions under listings, and the mutations by which they are asked and answered."""

import strawberry
from strawberry import Parent

from datasources.postgres import questions as recorded
from domain.flags import LAUNCH_CHAT
from domain.listings import Listing
from domain.messages import MessageDraft, MessageStatus
from domain.nodes import record_id_of
from domain.pages import Page, page_of, slice_of
from domain.problems import NotAllowed
from domain.questions import Question, QuestionPosted
from domain.users import PublicUser
from resolvers.arguments import After, First
from resolvers.flags import refusal_without
from resolvers.listings import visible_listing
from resolvers.message_context import MessageContext, MessageInfo
from resolvers.reading import reads
from services import questions
from services.questions import AnswerOutcome, AskOutcome


@strawberry.input(description="A public question to the seller of a listing.")
class AskQuestionInput:
    """Input of `askQuestion`."""

    listing_id: strawberry.ID = strawberry.field(description="Id of the listing.")
    body: str = strawberry.field(description="1 to 2,000 characters, for everybody to read.")
    client_message_id: str = strawberry.field(
        description="A UUID made by the client; repeating the call with it gives the first answer."
    )


@strawberry.input(description="The public answer to a question.")
class AnswerQuestionInput:
    """Input of `answerQuestion`."""

    question_id: strawberry.ID = strawberry.field(description="Id of the question.")
    body: str = strawberry.field(description="1 to 2,000 characters, for everybody to read.")


async def ask_question(info: MessageInfo, input: AskQuestionInput) -> AskOutcome | NotAllowed:  # noqa: A002 - the customary name of a mutation's one argument
    """Ask in public."""
    if refusal := await refusal_without(LAUNCH_CHAT, info.context):
        return refusal
    draft = MessageDraft(client_message_id=input.client_message_id, body=input.body)
    listing_id = record_id_of(input.listing_id, "Listing")
    return await questions.ask_question(info.context.office, info.context.user, listing_id, draft)


async def answer_question(info: MessageInfo, input: AnswerQuestionInput) -> AnswerOutcome:  # noqa: A002 - as above
    """Answer in public."""
    question_id = record_id_of(input.question_id, "Question")
    return await questions.answer_question(info.context.office, info.context.user, question_id, input.body)


async def visible_question(context: MessageContext, question_id: str) -> Question | None:
    """The question as the viewer may see it."""
    (found,) = await recorded.by_ids(context.sources.database, [question_id])
    viewer = context.viewer.user
    return found.shown_to(viewer.user_id if viewer is not None else None) if found is not None else None


@reads({Listing: ("listing_id",)})
async def listing_questions(
    info: MessageInfo, root: Parent[Listing], first: First = 20, after: After = None
) -> Page[Question]:
    """Questions under a listing, the newest first."""
    viewer = info.context.viewer.user
    viewer_id = viewer.user_id if viewer is not None else None
    wanted = slice_of(first, after, arity=1)
    found = await recorded.page_of(info.context.sources.database, root.listing_id, wanted, viewer_id=viewer_id)
    shown = [each for question in found if (each := question.shown_to(viewer_id)) is not None]
    return page_of(shown, wanted, key=lambda each: (each.question_id,))


@reads({Question: ("status",)})
def is_held(root: Parent[Question]) -> bool:
    """Whether a moderator looks at it first."""
    return root.status is MessageStatus.HELD


@reads({Question: ("answer_status",)})
def is_answer_held(root: Parent[Question]) -> bool:
    """Whether a moderator looks at the answer first."""
    return root.answer_status is MessageStatus.HELD


@reads({Question: ("asker_id",)})
def is_my_question(info: MessageInfo, root: Parent[Question]) -> bool:
    """Whether the viewer asked it."""
    return info.context.viewer.user is not None and root.asker_id == info.context.viewer.user.user_id


@reads({Question: ("asker_id",)})
async def asker(info: MessageInfo, root: Parent[Question]) -> PublicUser | None:
    """The public profile of who asked."""
    profile_id = await info.context.mail.profile_id_by_user.load(root.asker_id)
    return await info.context.loaders.profile_by_id.load(profile_id) if profile_id else None


@reads({Question: ("listing_id",)})
async def question_listing(info: MessageInfo, root: Parent[Question]) -> Listing | None:
    """The listing it is about."""
    return await visible_listing(info.context, root.listing_id)


def posted_question(info: MessageInfo, root: Parent[QuestionPosted]) -> Question | None:
    """The question after it, as the viewer sees it."""
    viewer = info.context.viewer.user
    return root.question.shown_to(viewer.user_id if viewer is not None else None)
