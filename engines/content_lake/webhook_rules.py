"""GROQ-powered webhooks as configured: when one fires, what it sends, and how the call is signed."""

import base64
import hashlib
import hmac
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from engines.content_lake.datasets import LiveDataset
from engines.content_lake.overlays import OverlaidDataset
from engines.content_lake.perspectives import PUBLISHED, Perspective, is_version_id
from engines.content_lake.records import Change, Delivery, Transaction, precise_timestamp
from engines.content_lake.syntax import contains
from engines.groq import GroqError, Query, evaluate, parse
from engines.groq.nodes import Everything, Program
from engines.groq.steps import Dereference

_LOGGER = logging.getLogger(__name__)

OPERATIONS = ("create", "update", "delete")
METHODS = ("POST", "PUT", "PATCH", "DELETE", "GET")
MAX_HEADERS = 20


class WebhookConfigError(ValueError):
    """A webhook is described in a way that cannot work; the text says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One configured webhook. `dataset` may be `*`."""

    webhook_id: str
    name: str
    url: str
    dataset: str = "*"
    operations: tuple[str, ...] = OPERATIONS
    filter_text: str = ""
    projection_text: str = ""
    secret: str = ""
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    has_drafts: bool = False
    has_versions: bool = False
    is_disabled: bool = False
    filter: Query | None = None
    projection: Query | None = None


def read_webhook(entry: object, *, webhook_id: str | None = None) -> Webhook:
    """A webhook from the JSON of Sanity's own management API, or with the rule's members at the top level."""
    if not isinstance(entry, dict):
        raise WebhookConfigError("A webhook is described by a JSON object")
    rule = entry.get("rule", entry)
    if not isinstance(rule, dict):
        raise WebhookConfigError('"rule" must be an object')
    url = _text(entry, "url")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise WebhookConfigError(f'"url" must be an http or https address, not "{url}"')
    operations = rule.get("on", list(OPERATIONS))
    if not isinstance(operations, list) or not operations or not set(operations) <= set(OPERATIONS):
        raise WebhookConfigError('"on" must list some of create, update and delete')
    headers = entry.get("headers", {})
    if not isinstance(headers, dict) or len(headers) > MAX_HEADERS:
        raise WebhookConfigError(f'"headers" must be an object of at most {MAX_HEADERS} entries')
    method = _text(entry, "httpMethod", "POST").upper()
    if method not in METHODS:
        raise WebhookConfigError(f'"httpMethod" must be one of {", ".join(METHODS)}')
    name = _text(entry, "name", url)
    filter_text, projection_text = _text(rule, "filter"), _text(rule, "projection")
    return Webhook(
        webhook_id=webhook_id or _text(entry, "id") or _stable_id(name, url),
        name=name,
        url=url,
        dataset=_text(entry, "dataset", "*"),
        operations=tuple(operations),
        filter_text=filter_text,
        projection_text=projection_text,
        secret=_text(entry, "secret"),
        method=method,
        headers={str(key).lower(): str(value) for key, value in headers.items()},
        has_drafts=entry.get("includeDrafts") is True,
        has_versions=entry.get("includeAllVersions") is True,
        is_disabled=entry.get("isDisabledByUser") is True,
        filter=_parsed(filter_text, "filter"),
        projection=_parsed(projection_text, "projection"),
    )


def describe_webhook(webhook: Webhook) -> dict[str, Any]:
    """The JSON that `read_webhook` reads."""
    return {
        "id": webhook.webhook_id,
        "type": "document",
        "name": webhook.name,
        "url": webhook.url,
        "dataset": webhook.dataset,
        "rule": {
            "on": list(webhook.operations),
            "filter": webhook.filter_text,
            "projection": webhook.projection_text,
        },
        "secret": webhook.secret,
        "httpMethod": webhook.method,
        "headers": dict(webhook.headers),
        "includeDrafts": webhook.has_drafts,
        "includeAllVersions": webhook.has_versions,
        "isDisabledByUser": webhook.is_disabled,
    }


