"""Publishing: a draft or version takes the place of the published document."""

from typing import Any

from engines.content_lake.records import Document
from engines.content_lake.transactions import Plan


def publish(plan: Plan, draft: Document, published_id: str) -> None:
    """Puts a draft or version in the place of the published document and removes it."""
    created_at = (plan.find(published_id) or draft).get("_createdAt")
    body = {**_strengthened(draft), "_id": published_id, "_createdAt": created_at}
    plan.create(body, mode="createOrReplace")
    plan.delete(draft["_id"])


def _strengthened(value: Any) -> Any:
    """A copy in which every reference marked `_strengthenOnPublish` is strong, unless it stays weak by its type."""
    if isinstance(value, list):
        return [_strengthened(item) for item in value]
    if not isinstance(value, dict):
        return value
    copied = {name: _strengthened(item) for name, item in value.items()}
    mark = copied.pop("_strengthenOnPublish", None)
    if mark is not None and not (isinstance(mark, dict) and mark.get("weak")):
        copied.pop("_weak", None)
    return copied
