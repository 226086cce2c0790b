"""What the endpoints read from a request and how they answer: versions, flags, bounded bodies, JSON."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from engines.content_lake.access import Caller
from engines.content_lake.faults import plain_fault
from engines.content_lake.lakes import Lake

MAX_BODY_BYTES = 100 * 1024 * 1024
MAX_MUTATION_BYTES = 4 * 1024 * 1024
MAX_URL_QUERY = 14_800
PUBLISHED_BY_DEFAULT = "2025-02-19"

_VERSION = re.compile(r"v(?:1|X|(\d{4}-\d{2}-\d{2}))")
_FLAGS = {"true": True, "1": True, "": True, "false": False, "0": False}


class Call:
    """One request to one endpoint of the lake."""

    def __init__(self, lake: Lake, request: Request) -> None:
        self.lake = lake
        self.request = request
        self.caller: Caller = lake.tokens.caller(request.headers.get("authorization", ""))
        self.version = _read_version(request.path_params.get("version", "vX"))
        project = request.headers.get("x-sanity-project-id")
        if project and project != lake.project:
            raise plain_fault(404, f'Project not found - project ID "{project}" is not served here')

    @property
    def is_published_by_default(self) -> bool:
        """Whether the API version is one whose queries see published documents unless told otherwise."""
        return self.version >= PUBLISHED_BY_DEFAULT

    def parameter(self, name: str, default: str = "") -> str:
        """A parameter of the URL."""
        return self.request.query_params.get(name, default)

    def path(self, name: str) -> str:
        """A part of the URL's path."""
        return str(self.request.path_params[name])

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A `true`/`false` parameter of the URL; raises 400 for anything else."""
        text = self.request.query_params.get(name)
        if text is None:
            return default
        if text not in _FLAGS:
            raise plain_fault(400, f'Parameter "{name}" must be true or false')
        return _FLAGS[text]

    async def body(self, *, limit: int = MAX_BODY_BYTES) -> bytes:
        """The body; raises 413 as soon as it is longer than `limit` bytes."""
        pieces: list[bytes] = []
        size = 0
        async for piece in self.request.stream():
            size += len(piece)
            if size > limit:
                raise plain_fault(413, f"Request body is larger than {limit} bytes")
            pieces.append(piece)
        return b"".join(pieces)

    async def json_object(self, *, limit: int = MAX_BODY_BYTES) -> dict[str, Any]:
        """The body as a JSON object; raises 400 when it is not one."""
        try:
            value = orjson.loads(await self.body(limit=limit))
        except orjson.JSONDecodeError as fault:
            raise plain_fault(400, f"Invalid JSON in request body: {fault}") from fault
        if not isinstance(value, dict):
            raise plain_fault(400, "The request body must be a JSON object")
        return value


def _read_version(text: str) -> str:
    """A date that compares with others; `v1` is older than all of them and `vX` newer."""
    found = _VERSION.fullmatch(text)
    if found is None:
        raise plain_fault(400, f'Invalid API version "{text}": use v1, vX or vYYYY-MM-DD')
    return found[1] or ("0000-00-00" if text == "v1" else "9999-99-99")


def json_response(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(orjson.dumps(value), status, dict(headers or {}), media_type="application/json")


def url_params(parameters: Mapping[str, str]) -> dict[str, Any]:
    """The `$name` parameters of a URL, each of them JSON; raises 400 for one that is not."""
    params: dict[str, Any] = {}
    for name, text in parameters.items():
        if name.startswith("$"):
            try:
                params[name[1:]] = orjson.loads(text)
            except orjson.JSONDecodeError as fault:
                raise plain_fault(400, f'Parameter "{name}" is not valid JSON: {fault}') from fault
    return params
