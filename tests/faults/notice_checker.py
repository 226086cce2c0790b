"""The offline judge of notifications and mails: what was due, against what people were told and what arrived."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Due:
    """That somebody must hear of a cause once; `group` is the cause itself where its kind is not grouped."""

    user: str
    kind: str
    group: str
    cause: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A notification as the record holds it."""

    user: str
    kind: str
    group: str
    count: int


@dataclass(slots=True)
class NoticeRun:
    """Everything a run leaves behind."""

    dues: list[Due] = field(default_factory=list)
    """Exactly what people must be told; a cause that was repeated stands here once."""
    mails_due: set[tuple[str, str, str]] = field(default_factory=set)
    """Address, subject and group; each must arrive once."""
    spared: set[tuple[str, str]] = field(default_factory=set)
    """Person and group of which they may have been told or not: what would have silenced them came too late."""
    shown: list[Shown] = field(default_factory=list)
    arrived: list[tuple[str, str]] = field(default_factory=list)
    """Address and subject of every mail in the mailbox."""
    addresses: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def violations(run: NoticeRun) -> list[str]:
    """Every broken promise, by its name; empty for a run in order."""
    return [*_notifications(run), *_mails(run)]


def _notifications(run: NoticeRun) -> Iterable[str]:
    """Each cause is told to each person once: a notification of its own, or one more in its group's."""
    expected: dict[tuple[str, str, str], set[str]] = {}
    for due in run.dues:
        expected.setdefault((due.user, due.kind, due.group), set()).add(due.cause)
    found: dict[tuple[str, str, str], list[int]] = {}
    for each in run.shown:
        found.setdefault((each.user, each.kind, each.group), []).append(each.count)
    for place, causes in expected.items():
        counts = found.pop(place, [])
        if not counts or sum(counts) < len(causes):
            yield f"untold: {place} was told of {sum(counts)} causes instead of {len(causes)}"
        elif len(counts) > 1 or sum(counts) > len(causes):
            yield f"told twice: {place} has {len(counts)} notifications of {sum(counts)} causes, not {len(causes)}"
    for user, kind, group in found:
        if (user, group) not in run.spared:
            yield f"unasked: {user} was told of {kind} {group}"


def _mails(run: NoticeRun) -> Iterable[str]:
    """Each mail that is due arrives once, and no other."""
    due, arrived = Counter((address, subject) for address, subject, _ in run.mails_due), Counter(run.arrived)
    quiet = {run.addresses[user] for user, _ in run.spared}
    for mail in sorted(due.keys() | arrived.keys()):
        if arrived[mail] < due[mail]:
            yield f"mail lost: {mail} arrived {arrived[mail]} times instead of {due[mail]}"
        elif arrived[mail] > due[mail] and mail[0] not in quiet:
            name = "mail twice" if due[mail] else "mail unasked"
            yield f"{name}: {mail} arrived {arrived[mail]} times instead of {due[mail]}"
