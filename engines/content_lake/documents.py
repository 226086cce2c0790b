"""The doc endpoint (documents by id, never through an index) and the export of a whole dataset."""

from collections.abc import AsyncIterator

import orjson
from starlette.responses import Response, StreamingResponse

from engines.content_lake.access import Caller
from engines.content_lake.calls import Call, json_response
from engines.content_lake.datasets import LiveDataset
from engines.content_lake.faults import plain_fault
from engines.content_lake.perspectives import split_id
from engines.content_lake.records import Document

MAX_IDS = 1_000
EXPORT_CHUNK = 200
_SYSTEM_FIELDS = ("_id", "_type", "_rev", "_createdAt", "_updatedAt")


async def documents(call: Call) -> Response:
    """`GET /data/doc/<dataset>/<id>[,<id>]`: `{documents, omitted: [{id, reason}]}`, as of the last commit."""
    dataset = call.lake.dataset(call.path("dataset"))
    ids = list(dict.fromkeys(document_id for document_id in call.path("ids").split(",") if document_id))
    if not 1 <= len(ids) <= MAX_IDS:
        raise plain_fault(400, f"Between 1 and {MAX_IDS} document ids can be asked for")
    if call.flag("includeAllVersions"):
        ids = await call.lake.in_reader(_variants, dataset, ids)
    found: list[Document] = []
    omitted: list[dict[str, str]] = []
    for document_id in ids:
        document = dataset.find(document_id)
        if document is None:
            omitted.append({"id": document_id, "reason": "existence"})
        elif not may_read(call.caller, document_id):
            omitted.append({"id": document_id, "reason": "permission"})
        else:
            found.append(document)
    if call.flag("excludeContent"):
        found = [{name: document.get(name) for name in _SYSTEM_FIELDS} for document in found]
    return json_response({"documents": found, "omitted": omitted})


def may_read(caller: Caller, document_id: str) -> bool:
    """Whether a caller may see a document: ids with a dot are private."""
    return not caller.is_anonymous or "." not in document_id


def _variants(dataset: LiveDataset, ids: list[str]) -> list[str]:
    """The ids of every variant of the documents asked for; an id that has none stays as it is."""
    wanted = {split_id(document_id)[0] for document_id in ids}
    known = [document_id for document_id in sorted(dataset.ids()) if split_id(document_id)[0] in wanted]
    found = {split_id(document_id)[0] for document_id in known}
    return [*known, *(document_id for document_id in ids if split_id(document_id)[0] not in found)]


async def export(call: Call) -> Response:
    """`GET /data/export/<dataset>?types=`: every document of one moment, one JSON object a line."""
    dataset = call.lake.dataset(call.path("dataset"))
    types = {name for name in call.parameter("types").split(",") if name}
    snapshot = await call.lake.in_reader(dataset.snapshot)
    chosen = [
        document
        for document in snapshot
        if (not types or document["_type"] in types) and may_read(call.caller, document["_id"])
    ]
    return StreamingResponse(_lines(chosen), media_type="application/x-ndjson")


async def _lines(chosen: list[Document]) -> AsyncIterator[bytes]:
    for start in range(0, len(chosen), EXPORT_CHUNK):
        lines = [orjson.dumps(document) for document in chosen[start : start + EXPORT_CHUNK]]
        yield b"\n".join(lines) + b"\n"
