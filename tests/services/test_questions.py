"""Public questions over real stores: asked once, answered once by the seller, filtered, and read by everybody."""

from collections.abc import AsyncIterator

import pytest

from datasources.postgres import questions as recorded
from domain.messages import MessageKeyConflict, MessageRefused, RefusalCode
from domain.pages import Slice
from domain.problems import NotAllowed, NotFound, WrongState
from domain.questions import Question, QuestionPosted
from domain.users import User
from services.conversations import block_user
from services.post_offices import PostOffice
from services.questions import answer_question, ask_question
from tests.mail import LISTING, a_draft, a_seller, open_office
from tests.stores import add_user, rows


@pytest.fixture
async def office(database_url: str, redis_url: str) -> AsyncIterator[PostOffice]:
    async with open_office(database_url, redis_url) as opened:
        yield opened


@pytest.fixture
async def seller(database_url: str) -> User:
    return await a_seller(database_url)


@pytest.fixture
async def buyer(database_url: str) -> User:
    return await add_user(database_url)


def posted(outcome: object) -> Question:
    assert isinstance(outcome, QuestionPosted), outcome
    return outcome.question


async def shown(office: PostOffice, viewer: User | None = None) -> list[tuple[str, str | None]]:
    viewer_id = viewer.user_id if viewer is not None else None
    found = await recorded.page_of(office.sources.database, LISTING, Slice(10), viewer_id=viewer_id)
    seen = [each.shown_to(viewer_id) for each in found]
    return [(each.body, each.answer) for each in seen if each is not None]


async def test_a_question_and_its_answer_are_read_by_everybody_and_told_to_the_other(
    office: PostOffice, seller: User, buyer: User, database_url: str
) -> None:
    question = posted(await ask_question(office, buyer, LISTING, a_draft("Which year?")))
    assert await shown(office) == [("Which year?", None)]
    posted(await answer_question(office, seller, question.question_id, "1998"))
    assert await shown(office) == [("Which year?", "1998")]
    jobs = await rows(database_url, "select payload from pgqueuer where entrypoint = 'notices.tell' order by id")
    assert [each["payload"].count(str(user.user_id).encode()) for each, user in zip(jobs, [seller, buyer], strict=True)]


async def test_a_retry_asks_once_and_another_text_conflicts(office: PostOffice, seller: User, buyer: User) -> None:
    draft = a_draft("Which year?", key="the-same-key")
    first = posted(await ask_question(office, buyer, LISTING, draft))
    again = await ask_question(office, buyer, LISTING, draft)
    assert isinstance(again, QuestionPosted)
    assert (again.question.question_id, again.replayed) == (first.question_id, True)
    other = await ask_question(office, buyer, LISTING, a_draft("Which colour?", key="the-same-key"))
    assert isinstance(other, MessageKeyConflict)
    assert len(await shown(office)) == 1


async def test_only_the_seller_answers_and_once(office: PostOffice, seller: User, buyer: User) -> None:
    question_id = posted(await ask_question(office, buyer, LISTING, a_draft("Which year?"))).question_id
    assert isinstance(await answer_question(office, buyer, question_id, "1998"), NotAllowed)
    assert isinstance(await answer_question(office, seller, "no-such-question", "1998"), NotFound)
    posted(await answer_question(office, seller, question_id, "1998"))
    again = await answer_question(office, seller, question_id, "1998")
    assert isinstance(again, QuestionPosted)
    assert again.replayed
    assert isinstance(await answer_question(office, seller, question_id, "1999"), WrongState)


async def test_contact_details_wait_for_a_moderator_and_are_seen_by_their_writer_alone(
    office: PostOffice, seller: User, buyer: User
) -> None:
    held = await ask_question(office, buyer, LISTING, a_draft("Call me on 082 123 4567?"))
    assert isinstance(held, QuestionPosted)
    assert held.is_held
    assert await shown(office) == await shown(office, seller) == []
    assert len(await shown(office, buyer)) == 1
    question_id = posted(await ask_question(office, buyer, LISTING, a_draft("Which year?"))).question_id
    answer = await answer_question(office, seller, question_id, "See www.example.test")
    assert isinstance(answer, QuestionPosted)
    assert answer.is_held
    assert await shown(office) == [("Which year?", None)]
    assert ("Which year?", "See www.example.test") in await shown(office, seller)


async def test_a_rejected_answer_may_be_written_anew(office: PostOffice, seller: User, buyer: User) -> None:
    question_id = posted(await ask_question(office, buyer, LISTING, a_draft("How to pay?"))).question_id
    refused = await answer_question(office, seller, question_id, "By Western Union")
    assert isinstance(refused, MessageRefused)
    assert await shown(office) == [("How to pay?", None)]
    posted(await answer_question(office, seller, question_id, "In cash"))
    assert await shown(office) == [("How to pay?", "In cash")]


async def test_a_block_closes_questions_too(office: PostOffice, seller: User, buyer: User) -> None:
    await block_user(office, seller, buyer.user_id)
    refused = await ask_question(office, buyer, LISTING, a_draft())
    assert isinstance(refused, MessageRefused)
    assert refused.reason is RefusalCode.CONVERSATION_CLOSED
