"""The listen endpoint: changes of the documents that match a filter, as server-sent events with resume."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from engines.content_lake.calls import MAX_URL_QUERY, Call, url_params
from engines.content_lake.documents import may_read
from engines.content_lake.event_logs import EventLog, EventLogs
from engines.content_lake.event_streams import COMMENT, KEEP_ALIVE_SECONDS, LIFETIME_SECONDS, event, event_response
from engines.content_lake.faults import plain_fault
from engines.content_lake.perspectives import is_version_id, split_id
from engines.content_lake.records import Change, Document, Transaction, precise_timestamp
from engines.content_lake.syntax import filter_source
from engines.groq import GroqError, Limits, Query, evaluate, parse

FILTER_LIMITS = Limits(seconds=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """What one listener wants to hear of, and how."""

    query: Query
    params: dict[str, Any]
    call: Call
    has_result: bool
    has_previous: bool
    has_mutations: bool
    has_effects: bool
    has_all_versions: bool
    visibility: str

    def covers(self, document_id: str) -> bool:
        """Whether the caller may see, and wants, this kind of document."""
        if not may_read(self.call.caller, document_id):
            return False
        if self.has_all_versions:
            return True
        if self.call.is_published_by_default:
            return split_id(document_id)[1] == "published"
        return not is_version_id(document_id)

    def matches(self, document: Document | None) -> bool:
        """Whether a document passes the filter."""
        if document is None:
            return False
        try:
            found = evaluate(self.query, [document], self.params, limits=FILTER_LIMITS)
        except GroqError:
            return False
        return found is not None and found != []


class Listeners:
    """`GET /data/listen/<dataset>?query=...`."""

    def __init__(self, logs: EventLogs) -> None:
        self._logs = logs

    async def stream(self, call: Call) -> Response:
        """Answers with the stream; a query that cannot be read is told in a `channelError` event."""
        dataset = call.lake.dataset(call.path("dataset"))
        if len(call.request.url.query) > MAX_URL_QUERY:
            raise plain_fault(414, f"The URL is longer than {MAX_URL_QUERY} characters")
        source = call.parameter("query") or "*"
        params = url_params(call.request.query_params)
        effects = call.parameter("effectFormat")
        if effects not in {"", "mendoza"}:
            raise plain_fault(400, "effectFormat must be mendoza")
        try:
            parse(source, params)
            query = parse(filter_source(source), params)
        except GroqError as fault:
            return event_response(_refusal(str(fault)))
        interest = Interest(
            query=query,
            params=params,
            call=call,
            has_result=call.flag("includeResult"),
            has_previous=call.flag("includePreviousRevision"),
            has_mutations=call.flag("includeMutations", default=True),
            has_effects=effects == "mendoza",
            has_all_versions=call.flag("includeAllVersions"),
            visibility=call.parameter("visibility", "transaction"),
        )
        resumes = call.flag("enableResume")
        last = call.request.headers.get("last-event-id") or call.parameter("lastEventId")
        return event_response(_events(interest, self._logs.of(dataset), dataset.name, last if resumes else None))


async def _refusal(message: str) -> AsyncIterator[bytes]:
    yield event("channelError", {"message": message})


async def _events(interest: Interest, log: EventLog, dataset: str, last: str | None) -> AsyncIterator[bytes]:
    with log.following() as follower:
        listener = {"listenerName": secrets.token_hex(8)}
        missed: list[Transaction] = []
        if last:
            sequence = log.sequence_of(last.partition("#")[0])
            known = None if sequence is None else log.since(sequence)
            yield event("reset" if known is None else "welcomeback", listener)
            missed = known or []
        else:
            yield event("welcome", listener)
        for transaction in missed:
            for data in _transaction_events(interest, transaction, dataset):
                yield data
        ends_at = asyncio.get_running_loop().time() + LIFETIME_SECONDS
        while (remaining := ends_at - asyncio.get_running_loop().time()) > 0 and not follower.is_lost:
            next_one = await follower.next(min(remaining, KEEP_ALIVE_SECONDS))
            if follower.is_ended:
                yield event("disconnect", {"reason": "The dataset was deleted"})
                return
            if next_one is None:
                yield COMMENT
                continue
            for data in _transaction_events(interest, next_one, dataset):
                yield data


def _transaction_events(interest: Interest, transaction: Transaction, dataset: str) -> Iterator[bytes]:
    matched = []
    for change in transaction.changes:
        if interest.covers(change.document_id):
            transition = _transition(interest.matches(change.before), interest.matches(change.after))
            if transition:
                matched.append((change, transition))
    for place, (change, transition) in enumerate(matched):
        data = _mutation_event(interest, transaction, change)
        data |= {
            "projectId": interest.call.lake.project,
            "dataset": dataset,
            "transition": transition,
            "transactionTotalEvents": len(matched),
            "transactionCurrentEvent": place,
        }
        yield event("mutation", data, event_id=data["eventId"])


def _transition(was_matching: bool, is_matching: bool) -> str:  # noqa: FBT001 - two states of one predicate
    if was_matching and is_matching:
        return "update"
    if is_matching:
        return "appear"
    return "disappear" if was_matching else ""


def _mutation_event(interest: Interest, transaction: Transaction, change: Change) -> Document:
    data: Document = {
        "eventId": f"{transaction.transaction_id}#{change.document_id}",
        "documentId": change.document_id,
        "transactionId": transaction.transaction_id,
        "identity": transaction.author,
        "resultRev": transaction.transaction_id,
        "timestamp": precise_timestamp(transaction.at),
        "visibility": interest.visibility,
    }
    if change.before is not None:
        data["previousRev"] = change.before["_rev"]
    if interest.has_mutations:
        data["mutations"] = mutations_of(transaction, change)
    if interest.has_result and change.after is not None:
        data["result"] = change.after
    if interest.has_previous:
        data["previous"] = change.before
    if interest.has_effects:
        data["effects"] = {"apply": [0, change.after], "revert": [0, change.before]}
    return data


def mutations_of(transaction: Transaction, change: Change) -> list[Document]:
    """The mutations that made this change; where a query or an action chose the document, what they amount to."""
    chosen = []
    for mutation in transaction.mutations:
        ((name, operand),) = mutation.items() if len(mutation) == 1 else (("", {}),)
        target = operand.get("_id" if name.startswith("create") else "id") if isinstance(operand, dict) else None
        if target is None or target.endswith("."):
            return [_equivalent(change)]
        if target == change.document_id:
            chosen.append(mutation)
    return chosen or [_equivalent(change)]


def _equivalent(change: Change) -> Document:
    if change.after is None:
        return {"delete": {"id": change.document_id}}
    return {"create" if change.before is None else "createOrReplace": change.after}
