"""One person's data over a real record: all of it in the file, none of anybody else's, and nothing left once erased."""

from collections.abc import AsyncIterator
from uuid import UUID

import orjson
import pytest

from datasources.postgres import personal_data as recorded
from domain.moderation import ReportReason
from domain.questions import QuestionPosted
from domain.users import User
from services.conversations import block_user
from services.message_changes import edit_message, report_message
from services.personal_data import erase, export_lines, request_erasure
from services.post_offices import PostOffice
from services.questions import answer_question, ask_question
from tests.mail import LISTING, a_draft, a_seller, begin, open_office, write
from tests.stores import add_user, rows


@pytest.fixture
async def office(database_url: str, redis_url: str) -> AsyncIterator[PostOffice]:
    async with open_office(database_url, redis_url) as opened:
        yield opened


@pytest.fixture
async def people(office: PostOffice, database_url: str) -> tuple[User, User]:
    """A seller and a buyer who have written, edited, asked, answered, reported and blocked."""
    seller, buyer = await a_seller(database_url), await add_user(database_url)
    first = await begin(office, buyer, body="First words of the buyer")
    await edit_message(office, buyer, first.message_id, "Better words of the buyer")
    await write(office, seller, first.conversation_id, "Words of the seller")
    asked = await ask_question(office, buyer, LISTING, a_draft("Question of the buyer"))
    assert isinstance(asked, QuestionPosted)
    await answer_question(office, seller, asked.question.question_id, "Answer of the seller")
    await report_message(office, seller, first.message_id, reason=ReportReason.ABUSE, note="Note of the seller")
    await block_user(office, seller, buyer.user_id)
    return seller, buyer


async def exported(office: PostOffice, user: User) -> str:
    lines = [line async for line in export_lines(office.sources, user.user_id)]
    assert all(orjson.loads(line)["record"] for line in lines)
    return b"".join(lines).decode()


async def test_the_file_holds_what_is_theirs_and_nothing_of_others(
    office: PostOffice, people: tuple[User, User]
) -> None:
    seller, buyer = people
    file = await exported(office, buyer)
    for text in ("Better words of the buyer", "Question of the buyer", str(buyer.external_id)):
        assert text in file
    for text in ("Words of the seller", "Note of the seller", '"record":"blocks"', '"record":"moderation_cases"'):
        assert text not in file
    assert "Note of the seller" in await exported(office, seller)


async def test_a_long_list_is_read_in_steps(
    office: PostOffice, people: tuple[User, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, buyer = people
    whole = await exported(office, buyer)
    monkeypatch.setattr(recorded, "_STEP", 1)
    assert await exported(office, buyer) == whole


async def test_an_erasure_that_is_stopped_goes_on_and_leaves_only_places(
    office: PostOffice, people: tuple[User, User], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller, buyer = people
    monkeypatch.setattr(recorded, "_STEP", 1)
    assert await request_erasure(office.sources, buyer.user_id, actor="test") is True
    assert await request_erasure(office.sources, buyer.user_id, actor="test") is False
    await erase(office.sources, buyer.user_id, most_steps=1)
    await erase(office.sources, buyer.user_id)
    assert await erase(office.sources, buyer.user_id) == 0
    found = await rows(database_url, "select seq, body, sender_id from messages order by seq")
    assert [(row["seq"], row["body"]) for row in found] == [(1, ""), (2, "Words of the seller")]
    (question,) = await rows(database_url, "select body, answer from questions")
    assert (question["body"], question["answer"]) == ("", "Answer of the seller")
    (account,) = await rows(database_url, "select issuer, external_id from users where user_id = $1", buyer.user_id)
    assert (account["issuer"], UUID(account["external_id"])) == ("erased", buyer.user_id)
    assert "of the buyer" not in str(await rows(database_url, "select body from message_edits"))
    assert "Words of the seller" in await exported(office, seller)
