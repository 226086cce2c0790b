"""Editorial content in the content store: promotions, pages and questions."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from datasources.sanity.client import SanityClient
from datasources.sanity.values import Row, moment, moment_or_epoch, row, rows, text, texts, whole_number
from domain.content import ContentPage, Faq, Promotion
from domain.pages import Slice

_PROMOTION_FIELDS = """{
  _id, _rev, title, "slug": slug.current, placement, image, body, "listingIds": listings[]._ref,
  "categoryId": category._ref, startsAt, endsAt, weight
}"""
_PAGE_FIELDS = """{_id, _rev, _updatedAt, title, "slug": slug.current, body}"""
_FAQ_FIELDS = """{_id, _rev, question, answer, topic, "order": coalesce(order, 0)}"""
_PAGES_BY_SLUGS = f'*[_type == "contentPage" && slug.current in $slugs]{_PAGE_FIELDS}'
_PAGES_BY_IDS = f'*[_type == "contentPage" && _id in $ids]{_PAGE_FIELDS}'
_PROMOTIONS_BY_IDS = f'*[_type == "promotion" && _id in $ids]{_PROMOTION_FIELDS}'
_FAQS_BY_IDS = f'*[_type == "faq" && _id in $ids]{_FAQ_FIELDS}'


def _promotion(found: Row) -> Promotion:
    return Promotion(
        promotion_id=str(found["_id"]),
        revision=str(found.get("_rev") or ""),
        title=text(found.get("title")) or "",
        slug=text(found.get("slug")) or str(found["_id"]),
        placement=text(found.get("placement")) or "",
        image=row(found.get("image")),
        body=rows(found.get("body")),
        listing_ids=texts(found.get("listingIds")),
        category_id=text(found.get("categoryId")),
        starts_at=moment(found.get("startsAt")),
        ends_at=moment(found.get("endsAt")),
        weight=whole_number(found.get("weight")) or 0,
    )


def _page(found: Row) -> ContentPage:
    return ContentPage(
        page_id=str(found["_id"]),
        revision=str(found.get("_rev") or ""),
        title=text(found.get("title")) or "",
        slug=text(found.get("slug")) or str(found["_id"]),
        body=rows(found.get("body")),
        updated_at=moment_or_epoch(found.get("_updatedAt")),
    )


def _faq(found: Row) -> Faq:
    return Faq(
        faq_id=str(found["_id"]),
        revision=str(found.get("_rev") or ""),
        question=text(found.get("question")) or "",
        answer=rows(found.get("answer")),
        topic=text(found.get("topic")) or "general",
        order=whole_number(found.get("order")) or 0,
    )


_RUNNING = f"""*[_type == "promotion" && ($placement == null || placement == $placement)
  && (!defined(startsAt) || startsAt <= $now) && (!defined(endsAt) || endsAt > $now)
  && ($after_id == null || coalesce(weight, 0) < $after || (coalesce(weight, 0) == $after && _id > $after_id))
] | order(coalesce(weight, 0) desc, _id asc)[0...$limit]{_PROMOTION_FIELDS}"""


async def running_promotions(
    client: SanityClient, placement: str | None, now: datetime, wanted: Slice
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
    return await client.records(_RUNNING, params, _promotions, tag="promotions.running")


def _promotions(found: Sequence[Row]) -> Sequence[Promotion]:
    return [_promotion(each) for each in found]


_FAQ_PAGE = f"""*[_type == "faq" && ($topic == null || topic == $topic)
  && ($after_id == null || topic > $after_topic || (topic == $after_topic && (coalesce(order, 0) > $after_order
    || (coalesce(order, 0) == $after_order && _id > $after_id))))
] | order(topic asc, coalesce(order, 0) asc, _id asc)[0...$limit]{_FAQ_FIELDS}"""


async def faqs(client: SanityClient, topic: str | None, wanted: Slice) -> Sequence[Faq]:
    """Questions by topic and place, up to one more than wanted."""
    after_topic, after_order, after_id = wanted.after or (None, None, None)
    params = {
        "topic": topic,
        "after_topic": after_topic,
        "after_order": after_order,
        "after_id": after_id,
        "limit": wanted.first + 1,
    }
    return await client.records(_FAQ_PAGE, params, _faqs, tag="faqs.page")


def _faqs(found: Sequence[Row]) -> Sequence[Faq]:
    return [_faq(each) for each in found]


def _pages_by_slug(found: Sequence[Row]) -> Mapping[str, ContentPage]:
    return {each.slug: each for each in map(_page, found)}


def _pages_by_id(found: Sequence[Row]) -> Mapping[str, ContentPage]:
    return {each.page_id: each for each in map(_page, found)}


def _promotions_by_id(found: Sequence[Row]) -> Mapping[str, Promotion]:
    return {each.promotion_id: each for each in map(_promotion, found)}


def _faqs_by_id(found: Sequence[Row]) -> Mapping[str, Faq]:
    return {each.faq_id: each for each in map(_faq, found)}


async def pages_by_slugs(client: SanityClient, slugs: Sequence[str]) -> list[ContentPage | None]:
    """Content pages in the order of the slugs."""
    by_slug = await client.records(_PAGES_BY_SLUGS, {"slugs": list(slugs)}, _pages_by_slug, tag="pages.by-slugs")
    return [by_slug.get(each) for each in slugs]


async def pages_by_ids(client: SanityClient, ids: Sequence[str]) -> list[ContentPage | None]:
    """Content pages in the order of the ids."""
    by_id = await client.records(_PAGES_BY_IDS, {"ids": list(ids)}, _pages_by_id, tag="pages.by-ids")
    return [by_id.get(each) for each in ids]


async def promotions_by_ids(client: SanityClient, ids: Sequence[str]) -> list[Promotion | None]:
    """Promotions in the order of the ids."""
    by_id = await client.records(_PROMOTIONS_BY_IDS, {"ids": list(ids)}, _promotions_by_id, tag="promotions.by-ids")
    return [by_id.get(each) for each in ids]


async def faqs_by_ids(client: SanityClient, ids: Sequence[str]) -> list[Faq | None]:
    """Questions in the order of the ids."""
    by_id = await client.records(_FAQS_BY_IDS, {"ids": list(ids)}, _faqs_by_id, tag="faqs.by-ids")
    return [by_id.get(each) for each in ids]
