"""A copy of the published documents in this process, kept level with the store, that answers GROQ by itself."""

import math
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import lru_cache
from typing import Any

from datasources.sanity.lifetimes import LAST_GOOD_SECONDS
from datasources.sanity.metrics import READS, REPLICA_LAG
from datasources.sanity.questions import Answer, Question, Written
from datasources.sanity.replica_feed import Change, Document
from datasources.sanity.staleness import current_staleness
from engines.groq import Dataset, GroqError, Limits, Query, evaluate, parse

Read = Callable[[Sequence[str]], Awaitable[Sequence[Document | None]]]
"""Documents by id as of their latest write."""
Revisions = Callable[[str], Awaitable[Sequence[tuple[str, str]]]]
"""The ids and revisions of the published documents that follow an id, in order; empty after the last."""

_LIMITS = Limits(seconds=0.5)
_KEPT_ANSWERS = 2_000
_KNOWN_TRANSACTIONS = 1_000
_READ_AT_ONCE = 100
_EXPECTED_SECONDS = 1.0
_DOUBT_SECONDS = 30.0
_RECONCILE_SECONDS = 600.0


class Replica:
    """Published documents with their indexes. It answers only while it has everything that it knows to exist.

    Every change must follow the revision that is here. Where it does not, events were lost or came out of order, and
    the document is read again as of its latest write; so is one whose event comes soon after such a reading.
    """

    def __init__(self, *, read: Read, revisions: Revisions, reconcile_seconds: float = _RECONCILE_SECONDS) -> None:
        self._read = read
        self._revisions = revisions
        self._reconcile_seconds = reconcile_seconds
        self._reconcile_at = math.inf
        self._documents: Dataset | None = None
        self._answers: OrderedDict[bytes, tuple[Question, Answer]] = OrderedDict()
        self._is_told = False
        self._level_at: float | None = None
        self._to_repair: set[str] = set()
        self._doubted_until: dict[str, float] = {}
        self._expected: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._applied: OrderedDict[str, None] = OrderedDict()
        self.repairs = 0
        """How many documents were read again because their chain of revisions had a hole."""
        REPLICA_LAG.set_function(lambda: self.lag_seconds)

    @property
    def is_in_sync(self) -> bool:
        """Whether every change that is known of was applied."""
        return self._is_told and not self._to_repair and not self._expected

    @property
    def is_loaded(self) -> bool:
        """Whether it ever had all documents."""
        return self._documents is not None

    @property
    def lag_seconds(self) -> float:
        """Seconds since it was in sync last: 0 while it is, infinity before the first time."""
        if self.is_in_sync:
            return 0.0
        return math.inf if self._level_at is None else time.monotonic() - self._level_at

    def answer(self, question: Question) -> Answer | None:
        """The answer while in sync, the very same object until a document changes; None: ask the store."""
        if not self.is_in_sync:
            return None
        found = self._evaluated(question)
        if found is not None:
            READS.counts["replica"] += 1
        return found

    def last_known(self, question: Question) -> Answer | None:
        """An answer of the last day that stands in for a store that does not answer; its age is noted."""
        if self.lag_seconds > LAST_GOOD_SECONDS or (found := self._evaluated(question)) is None:
            return None
        READS.counts["last-good"] += 1
        if (staleness := current_staleness.get()) is not None:
            staleness.note(self.lag_seconds)
        return found

    def _evaluated(self, question: Question) -> Answer | None:
        if self._documents is None:
            return None
        key = question.key()
        kept = self._answers.get(key)
        if kept is not None:
            self._answers.move_to_end(key)
            return kept[1]
        try:
            found = Answer(evaluate(_parsed(question.groq), self._documents, question.params, limits=_LIMITS))
        except GroqError:
            return None
        self._answers[key] = (question, found)
        if len(self._answers) > _KEPT_ANSWERS:
            self._answers.popitem(last=False)
        return found

    def expect(self, transaction_id: str, written: Collection[Written]) -> None:
        """Be behind until this write of ours has arrived, so that whoever made it never reads from before it."""
        ids = tuple(each.document_id for each in written if each.is_published and each.document_id is not None)
        if any(each.document_id is None for each in written):
            self._reconcile_at = 0.0
        if ids and transaction_id not in self._applied:
            self._note_level()
            self._expected[transaction_id] = (time.monotonic() + _EXPECTED_SECONDS, ids)

    def load(self, documents: Dataset) -> None:
        """Begin with all documents of one moment."""
        self._documents = documents
        self._answers.clear()
        self._to_repair.clear()
        self._reconcile_at = time.monotonic() + self._reconcile_seconds

    def listen(self) -> None:
        """Changes arrive from now on."""
        self._is_told = True

    def go_deaf(self) -> None:
        """Changes arrive no longer."""
        self._note_level()
        self._is_told = False

    def apply(self, change: Change) -> None:
        """Take a document one step on, or mark it to be read again where that step does not follow its revision."""
        known = self._current_revision(change.document_id)
        is_doubted = self._doubted_until.get(change.document_id, 0.0) > time.monotonic()
        if change.result is not None and known == change.revision:
            pass  # the export or a reading had it already
        elif known == change.previous_revision and not is_doubted:
            self._put(change.document_id, change.result)
        else:
            self._note_level()
            self._to_repair.add(change.document_id)
        if change.is_last:
            self._expected.pop(change.transaction_id, None)
            self._applied[change.transaction_id] = None
            if len(self._applied) > _KNOWN_TRANSACTIONS:
                self._applied.popitem(last=False)

    async def catch_up(self) -> None:
        """Read again what is in doubt, and compare all revisions when that is due."""
        now = time.monotonic()
        for transaction_id, (until, ids) in list(self._expected.items()):
            if until < now:
                self._to_repair.update(ids)
                del self._expected[transaction_id]
        if now >= self._reconcile_at:
            await self.reconcile()
        while self._to_repair:
            wanted = sorted(self._to_repair)[:_READ_AT_ONCE]
            for document_id, document in zip(wanted, await self._read(wanted), strict=True):
                self._put(document_id, document)
                self._doubted_until[document_id] = time.monotonic() + _DOUBT_SECONDS
            self.repairs += len(wanted)
            self._to_repair.difference_update(wanted)
        self._doubted_until = {each: until for each, until in self._doubted_until.items() if until > now}
        self._note_level()

    async def reconcile(self) -> None:
        """Mark what differs from the store's revisions; what a lagging index gets wrong there, reading again mends."""
        self._reconcile_at = time.monotonic() + self._reconcile_seconds
        after, known = "", {str(each["_id"]): each.get("_rev") for each in self._documents or ()}
        while found := await self._revisions(after):
            self._to_repair.update(each for each, revision in found if known.pop(each, None) != revision)
            after = found[-1][0]
        self._to_repair.update(known)

    def _current_revision(self, document_id: str) -> Any:
        document = self._documents.get(document_id) if self._documents is not None else None
        return None if document is None else document.get("_rev")

    def _put(self, document_id: str, document: Document | None) -> None:
        if self._documents is None:
            return
        before = self._documents.get(document_id)
        if document is None:
            self._documents.remove(document_id)
        else:
            self._documents.put(document)
        written = [Written(document_id, each.get("_type")) for each in (before, document) if each is not None]
        outdated = [key for key, (asked, _) in self._answers.items() if any(map(asked.may_notice, written))]
        for key in outdated:
            del self._answers[key]

    def _note_level(self) -> None:
        if self.is_in_sync:
            self._level_at = time.monotonic()


@lru_cache(maxsize=256)
def _parsed(groq: str) -> Query:
    return parse(groq)
