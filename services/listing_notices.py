"""What a changed listing gives to tell: that it is live or taken down, cheaper, and that searches may want it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from datasources.postgres import jobs
from datasources.postgres.listings import Standing
from datasources.sanity import listings as content
from datasources.sources import Sources
from domain.listings import VISIBLE, ListingMeta, ListingStatus
from domain.notifications import Cause, NotificationKind
from services.notifications import Job, Wanted, notice, tell

MATCH_SEARCHES = "searches.match"
TELL_TAKEN_DOWN = "notices.listing-taken-down"

_SETTLED_AFTER = timedelta(seconds=5)


def listing_jobs(before: Standing | None, now: ListingMeta) -> Sequence[Job]:
    """The jobs that tell of one listing's change; enqueue them in the transaction that records it.

    A version that is not newer than the recorded one gives none, and every cause names its revision: deliveries that
    come twice or late tell nothing twice.
    """
    if now.status is not ListingStatus.ACTIVE:
        return ()
    if before is not None and (
        before.meta.revision == now.revision or before.meta.content_updated_at > now.content_updated_at
    ):
        return ()
    found: list[Job] = [_match(before, now)]
    was_shown = before is not None and not before.is_deleted and before.meta.status in VISIBLE
    if not was_shown and now.seller_profile_id is not None:
        found.append(notice(_cause(NotificationKind.LISTING_APPROVED, now), seller=now.seller_profile_id))
    if before is not None and was_shown and _is_cheaper(before.meta, now) and before.meta.price is not None:
        was = {"was": before.meta.price.formatted}
        found.append(notice(_cause(NotificationKind.PRICE_DROP, now, was), listing=now.listing_id))
    return found


def _match(before: Standing | None, now: ListingMeta) -> Job:
    payload: dict[str, Any] = {"listing": now.listing_id}
    if before is not None and not before.is_deleted:
        price = before.meta.price
        payload["before"] = {
            "status": before.meta.status.value,
            "priceMinor": None if price is None else price.amount_minor,
            "currency": None if price is None else price.currency,
            "isCategorisedAlike": before.meta.category_id == now.category_id,
        }
    return MATCH_SEARCHES, payload, f"{MATCH_SEARCHES}:{now.listing_id}:{now.revision}"


def _is_cheaper(before: ListingMeta, now: ListingMeta) -> bool:
    if before.price is None or now.price is None or before.price.currency != now.price.currency:
        return False
    return now.price.amount_minor < before.price.amount_minor


def _cause(kind: NotificationKind, now: ListingMeta, more: Mapping[str, str] | None = None) -> Cause:
    facts = {"listing": now.listing_id, "title": now.title, **(more or {})}
    if now.price is not None:
        facts["price"] = now.price.formatted
    return Cause(kind=kind, key=f"{kind.code}:{now.listing_id}:{now.revision}", group=now.listing_id, facts=facts)


async def ask_taken_down(sources: Sources, listing_id: str, seller_id: str, *, revision: str) -> None:
    """Have the seller told that staff took a listing down; ask before it is done, content knows no transaction of ours.

    The job looks whether it was done, so a step that failed or was killed halfway tells nothing untrue.
    """
    payload = {"listing": listing_id, "seller": seller_id, "revision": revision}
    key = f"{TELL_TAKEN_DOWN}:{listing_id}:{revision}"
    await sources.database.write(
        "notices.ask-taken-down",
        lambda it: jobs.enqueue(it, TELL_TAKEN_DOWN, payload, dedupe_key=key, delay=_SETTLED_AFTER),
    )


async def tell_taken_down(sources: Sources, listing_id: str, seller_id: str, *, revision: str) -> int:
    """Tell the seller if the listing stands archived; how many live events came of it."""
    (found,) = await content.newest(sources.sanity, [listing_id])
    if found is None or found.status is not ListingStatus.ARCHIVED:
        return 0
    cause = Cause(
        kind=NotificationKind.LISTING_REJECTED,
        key=f"listing-rejected:{listing_id}:{revision}",
        group=listing_id,
        facts={"listing": listing_id, "title": found.title},
    )
    return await tell(sources, Wanted(cause, (), seller_id, None, None))
