"""What writing to people needs beside the open clients: the publisher, the filter, the limits, and who is suspended."""

import contextlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from datasources.postgres import moderation, sending, standings
from datasources.postgres.sending import Obstacle, Outgoing, Written
from datasources.postgres.standings import Question, Standing
from datasources.redis import windows
from datasources.redis.windows import Limit
from datasources.sources import Sources
from domain.message_filters import Classifier, Judgement, Rule, Writing, default_rules, judge_text, worst
from domain.problems import UpstreamUnavailableError
from services.rounds import Rounds
from services.topics import TopicPublisher

_log = structlog.get_logger(__name__)

_FRESH_SECONDS = 1.0
_MOST_LOCAL = 10_000
_LOCAL_SHARE = 2
"""Without Redis each process counts for itself, and allows the half."""


class PostOffice:
    """One per process; messages, questions and answers go through it."""

    def __init__(
        self,
        sources: Sources,
        *,
        rules: Sequence[Rule] | None = None,
        classifier: Classifier | None = None,
        notice_after: timedelta = sending.NOTICE_AFTER,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sources = sources
        self.notice_after = notice_after
        self.publisher = TopicPublisher(sources)
        database, clock = sources.database, sources.clock
        self.standings: Rounds[Question, Standing | None] = Rounds(
            lambda asked: standings.standings(database, asked, at=clock())
        )
        self.sends: Rounds[Outgoing, Written | Obstacle] = Rounds(
            lambda outgoing: sending.send_together(database, outgoing, clock=clock),
            apart=lambda each: each.message.conversation_id,
        )
        self._rules = default_rules() if rules is None else tuple(rules)
        self._classifier = classifier
        self._monotonic = monotonic
        self._suspended: frozenset[UUID] = frozenset()
        self._read_at: float | None = None
        self._local: dict[str, deque[float]] = {}

    async def judge(self, writing: Writing) -> Judgement:
        """What the rules make of a text and, unless they refuse it already, the classifier."""
        found = judge_text(self._rules, writing)
        if self._classifier is None or found.verdict.name == "REJECT":
            return found
        try:
            return worst([found, await self._classifier.judge(writing)])
        except UpstreamUnavailableError:
            _log.warning("the classifier of texts is away; the rules decide alone")
            return found

    async def count(self, key: str, limits: Sequence[Limit]) -> float:
        """Count an event if every limit allows it: 0, or the seconds until one would be. Never open without Redis."""
        try:
            return await windows.count(self.sources.live, key, limits)
        except UpstreamUnavailableError:
            return self._count_here(key, limits)

    def _count_here(self, key: str, limits: Sequence[Limit]) -> float:
        now = self._monotonic()
        if len(self._local) >= _MOST_LOCAL:
            self._local.clear()
        times = self._local.setdefault(key, deque(maxlen=max(each.most for each in limits)))
        wait = 0.0
        for limit in limits:
            within = [each for each in times if each > now - limit.seconds]
            most = max(1, limit.most // _LOCAL_SHARE)
            if len(within) >= most:
                wait = max(wait, within[-most] + limit.seconds - now)
        if not wait:
            times.append(now)
        return wait

    async def is_suspended(self, user_id: UUID) -> bool:
        """Whether somebody may not write, as of a second ago; for open streams, which ask often."""
        now = self._monotonic()
        if self._read_at is None or now - self._read_at > _FRESH_SECONDS:
            self._read_at = now
            with contextlib.suppress(UpstreamUnavailableError):  # what is known stays
                self._suspended = await moderation.suspended_ids(self.sources.database, at=self.sources.clock())
        return user_id in self._suspended

    async def close(self) -> None:
        """Finish what is being written, and publish what waits."""
        await self.sends.close()
        await self.publisher.close()
