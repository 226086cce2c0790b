"""Moderation over real stores: what is held is sent or never is, what is shown goes, and each decision counts once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from datasources.postgres import conversations as recorded
from datasources.postgres import messages as message_rows
from datasources.postgres import moderation as cases
from domain.messages import HeldMessage, Message, MessageRefused, MessageStatus, RefusalCode, SentMessage
from domain.moderation import CaseKind, ModerationCase, ReportReason, Resolution
from domain.pages import Slice
from domain.problems import InvalidInput, NotAllowed, NotFound, WrongState
from domain.users import User
from services.conversations import block_user
from services.message_changes import report_message
from services.messages import send_message, start_conversation
from services.moderation import CaseResolved, Decision, lift_suspension, resolve_case
from services.post_offices import PostOffice
from tests.clocks import NOON, Clock
from tests.mail import LISTING, a_draft, a_seller, begin, open_office, write
from tests.stores import add_user, rows


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
async def office(database_url: str, redis_url: str, clock: Clock) -> AsyncIterator[PostOffice]:
    async with open_office(database_url, redis_url, clock=clock) as opened:
        yield opened


@pytest.fixture
async def seller(database_url: str) -> User:
    return await a_seller(database_url)


@pytest.fixture
async def buyer(database_url: str) -> User:
    return await add_user(database_url)


@pytest.fixture
async def staff(database_url: str) -> User:
    return await add_user(database_url)


async def queue(office: PostOffice) -> list[ModerationCase]:
    return await cases.page_of(office.sources.database, Slice(10), state=None, kind=None)


async def decide(
    office: PostOffice, staff: User, resolution: Resolution, *, case: int = 0, days: int | None = None
) -> object:
    decision = Decision(resolution=resolution, note="seen", suspended_days=days)
    return await resolve_case(office, staff, (await queue(office))[case].case_id, decision)


async def hold(office: PostOffice, buyer: User) -> Message:
    held = await start_conversation(office, buyer, LISTING, a_draft("Call 082 123 4567"))
    assert isinstance(held, HeldMessage)
    return held.message


async def message(office: PostOffice, message_id: str) -> Message:
    (found,) = await message_rows.by_ids(office.sources.database, [message_id])
    assert found is not None
    return found


async def test_a_held_message_that_is_approved_is_sent_with_the_next_number(
    office: PostOffice, seller: User, buyer: User, staff: User
) -> None:
    held = await hold(office, buyer)
    assert isinstance(await decide(office, staff, Resolution.APPROVE), CaseResolved)
    sent = await message(office, held.message_id)
    assert (sent.status, sent.seq) == (MessageStatus.SENT, 1)
    assert await recorded.unread_of(office.sources.database, seller.user_id) == 1


async def test_a_held_message_that_is_hidden_is_never_sent(
    office: PostOffice, seller: User, buyer: User, staff: User
) -> None:
    held = await hold(office, buyer)
    await decide(office, staff, Resolution.HIDE)
    hidden = await message(office, held.message_id)
    assert (hidden.status, hidden.seq) == (MessageStatus.HIDDEN, None)
    assert await recorded.unread_of(office.sources.database, seller.user_id) == 0


async def test_racing_moderators_decide_once_and_it_is_audited_once(
    office: PostOffice, seller: User, buyer: User, staff: User, database_url: str
) -> None:
    await hold(office, buyer)
    answers = await asyncio.gather(*(decide(office, staff, Resolution.APPROVE) for _ in range(4)))
    assert sorted(type(each).__name__ for each in answers) == ["CaseResolved", "WrongState", "WrongState", "WrongState"]
    audited = await rows(database_url, "select actor, action from audit_entries where action like 'moderation.%'")
    assert [tuple(each) for each in audited] == [(str(staff.user_id), "moderation.approve")]


async def test_a_held_message_cannot_be_sent_past_a_block(
    office: PostOffice, seller: User, buyer: User, staff: User
) -> None:
    await hold(office, buyer)
    await block_user(office, seller, buyer.user_id)
    assert isinstance(await decide(office, staff, Resolution.APPROVE), WrongState)
    assert (await queue(office))[0].resolution is None, "the case stays open"


async def test_a_report_keeps_what_was_there_and_counts_once_per_person(
    office: PostOffice, seller: User, buyer: User, staff: User
) -> None:
    sent = await begin(office, buyer, body="Rude words")
    for is_again in (False, True):
        outcome = await report_message(office, seller, sent.message_id, reason=ReportReason.ABUSE, note="Look")
        assert isinstance(outcome, SentMessage)
        assert outcome.replayed is is_again
    (case,) = await queue(office)
    assert (case.kind, case.reasons, case.note) == (CaseKind.REPORTED, ("abuse",), "Look")
    assert case.snapshot["body"] == "Rude words"
    await decide(office, staff, Resolution.HIDE)
    hidden = await message(office, sent.message_id)
    assert (hidden.seq, hidden.is_shown, hidden.body) == (1, False, "Rude words"), "its place and the record stay"


async def test_nobody_reports_what_is_their_own_or_not_theirs_to_read(
    office: PostOffice, seller: User, buyer: User, database_url: str
) -> None:
    sent = await begin(office, buyer)
    stranger = await add_user(database_url)
    own = await report_message(office, buyer, sent.message_id, reason=ReportReason.SPAM, note="")
    theirs = await report_message(office, stranger, sent.message_id, reason=ReportReason.SPAM, note="")
    assert (type(own), type(theirs)) == (NotAllowed, NotFound)
    too_long = await report_message(office, seller, sent.message_id, reason=ReportReason.SPAM, note="x" * 1_001)
    assert isinstance(too_long, InvalidInput)


async def test_a_suspended_person_writes_to_nobody_until_it_ends(
    office: PostOffice, seller: User, buyer: User, staff: User, clock: Clock
) -> None:
    sent = await begin(office, buyer)
    await report_message(office, seller, sent.message_id, reason=ReportReason.FRAUD, note="")
    await decide(office, staff, Resolution.SUSPEND, days=2)
    outcome = await send_message(office, buyer, sent.conversation_id, a_draft())
    assert isinstance(outcome, MessageRefused)
    assert outcome.reason is RefusalCode.SUSPENDED
    await write(office, seller, sent.conversation_id)
    clock.now += timedelta(days=2, seconds=1)
    await write(office, buyer, sent.conversation_id)


async def test_a_suspension_can_be_lifted(
    office: PostOffice, seller: User, buyer: User, staff: User, database_url: str
) -> None:
    sent = await begin(office, buyer)
    await report_message(office, seller, sent.message_id, reason=ReportReason.FRAUD, note="")
    await decide(office, staff, Resolution.SUSPEND)
    await lift_suspension(office, staff, buyer.user_id)
    await write(office, buyer, sent.conversation_id)
    actions = await rows(database_url, "select action from audit_entries order by at, action")
    assert {each[0] for each in actions} == {"moderation.suspend", "moderation.lift"}


async def test_a_warning_is_told_to_the_writer(
    office: PostOffice, seller: User, buyer: User, staff: User, database_url: str
) -> None:
    sent = await begin(office, buyer)
    await report_message(office, seller, sent.message_id, reason=ReportReason.ABUSE, note="")
    await decide(office, staff, Resolution.WARN)
    jobs = await rows(database_url, "select payload from pgqueuer where entrypoint = 'notices.tell'")
    assert [b"warned" in each["payload"] and str(buyer.user_id).encode() in each["payload"] for each in jobs] == [True]
    assert (await message(office, sent.message_id)).is_shown
