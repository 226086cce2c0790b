"""Changes of listings: created, edited, published and archived by their owner or by staff."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson

from datasources.postgres import idempotency
from datasources.sanity import categories
from datasources.sanity.client import ContentRejectedError
from datasources.sanity.listings import DRAFT_PREFIX, listing_of_document
from datasources.sources import Sources
from domain.categories import AttributeDefinition, CategoryTree
from domain.ids import RANDOM_BITS, uuid7
from domain.listing_rules import PRICELESS, ListingEdit, draft_problems, publish_problems
from domain.listings import TRANSITIONS, Listing, ListingStatus
from domain.portable_text import plain_text
from domain.problems import (
    EditConflict,
    FieldProblem,
    IdempotencyConflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    RetryLater,
    UpstreamUnavailableError,
    WrongState,
)
from domain.users import User, Viewer
from services.listing_documents import edited_fields, published_copy
from services.listing_notices import ask_taken_down

Refusal = InvalidInput | NotAllowed | NotFound | EditConflict | WrongState | RetryLater


@dataclass(frozen=True, slots=True)
class _Versions:
    """A listing's draft and published documents as they stand."""

    listing_id: str
    draft: dict[str, Any] | None
    published: dict[str, Any] | None

    @property
    def newest(self) -> dict[str, Any]:
        found = self.draft or self.published
        if found is None:
            raise LookupError(self.listing_id)
        return found


async def create_listing(
    sources: Sources, user: User, edit: ListingEdit, *, idempotency_key: str
) -> Listing | IdempotencyConflict | Refusal:
    """A new draft of the viewer's. The same key and input again gives the same listing, whatever failed in between."""
    if user.profile_id is None:
        return WrongState("NO_PROFILE", "Write your public profile first; buyers see it beside your listings.")
    now = sources.clock()
    try:
        tree = await categories.tree(sources.sanity)
        if problems := _edit_problems(edit, edit.category_id, tree, is_new=True):
            return InvalidInput(tuple(problems))
        listing_id = await idempotency.claim(
            sources.database,
            user_id=user.user_id,
            operation="createListing",
            key=idempotency_key,
            input_hash=hashlib.sha256(orjson.dumps(asdict(edit))).hexdigest(),
            subject_id=f"listing-{uuid7(now, secrets.randbits(RANDOM_BITS))}",
            now=now,
        )
        if listing_id is None:
            return IdempotencyConflict()
        document = {
            "_id": f"{DRAFT_PREFIX}{listing_id}",
            "_type": "listing",
            "status": ListingStatus.DRAFT.value,
            "seller": {"_type": "reference", "_ref": user.profile_id},
        }
        document |= edited_fields(edit, listing_id)
        versions = await _versions(sources, listing_id)
        if versions.published is None:
            # A retry after publishing must not bring the draft back.
            await sources.sanity.mutate([{"createIfNotExists": document}], tag="listing.create")
        return await _current(sources, listing_id)
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)


async def update_listing(
    sources: Sources, viewer: Viewer, user: User, listing_id: str, edit: ListingEdit, *, revision: str | None = None
) -> Listing | Refusal:
    """Edit the draft, which is made from the published version where there is none; strangers see it once published."""
    try:
        versions = await _owned(sources, viewer, user, listing_id)
        if isinstance(versions, (NotFound, NotAllowed)):
            return versions
        newest = versions.newest
        if revision is not None and revision != newest["_rev"]:
            return EditConflict(newest["_rev"])
        record = listing_of_document(newest)
        tree = await categories.tree(sources.sanity)
        if problems := _edit_problems(edit, edit.category_id or record.category_id, tree, is_new=False):
            return InvalidInput(tuple(problems))
        fields = edited_fields(edit, listing_id)
        if versions.draft is None:
            copy = {name: value for name, value in newest.items() if not name.startswith("_") or name == "_type"}
            mutation: dict[str, Any] = {"create": copy | fields | {"_id": f"{DRAFT_PREFIX}{listing_id}"}}
        else:
            mutation = {"patch": {"id": newest["_id"], "ifRevisionID": newest["_rev"], "set": fields}}
        await sources.sanity.mutate([mutation], tag="listing.update")
        return await _current(sources, listing_id)
    except ContentRejectedError as error:
        return await _conflict(sources, listing_id, error)
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)


