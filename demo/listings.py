"""Listings: offers of five trades turned into documents with sellers, times, statuses and promotion."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from demo.categories import category_id
from demo.documents import Document, body, image, money, reference, slug
from demo.draws import pick, stream
from demo.jobs import make_job
from demo.offers import Offer
from demo.people import Person
from demo.properties import make_property
from demo.services import make_service
from demo.shops import make_good
from demo.times import instant
from demo.towns import Place, place
from demo.vehicles import make_vehicle

MAKERS: dict[str, tuple[int, Callable[[Random, Place, Person], Offer]]] = {
    "vehicles": (920, make_vehicle),
    "property": (740, make_property),
    "shops": (780, make_good),
    "services": (400, make_service),
    "jobs": (360, make_job),
}
"""How many listings of each trade there are, and who makes one."""

_DAYS_LISTED = 120
_STATUSES = ("active", "sold", "archived", "draft")
_STATUS_WEIGHTS = (88, 6, 4, 2)
_ARTICLE = re.compile(r"\b([Aa]) (?=(?:[aeioAEIO](?!ne-)|HR\b))")


def listings(seed: int, now: datetime, people: list[Person]) -> list[Document]:
    """Every listing, in id order; drafts that were never published have ids under `drafts.`."""
    trades = [trade for trade, (count, _) in MAKERS.items() for _ in range(count)]
    stream(seed, "trades").shuffle(trades)
    found: list[Document] = []
    for index, trade in enumerate(trades, start=1):
        rng = stream(seed, f"listing/{index}")
        seller = _seller(rng, trade, people)
        where = place(rng, seller.town)
        offer = MAKERS[trade][1](rng, where, seller)
        found.append(_document(rng, index, offer, seller, now) | where.fields())
    return found


def _seller(rng: Random, trade: str, people: list[Person]) -> Person:
    """A dealer keeps to one trade; anybody else sells anything (but only firms advertise jobs often)."""
    share = {"vehicles": 0.5, "property": 0.7, "jobs": 0.85, "services": 0.5, "shops": 0.3}[trade]
    from_dealer = rng.random() < share
    return rng.choice(
        [each for each in people if each.trade == trade] if from_dealer else [p for p in people if not p.trade]
    )


def _document(rng: Random, index: int, offer: Offer, seller: Person, now: datetime) -> Document:
    number = f"{index:06}"
    status = pick(rng, _STATUSES, _STATUS_WEIGHTS)
    created = now - timedelta(seconds=int(rng.triangular(1_800, _DAYS_LISTED * 86_400, 1_800)))
    touched = created + timedelta(seconds=rng.randrange(0, max(1, int((now - created).total_seconds() // 3))))
    title = articles(offer.title)
    title = title[0].upper() + title[1:] if not title.startswith("iP") else title
    document: Document = {
        "_id": f"drafts.listing-{number}" if status == "draft" else f"listing-{number}",
        "_type": "listing",
        "_createdAt": instant(created),
        "_updatedAt": instant(touched),
        "title": title,
        "slug": slug(title, str(index)),
        "seller": reference(seller.document_id),
        "category": reference(category_id(offer.category)),
        "body": body([articles(text) for text in offer.paragraphs], offer.points),
        "images": [image(name, f"{title}, picture {at + 1}", f"i{at}") for at, name in enumerate(offer.pictures)],
        **({} if offer.price is None else {"price": money(offer.price)}),
        "priceUnit": offer.unit,
        "negotiable": offer.price is not None and rng.random() < 0.3,
        **({"condition": offer.condition} if offer.condition else {}),
        "attributes": [{"_key": key, "key": key, "value": value} for key, value in offer.attributes.items()],
        "status": status,
        "tags": list(dict.fromkeys(offer.tags)),
    }
    if status == "draft":
        return document
    document |= {"publishedAt": instant(created), "expiresAt": instant(created + timedelta(days=150))}
    if rng.random() < 0.1:
        document["promotedUntil"] = instant(now + timedelta(hours=rng.randrange(-400, 700)))
    return document


def unfinished_edits(seed: int, found: list[Document], now: datetime) -> list[Document]:
    """Drafts over published listings, as an editor's unfinished change leaves them."""
    rng = stream(seed, "edits")
    published = [each for each in found if each["status"] == "active" and "price" in each]
    return [
        {
            **each,
            "_id": f"drafts.{each['_id']}",
            "_updatedAt": instant(now - timedelta(minutes=rng.randrange(5, 600))),
            "title": f"{each['title']} (price reduced)",
            "price": {**each["price"], "amountMinor": each["price"]["amountMinor"] // 10_000 * 9_000},
        }
        for each in rng.sample(published, 12)
    ]


def articles(text: str) -> str:
    """The text with "a" before a vowel turned into "an"."""
    return _ARTICLE.sub(r"\1n ", text)
