"""The offline judge of messages: what senders were told and readers saw, against what the record holds (C1-C3)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Letter:
    """One call of a sender: when it left, and with what it came back (None while unknown)."""

    conversation: str
    sender: str
    key: str
    body: str
    left_ns: int = 0
    answer: dict[str, Any] | None = None

    @property
    def is_sent(self) -> bool:
        return self.answer is not None and self.answer["kind"] == "sent"


@dataclass(slots=True)
class Watch:
    """What one reader of a conversation was shown over all resumptions: versions of events, numbers of messages."""

    conversation: str
    viewer: str
    start: int | None = None
    versions: list[int] = field(default_factory=list)
    messages: list[tuple[int, str]] = field(default_factory=list)
    gaps: int = 0


@dataclass(slots=True)
class MessageRun:
    """Everything a run leaves behind."""

    members: dict[str, tuple[str, str]]
    """The two people of each conversation."""
    letters: list[Letter] = field(default_factory=list)
    watches: list[Watch] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    """Messages that a reader was shown before they could be read from the record."""
    blocked: dict[str, int] = field(default_factory=dict)
    """Conversations and the moment from which a block was known to stand."""
    faults: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    last_versions: dict[str, int] = field(default_factory=dict)
    participants: list[dict[str, Any]] = field(default_factory=list)


def violations(run: MessageRun) -> list[str]:
    """Every broken promise, by its name; empty for a run in order."""
    return [*_answers(run), *_numbers(run), *_keys(run), *_readers(run), *_access(run), *_unread(run)]


def _answers(run: MessageRun) -> Iterable[str]:
    """A message answered "sent" is in the record as it was sent, and every call ended with a certain answer."""
    held = {row["message_id"]: row for row in run.rows}
    for letter in run.letters:
        if letter.answer is None:
            yield f"lost: the message {letter.key} was never answered"
        elif letter.is_sent:
            row = held.get(letter.answer["id"])
            if row is None:
                yield f"lost: the message {letter.key} was answered as sent and is not in the record"
            elif (row["conversation_id"], str(row["sender_id"]), row["body"], row["seq"]) != (
                letter.conversation,
                letter.sender,
                letter.body,
                letter.answer["seq"],
            ):
                yield f"lost: the message {letter.key} is another one in the record"


def _numbers(run: MessageRun) -> Iterable[str]:
    """C1: the numbers of a conversation are 1, 2, 3 and so on."""
    for conversation in run.members:
        numbers = sorted(row["seq"] for row in run.rows if row["conversation_id"] == conversation)
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"C1: the numbers of {conversation} are {numbers[:20]}"


def _keys(run: MessageRun) -> Iterable[str]:
    """C3: one id of a sender is one message, whatever was repeated."""
    told: dict[tuple[str, str], set[str]] = defaultdict(set)
    for letter in run.letters:
        if letter.is_sent and letter.answer is not None:
            told[(letter.sender, letter.key)].add(letter.answer["id"])
    yield from (f"C3: the id {key} got several messages" for key, ids in told.items() if len(ids) > 1)
    keys = [(str(row["sender_id"]), row["client_message_id"]) for row in run.rows]
    if len(keys) != len(set(keys)):
        yield "C3: an id stands for several messages in the record"


def _readers(run: MessageRun) -> Iterable[str]:
    """C2: every event once and in order, from the first snapshot to the last one recorded; none before its commit."""
    for watch in run.watches:
        is_member = watch.viewer in run.members[watch.conversation]
        if not is_member or watch.conversation in run.blocked:
            continue
        if watch.start is None:
            yield f"C2: a reader of {watch.conversation} was never shown anything"
            continue
        expected = list(range(watch.start + 1, run.last_versions[watch.conversation] + 1))
        if watch.versions != expected:
            missing = sorted(set(expected) - set(watch.versions))[:5]
            doubled = len(watch.versions) - len(set(watch.versions))
            yield f"C2: a reader of {watch.conversation} missed {missing} and saw {doubled} twice"
        if watch.gaps:
            yield f"C2: a reader of {watch.conversation} was told of {watch.gaps} gaps where nothing was forgotten"
    known = {(row["conversation_id"], row["seq"], row["message_id"]) for row in run.rows}
    shown = {(watch.conversation, seq, message) for watch in run.watches for seq, message in watch.messages}
    yield from (f"early: {message} was shown and is not in the record" for _, _, message in shown - known)
    yield from (f"early: {message} was shown before its commit" for message in run.early)


def _access(run: MessageRun) -> Iterable[str]:
    """Strangers are shown nothing; nothing is sent once a block stands."""
    for watch in run.watches:
        if watch.viewer not in run.members[watch.conversation] and (watch.start is not None or watch.versions):
            yield f"access: {watch.viewer} was shown {watch.conversation} and is none of its two"
    for letter in run.letters:
        since = run.blocked.get(letter.conversation)
        is_past = since is not None and letter.left_ns > since
        if is_past and letter.is_sent and letter.answer is not None and not letter.answer["replayed"]:
            yield f"access: {letter.key} was sent past a block"


def _unread(run: MessageRun) -> Iterable[str]:
    """What is counted as unread is what is there to be read."""
    for place in run.participants:
        right = sum(
            row["conversation_id"] == place["conversation_id"]
            and row["seq"] > place["last_read_seq"]
            and row["sender_id"] != place["user_id"]
            for row in run.rows
        )
        if place["unread"] != right:
            yield f"unread: {place['unread']} instead of {right} in {place['conversation_id']}"
