"""A dataset's past: a document as it was, and the transactions that made it what it is."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import orjson
from starlette.responses import Response

from engines.content_lake.access import require_token
from engines.content_lake.calls import Call, json_response
from engines.content_lake.faults import plain_fault
from engines.content_lake.records import Document, precise_timestamp
from engines.content_lake.storage import Storage

MAX_IDS = 100
MAX_TRANSACTIONS = 1_000

_DOCUMENT = """
SELECT r.body FROM revisions AS r JOIN transactions AS t USING (sequence)
WHERE r.document_id = :id
    AND (:revision IS NULL OR r.sequence <= (SELECT sequence FROM transactions WHERE id = :revision))
    AND (:moment IS NULL OR t.at <= :moment)
ORDER BY r.sequence DESC LIMIT 1
"""
_TRANSACTIONS = """
SELECT t.id, t.at, t.author, t.mutations,
    (SELECT json_group_array(document_id) FROM revisions WHERE sequence = t.sequence)
FROM transactions AS t
WHERE t.sequence IN (SELECT sequence FROM revisions WHERE document_id IN (SELECT value FROM json_each(:ids)))
    AND (:from_at IS NULL OR t.at >= :from_at)
    AND (:to_at IS NULL OR t.at <= :to_at)
    AND (:from_id IS NULL OR t.sequence >= (SELECT sequence FROM transactions WHERE id = :from_id))
    AND (:to_id IS NULL OR t.sequence <= (SELECT sequence FROM transactions WHERE id = :to_id))
    AND (:authors IS NULL OR t.author IN (SELECT value FROM json_each(:authors)))
ORDER BY :sign * t.sequence LIMIT :limit
"""


async def document_at(call: Call) -> Response:
    """`GET /data/history/<dataset>/documents/<id>?revision=|time=`: `{documents: [...]}` as they were then."""
    require_token(call.caller)
    storage = call.lake.dataset(call.path("dataset")).storage
    ids = _ids(call.path("ids"))
    revision, moment = call.parameter("revision"), call.parameter("time")
    if revision and moment:
        raise plain_fault(400, 'Use either "revision" or "time"')
    at = _moment(moment) if moment else None
    found = await call.lake.in_writer(lambda: [_as_it_was(storage, one, revision or None, at) for one in ids])
    return json_response({"documents": [document for document in found if document is not None]})


def _as_it_was(storage: Storage, document_id: str, revision: str | None, moment: str | None) -> Document | None:
    rows = storage.read(_DOCUMENT, {"id": document_id, "revision": revision, "moment": moment})
    body = rows[0][0] if rows else None
    return orjson.loads(body) if isinstance(body, bytes) else None


async def transactions(call: Call) -> Response:
    """`GET /data/history/<dataset>/transactions/<ids>`: the transactions of those documents, as NDJSON.

    Options: excludeContent, excludeMutations, fromTime, toTime, fromTransaction, toTransaction, authors, reverse and
    limit (at most 1,000).
    """
    require_token(call.caller)
    storage = call.lake.dataset(call.path("dataset")).storage
    has_mutations = not call.flag("excludeContent") and not call.flag("excludeMutations")
    limit = call.parameter("limit", "100")
    if not limit.isdigit() or not 1 <= int(limit) <= MAX_TRANSACTIONS:
        raise plain_fault(400, f"limit must be a number from 1 to {MAX_TRANSACTIONS}")
    authors = [author for author in call.parameter("authors").split(",") if author]
    values = {
        "ids": orjson.dumps(_ids(call.path("ids"))).decode(),
        "from_at": _moment(call.parameter("fromTime")) if call.parameter("fromTime") else None,
        "to_at": _moment(call.parameter("toTime")) if call.parameter("toTime") else None,
        "from_id": call.parameter("fromTransaction") or None,
        "to_id": call.parameter("toTransaction") or None,
        "authors": orjson.dumps(authors).decode() if authors else None,
        "sign": -1 if call.flag("reverse") else 1,
        "limit": int(limit),
    }
    rows = await call.lake.in_writer(storage.read, _TRANSACTIONS, values)
    lines = b"".join(_lines(rows, has_mutations=has_mutations))
    return Response(lines, media_type="application/x-ndjson")


def _lines(rows: Sequence[Sequence[object]], *, has_mutations: bool) -> Iterator[bytes]:
    for transaction_id, at, author, mutations, document_ids in rows:
        line: Document = {
            "id": transaction_id,
            "timestamp": at,
            "author": author,
            "documentIDs": orjson.loads(str(document_ids)),
        }
        if has_mutations and isinstance(mutations, bytes):
            line["mutations"] = orjson.loads(mutations)
        yield orjson.dumps(line) + b"\n"


def _ids(text: str) -> list[str]:
    ids = [document_id for document_id in text.split(",") if document_id]
    if not 1 <= len(ids) <= MAX_IDS:
        raise plain_fault(400, f"Between 1 and {MAX_IDS} document ids can be asked for")
    return ids


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise plain_fault(400, f'"{text}" is not an RFC 3339 time') from fault
    return precise_timestamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