def _text(entry: Mapping[str, object], name: str, default: str = "") -> str:
    value = entry.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise WebhookConfigError(f'"{name}" must be a string')
    return value


def _stable_id(name: str, url: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{name} {url}").hex[:16]


def _parsed(text: str, name: str) -> Query | None:
    if not text.strip():
        return None
    try:
        query = parse(text, mode="delta")
    except GroqError as fault:
        raise WebhookConfigError(f'"{name}" is not valid GROQ: {fault}') from fault
    if contains(query.program, Everything):
        raise WebhookConfigError(f'"{name}" must not contain a sub-query: it sees one document')
    return query


def deliveries_of(webhook: Webhook, dataset: LiveDataset, transaction: Transaction, *, project: str) -> list[Delivery]:
    """The calls that a transaction owes to a webhook, one for each document it matches."""
    if webhook.is_disabled or webhook.dataset not in ("*", dataset.name):
        return []
    owed = []
    for change in transaction.changes:
        if change.operation in webhook.operations and _covers(webhook, change.document_id):
            body = _payload(webhook, dataset, transaction, change)
            if body is not None:
                owed.append(_delivery(webhook, dataset.name, transaction, change, body, project))
    return owed


def _covers(webhook: Webhook, document_id: str) -> bool:
    if document_id.startswith("drafts."):
        return webhook.has_drafts or webhook.has_versions
    return not document_id.startswith("_.") and (webhook.has_versions or not is_version_id(document_id))


def _payload(webhook: Webhook, dataset: LiveDataset, transaction: Transaction, change: Change) -> bytes | None:
    """What to send about a change, or None when the filter does not hold for it or cannot be evaluated."""
    try:
        if webhook.filter is not None and _ask(webhook.filter, dataset, transaction, change) is not True:
            return None
        if webhook.projection is None:
            return orjson.dumps(change.after if change.after is not None else change.before)
        return orjson.dumps(_ask(webhook.projection, dataset, transaction, change))
    except GroqError as fault:
        _LOGGER.warning("Webhook %s says nothing about %s: %s", webhook.name, change.document_id, fault)
        return None


def _ask(query: Query, dataset: LiveDataset, transaction: Transaction, change: Change) -> object:
    subject = change.after if change.after is not None else change.before
    if not _follows_references(query.program):
        return evaluate(query, [], {}, root=subject, before=change.before, after=change.after)
    with dataset.reading(Perspective(PUBLISHED)) as documents:
        overlaid = OverlaidDataset(documents, transaction.changes)
        return evaluate(query, overlaid, {}, root=subject, before=change.before, after=change.after)


def _follows_references(program: Program) -> bool:
    return contains(program, Dereference)


def _delivery(
    webhook: Webhook, dataset_name: str, transaction: Transaction, change: Change, body: bytes, project: str
) -> Delivery:
    key = f"{webhook.webhook_id} {transaction.transaction_id} {change.document_id}"
    at = transaction.at.timestamp()
    headers = {
        "content-type": "application/json",
        "idempotency-key": hashlib.sha256(key.encode()).hexdigest()[:32],
        "sanity-transaction-id": transaction.transaction_id,
        "sanity-transaction-time": precise_timestamp(transaction.at),
        "sanity-dataset": dataset_name,
        "sanity-document-id": change.document_id,
        "sanity-project-id": project,
        "sanity-webhook-id": webhook.webhook_id,
        "sanity-operation": change.operation,
    }
    return Delivery(
        webhook_id=webhook.webhook_id,
        idempotency_key=headers["idempotency-key"],
        headers=headers,
        body=body,
        due_at=at,
        created_at=at,
    )


def sign(secret: str, body: bytes, milliseconds: int) -> str:
    """The value of `sanity-webhook-signature`: HMAC-SHA256 over `<ms>.<body>` as base64url without padding."""
    digest = hmac.new(secret.encode(), b"%d." % milliseconds + body, hashlib.sha256).digest()
    return f"t={milliseconds},v1={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
