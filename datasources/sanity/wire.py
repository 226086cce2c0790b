"""Calls to the content store over HTTP: where they go, how long they may take, and when they are repeated."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from datasources.guards import Guard, request_deadline
from datasources.sanity.pacing import Pace

SYSTEM = "sanity"
WRITE_SECONDS = 4.0
UPLOAD_SECONDS = 20.0
_READ_SECONDS = 0.8
_LONGEST_GET = 8_000
"""Sanity takes about 11 kB in a URL; longer queries are posted."""
_MOST_TRIES = 3
_WORTH_REPEATING = frozenset({429, 502, 503})
_FIRST_PAUSE_SECONDS = 0.05
_JSON_TYPE = {"content-type": "application/json"}

Send = Callable[[], Awaitable[httpx.Response]]


class ContentRejectedError(Exception):
    """The content store understood the call and refused it; a bug of ours or a conflict."""

    def __init__(self, status: int, kind: str, description: str) -> None:
        super().__init__(f"{status} {kind}: {description}")
        self.status = status
        self.kind = kind

    @property
    def is_conflict(self) -> bool:
        """Whether another write came first (revision or existence conflict)."""
        return self.status == httpx.codes.CONFLICT


class NotAnsweredError(Exception):
    """A 429 or 5xx: the store did not do what was asked."""


@dataclass(frozen=True, slots=True)
class SanityOptions:
    """Where the dataset lives. `base_url` is the API host with no path; an empty `cdn_url` means the API as well."""

    base_url: str
    project: str
    dataset: str
    api_version: str
    token: str
    read_seconds: float = _READ_SECONDS
    cdn_url: str = ""
    listing_seconds: float = 0.0
    """How long published listings are kept, other kinds in proportion; 0 keeps nothing."""
    has_replica: bool = False
    """Whether pages are answered by a copy of the published documents in this process."""


class RetryAllowance:
    """Lets one read in ten be repeated, so that retries never multiply the load on a system that is struggling."""

    def __init__(self, *, share: float = 0.1, most: float = 10.0) -> None:
        self._share = share
        self._most = most
        self._left = most

    def earn(self) -> None:
        """Count a read."""
        self._left = min(self._most, self._left + self._share)

    def take(self) -> bool:
        """Whether a repetition is allowed now; it is counted."""
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Wire:
    """The connections to the API and to the CDN behind one guard."""

    def __init__(self, options: SanityOptions) -> None:
        self._read_seconds = options.read_seconds
        self._api = _http(options, options.base_url)
        self._cdn = _http(options, options.cdn_url) if options.cdn_url else self._api
        self._retries = RetryAllowance()
        self._writes, self._uploads = Pace(SYSTEM), Pace(SYSTEM)
        self.guard = Guard(
            SYSTEM, budget_seconds=options.read_seconds, concurrency=32, faults=(httpx.TransportError, NotAnsweredError)
        )

    @property
    def streams(self) -> httpx.AsyncClient:
        """The connection for event streams and exports, which outlive every budget."""
        return self._api

    async def ask(
        self, path: str, question: Mapping[str, str], body: Mapping[str, Any], *, tag: str, from_cdn: bool
    ) -> tuple[Any, int]:
        """The reply to a query and its size: a GET while that fits a URL, else a POST of `body` with the options."""
        http = self._cdn if from_cdn else self._api
        options = {name: value for name, value in question.items() if name != "query" and not name.startswith("$")}
        encoded = str(httpx.QueryParams(question))
        if len(encoded) < _LONGEST_GET:
            return await self._read(tag, lambda: http.get(f"{path}?{encoded}"))
        content = orjson.dumps(body)
        return await self._read(tag, lambda: http.post(path, params=options, content=content, headers=_JSON_TYPE))

    async def get(self, path: str, params: Mapping[str, str], *, tag: str) -> Any:
        """The reply of the API to a GET."""
        return (await self._read(tag, lambda: self._api.get(path, params=params)))[0]

    async def _read(self, tag: str, send: Send) -> tuple[Any, int]:
        ends_at = _end(self._read_seconds)

        async def run() -> tuple[Any, int]:
            reply = await self._repeated(send, ends_at)
            return body_of(reply), len(reply.content)

        return await self.guard.call(tag, run)

    async def _repeated(self, send: Send, ends_at: float) -> httpx.Response:
        loop = asyncio.get_running_loop()
        self._retries.earn()
        for attempt in range(_MOST_TRIES - 1):
            reply = await send()
            if reply.status_code not in _WORTH_REPEATING:
                return reply
            pause = pause_before_retry(reply, attempt)
            if loop.time() + pause >= ends_at or not self._retries.take():
                return reply
            await asyncio.sleep(pause)
        return await send()

    async def write(self, path: str, content: bytes, params: Mapping[str, str], *, tag: str) -> Any:
        """The reply to a write, sent once and in its turn."""
        await self._writes.turn(until=_end(WRITE_SECONDS))

        async def run() -> Any:
            return body_of(await self._api.post(path, content=content, params=params, headers=_JSON_TYPE))

        return await self.guard.call(tag, run, budget_seconds=WRITE_SECONDS)

    async def upload(self, path: str, content: bytes, params: Mapping[str, str], *, kind: str) -> Any:
        """The reply to an upload of bytes of a media type."""
        await self._uploads.turn(until=_end(UPLOAD_SECONDS))

        async def run() -> Any:
            headers = {"content-type": kind}
            return body_of(await self._api.post(path, params=params, content=content, headers=headers))

        return await self.guard.call("assets.upload", run, budget_seconds=UPLOAD_SECONDS)

    async def manage(self, method: str, path: str, body: Any) -> Any:
        """The reply of the management API."""

        async def run() -> Any:
            content = orjson.dumps(body) if body is not None else None
            return body_of(await self._api.request(method, path, content=content, headers=_JSON_TYPE))

        return await self.guard.call("webhooks.manage", run, budget_seconds=WRITE_SECONDS)

    async def close(self) -> None:
        """Close pooled connections."""
        await self._api.aclose()
        await self._cdn.aclose()


def _http(options: SanityOptions, base_url: str) -> httpx.AsyncClient:
    headers = {"X-Sanity-Project-ID": options.project}
    if options.token:
        headers["Authorization"] = f"Bearer {options.token}"
    return httpx.AsyncClient(
        base_url=f"{base_url.rstrip('/')}/v{options.api_version}",
        headers=headers,
        timeout=httpx.Timeout(WRITE_SECONDS),
        limits=httpx.Limits(max_connections=36, max_keepalive_connections=16),
    )


def _end(seconds: float) -> float:
    """The loop's time when a call that begins now must have ended."""
    ends_at = asyncio.get_running_loop().time() + seconds
    deadline = request_deadline.get()
    return ends_at if deadline is None else min(ends_at, deadline)


def pause_before_retry(reply: httpx.Response, attempt: int) -> float:
    """Seconds: what the store asks for and up to a quarter more, or a growing pause give or take a half."""
    asked = reply.headers.get("retry-after", "")
    if asked.isdigit():
        return int(asked) * random.uniform(1.0, 1.25)  # noqa: S311 - jitter, not a secret
    usual: float = _FIRST_PAUSE_SECONDS * 2**attempt
    return random.uniform(0.5, 1.5) * usual  # noqa: S311 - jitter, not a secret


def body_of(reply: httpx.Response) -> Any:
    """The JSON of a reply; what the store refused raises ContentRejectedError."""
    if reply.status_code == httpx.codes.TOO_MANY_REQUESTS or reply.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise NotAnsweredError(str(reply.status_code))
    try:
        body = orjson.loads(reply.content)
    except orjson.JSONDecodeError:
        raise NotAnsweredError("the reply is not JSON") from None
    if reply.is_success:
        return body
    error = body.get("error", body) if isinstance(body, dict) else {}
    if isinstance(error, str):
        raise ContentRejectedError(reply.status_code, error, str(body.get("message", "")))
    raise ContentRejectedError(reply.status_code, str(error.get("type", "")), str(error.get("description", "")))
