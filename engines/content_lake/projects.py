"""The project around the datasets: listing and creating them, the caller's own identity, and the CORS probe."""

import re

from starlette.responses import Response

from engines.content_lake.access import require_administrator, require_token
from engines.content_lake.calls import Call, json_response
from engines.content_lake.event_logs import EventLogs
from engines.content_lake.faults import plain_fault

LOOPBACK_ORIGIN = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"


async def datasets(call: Call) -> Response:
    """`GET /datasets`: the datasets of the project."""
    require_token(call.caller)
    return json_response([{"name": name, "aclMode": "public", "tags": []} for name in call.lake.names()])


async def create_dataset(call: Call) -> Response:
    """`PUT /datasets/<name>`: makes an empty dataset; 409 when there is one of that name."""
    require_administrator(call.caller)
    name = call.path("dataset")
    if name in call.lake.names():
        raise plain_fault(409, f'Dataset already exists - Dataset "{name}" already exists')
    await call.lake.new_dataset(name)
    return json_response({"datasetName": name, "aclMode": "public"})


class DatasetRemoval:
    """`DELETE /datasets/<name>`: forgets a dataset, and tells its listeners not to come back."""

    def __init__(self, logs: EventLogs) -> None:
        self._logs = logs

    async def remove(self, call: Call) -> Response:
        """Answers `{deleted: true}`."""
        require_administrator(call.caller)
        name = call.path("dataset")
        await call.lake.remove_dataset(name)
        self._logs.end(name)
        return json_response({"deleted": True})


async def me(call: Call) -> Response:
    """`GET /users/me`: who the token belongs to."""
    require_token(call.caller)
    role = call.caller.role or ""
    roles = [{"name": role, "title": role.capitalize()}]
    return json_response({"id": call.caller.identity, "name": call.caller.identity, "role": role, "roles": roles})


async def check_cors(call: Call) -> Response:
    """`GET /check/cors`: whether the page that asks may call, and with credentials."""
    origin = call.request.headers.get("origin", "")
    is_allowed = not origin or is_allowed_origin(origin)
    return json_response({"result": {"allowed": is_allowed, "withCredentials": is_allowed}})


def is_allowed_origin(origin: str) -> bool:
    """Whether a page of this origin may call the lake with credentials: pages of this machine only."""
    return re.fullmatch(LOOPBACK_ORIGIN, origin) is not None
