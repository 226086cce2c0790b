"""What every route shares: the server's state, JSON bodies in, JSON answers out, and enqueueing a write."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from engines.search_server import tasks
from engines.search_server.catalog import Catalog
from engines.search_server.problems import ApiError
from engines.search_server.storage import Store
from engines.search_server.worker import Worker

LARGEST_BODY = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class State:
    """The parts of a running server."""

    store: Store
    catalog: Catalog
    worker: Worker


def state_of(request: Request) -> State:
    """The server that answers this request."""
    state: State = request.app.state.search
    return state


def answer(value: object, *, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(value), status_code=status, media_type="application/json")


async def body_of(request: Request) -> bytes:
    """The body, up to the largest one accepted."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST_BODY:
            raise ApiError("payload_too_large", f"The provided payload exceeds {LARGEST_BODY} bytes.")
        pieces.append(piece)
    return b"".join(pieces)


def content_type_of(request: Request, accepted: tuple[str, ...] = ("application/json",)) -> str:
    """The media type of the body, if it is one of those accepted."""
    shown = " or ".join(f"`{name}`" for name in accepted)
    header = request.headers.get("content-type")
    if header is None:
        raise ApiError(
            "missing_content_type",
            f"A Content-Type header is missing. Accepted values for the Content-Type header are: {shown}.",
        )
    media_type = header.split(";")[0].strip().lower()
    if media_type not in accepted:
        raise ApiError(
            "invalid_content_type",
            f"The Content-Type `{media_type}` is invalid. Accepted values for the Content-Type header are: {shown}.",
        )
    return media_type


async def json_of(request: Request) -> Any:
    """The JSON body, or a refusal that says what is wrong with it."""
    content_type_of(request)
    body = await body_of(request)
    if not body:
        raise ApiError("missing_payload", "A json payload is missing.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as reason:
        raise ApiError("malformed_payload", f"The json payload provided is malformed. `{reason}`.") from None


async def enqueued(
    request: Request,
    kind: str,
    *,
    index_uid: str | None,
    payload: Mapping[str, Any],
    details: Mapping[str, Any],
) -> Response:
    """Store a write for the worker; the 202 answer names its task."""
    state = state_of(request)
    summary = await run_in_threadpool(
        lambda: tasks.enqueue(
            state.store,
            kind,
            index_uid=index_uid,
            payload=payload,
            details=details,
            metadata=request.query_params.get("customMetadata"),
        )
    )
    state.worker.wake()
    return answer(summary, status=202)


def count_from(parameters: Mapping[str, str], name: str, default: int, *, code: str) -> int:
    """A non-negative whole number of a query string."""
    text = parameters.get(name)
    if text is None:
        return default
    if not text.isdigit() or len(text) > 15:
        raise ApiError(code, f"Invalid value in parameter `{name}`: could not parse `{text}` as a positive integer.")
    return int(text)
