"""The HTTP client of the search server (Meilisearch's API): batched searches on the request path, writes in jobs."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from datasources.guards import Guard

Json = Any

_READ_SECONDS = 0.5
_WRITE_SECONDS = 5.0
_POLL_SECONDS = 0.02
_SLOWEST_POLL_SECONDS = 0.5
MOST_QUERIES = 50
"""Searches in one multi-search; more go in further calls."""


class SearchRejectedError(Exception):
    """The search server understood the call and refused it: a bug of ours, or an index that is not set up."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code


class SearchTaskError(Exception):
    """A write was accepted and then failed, or was not done in time; the job that asked for it is to be retried."""


class _NotAnsweredError(Exception):
    """A 429 or 5xx: the server did not do what was asked."""


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """Where the search server is, and the total time a read may take."""

    base_url: str
    key: str = ""
    read_seconds: float = _READ_SECONDS


class SearchClient:
    """One search server. Its faults become ``UpstreamUnavailableError``, its refusals ``SearchRejectedError``."""

    def __init__(self, options: SearchOptions) -> None:
        self._http = httpx.AsyncClient(
            base_url=options.base_url.rstrip("/"),
            headers={"Authorization": f"Bearer {options.key}"} if options.key else {},
            timeout=httpx.Timeout(_WRITE_SECONDS),
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=16),
        )
        self.guard = Guard(
            "search",
            budget_seconds=options.read_seconds,
            concurrency=32,
            faults=(httpx.TransportError, _NotAnsweredError),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def is_healthy(self) -> bool:
        """Whether the server answers searches."""
        answer = await self._call("health", "GET", "/health")
        return bool(answer.get("status") == "available")

    async def multi_search(self, queries: Sequence[Mapping[str, Json]]) -> list[Json]:
        """The answers to searches, aligned; each query names its ``indexUid``. One round trip for up to 50."""
        results: list[Json] = []
        for start in range(0, len(queries), MOST_QUERIES):
            body = {"queries": queries[start : start + MOST_QUERIES]}
            results += (await self._call("multi_search", "POST", "/multi-search", body))["results"]
        return results

    async def facet_search(self, index: str, parameters: Mapping[str, Json]) -> list[Json]:
        """The values of one facet that fit a text, with counts."""
        answer = await self._call("facet_search", "POST", f"{_path(index)}/facet-search", parameters)
        hits: list[Json] = answer["facetHits"]
        return hits

    async def fetch_documents(self, index: str, parameters: Mapping[str, Json]) -> list[Json]:
        """Stored documents by filter, with the asked fields; read before writing, so with the time of a write."""
        path = f"{_path(index)}/documents/fetch"
        answer = await self._call("fetch", "POST", path, parameters, budget_seconds=_WRITE_SECONDS)
        results: list[Json] = answer["results"]
        return results

    async def put_documents(self, index: str, documents: Sequence[Mapping[str, Json]]) -> int:
        """Enqueue the addition or replacement of documents; the uid of the task."""
        path = f"{_path(index)}/documents?primaryKey=id"
        answer = await self._call("put", "POST", path, documents, budget_seconds=_WRITE_SECONDS)
        return int(answer["taskUid"])

    async def delete_documents(self, index: str, ids: Sequence[str]) -> int:
        """Enqueue the removal of documents by id; the uid of the task."""
        path = f"{_path(index)}/documents/delete-batch"
        answer = await self._call("delete", "POST", path, ids, budget_seconds=_WRITE_SECONDS)
        return int(answer["taskUid"])

    async def wait_for(self, task_uid: int, *, seconds: float) -> None:
        """Return when a task has succeeded.

        Raises:
            SearchTaskError: it failed, was canceled, or is not done in time.
        """
        pause = _POLL_SECONDS
        try:
            async with asyncio.timeout(seconds):
                while True:
                    task = await self._call("task", "GET", f"/tasks/{task_uid}", budget_seconds=_WRITE_SECONDS)
                    if task["status"] == "succeeded":
                        return
                    if task["status"] in {"failed", "canceled"}:
                        raise SearchTaskError(f"Search task {task_uid} {task['status']}: {task['error']}")
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, _SLOWEST_POLL_SECONDS)
        except TimeoutError as fault:
            raise SearchTaskError(f"Search task {task_uid} was not done within {seconds:g} s.") from fault

    async def _call(
        self, operation: str, method: str, path: str, body: Json = None, *, budget_seconds: float | None = None
    ) -> Json:
        async def work() -> Json:
            content = None if body is None else orjson.dumps(body)
            headers = {} if content is None else {"Content-Type": "application/json"}
            response = await self._http.request(method, path, content=content, headers=headers)
            return _read(response)

        return await self.guard.call(operation, work, budget_seconds=budget_seconds)


def _path(index: str) -> str:
    return f"/indexes/{quote(index, safe='')}"


def _read(response: httpx.Response) -> Json:
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
        raise _NotAnsweredError(f"{response.status_code}")
    try:
        answer = orjson.loads(response.content)
    except orjson.JSONDecodeError as fault:
        raise _NotAnsweredError("The answer is not JSON.") from fault
    if response.is_success:
        return answer
    problem = answer if isinstance(answer, dict) else {}
    raise SearchRejectedError(response.status_code, str(problem.get("code", "")), str(problem.get("message", "")))
