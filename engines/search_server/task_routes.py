"""Routes about the server itself and its tasks."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engines.search_server import tasks
from engines.search_server.answers import answer, count_from, enqueued, state_of
from engines.search_server.problems import ApiError

VERSION = "1.15.0"  # the release of the API that these routes follow
MOST_TASKS = 1_000


async def health(_request: Request) -> Response:
    """Whether searches are answered."""
    return answer({"status": "available"})


async def version(_request: Request) -> Response:
    """What this server is."""
    return answer({"commitSha": "local", "commitDate": "local", "pkgVersion": VERSION})


async def stats(request: Request) -> Response:
    """The size of every index."""
    state = state_of(request)
    indexes = sorted(state.catalog.indexes.items())
    busy = state.worker.busy_with
    return answer(
        {
            "databaseSize": state.store.size(),
            "usedDatabaseSize": state.store.size(),
            "lastUpdate": max((index.updated_at for _, index in indexes), default=None),
            "indexes": {uid: index.stats(is_indexing=busy == uid) for uid, index in indexes},
        }
    )


async def list_tasks(request: Request) -> Response:
    """Tasks by filter, newest first."""
    parameters = request.query_params
    limit = min(count_from(parameters, "limit", 20, code="invalid_task_limit"), MOST_TASKS)
    before = count_from(parameters, "from", -1, code="invalid_task_from")
    wanted = tasks.read_task_filter(parameters)
    is_reversed = parameters.get("reverse") == "true"
    return answer(
        tasks.page(
            state_of(request).store,
            wanted,
            limit=limit,
            before=before if before >= 0 else None,
            is_reversed=is_reversed,
        )
    )


async def get_task(request: Request) -> Response:
    """One task."""
    text = request.path_params["uid"]
    if not text.isdigit():
        raise ApiError("invalid_task_uid", f"Task uid `{text}` is invalid. It should only contain numeric characters.")
    return answer(tasks.one(state_of(request).store, min(int(text[:18]), 2**62)))


async def cancel_tasks(request: Request) -> Response:
    """Cancel the enqueued tasks that a filter selects."""
    return await _selected(request, "taskCancelation", {"canceledTasks": None})


async def delete_tasks(request: Request) -> Response:
    """Forget the finished tasks that a filter selects."""
    return await _selected(request, "taskDeletion", {"deletedTasks": None})


async def _selected(request: Request, kind: str, counted: dict[str, None]) -> Response:
    wanted = tasks.read_task_filter(request.query_params)
    if wanted.is_empty:
        raise ApiError("missing_task_filters", "Query parameters to filter the tasks are missing.")
    return await enqueued(
        request,
        kind,
        index_uid=None,
        payload={"condition": wanted.condition, "parameters": wanted.parameters},
        details={"matchedTasks": None, **counted, "originalFilter": f"?{request.url.query}"},
    )


ROUTES = [
    Route("/health", health, methods=["GET"]),
    Route("/version", version, methods=["GET"]),
    Route("/stats", stats, methods=["GET"]),
    Route("/tasks", list_tasks, methods=["GET"]),
    Route("/tasks", delete_tasks, methods=["DELETE"]),
    Route("/tasks/cancel", cancel_tasks, methods=["POST"]),
    Route("/tasks/{uid}", get_task, methods=["GET"]),
]
