"""What each release action does: a release is the document `_.releases.<id>` and every `versions.<id>.*` document."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from engines.content_lake.action_fields import object_field, text_field
from engines.content_lake.faults import MutationFailedError
from engines.content_lake.perspectives import split_id
from engines.content_lake.publishing import publish
from engines.content_lake.records import Document, timestamp
from engines.content_lake.transactions import Plan

RELEASE_TYPE = "system.release"
MAX_RELEASE_DOCUMENTS = 1_000


def _release_id(action: Mapping[str, Any]) -> str:
    return f"_.releases.{text_field(action, 'releaseId')}"


def _release(plan: Plan, action: Mapping[str, Any], *states: str) -> Document:
    document_id = _release_id(action)
    release = plan.find(document_id)
    if release is None:
        raise MutationFailedError(
            "documentNotFoundError", f'The release "{action["releaseId"]}" was not found', id=document_id
        )
    if states and release.get("state") not in states:
        raise MutationFailedError(
            "invalidActionError",
            f'The release "{action["releaseId"]}" is {release.get("state")}; it must be {" or ".join(states)}',
            id=document_id,
        )
    return release


def _create(plan: Plan, action: Mapping[str, Any]) -> None:
    name = text_field(action, "releaseId")
    metadata = object_field(action, "metadata") if "metadata" in action else {}
    body = {
        "_id": _release_id(action),
        "_type": RELEASE_TYPE,
        "name": name,
        "state": "active",
        "metadata": {"releaseType": "undecided", **metadata},
    }
    plan.create(body, mode="create")


def _edit(plan: Plan, action: Mapping[str, Any]) -> None:
    _release(plan, action)
    patch = object_field(action, "patch")
    for operand in patch.values():
        paths = operand if isinstance(operand, list | dict) else ()
        if any(not str(path).startswith("metadata") for path in paths):
            raise MutationFailedError("invalidActionError", 'Only "metadata" of a release can be edited')
    plan.patch(_release_id(action), patch)


def _moves(to: str, *states: str) -> Callable[[Plan, Mapping[str, Any]], None]:
    def action_of(plan: Plan, action: Mapping[str, Any]) -> None:
        _release(plan, action, *states)
        change: Document = {"state": to}
        if to == "scheduled":
            change["publishAt"] = _moment(text_field(action, "publishAt"))
        plan.patch(_release_id(action), {"set": change, **({} if to == "scheduled" else {"unset": ["publishAt"]})})

    return action_of


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise MutationFailedError("invalidActionError", '"publishAt" must be an RFC 3339 time') from fault
    return timestamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def publish_release(plan: Plan, action: Mapping[str, Any]) -> None:
    """Publishes every version of a release, and unpublishes what its versions say, in one transaction."""
    _release(plan, action, "active", "scheduled")
    for version in _versions(plan, action):
        published_id = split_id(version["_id"])[0]
        if (version.get("_system") or {}).get("delete") is True:
            plan.delete(published_id)
            plan.delete(version["_id"])
        else:
            publish(plan, version, published_id)
    plan.patch(_release_id(action), {"set": {"state": "published", "publishedAt": timestamp(plan.at)}})


def _delete(plan: Plan, action: Mapping[str, Any]) -> None:
    _release(plan, action, "archived", "published")
    for version in _versions(plan, action):
        plan.delete(version["_id"])
    plan.delete(_release_id(action))


def _versions(plan: Plan, action: Mapping[str, Any]) -> list[Document]:
    found = plan.find_prefix(f"versions.{action['releaseId']}.")
    if len(found) > MAX_RELEASE_DOCUMENTS:
        raise MutationFailedError("invalidActionError", f"A release may have {MAX_RELEASE_DOCUMENTS} documents")
    return found


RELEASE_ACTIONS: dict[str, Callable[[Plan, Mapping[str, Any]], None]] = {
    "release.create": _create,
    "release.edit": _edit,
    "release.schedule": _moves("scheduled", "active"),
    "release.unschedule": _moves("active", "scheduled"),
    "release.archive": _moves("archived", "active"),
    "release.unarchive": _moves("active", "archived"),
    "release.publish": publish_release,
    "release.delete": _delete,
}
