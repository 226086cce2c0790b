"""The webhooks of a project: those of a configuration file, and those made through Sanity's management API."""

import os
import secrets
import threading
from pathlib import Path
from typing import Any

import orjson
from starlette.responses import Response

from engines.content_lake.access import require_administrator
from engines.content_lake.calls import Call, json_response
from engines.content_lake.faults import plain_fault
from engines.content_lake.webhook_rules import Webhook, WebhookConfigError, describe_webhook, read_webhook

MAX_WEBHOOKS = 50


class WebhookRegistry:
    """Webhooks by id. Those made through the API are kept in the data folder."""

    def __init__(self, data_dir: Path, configured: Path | None = None) -> None:
        self._path = data_dir / "webhooks.json"
        self._lock = threading.Lock()
        self._made = {one.webhook_id: one for one in _load(self._path)} if self._path.exists() else {}
        self._configured = {one.webhook_id: one for one in _load(configured)} if configured else {}

    def webhooks(self) -> list[Webhook]:
        """All of them; a configured one replaces a made one of the same id."""
        return list({**self._made, **self._configured}.values())

    def find(self, webhook_id: str) -> Webhook | None:
        """The webhook of that id."""
        return self._configured.get(webhook_id) or self._made.get(webhook_id)

    def put(self, webhook: Webhook) -> None:
        """Adds or replaces a webhook; durable when this returns."""
        with self._lock:
            self._write({**self._made, webhook.webhook_id: webhook})

    def remove(self, webhook_id: str) -> None:
        """Forgets a webhook; what it is still owed is dropped."""
        with self._lock:
            self._write({key: one for key, one in self._made.items() if key != webhook_id})

    def _write(self, made: dict[str, Webhook]) -> None:
        if len(made) > MAX_WEBHOOKS:
            raise plain_fault(403, f"A project may have at most {MAX_WEBHOOKS} webhooks")
        temporary = self._path.with_suffix(".tmp")
        with temporary.open("wb") as file:
            file.write(orjson.dumps([describe_webhook(one) for one in made.values()]))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
        self._made = made


def _load(path: Path) -> list[Webhook]:
    try:
        entries = orjson.loads(path.read_bytes())
    except OSError as fault:
        raise WebhookConfigError(f"The webhooks file {path} cannot be read: {fault.strerror}") from fault
    except orjson.JSONDecodeError as fault:
        raise WebhookConfigError(f"The webhooks file {path} is not JSON: {fault}") from fault
    if not isinstance(entries, list):
        raise WebhookConfigError(f"The webhooks file {path} must hold a JSON array")
    webhooks = []
    for number, entry in enumerate(entries, start=1):
        try:
            webhooks.append(read_webhook(entry))
        except WebhookConfigError as fault:
            raise WebhookConfigError(f"Webhook {number} of {path}: {fault}") from fault
    return webhooks


class WebhookEndpoints:
    """`/hooks/projects/<project>` of the management API, for administrators."""

    def __init__(self, registry: WebhookRegistry) -> None:
        self._registry = registry

    async def every(self, call: Call) -> Response:
        """GET: all webhooks."""
        require_administrator(call.caller)
        return json_response([describe_webhook(one) for one in self._registry.webhooks()])

    async def make(self, call: Call) -> Response:
        """POST: a new webhook."""
        require_administrator(call.caller)
        webhook = _read(await call.json_object(), secrets.token_hex(8))
        await call.lake.in_writer(self._registry.put, webhook)
        return json_response(describe_webhook(webhook), status=201)

    async def change(self, call: Call) -> Response:
        """PATCH: replaces the members that are given."""
        require_administrator(call.caller)
        known = self._find(call)
        webhook = _read({**describe_webhook(known), **await call.json_object()}, known.webhook_id)
        await call.lake.in_writer(self._registry.put, webhook)
        return json_response(describe_webhook(webhook))

    async def remove(self, call: Call) -> Response:
        """DELETE: forgets a webhook."""
        require_administrator(call.caller)
        known = self._find(call)
        await call.lake.in_writer(self._registry.remove, known.webhook_id)
        return json_response({"id": known.webhook_id})

    def _find(self, call: Call) -> Webhook:
        webhook = self._registry.find(call.path("hook"))
        if webhook is None:
            raise plain_fault(404, f'Webhook "{call.path("hook")}" not found')
        return webhook


def _read(entry: dict[str, Any], webhook_id: str) -> Webhook:
    try:
        return read_webhook(entry, webhook_id=webhook_id)
    except WebhookConfigError as fault:
        raise plain_fault(400, str(fault)) from fault
