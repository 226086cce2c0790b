"""The actions endpoint, and what each document action does: drafts, publishing and versions."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response

from engines.content_lake.access import forbidden_write
from engines.content_lake.action_fields import object_field, text_field
from engines.content_lake.calls import MAX_MUTATION_BYTES, Call, json_response
from engines.content_lake.faults import MutationFailedError, described_fault
from engines.content_lake.mutations import read_transaction_id
from engines.content_lake.perspectives import split_id, variant_id
from engines.content_lake.publishing import publish
from engines.content_lake.records import Document
from engines.content_lake.release_actions import RELEASE_ACTIONS
from engines.content_lake.transactions import Intent, Plan

MAX_ACTIONS = 1_000

Action = Callable[[Plan, Mapping[str, Any]], None]


async def act(call: Call) -> Response:
    """`POST /data/actions/<dataset>`: all actions or none; answers with the transaction id."""
    if not call.caller.can_write:
        raise forbidden_write("update", kind="actionError")
    body = await call.json_object(limit=MAX_MUTATION_BYTES)
    actions = body.get("actions")
    if not isinstance(actions, list) or len(actions) > MAX_ACTIONS:
        raise described_fault(400, "actionError", f'The request body needs an array "actions" of at most {MAX_ACTIONS}')
    intent = Intent(
        transaction_id=read_transaction_id(body),
        at=call.lake.clock(),
        author=call.caller.identity,
        mutations=[],
        kind="actionError",
    )
    dataset = await call.lake.new_dataset(call.path("dataset"))
    steps = [_step(action) for action in actions]
    await call.lake.transact(dataset, intent, steps, is_dry=body.get("dryRun") is True)
    return json_response({"transactionId": intent.transaction_id})


def _step(action: object) -> Callable[[Plan], None]:
    def run(plan: Plan) -> None:
        if not isinstance(action, dict):
            raise MutationFailedError("invalidActionError", "An action is an object with an actionType")
        name = text_field(action, "actionType")
        known = ACTIONS.get(name.removeprefix("sanity.action."))
        if known is None:
            raise MutationFailedError("invalidActionError", f'There is no action "{name}"')
        known(plan, action)

    return run


def _must_find(plan: Plan, document_id: str) -> Document:
    document = plan.find(document_id)
    if document is None:
        raise MutationFailedError(
            "documentNotFoundError", f'The document with the ID "{document_id}" was not found', id=document_id
        )
    return document


def _create(plan: Plan, action: Mapping[str, Any]) -> None:
    published_id, attributes = text_field(action, "publishedId"), object_field(action, "attributes")
    draft_id = str(attributes.get("_id") or variant_id(published_id, "drafts"))
    for existing in (published_id, draft_id):
        if plan.find(existing) is not None:
            if action.get("ifExists") == "ignore":
                return
            raise MutationFailedError(
                "documentAlreadyExistsError", f'Document by ID "{existing}" already exists', id=existing
            )
    plan.create({**attributes, "_id": draft_id}, mode="create")


def _edit(plan: Plan, action: Mapping[str, Any]) -> None:
    draft_id, published_id = text_field(action, "draftId"), text_field(action, "publishedId")
    if plan.find(draft_id) is None:
        plan.create({**_must_find(plan, published_id), "_id": draft_id}, mode="create")
    plan.patch(draft_id, object_field(action, "patch"))


def _replace_draft(plan: Plan, action: Mapping[str, Any]) -> None:
    attributes = object_field(action, "attributes")
    draft_id = variant_id(text_field(action, "publishedId"), "drafts")
    plan.create({**attributes, "_id": draft_id}, mode="createOrReplace")


def _discard(plan: Plan, action: Mapping[str, Any]) -> None:
    draft_id = text_field(action, "draftId")
    _must_be(draft_id, "drafts")
    _must_find(plan, draft_id)
    plan.delete(draft_id)


def _publish(plan: Plan, action: Mapping[str, Any]) -> None:
    draft_id, published_id = text_field(action, "draftId"), text_field(action, "publishedId")
    if split_id(draft_id)[0] != published_id or draft_id == published_id:
        raise MutationFailedError("invalidActionError", f'"{draft_id}" is not a draft or version of "{published_id}"')
    draft = _must_find(plan, draft_id)
    plan.expect_revision(draft_id, action.get("ifDraftRevisionId"))
    plan.expect_revision(published_id, action.get("ifPublishedRevisionId"))
    publish(plan, draft, published_id)


def _unpublish(plan: Plan, action: Mapping[str, Any]) -> None:
    draft_id, published_id = text_field(action, "draftId"), text_field(action, "publishedId")
    published = _must_find(plan, published_id)
    plan.create({**published, "_id": draft_id}, mode="createIfNotExists")
    plan.delete(published_id)


def _delete(plan: Plan, action: Mapping[str, Any]) -> None:
    published_id = text_field(action, "publishedId")
    drafts = action.get("includeDrafts", [])
    if not isinstance(drafts, list) or not all(isinstance(draft, str) for draft in drafts):
        raise MutationFailedError("invalidActionError", '"includeDrafts" must be an array of document ids')
    draft_id = variant_id(published_id, "drafts")
    if plan.find(draft_id) is not None and draft_id not in drafts:
        raise MutationFailedError(
            "invalidActionError", f'The document has the draft "{draft_id}", which "includeDrafts" does not name'
        )
    if not any(plan.find(document_id) for document_id in (published_id, *drafts)):
        _must_find(plan, published_id)
    for document_id in (published_id, *drafts):
        plan.delete(document_id)


def _create_version(plan: Plan, action: Mapping[str, Any]) -> None:
    if "document" in action:
        body = object_field(action, "document")
    else:
        base_id = text_field(action, "baseId")
        body = {**_must_find(plan, base_id), "_id": text_field(action, "versionId")}
        plan.expect_revision(base_id, action.get("ifBaseRevisionId"))
    _must_be(text_field(body, "_id"), "versions")
    plan.create(body, mode="create")


def _replace_version(plan: Plan, action: Mapping[str, Any]) -> None:
    body = object_field(action, "document")
    version_id = text_field(body, "_id")
    _must_be(version_id, "versions")
    _must_find(plan, version_id)
    plan.create(body, mode="createOrReplace")


def _discard_version(plan: Plan, action: Mapping[str, Any]) -> None:
    version_id = text_field(action, "versionId")
    _must_find(plan, version_id)
    plan.delete(version_id)


def _unpublish_version(plan: Plan, action: Mapping[str, Any]) -> None:
    version_id, published_id = text_field(action, "versionId"), text_field(action, "publishedId")
    _must_be(version_id, "versions")
    published = _must_find(plan, published_id)
    plan.create({**published, "_id": version_id, "_system": {"delete": True}}, mode="createOrReplace")


def _must_be(document_id: str, prefix: str) -> None:
    if not document_id.startswith(f"{prefix}."):
        raise MutationFailedError("invalidActionError", f'"{document_id}" must begin with "{prefix}."', id=document_id)


ACTIONS: dict[str, Action] = {
    "document.create": _create,
    "document.edit": _edit,
    "document.replaceDraft": _replace_draft,
    "document.discard": _discard,
    "document.publish": _publish,
    "document.unpublish": _unpublish,
    "document.delete": _delete,
    "document.version.create": _create_version,
    "document.version.replace": _replace_version,
    "document.version.discard": _discard_version,
    "document.version.unpublish": _unpublish_version,
    **RELEASE_ACTIONS,
}
