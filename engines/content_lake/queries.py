"""The query endpoint: GROQ by GET or POST, under a perspective."""

import time
from functools import lru_cache
from typing import Any

import orjson
from starlette.responses import Response

from engines.content_lake.calls import MAX_URL_QUERY, Call, url_params
from engines.content_lake.datasets import LiveDataset
from engines.content_lake.faults import plain_fault, query_fault
from engines.content_lake.perspectives import PUBLISHED, RAW, RAW_WITHOUT_RELEASES, Perspective, read_perspective
from engines.content_lake.sync_tags import TracedDataset
from engines.groq import GroqError, Query, evaluate, parse

MAX_QUERY_CHARACTERS = 100_000
PARSED_QUERIES = 512


async def query(call: Call) -> Response:
    """`GET|POST /data/query/<dataset>`: `{query, result, ms, syncTags}`."""
    dataset = call.lake.dataset(call.path("dataset"))
    source, params = await _question(call)
    layers = read_perspective(
        call.parameter("perspective") or None, default=PUBLISHED if call.is_published_by_default else RAW
    )
    if layers == RAW and not call.is_published_by_default:
        layers = RAW_WITHOUT_RELEASES
    perspective = Perspective(layers, is_public=call.caller.is_anonymous)
    is_echoed = call.flag("returnQuery", default=True)
    body = await call.lake.in_reader(_answer, call, dataset, source, params, perspective)
    opening = b'{"query":' + orjson.dumps(source) + b"," if is_echoed else b"{"
    return Response(opening + body, media_type="application/json")


async def _question(call: Call) -> tuple[str, dict[str, object]]:
    if call.request.method == "POST":
        body = await call.json_object()
        source, params = body.get("query"), body.get("params") or {}
    else:
        if len(call.request.url.query) > MAX_URL_QUERY:
            raise plain_fault(414, f"The URL is longer than {MAX_URL_QUERY} characters; use POST")
        source, params = call.request.query_params.get("query"), url_params(call.request.query_params)
    if not isinstance(source, str) or not source.strip():
        raise plain_fault(400, 'Missing required parameter "query"')
    if not isinstance(params, dict):
        raise plain_fault(400, '"params" must be an object')
    if len(source) > MAX_QUERY_CHARACTERS:
        raise plain_fault(413, f"The query is longer than {MAX_QUERY_CHARACTERS} characters")
    return source, params


@lru_cache(maxsize=PARSED_QUERIES)
def _parsed(source: str) -> Query:
    return parse(source)


def _answer(call: Call, dataset: LiveDataset, source: str, params: dict[str, Any], perspective: Perspective) -> bytes:
    """The rest of the envelope after the query: result, milliseconds and sync tags."""
    started = time.perf_counter()
    try:
        parsed = _parsed(source)
        with dataset.reading(perspective) as documents:
            traced = TracedDataset(documents, dataset.name)
            result = evaluate(
                parsed,
                traced,
                params,
                identity=call.caller.identity,
                project_id=call.lake.project,
                dataset_name=dataset.name,
            )
        encoded = orjson.dumps(result)
    except GroqError as fault:
        raise query_fault(source, fault) from fault
    milliseconds = round((time.perf_counter() - started) * 1000)
    tags = orjson.dumps(traced.tags())
    return b'"result":' + encoded + b',"ms":%d,"syncTags":' % milliseconds + tags + b"}"
