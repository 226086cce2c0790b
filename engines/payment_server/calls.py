"""One API call: its parameters and identity, and what its handler may do to the store."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from engines.payment_server.forms import Params
from engines.payment_server.problems import invalid, missing
from engines.payment_server.store import Json, Store, new_id

API_VERSION = "2026-10-28.endive"
MOST_PER_PAGE = 100
USUAL_PER_PAGE = 10
DEEPEST_EXPANSION = 4


@dataclass(slots=True, kw_only=True)
class Call:
    """Handlers read `params` and `ids`, write through `save`, and tell the world through `emit`."""

    store: Store
    params: Params
    ids: tuple[str, ...]
    base_url: str
    path: str = ""
    request_id: str = ""
    idempotency_key: str | None = None
    now: int = field(default_factory=lambda: int(time.time()))
    announce: Callable[[Json], None] = lambda _event: None

    def new(self, kind: str, prefix: str, /, fields: Json) -> Json:
        """A fresh object of that kind with the fields every object has; not saved yet."""
        return {"id": new_id(prefix), "object": kind, "created": self.now, "livemode": False, **fields}

    def save(self, body: Json, *, owner: str | None = None) -> Json:
        """Write an object and give it back."""
        self.store.put(body, owner=owner)
        return body

    def load(self, kind: str, object_id: str, *, param: str = "id") -> Json:
        """An object that must exist; raises the 404 of Stripe, or a 400 where a parameter names it."""
        found = self.store.get(kind, object_id)
        if found is None or found.get("deleted"):
            problem = missing(kind, object_id, param=param)
            problem.status = 404 if param == "id" else 400
            raise problem
        return found

    def emit(self, kind: str, body: Json, *, previous: Json | None = None) -> None:
        """Record an event in the same transaction; its deliveries begin after the commit."""
        data: Json = {"object": public(body)}
        if previous is not None:
            data["previous_attributes"] = previous
        event = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now,
            "data": data,
            "livemode": False,
            "pending_webhooks": 0,
            "request": {"id": self.request_id, "idempotency_key": self.idempotency_key},
            "type": kind,
        }
        self.store.put(event)
        self.announce(event)

    def page(self, kind: str, *, owner: str | None = None, keep: Callable[[Json], bool] = lambda _body: True) -> Json:
        """One page, newest first, by `limit`, `starting_after`, `ending_before` and `created`."""
        limit = self.params.integer("limit", least=1, most=MOST_PER_PAGE) or USUAL_PER_PAGE
        before = self._position("starting_after", kind)
        after = self._position("ending_before", kind)
        is_in_time = self._time_filter()
        self.params.finish()
        found: list[Json] = []
        for body in self.store.window(kind, owner, before=before, after=after):
            if not body.get("deleted") and is_in_time(body["created"]) and keep(body):
                found.append(body)
            if len(found) > limit:
                break
        shown = found[:limit] if after is None else found[:limit][::-1]
        return {"object": "list", "url": self.path, "has_more": len(found) > limit, "data": shown}

    def _position(self, name: str, kind: str) -> int | None:
        cursor = self.params.text(name)
        if cursor is None:
            return None
        position = self.store.position(cursor)
        if position is None:
            raise missing(kind, cursor, param=name)
        return position

    def _time_filter(self) -> Callable[[int], bool]:
        """The `created` parameter: a moment, or bounds named gt, gte, lt, lte."""
        given = self.params.any("created")
        bounds = given if isinstance(given, dict) else {} if given is None else {"gte": given, "lte": given}
        if set(bounds) - {"gt", "gte", "lt", "lte"} or not all(str(bound).isdecimal() for bound in bounds.values()):
            raise invalid("Invalid created: use a time or gt, gte, lt, lte.", param="created")
        least = max([int(bounds.get("gte", 0)), int(bounds.get("gt", -1)) + 1])
        most = min([int(bounds.get("lte", 10**12)), int(bounds.get("lt", 10**12)) - 1])
        return lambda created: least <= created <= most


def public(body: Any) -> Any:
    """An object as clients see it: names that begin with an underscore are our own notes."""
    if isinstance(body, dict):
        return {name: public(value) for name, value in body.items() if not name.startswith("_")}
    return [public(value) for value in body] if isinstance(body, list) else body


def expand(store: Store, body: Json, paths: list[str]) -> Json:
    """Replace ids by the objects they name, along paths such as `latest_charge.balance_transaction`."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEEPEST_EXPANSION:
            raise invalid(f"You cannot expand more than {DEEPEST_EXPANSION} levels of a property.", param="expand")
        _expand_along(store, body, steps, path)
    return body


def _expand_along(store: Store, body: Json, steps: list[str], path: str) -> None:
    name, *rest = steps
    value = body.get(name)
    if isinstance(value, str):
        found = store.find(value)
        if found is None:
            raise invalid(f"This property cannot be expanded ({path}).", param="expand")
        value = body[name] = found
    elif name not in body or isinstance(value, bool | int):
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    if rest:
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                _expand_along(store, part, rest, path)
