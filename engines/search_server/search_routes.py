"""Routes that search."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engines.search_server.answers import answer, json_of, state_of
from engines.search_server.problems import ApiError
from engines.search_server.search_requests import read_search, search_from_query_string
from engines.search_server.searching import search, search_facet

MOST_QUERIES = 200


async def search_by_post(request: Request) -> Response:
    """One search from a JSON body."""
    body = await json_of(request)
    index = state_of(request).catalog.index(request.path_params["index"])
    return answer(search(index.contents, read_search({} if body is None else body)))


async def search_by_get(request: Request) -> Response:
    """One search from a query string."""
    index = state_of(request).catalog.index(request.path_params["index"])
    return answer(search(index.contents, search_from_query_string(request.query_params)))


async def multi_search(request: Request) -> Response:
    """Many searches in one request, answered in order; the first that cannot be done refuses them all."""
    body = await json_of(request)
    queries = body.get("queries") if isinstance(body, dict) else None
    if not isinstance(queries, list) or not all(isinstance(query, dict) for query in queries):
        raise ApiError("bad_request", "Missing field `queries`: an array of searches.")
    if body.get("federation") is not None:
        raise ApiError("feature_not_enabled", "Federated search is not available on this local server.")
    if len(queries) > MOST_QUERIES:
        raise ApiError("bad_request", f"At most {MOST_QUERIES} queries fit in one multi-search.")
    return answer({"results": [_one(request, place, query) for place, query in enumerate(queries)]})


def _one(request: Request, place: int, query: dict[str, Any]) -> dict[str, Any]:
    parameters = {key: value for key, value in query.items() if key != "indexUid"}
    try:
        contents = state_of(request).catalog.index(query.get("indexUid", "")).contents
        return {"indexUid": query["indexUid"], **search(contents, read_search(parameters))}
    except ApiError as refusal:
        raise ApiError(refusal.code, f"Inside `.queries[{place}]`: {refusal.message}") from None


async def facet_search(request: Request) -> Response:
    """The values of one facet that fit a text."""
    body = await json_of(request)
    index = state_of(request).catalog.index(request.path_params["index"])
    if not isinstance(body, dict) or not isinstance(body.get("facetName"), str):
        raise ApiError("missing_facet_search_facet_name", "Missing field `facetName`.")
    text = body.get("facetQuery")
    if text is not None and not isinstance(text, str):
        raise ApiError("invalid_facet_search_facet_query", "Invalid value at `.facetQuery`: expected text.")
    accepted = ("q", "filter", "matchingStrategy", "attributesToSearchOn")
    wanted = replace(read_search({name: body.get(name) for name in accepted}), sort=())
    return answer(search_facet(index.contents, body["facetName"], text, wanted))


ROUTES = [
    Route("/indexes/{index}/search", search_by_post, methods=["POST"]),
    Route("/indexes/{index}/search", search_by_get, methods=["GET"]),
    Route("/indexes/{index}/facet-search", facet_search, methods=["POST"]),
    Route("/multi-search", multi_search, methods=["POST"]),
]
