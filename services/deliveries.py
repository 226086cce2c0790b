"""Taking in what other systems report: stored once, together with the job that works it off."""

import re
from dataclasses import dataclass

from datasources.postgres import deliveries
from datasources.postgres.deliveries import Delivery
from datasources.sources import Sources
from services.answers import forget_answers
from services.indexing import SYNC_JOBS

_DOCUMENT_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}", re.ASCII)
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,127}", re.ASCII)
_REVISION = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_UNPUBLISHED = ("drafts.", "versions.")


class UnusableChangeError(Exception):
    """A signed delivery that says too little; its sentence is for whoever configured the webhook."""


@dataclass(frozen=True, slots=True)
class ContentChange:
    """That a document changed.

    What it says now is asked from the content store when the job runs, never taken from here: deliveries come late,
    twice and out of order.
    """

    delivery_id: str
    operation: str
    document_id: str
    document_type: str
    revision: str


async def receive_content_change(sources: Sources, change: ContentChange) -> bool:
    """Store a change and enqueue its job in one transaction; False when this delivery was stored before (S0-017)."""
    if not _DOCUMENT_ID.fullmatch(change.document_id) or not _TYPE.fullmatch(change.document_type):
        raise UnusableChangeError("The webhook's projection must include _id and _type.")
    is_published = not change.document_id.startswith(_UNPUBLISHED)
    revision = change.revision if _REVISION.fullmatch(change.revision) else None
    delivery = Delivery(
        source="sanity",
        delivery_id=change.delivery_id,
        operation=change.operation,
        payload={"id": change.document_id, "type": change.document_type, "revision": revision},
        received_at=sources.clock(),
    )
    entrypoint = SYNC_JOBS.get(change.document_type) if is_published else None
    is_new = await sources.database.write(
        "deliveries.receive", lambda connection: deliveries.receive(connection, delivery, entrypoint=entrypoint)
    )
    if is_published:
        await forget_answers(sources, change.document_type)
    return is_new
