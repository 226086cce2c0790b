"""The measured dataset: 10,000 listings, 1,000 users and 100 categories, always the same ones."""

from __future__ import annotations

import random
from typing import Any

_TOWNS = ("Cape Town", "Durban", "Pretoria", "Polokwane", "George", "Bloemfontein", "Mbombela", "Kimberley")
_WORDS = (
    "vintage",
    "solid",
    "rare",
    "light",
    "oak",
    "steel",
    "classic",
    "compact",
    "signed",
    "restored",
    "wide",
    "warm",
)
_THINGS = ("chair", "bicycle", "camera", "guitar", "table", "lamp", "tractor", "wardrobe", "radio", "kayak")
_STATUSES = ("active", "active", "active", "sold", "archived")


def make_documents(listings: int = 10_000, users: int = 1_000, categories: int = 100) -> list[dict[str, Any]]:
    """All documents in `_id` order."""
    chance = random.Random(20_260_101)
    documents = [_category(number) for number in range(categories)]
    documents += [_user(chance, number) for number in range(users)]
    documents += [_listing(chance, number, users, categories) for number in range(listings)]
    return sorted(documents, key=lambda document: str(document["_id"]))


def _category(number: int) -> dict[str, Any]:
    return {
        "_id": f"category-{number:03d}",
        "_type": "category",
        "title": f"Category {number}",
        "slug": {"_type": "slug", "current": f"category-{number}"},
        "order": number,
    }


def _user(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "_id": f"user-{number:04d}",
        "_type": "publicUser",
        "handle": f"user{number}",
        "displayName": f"{chance.choice(_WORDS).title()} {chance.choice(_THINGS).title()}",
        "verified": chance.random() < 0.3,
    }


def _listing(chance: random.Random, number: int, users: int, categories: int) -> dict[str, Any]:
    title = f"{chance.choice(_WORDS).title()} {chance.choice(_WORDS)} {chance.choice(_THINGS)}"
    day = chance.randrange(365)
    return {
        "_id": f"listing-{number:05d}",
        "_type": "listing",
        "_createdAt": f"2025-{day // 31 + 1:02d}-{day % 28 + 1:02d}T08:00:00Z",
        "title": title,
        "slug": {"_type": "slug", "current": f"{title.lower().replace(' ', '-')}-{number}"},
        "seller": {"_type": "reference", "_ref": f"user-{chance.randrange(users):04d}"},
        "category": {"_type": "reference", "_ref": f"category-{chance.randrange(categories):03d}"},
        "price": {"amountMinor": chance.randrange(1_000, 5_000_000), "currency": "ZAR"},
        "city": chance.choice(_TOWNS),
        "status": chance.choice(_STATUSES),
        "tags": chance.sample(_WORDS, 3),
        "body": [
            {
                "_type": "block",
                "_key": f"b{number}",
                "style": "normal",
                "children": [
                    {
                        "_type": "span",
                        "_key": "s",
                        "text": f"A {title.lower()} from {chance.choice(_TOWNS)}.",
                        "marks": [],
                    }
                ],
                "markDefs": [],
            }
        ],
    }
