"""Who may do what with messages: every field, id, mutation and subscription, for everybody who could ask."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from datasources.postgres import moderation
from domain.moderation import CaseState, ReportReason, Resolution
from domain.nodes import encode_node_id
from domain.pages import Slice
from domain.questions import QuestionPosted
from domain.users import Role, User, Viewer
from schema.mutation import Mutation
from schema.subscription import Subscription
from services import post_offices
from services.conversations import block_user
from services.message_changes import report_message
from services.moderation import Decision, resolve_case
from services.questions import ask_question
from tests.live.message_market import VISITOR, MessageMarket, account, open_market, signed_in
from tests.mail import LISTING, a_draft, a_seller, begin
from tests.stores import add_user, rows

WHO = ("member", "other", "blocked", "suspended", "stranger", "staff", "anonymous")
NOBODY = "NOT_SIGNED_IN"


@dataclass(frozen=True, slots=True)
class Scene:
    """People around one seller, and the ids that each of them tries."""

    market: MessageMarket
    viewers: Mapping[str, Viewer]
    ids: Mapping[str, Mapping[str, str]]


async def _cast(database_url: str) -> dict[str, User]:
    people = {name: await add_user(database_url) for name in WHO if name not in {"other", "anonymous"}}
    return people | {"other": await a_seller(database_url, LISTING)}


@pytest.fixture
async def scene(database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr(post_offices, "_FRESH_SECONDS", -1.0)
    async with open_market(database_url, redis_url) as market:
        office, people = market.office, await _cast(database_url)
        seller = people["other"]
        first = {name: await begin(office, people[name]) for name in ("member", "blocked", "suspended")}
        question = await ask_question(office, people["member"], LISTING, a_draft("Which year?"))
        assert isinstance(question, QuestionPosted)
        await block_user(office, seller, people["blocked"].user_id)
        for name in ("suspended", "member"):
            await report_message(office, seller, first[name].message_id, reason=ReportReason.FRAUD, note="")
        cases = await rows(database_url, "select case_id, subject_user_id from moderation_cases")
        for each in cases:
            if str(each["subject_user_id"]) == str(people["suspended"].user_id):
                suspend = Decision(resolution=Resolution.SUSPEND)
                await resolve_case(office, people["staff"], each["case_id"], suspend)
        (case,) = [each["case_id"] for each in cases if str(each["subject_user_id"]) == str(people["member"].user_id)]
        viewers = {name: signed_in(user) for name, user in people.items()} | {"anonymous": VISITOR}
        viewers["staff"] = signed_in(people["staff"], Role.EDITOR)
        ids = {
            name: {
                "conversation": encode_node_id("Conversation", first.get(name, first["member"]).conversation_id),
                "message": encode_node_id("Message", first.get(name, first["member"]).message_id),
                "question": encode_node_id("Question", question.question.question_id),
                "case": encode_node_id("ModerationCase", case),
                "listing": encode_node_id("Listing", LISTING),
                "user": account(seller if name != "other" else people["member"]),
            }
            for name in WHO
        }
        yield Scene(market, viewers, ids)


def expected(**told: str) -> dict[str, str]:
    """What each is told; `rest` for everybody who is not named."""
    rest = told.pop("rest", "")
    return {name: told.get(name, rest) for name in WHO}


OWN = {"blocked": "yes", "suspended": "yes", "member": "yes", "other": "yes"}
FIELDS = {
    "query ($id: ID!) { found: conversation(id: $id) { id messages { edges { node { body } } } } }": (
        "conversation",
        expected(**OWN, rest="null"),
    ),
    "query ($id: ID!) { found: node(id: $id) { id ... on Conversation { lastSeq } } }": (
        "conversation",
        expected(**OWN, rest="null"),
    ),
    "query ($id: ID!) { found: node(id: $id) { id ... on Message { body } } }": (
        "message",
        expected(**(OWN | {"suspended": "yes"}), rest="null"),
    ),
    "query ($id: ID!) { found: node(id: $id) { id ... on Question { body } } }": ("question", expected(rest="yes")),
    "query ($id: ID!) { found: node(id: $id) { id ... on ModerationCase { snapshot } } }": (
        "case",
        expected(staff="yes", rest="null"),
    ),
    "query { found: moderationCases { edges { node { id } } } }": (
        "case",
        expected(staff="yes", rest="FORBIDDEN"),
    ),
    "query { found: viewer { unreadCount conversations { edges { node { id } } } } }": (
        "listing",
        expected(anonymous="null", rest="yes"),
    ),
}


async def test_fields_and_ids_open_only_to_those_they_concern(scene: Scene) -> None:
    told: dict[str, dict[str, str]] = {}
    for document, (kind, _) in FIELDS.items():
        told[document] = {}
        for name in WHO:
            answer = await scene.market.answer(scene.viewers[name], document, id=scene.ids[name][kind])
            codes = [getattr(each.original_error, "public_code", "?") for each in answer.errors or ()]
            found = (answer.data or {}).get("found")
            told[document][name] = codes[0] if codes and found is None else "yes" if found else "null"
    assert told == {document: wanted for document, (_, wanted) in FIELDS.items()}


HIDDEN = {"stranger": "NOT_FOUND", "staff": "NOT_FOUND", "anonymous": NOBODY}
CLOSED = {"blocked": "CONVERSATION_CLOSED", "suspended": "SUSPENDED"}
MUTATIONS: dict[str, tuple[str, dict[str, str]]] = {
    "startConversation": (
        'listingId: $listing, body: "More", clientMessageId: "start-0001"',
        expected(**CLOSED, anonymous=NOBODY, other="OWN_LISTING", rest="MessageSent"),
    ),
    "sendMessage": (
        'conversationId: $conversation, body: "More", clientMessageId: "send-00001"',
        expected(**HIDDEN, **CLOSED, rest="MessageSent"),
    ),
    "editMessage": (
        'messageId: $message, body: "Else"',
        expected(**HIDDEN, blocked="CONVERSATION_CLOSED", suspended="DELETED", other="NOT_ALLOWED", rest="MessageSent"),
    ),
    "deleteMessage": ("messageId: $message", expected(**HIDDEN, other="NOT_ALLOWED", rest="MessageSent")),
    "reportMessage": (
        "messageId: $message, reason: SPAM",
        expected(**HIDDEN, other="Reported", rest="NOT_ALLOWED"),
    ),
    "markDelivered": ("conversationId: $conversation, seq: 1", expected(**HIDDEN, rest="ConversationChanged")),
    "markRead": ("conversationId: $conversation, seq: 1", expected(**HIDDEN, rest="ConversationChanged")),
    "archiveConversation": ("conversationId: $conversation", expected(**HIDDEN, rest="ConversationChanged")),
    "muteConversation": ("conversationId: $conversation", expected(**HIDDEN, rest="ConversationChanged")),
    "setTyping": ("conversationId: $conversation", expected(**HIDDEN, rest="PresenceNoted")),
    "heartbeat": ("", expected(anonymous=NOBODY, rest="PresenceNoted")),
    "setPresence": ("isHidden: false", expected(anonymous=NOBODY, rest="PresenceNoted")),
    "askQuestion": (
        'listingId: $listing, body: "Why?", clientMessageId: "ask-000001"',
        expected(**CLOSED, anonymous=NOBODY, other="OWN_LISTING", rest="QuestionPosted"),
    ),
    "answerQuestion": (
        'questionId: $question, body: "1998"',
        expected(anonymous=NOBODY, other="QuestionPosted", rest="NOT_ALLOWED"),
    ),
    "resolveCase": (
        "caseId: $case, resolution: APPROVE",
        expected(anonymous=NOBODY, staff="CaseResolved", rest="NOT_ALLOWED"),
    ),
    "liftSuspension": ("userId: $user", expected(anonymous=NOBODY, staff="SuspensionLifted", rest="NOT_ALLOWED")),
    "unblockUser": ("userId: $user", expected(anonymous=NOBODY, rest="SilenceChanged")),
    "blockUser": ("userId: $user", expected(anonymous=NOBODY, rest="SilenceChanged")),
}
OURS = {"message_changes", "presence", "questions", "moderation"}


def names_of(root: Any, layers: str) -> set[str]:
    """Fields of a root whose resolvers are of messages and what belongs to them."""
    fields = root.__strawberry_definition__.fields
    modules = {each.python_name: each.base_resolver.wrapped_func.__module__ for each in fields}
    return {
        "".join(part.capitalize() if place else part for place, part in enumerate(name.split("_")))
        for name, module in modules.items()
        if module.startswith(layers) and module.rpartition(".")[2] in OURS | {"message_fields", "presence_fields"}
    }


def test_every_mutation_of_messages_is_in_the_matrix() -> None:
    assert names_of(Mutation, "resolvers.") == set(MUTATIONS)


@pytest.mark.parametrize("mutation", MUTATIONS)
async def test_mutations_answer_everybody_as_the_matrix_says(scene: Scene, mutation: str) -> None:
    given, wanted = MUTATIONS[mutation]
    variables = {
        each for each in ("conversation", "message", "question", "case", "listing", "user") if f"${each}" in given
    }
    declared = f"({', '.join(f'${each}: ID!' for each in sorted(variables))})" if variables else ""
    arguments = f"(input: {{{given}}})" if given else ""
    document = f"mutation {declared} {{ told: {mutation}{arguments} {{ __typename ... on Problem {{ code }} }} }}"
    told = {}
    # The staff last: what they decide changes what others may do.
    for name in sorted(WHO, key=lambda each: each == "staff"):
        ids = {each: scene.ids[name][each] for each in variables}
        answer = (await scene.market.ask(scene.viewers[name], document, **ids))["told"]
        told[name] = answer.get("code") or answer["__typename"]
    assert told == wanted


STREAMS: dict[str, tuple[str, dict[str, str]]] = {
    "conversationEvents": (
        "(conversationId: $conversation) { __typename }",
        expected(stranger="NOT_FOUND", staff="NOT_FOUND", anonymous="UNAUTHENTICATED", **CLOSED, rest="yes"),
    ),
    "typing": (
        "(conversationId: $conversation) { isTyping }",
        expected(stranger="NOT_FOUND", staff="NOT_FOUND", anonymous="UNAUTHENTICATED", **CLOSED, rest="silent"),
    ),
    "inboxEvents": (" { __typename }", expected(anonymous="UNAUTHENTICATED", suspended="SUSPENDED", rest="yes")),
    "presence": (
        "(userIds: [$user]) { isOnline }",
        expected(anonymous="UNAUTHENTICATED", suspended="SUSPENDED", rest="yes"),
    ),
    "listingCounters": ("(ids: [$listing]) { views }", expected(rest="yes")),
}


def test_every_subscription_of_messages_is_in_the_matrix() -> None:
    assert names_of(Subscription, "subscriptions.") == set(STREAMS)


async def opened(scene: Scene, name: str, field: str, rest: str) -> str:
    """What somebody is told who follows this."""
    variables = {each for each in ("conversation", "listing", "user") if f"${each}" in rest}
    declared = f"({', '.join(f'${each}: ID!' for each in sorted(variables))})" if variables else ""
    ids = {each: scene.ids[name][each] for each in variables}
    stream = await scene.market.watch(scene.viewers[name], f"subscription {declared} {{ told: {field}{rest} }}", **ids)
    errors = getattr(stream, "errors", None)
    try:
        if errors is None:
            result = await asyncio.wait_for(anext(stream), 1.0 if field == "typing" else 10)
            errors = result.errors
    except TimeoutError:
        return "silent"
    except Exception as fault:  # noqa: BLE001 - a source that refuses raises
        return str(getattr(fault, "public_code", None) or getattr(fault.__cause__, "public_code", repr(fault)))
    finally:
        if hasattr(stream, "aclose"):
            await stream.aclose()
    return str(getattr(errors[0].original_error, "public_code", errors[0])) if errors else "yes"


async def test_streams_open_only_to_those_they_concern(scene: Scene) -> None:
    told = {
        field: {name: await opened(scene, name, field, rest) for name in WHO} for field, (rest, _) in STREAMS.items()
    }
    assert told == {field: wanted for field, (_, wanted) in STREAMS.items()}


async def _end_of(stream: Any) -> str:
    """The code that ends a stream."""
    try:
        async with asyncio.timeout(10):
            async for result in stream:
                if result.errors:
                    return str(getattr(result.errors[0].original_error, "public_code", result.errors[0]))
    except Exception as fault:  # noqa: BLE001 - as above
        return str(getattr(fault, "public_code", repr(fault)))
    return "ended"


async def test_a_block_and_a_suspension_end_streams_that_are_open(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subscriptions.topics.RECHECK_SECONDS", 0.1)
    document = "subscription ($id: ID!) { conversationEvents(conversationId: $id) { __typename } }"
    market, ids = scene.market, scene.ids["member"]
    seller = scene.viewers["other"].user
    member = scene.viewers["member"].user
    assert seller is not None
    assert member is not None
    streams = [
        await market.watch(scene.viewers[name], document, id=ids["conversation"]) for name in ("member", "other")
    ]
    for stream in streams:
        await anext(stream)
    ends = asyncio.gather(*(_end_of(stream) for stream in streams))
    await block_user(market.office, seller, member.user_id)
    assert await ends == ["CONVERSATION_CLOSED", "CONVERSATION_CLOSED"]
    inbox = await market.watch(scene.viewers["member"], "subscription { inboxEvents { __typename } }")
    await anext(inbox)
    end = asyncio.ensure_future(_end_of(inbox))
    case = await open_case(market)
    staff = scene.viewers["staff"].user
    assert staff is not None
    await resolve_case(market.office, staff, case, Decision(resolution=Resolution.SUSPEND))
    assert await end == "SUSPENDED"


async def open_case(market: MessageMarket) -> str:
    database = market.office.sources.database
    return (await moderation.page_of(database, Slice(1), state=CaseState.OPEN, kind=None))[0].case_id
