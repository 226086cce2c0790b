"""Editorial content in the content store: promotions, pages and questions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from datasources.record_parts import Part, RecordParts, Variant
from datasources.sanity.client import SanityClient
from datasources.sanity.projections import SHOWN, item, reading, shown_for, written
from datasources.sanity.values import Row, moment, moment_or_epoch, row, rows, text, texts, whole_number
from domain.content import ContentPage, Faq, Promotion
from domain.pages import Slice
from domain.selections import Fields

R = TypeVar("R")


def _id(found: Row) -> str:
    return str(found["_id"])


_ID, _SLUG = ("_id",), ("_id", '"slug": slug.current')
_REVISION = item("_rev", lambda found: str(found or ""))
_TITLE = item("title", lambda found: text(found) or "")
_BODY = item("body", rows)
_READABLE = Part(_SLUG, lambda found: text(found.get("slug")) or _id(found))

PROMOTION: RecordParts[Promotion, str] = RecordParts(
    Promotion,
    {
        "promotion_id": Part(_ID, _id),
        "revision": _REVISION,
        "title": _TITLE,
        "slug": _READABLE,
        "placement": item("placement", lambda found: text(found) or ""),
        "image": item("image", row),
        "body": _BODY,
        "listing_ids": item("listingIds", texts, of="listings[]._ref"),
        "category_id": item("categoryId", text, of="category._ref"),
        "starts_at": item("startsAt", moment),
        "ends_at": item("endsAt", moment),
        "weight": item("weight", lambda found: whole_number(found) or 0),
    },
    always=("promotion_id", "weight"),
)
PAGE: RecordParts[ContentPage, str] = RecordParts(
    ContentPage,
    {
        "page_id": Part(_ID, _id),
        "revision": _REVISION,
        "title": _TITLE,
        "slug": _READABLE,
        "body": _BODY,
        "updated_at": item("_updatedAt", moment_or_epoch),
    },
    always=("page_id", "slug"),
)
FAQ: RecordParts[Faq, str] = RecordParts(
    Faq,
    {
        "faq_id": Part(_ID, _id),
        "revision": _REVISION,
        "question": item("question", lambda found: text(found) or ""),
        "answer": item("answer", rows),
        "topic": item("topic", lambda found: text(found) or "general"),
        "order": item("order", lambda found: whole_number(found) or 0, of="coalesce(order, 0)"),
    },
    always=("faq_id", "topic", "order"),
)
_PAGES_BY_SLUGS = f'*[_type == "contentPage" && slug.current in $slugs]{SHOWN}'
_PAGES_BY_IDS = f'*[_type == "contentPage" && _id in $ids]{SHOWN}'
_PROMOTIONS_BY_IDS = f'*[_type == "promotion" && _id in $ids]{SHOWN}'
_FAQS_BY_IDS = f'*[_type == "faq" && _id in $ids]{SHOWN}'


_RUNNING = f"""*[_type == "promotion" && ($placement == null || placement == $placement)
  && (!defined(startsAt) || startsAt <= $now) && (!defined(endsAt) || endsAt > $now)
  && ($after_id == null || coalesce(weight, 0) < $after || (coalesce(weight, 0) == $after && _id > $after_id))
] | order(coalesce(weight, 0) desc, _id asc)[0...$limit]{SHOWN}"""


async def running_promotions(
    client: SanityClient, placement: str | None, now: datetime, wanted: Slice, *, fields: Fields = None
) -> Sequence[Promotion]:
    """Promotions running at `now`, heaviest first, up to one more than wanted.

    The time is cut to the minute so that equal queries within a minute stay equal.
    """
    after, after_id = wanted.after or (None, None)
    params = {
        "placement": placement,
        "now": now.strftime("%Y-%m-%dT%H:%M:00Z"),
        "after": after,
        "after_id": after_id,
        "limit": wanted.first + 1,
    }
    shown = shown_for(client, PROMOTION, fields)
    return await client.records(written(_RUNNING, shown), params, reading(_listed, shown), tag="promotions.running")


def _listed(shown: Variant[R, str], found: Sequence[Row]) -> Sequence[R]:
    return [shown.record(each) for each in found]


_FAQ_PAGE = f"""*[_type == "faq" && ($topic == null || topic == $topic)
  && ($after_id == null || topic > $after_topic || (topic == $after_topic && (coalesce(order, 0) > $after_order
    || (coalesce(order, 0) == $after_order && _id > $after_id))))
] | order(topic asc, coalesce(order, 0) asc, _id asc)[0...$limit]{SHOWN}"""


async def faqs(client: SanityClient, topic: str | None, wanted: Slice, *, fields: Fields = None) -> Sequence[Faq]:
    """Questions by topic and place, up to one more than wanted."""
    after_topic, after_order, after_id = wanted.after or (None, None, None)
    params = {
        "topic": topic,
        "after_topic": after_topic,
        "after_order": after_order,
        "after_id": after_id,
        "limit": wanted.first + 1,
    }
    shown = shown_for(client, FAQ, fields)
    return await client.records(written(_FAQ_PAGE, shown), params, reading(_listed, shown), tag="faqs.page")


def _pages_by_slug(shown: Variant[ContentPage, str], found: Sequence[Row]) -> Mapping[str, ContentPage]:
    return {each.slug: each for each in map(shown.record, found)}


def _pages_by_id(shown: Variant[ContentPage, str], found: Sequence[Row]) -> Mapping[str, ContentPage]:
    return {each.page_id: each for each in map(shown.record, found)}


def _promotions_by_id(shown: Variant[Promotion, str], found: Sequence[Row]) -> Mapping[str, Promotion]:
    return {each.promotion_id: each for each in map(shown.record, found)}


def _faqs_by_id(shown: Variant[Faq, str], found: Sequence[Row]) -> Mapping[str, Faq]:
    return {each.faq_id: each for each in map(shown.record, found)}


async def pages_by_slugs(
    client: SanityClient, slugs: Sequence[str], *, fields: Fields = None
) -> list[ContentPage | None]:
    """Content pages in the order of the slugs."""
    shown = shown_for(client, PAGE, fields)
    groq, read = written(_PAGES_BY_SLUGS, shown), reading(_pages_by_slug, shown)
    by_slug = await client.records(groq, {"slugs": list(slugs)}, read, tag="pages.by-slugs")
    return [by_slug.get(each) for each in slugs]


async def pages_by_ids(client: SanityClient, ids: Sequence[str], *, fields: Fields = None) -> list[ContentPage | None]:
    """Content pages in the order of the ids."""
    shown = shown_for(client, PAGE, fields)
    groq, read = written(_PAGES_BY_IDS, shown), reading(_pages_by_id, shown)
    by_id = await client.records(groq, {"ids": list(ids)}, read, tag="pages.by-ids")
    return [by_id.get(each) for each in ids]


async def promotions_by_ids(
    client: SanityClient, ids: Sequence[str], *, fields: Fields = None
) -> list[Promotion | None]:
    """Promotions in the order of the ids."""
    shown = shown_for(client, PROMOTION, fields)
    groq, read = written(_PROMOTIONS_BY_IDS, shown), reading(_promotions_by_id, shown)
    by_id = await client.records(groq, {"ids": list(ids)}, read, tag="promotions.by-ids")
    return [by_id.get(each) for each in ids]


async def faqs_by_ids(client: SanityClient, ids: Sequence[str], *, fields: Fields = None) -> list[Faq | None]:
    """Questions in the order of the ids."""
    shown = shown_for(client, FAQ, fields)
    groq, read = written(_FAQS_BY_IDS, shown), reading(_faqs_by_id, shown)
    by_id = await client.records(groq, {"ids": list(ids)}, read, tag="faqs.by-ids")
    return [by_id.get(each) for each in ids]
