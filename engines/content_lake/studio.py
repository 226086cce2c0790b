"""The `/studio` page: documents by type, a document as JSON, and a GROQ box; read-only and without outside assets."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from engines.content_lake.access import require_token
from engines.content_lake.calls import Call, json_response
from engines.content_lake.faults import plain_fault, query_fault
from engines.groq import GroqError, explain

_FOLDER = Path(__file__).parent
_ASSETS = {"studio.css": "text/css", "studio.js": "text/javascript"}
_HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def studio_routes() -> list[BaseRoute]:
    """The page and its script and style."""
    return [Route("/studio", _page), Route("/studio/{name}", _asset)]


def _page(_request: Request) -> Response:
    return Response((_FOLDER / "studio.html").read_bytes(), media_type="text/html", headers=_HEADERS)


def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _ASSETS:
        return json_response(plain_fault(404, f"No such endpoint: {request.url.path}").body, status=404)
    return Response((_FOLDER / name).read_bytes(), media_type=_ASSETS[name], headers=_HEADERS)


async def summary(call: Call) -> Response:
    """`GET /studio/summary?dataset=`: the datasets, and how many documents of each type the chosen one has."""
    require_token(call.caller)
    names = call.lake.names()
    name = call.parameter("dataset") or (names[0] if names else "")
    types = await call.lake.in_reader(call.lake.dataset(name).counts)
    return json_response({"datasets": names, "dataset": name, "types": dict(sorted(types.items()))})


async def plan(call: Call) -> Response:
    """`POST /studio/plan`: how a query would find its documents, a line for each access."""
    require_token(call.caller)
    body = await call.json_object(limit=200_000)
    source, params = body.get("query"), body.get("params") or {}
    if not isinstance(source, str) or not isinstance(params, dict):
        raise plain_fault(400, 'The body needs a string "query" and may have an object "params"')
    try:
        return json_response({"plan": await call.lake.in_reader(explain, source, params)})
    except GroqError as fault:
        raise query_fault(source, fault) from fault
