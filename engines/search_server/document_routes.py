"""Routes about documents."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engines.search_server.answers import answer, body_of, content_type_of, count_from, enqueued, json_of, state_of
from engines.search_server.bitmaps import numbers_of
from engines.search_server.catalog import Index, demand_uid
from engines.search_server.documents import read_documents
from engines.search_server.filter_grammar import parse_filter
from engines.search_server.filter_matches import matching
from engines.search_server.flattening import picked
from engines.search_server.problems import ApiError
from engines.search_server.ranking import Ranking
from engines.search_server.sorting import parse_sort

FORMATS = ("application/json", "application/x-ndjson", "text/csv")


async def add_documents(request: Request) -> Response:
    """Enqueue documents: POST replaces each one, PUT merges into the stored one."""
    uid = demand_uid(request.path_params["index"])
    content_type = content_type_of(request, FORMATS)
    delimiter = request.query_params.get("csvDelimiter", ",")
    if len(delimiter) != 1 or not delimiter.isascii():
        raise ApiError("invalid_document_csv_delimiter", "`csvDelimiter` must be one ASCII character.")
    documents = read_documents(await body_of(request), content_type, delimiter)
    return await enqueued(
        request,
        "documentAdditionOrUpdate",
        index_uid=uid,
        payload={
            "documents": documents,
            "primaryKey": request.query_params.get("primaryKey"),
            "isPartial": request.method == "PUT",
        },
        details={"receivedDocuments": len(documents), "indexedDocuments": None},
    )


async def list_documents(request: Request) -> Response:
    """A page of documents, by the query string."""
    parameters = request.query_params
    fields = parameters.get("fields")
    ids = parameters.get("ids")
    sort = parameters.get("sort")
    return _page(
        request,
        {
            "offset": count_from(parameters, "offset", 0, code="invalid_document_offset"),
            "limit": count_from(parameters, "limit", 20, code="invalid_document_limit"),
            "fields": fields.split(",") if fields else None,
            "ids": ids.split(",") if ids else None,
            "filter": parameters.get("filter"),
            "sort": sort.split(",") if sort else None,
        },
    )


async def fetch_documents(request: Request) -> Response:
    """A page of documents, by a JSON body."""
    body = await json_of(request)
    if body is not None and not isinstance(body, dict):
        raise ApiError("bad_request", "The body must be a JSON object.")
    return _page(request, body or {})


def _page(request: Request, parameters: dict[str, Any]) -> Response:
    index = state_of(request).catalog.index(request.path_params["index"])
    offset = _count(parameters, "offset", 0)
    limit = _count(parameters, "limit", 20)
    fields = _texts(parameters, "fields")
    contents = index.contents
    with contents.lock:
        numbers = _selected(index, parameters)
        documents = [picked(contents.document(number), fields) for number in numbers[offset : offset + limit]]
    return answer({"results": documents, "offset": offset, "limit": limit, "total": len(numbers)})


def _selected(index: Index, parameters: dict[str, Any]) -> list[int]:
    contents = index.contents
    try:
        bits = matching(contents, parse_filter(parameters.get("filter")))
    except ApiError as refusal:
        raise ApiError("invalid_document_filter", refusal.message) from None
    if parameters.get("ids") is not None:
        wanted = (contents.number_by_id.get(str(key)) for key in parameters["ids"])
        bits &= sum(1 << number for number in {number for number in wanted if number is not None})
    sort = parameters.get("sort")
    if not sort:
        return numbers_of(bits)
    orders = parse_sort(sort, contents.sortable, code="invalid_document_sort")
    return list(Ranking(contents, (), orders, strategy="last", rules=("sort",)).ordered(bits))


def _count(parameters: dict[str, Any], name: str, default: int) -> int:
    value = parameters.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ApiError(f"invalid_document_{name}", f"Invalid value at `.{name}`: expected a non-negative whole number.")
    return value


def _texts(parameters: dict[str, Any], name: str) -> list[str]:
    value = parameters.get(name)
    if value is None:
        return ["*"]
    if isinstance(value, str):
        return value.split(",")
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ApiError(f"invalid_document_{name}", f"Invalid value at `.{name}`: expected an array of text.")
    return value


async def get_document(request: Request) -> Response:
    """One document."""
    index = state_of(request).catalog.index(request.path_params["index"])
    key = request.path_params["document"]
    fields = request.query_params.get("fields")
    contents = index.contents
    with contents.lock:
        number = contents.number_by_id.get(key)
        if number is None:
            raise ApiError("document_not_found", f"Document `{key}` not found.")
        document = contents.document(number)
    return answer(picked(document, fields.split(",") if fields else ["*"]))


async def delete_document(request: Request) -> Response:
    """Enqueue the deletion of one document."""
    return await _deletion(request, {"ids": [request.path_params["document"]]}, provided=1)


async def delete_all(request: Request) -> Response:
    """Enqueue the deletion of every document."""
    return await _deletion(request, {}, provided=0)


async def delete_batch(request: Request) -> Response:
    """Enqueue the deletion of documents by id."""
    ids = await json_of(request)
    if not isinstance(ids, list) or not all(isinstance(key, str | int) for key in ids):
        raise ApiError("bad_request", "The body must be an array of document ids.")
    return await _deletion(request, {"ids": [str(key) for key in ids]}, provided=len(ids))


async def delete_filtered(request: Request) -> Response:
    """Enqueue the deletion of the documents that pass a filter."""
    body = await json_of(request)
    wanted = body.get("filter") if isinstance(body, dict) else None
    if wanted is None:
        raise ApiError("missing_document_filter", "Missing field `filter`.")
    try:
        parsed = parse_filter(wanted)
    except ApiError as refusal:
        raise ApiError("invalid_document_filter", refusal.message) from None
    if parsed is None:
        raise ApiError("invalid_document_filter", "Sending an empty filter is forbidden.")
    return await _deletion(request, {"filter": wanted}, provided=0, original=wanted)


async def _deletion(request: Request, payload: dict[str, Any], *, provided: int, original: object = None) -> Response:
    uid = demand_uid(request.path_params["index"])
    details = {"providedIds": provided, "originalFilter": original, "deletedDocuments": None}
    return await enqueued(request, "documentDeletion", index_uid=uid, payload=payload, details=details)


ROUTES = [
    Route("/indexes/{index}/documents", list_documents, methods=["GET"]),
    Route("/indexes/{index}/documents", add_documents, methods=["POST", "PUT"]),
    Route("/indexes/{index}/documents", delete_all, methods=["DELETE"]),
    Route("/indexes/{index}/documents/fetch", fetch_documents, methods=["POST"]),
    Route("/indexes/{index}/documents/delete", delete_filtered, methods=["POST"]),
    Route("/indexes/{index}/documents/delete-batch", delete_batch, methods=["POST"]),
    Route("/indexes/{index}/documents/{document}", get_document, methods=["GET"]),
    Route("/indexes/{index}/documents/{document}", delete_document, methods=["DELETE"]),
]