async def publish_listing(sources: Sources, viewer: Viewer, user: User, listing_id: str) -> Listing | Refusal:
    """Make the draft what everybody sees; publishing what is already published changes nothing."""
    try:
        versions = await _owned(sources, viewer, user, listing_id)
        if isinstance(versions, (NotFound, NotAllowed)):
            return versions
        record = listing_of_document(versions.newest)
        standing = listing_of_document(versions.published).status if versions.published else ListingStatus.DRAFT
        if versions.draft is None and standing is ListingStatus.ACTIVE:
            return record
        if standing is not ListingStatus.ACTIVE and ListingStatus.ACTIVE not in TRANSITIONS[standing]:
            return WrongState(standing.name, "A listing that was sold cannot be published again.")
        tree = await categories.tree(sources.sanity)
        problems = publish_problems(
            title=record.title,
            description=plain_text(record.body),
            category_id=record.category_id,
            has_price=record.price is not None,
            needs_price=_needs_price(tree, record.category_id),
            city=record.city,
            attributes=record.attributes,
            definitions=_definitions(tree, record.category_id),
        )
        if problems:
            return InvalidInput(tuple(problems))
        mutations = _publication(versions, sources.clock())
        await sources.sanity.mutate(mutations, tag="listing.publish")
        return await _current(sources, listing_id)
    except ContentRejectedError as error:
        return await _conflict(sources, listing_id, error)
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)


def _publication(versions: _Versions, now: datetime) -> list[dict[str, Any]]:
    """One transaction: the guarded draft becomes the published document; nothing happens if the draft changed."""
    newest = versions.newest
    guard = {"patch": {"id": newest["_id"], "ifRevisionID": newest["_rev"], "set": {"status": "active"}}}
    published = published_copy(newest, versions.listing_id, now)
    if versions.draft is None:
        return [{"patch": guard["patch"] | {"set": {"status": "active", "publishedAt": published["publishedAt"]}}}]
    return [guard, {"createOrReplace": published}, {"delete": {"id": newest["_id"]}}]


async def archive_listing(sources: Sources, viewer: Viewer, user: User, listing_id: str) -> Listing | Refusal:
    """Take the listing away from buyers; archiving it again changes nothing."""
    try:
        versions = await _owned(sources, viewer, user, listing_id)
        if isinstance(versions, (NotFound, NotAllowed)):
            return versions
        mutations = []
        for document in filter(None, (versions.published, versions.draft)):
            status = listing_of_document(document).status
            if status is ListingStatus.ARCHIVED:
                continue
            if ListingStatus.ARCHIVED not in TRANSITIONS[status]:
                return WrongState(status.name, f"A listing that is {status.value} cannot be archived.")
            change = {"id": document["_id"], "ifRevisionID": document["_rev"], "set": {"status": "archived"}}
            mutations.append({"patch": change})
        if mutations:
            seller_id = listing_of_document(versions.newest).seller_id
            if seller_id is not None and seller_id != user.profile_id:
                await ask_taken_down(sources, listing_id, seller_id, revision=str(versions.newest["_rev"]))
            await sources.sanity.mutate(mutations, tag="listing.archive")
        return await _current(sources, listing_id)
    except ContentRejectedError as error:
        return await _conflict(sources, listing_id, error)
    except UpstreamUnavailableError as error:
        return RetryLater(error.public_message)


def _needs_price(tree: CategoryTree, category_id: str | None) -> bool:
    """Vacancies say their salary among the attributes, or not at all."""
    path = tree.path_of(category_id or "")
    return not path or path[0].slug not in PRICELESS


def _definitions(tree: CategoryTree, category_id: str | None) -> tuple[AttributeDefinition, ...]:
    category = tree.by_id.get(category_id or "")
    return category.attributes if category else ()


def _edit_problems(
    edit: ListingEdit, category_id: str | None, tree: CategoryTree, *, is_new: bool
) -> list[FieldProblem]:
    problems = draft_problems(edit, _definitions(tree, category_id))
    if edit.title is None and is_new:
        problems.append(FieldProblem("title", "A listing needs a title."))
    if category_id is not None and category_id not in tree.by_id:
        problems.append(FieldProblem("categoryId", "There is no such category."))
    return problems


async def _versions(sources: Sources, listing_id: str) -> _Versions:
    ids = [f"{DRAFT_PREFIX}{listing_id}", listing_id]
    draft, published = (
        each if each and each.get("_type") == "listing" else None
        for each in await sources.sanity.documents(ids, tag="listing.versions")
    )
    return _Versions(listing_id, draft, published)


async def _owned(sources: Sources, viewer: Viewer, user: User, listing_id: str) -> _Versions | NotFound | NotAllowed:
    """The versions if the viewer may change them; a stranger's draft looks as if it did not exist."""
    versions = await _versions(sources, listing_id)
    if versions.draft is None and versions.published is None:
        return NotFound("There is no such listing.")
    seller = versions.newest.get("seller")
    owner = seller.get("_ref") if isinstance(seller, Mapping) else None
    if viewer.is_staff or (owner is not None and owner == user.profile_id):
        return versions
    if versions.published is None:
        return NotFound("There is no such listing.")
    return NotAllowed("Only its seller may change a listing.")


async def _current(sources: Sources, listing_id: str) -> Listing:
    return listing_of_document((await _versions(sources, listing_id)).newest)


async def _conflict(sources: Sources, listing_id: str, error: ContentRejectedError) -> EditConflict:
    if not error.is_conflict:
        raise error
    versions = await _versions(sources, listing_id)
    newest = versions.draft or versions.published
    return EditConflict(str(newest["_rev"]) if newest else None)
