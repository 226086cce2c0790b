"""The live content API: which sync tags changed, as server-sent events with resume."""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import Response

from engines.content_lake.calls import Call
from engines.content_lake.datasets import LiveDataset
from engines.content_lake.event_logs import EventLog, EventLogs
from engines.content_lake.event_streams import COMMENT, KEEP_ALIVE_SECONDS, LIFETIME_SECONDS, event, event_response
from engines.content_lake.faults import plain_fault
from engines.content_lake.perspectives import split_id
from engines.content_lake.records import Change, Transaction
from engines.content_lake.sync_tags import change_tags


class LiveEvents:
    """`GET /data/live/events/<dataset>?includeDrafts=`: welcome, messages with tags, restart when the place is lost."""

    def __init__(self, logs: EventLogs) -> None:
        self._logs = logs

    async def stream(self, call: Call) -> Response:
        """Answers with the stream; `last-event-id` resumes one. OPTIONS is how old clients ask whether it exists."""
        if call.request.method == "OPTIONS":
            return Response(status_code=204)
        dataset = call.lake.dataset(call.path("dataset"))
        has_drafts = call.flag("includeDrafts")
        if has_drafts and call.caller.is_anonymous:
            raise plain_fault(401, "A token is required to follow drafts")
        last = call.request.headers.get("last-event-id") or call.parameter("lastEventId")
        return event_response(_events(dataset, self._logs.of(dataset), last, has_drafts=has_drafts))


async def _events(dataset: LiveDataset, log: EventLog, last: str, *, has_drafts: bool) -> AsyncIterator[bytes]:
    with log.following() as follower:
        missed = log.since(int(last)) if last.isdigit() else ([] if not last else None)
        yield event("welcome", {}, event_id=str(log.position if missed is None or not last else int(last)))
        if missed is None:
            yield event("restart", {}, event_id=str(log.position))
        for transaction in missed or ():
            yield _message(dataset, transaction, has_drafts=has_drafts)
        ends_at = asyncio.get_running_loop().time() + LIFETIME_SECONDS
        while (remaining := ends_at - asyncio.get_running_loop().time()) > 0:
            next_one = await follower.next(min(remaining, KEEP_ALIVE_SECONDS))
            if follower.is_lost:
                yield event("restart", {}, event_id=str(log.position))
                return
            if follower.is_ended:
                yield event("goaway", {"reason": "The dataset was deleted"})
                return
            yield COMMENT if next_one is None else _message(dataset, next_one, has_drafts=has_drafts)


def _message(dataset: LiveDataset, transaction: Transaction, *, has_drafts: bool) -> bytes:
    changes = [change for change in transaction.changes if has_drafts or _is_public(change)]
    if not changes:
        return COMMENT
    return event("", {"tags": change_tags(dataset.name, changes)}, event_id=str(transaction.sequence))


def _is_public(change: Change) -> bool:
    return split_id(change.document_id)[1] == "published"
