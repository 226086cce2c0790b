"""Routes about indexes and their settings."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engines.search_server.answers import answer, count_from, enqueued, json_of, state_of
from engines.search_server.catalog import demand_uid
from engines.search_server.problems import ApiError
from engines.search_server.settings import KEY_BY_ROUTE, MERGED_KEYS, default_settings, updated

MOST_INDEXES = 1_000


async def list_indexes(request: Request) -> Response:
    """Indexes by uid."""
    offset = count_from(request.query_params, "offset", 0, code="invalid_index_offset")
    limit = min(count_from(request.query_params, "limit", 20, code="invalid_index_limit"), MOST_INDEXES)
    indexes = [index for _, index in sorted(state_of(request).catalog.indexes.items())]
    shown = [index.view() for index in indexes[offset : offset + limit]]
    return answer({"results": shown, "offset": offset, "limit": limit, "total": len(indexes)})


async def create_index(request: Request) -> Response:
    """Enqueue the creation of an index."""
    body = await json_of(request)
    if not isinstance(body, dict) or "uid" not in body:
        raise ApiError("missing_index_uid", "Missing field `uid`.")
    uid = demand_uid(body["uid"])
    primary_key = _primary_key(body)
    details = {"primaryKey": primary_key}
    return await enqueued(request, "indexCreation", index_uid=uid, payload=details, details=details)


def _primary_key(body: dict[str, Any]) -> str | None:
    primary_key = body.get("primaryKey")
    if primary_key is not None and not isinstance(primary_key, str):
        raise ApiError("invalid_index_primary_key", "Invalid value type at `.primaryKey`: expected a string.")
    return primary_key


async def get_index(request: Request) -> Response:
    """One index."""
    return answer(state_of(request).catalog.index(request.path_params["index"]).view())


async def update_index(request: Request) -> Response:
    """Enqueue a new primary key or a new uid."""
    uid = demand_uid(request.path_params["index"])
    body = await json_of(request)
    if not isinstance(body, dict):
        raise ApiError("bad_request", "The body must be a JSON object.")
    payload: dict[str, Any] = {"primaryKey": _primary_key(body)}
    if body.get("uid") is not None:
        payload["uid"] = demand_uid(body["uid"])
    return await enqueued(request, "indexUpdate", index_uid=uid, payload=payload, details=payload)


async def delete_index(request: Request) -> Response:
    """Enqueue the deletion of an index."""
    uid = demand_uid(request.path_params["index"])
    return await enqueued(request, "indexDeletion", index_uid=uid, payload={}, details={"deletedDocuments": None})


async def index_stats(request: Request) -> Response:
    """The size of one index."""
    state = state_of(request)
    index = state.catalog.index(request.path_params["index"])
    return answer(index.stats(is_indexing=state.worker.busy_with == index.uid))


async def swap_indexes(request: Request) -> Response:
    """Enqueue the exchange of indexes, all pairs at once."""
    body = await json_of(request)
    pairs = [swap.get("indexes") if isinstance(swap, dict) else None for swap in body] if isinstance(body, list) else []
    if not isinstance(body, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise ApiError("invalid_swap_indexes", "Two indexes must be given for each swap, as an array of two uids.")
    uids = [demand_uid(uid) for pair in pairs for uid in pair or ()]
    if len(set(uids)) < len(uids):
        raise ApiError("invalid_swap_duplicate_index_found", "An index may be part of one swap only.")
    swaps = {"swaps": [{"indexes": pair} for pair in pairs]}
    return await enqueued(request, "indexSwap", index_uid=None, payload=swaps, details=swaps)


async def get_settings(request: Request) -> Response:
    """All settings of an index."""
    return answer(state_of(request).catalog.index(request.path_params["index"]).settings)


async def update_settings(request: Request) -> Response:
    """Enqueue a partial change of the settings."""
    return await _change(request, await json_of(request))


async def reset_settings(request: Request) -> Response:
    """Enqueue the return of all settings to their defaults."""
    return await _change(request, dict.fromkeys(default_settings()))


async def get_setting(request: Request) -> Response:
    """One setting."""
    return answer(state_of(request).catalog.index(request.path_params["index"]).settings[_key(request)])


async def update_setting(request: Request) -> Response:
    """Enqueue a change of one setting: PUT replaces, PATCH merges."""
    key = _key(request)
    if (request.method == "PATCH") != (key in MERGED_KEYS):
        raise ApiError("method_not_allowed", f"`{request.method}` is not possible for the setting `{key}`.")
    return await _change(request, {key: await json_of(request)})


async def reset_setting(request: Request) -> Response:
    """Enqueue the return of one setting to its default."""
    return await _change(request, {_key(request): None})


def _key(request: Request) -> str:
    key = KEY_BY_ROUTE.get(request.path_params["setting"])
    if key is None:
        raise ApiError("not_found", f"There is no setting `{request.path_params['setting']}`.")
    return key


async def _change(request: Request, change: object) -> Response:
    uid = demand_uid(request.path_params["index"])
    updated(default_settings(), change)  # refuses what is ill-formed before anything is stored
    return await enqueued(
        request,
        "settingsUpdate",
        index_uid=uid,
        payload={"settings": change},
        details=change if isinstance(change, dict) else {},
    )


ROUTES = [
    Route("/indexes", list_indexes, methods=["GET"]),
    Route("/indexes", create_index, methods=["POST"]),
    Route("/indexes/{index}", get_index, methods=["GET"]),
    Route("/indexes/{index}", update_index, methods=["PATCH"]),
    Route("/indexes/{index}", delete_index, methods=["DELETE"]),
    Route("/indexes/{index}/stats", index_stats, methods=["GET"]),
    Route("/swap-indexes", swap_indexes, methods=["POST"]),
    Route("/indexes/{index}/settings", get_settings, methods=["GET"]),
    Route("/indexes/{index}/settings", update_settings, methods=["PATCH"]),
    Route("/indexes/{index}/settings", reset_settings, methods=["DELETE"]),
    Route("/indexes/{index}/settings/{setting}", get_setting, methods=["GET"]),
    Route("/indexes/{index}/settings/{setting}", update_setting, methods=["PUT", "PATCH"]),
    Route("/indexes/{index}/settings/{setting}", reset_setting, methods=["DELETE"]),
]
