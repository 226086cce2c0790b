"""The mutate endpoint, and the import of a whole export as one transaction."""

from collections.abc import Callable

import orjson
from starlette.responses import Response

from engines.content_lake.access import forbidden_write, require_administrator
from engines.content_lake.calls import MAX_MUTATION_BYTES, Call, json_response
from engines.content_lake.faults import described_fault, plain_fault
from engines.content_lake.records import Document, Outcome, new_transaction_id
from engines.content_lake.transactions import Intent, Plan

VISIBILITIES = ("sync", "async", "deferred")
MAX_IMPORT_BYTES = 1024 * 1024 * 1024


async def mutate(call: Call) -> Response:
    """`POST /data/mutate/<dataset>`: all mutations or none; visible to the next query whatever is asked for."""
    if not call.caller.can_write:
        raise forbidden_write("create")
    visibility = call.parameter("visibility", "sync")
    if visibility not in VISIBILITIES:
        raise plain_fault(400, f"visibility must be one of {', '.join(VISIBILITIES)}")
    body = await call.json_object(limit=MAX_MUTATION_BYTES)
    mutations = body.get("mutations")
    if not isinstance(mutations, list):
        raise described_fault(400, "mutationError", 'The request body needs an array "mutations"')
    intent = Intent(
        transaction_id=read_transaction_id(body),
        at=call.lake.clock(),
        author=call.caller.identity,
        mutations=mutations,
        does_add_keys=call.flag("autoGenerateArrayKeys"),
    )
    does_return_documents = call.flag("returnDocuments")
    call.flag("returnIds")
    dataset = await call.lake.new_dataset(call.path("dataset"))
    steps = [_mutation(mutation) for mutation in mutations]
    outcome = await call.lake.transact(dataset, intent, steps, is_dry=call.flag("dryRun"))
    return json_response(
        {
            "transactionId": intent.transaction_id,
            "results": _results(outcome, has_documents=does_return_documents),
        }
    )


def read_transaction_id(body: Document) -> str:
    """The id the caller chose, or a new one."""
    wanted = body.get("transactionId")
    if wanted is None or wanted == "":
        return new_transaction_id()
    if not isinstance(wanted, str) or len(wanted) > 128:
        raise plain_fault(400, "transactionId must be a string of at most 128 characters")
    return wanted


def _mutation(mutation: object) -> Callable[[Plan], None]:
    return lambda plan: plan.mutate(mutation)


def _creation(document: Document, mode: str) -> Callable[[Plan], None]:
    def step(plan: Plan) -> None:
        plan.create(document, mode=mode)

    return step


def _results(outcome: Outcome, *, has_documents: bool) -> list[Document]:
    results: list[Document] = []
    for document_id, operation, document in outcome.results:
        result: Document = {"id": document_id, "operation": operation}
        if has_documents and document is not None:
            result["document"] = document
        results.append(result)
    return results


async def import_documents(call: Call) -> Response:
    """`POST /data/import/<dataset>?operation=`: NDJSON of an export, all of it or none, times kept.

    References to documents that the export left out are allowed.
    """
    require_administrator(call.caller)
    mode = call.parameter("operation", "createOrReplace")
    if mode not in {"create", "createOrReplace", "createIfNotExists"}:
        raise plain_fault(400, "operation must be create, createOrReplace or createIfNotExists")
    documents = _read_lines(await call.body(limit=MAX_IMPORT_BYTES))
    intent = Intent(
        transaction_id=new_transaction_id(),
        at=call.lake.clock(),
        author=call.caller.identity,
        mutations=[],
        does_add_keys=True,
        does_keep_times=True,
        does_allow_dangling=True,
    )
    dataset = await call.lake.new_dataset(call.path("dataset"))
    steps = [_creation(document, mode) for document in documents]
    outcome = await call.lake.transact(dataset, intent, steps, is_dry=call.flag("dryRun"))
    counts: dict[str, int] = {}
    for _, operation, _ in outcome.results:
        counts[operation] = counts.get(operation, 0) + 1
    return json_response({"transactionId": intent.transaction_id, "documents": len(documents), "operations": counts})


def _read_lines(body: bytes) -> list[Document]:
    documents: list[Document] = []
    for number, line in enumerate(body.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            document = orjson.loads(line)
        except orjson.JSONDecodeError as fault:
            raise described_fault(400, "importError", f"Line {number} is not JSON: {fault}", line=number) from fault
        is_document = isinstance(document, dict) and all(isinstance(document.get(key), str) for key in ("_id", "_type"))
        if not is_document:
            reason = f"Line {number} is not a document: it needs the strings _id and _type"
            raise described_fault(400, "importError", reason, line=number)
        documents.append(document)
    return documents
