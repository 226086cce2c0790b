"""Auctions and sales: running, coming, ended and cancelled ones around the dataset's reference moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from demo.documents import Document, body, reference, slug
from demo.draws import asking, stream
from demo.times import instant

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """When an auction runs, counted from the reference moment."""

    status: str
    starts: timedelta
    ends: timedelta
    sale: str | None = None
    lot_number: int | None = None


def _slots() -> list[Slot]:
    running = [Slot("open", -24 * _HOUR, each) for each in _minutes(12, 25, 45, 75, 120, 300, 700, 1_500, 2_900, 4_300)]
    coming = [
        Slot("scheduled", each, each + 48 * _HOUR) for each in _minutes(6, 30, 90, 360, 1_440, 4_320, 8_640, 10_080)
    ]
    ended = [Slot("ended", -each - 72 * _HOUR, -each) for each in _minutes(90, 600, 2_880, 8_640, 20_160, 40_320)]
    other = [Slot("cancelled", -48 * _HOUR, 12 * _HOUR), Slot("draft", 96 * _HOUR, 168 * _HOUR)]
    tonight = [_lot("open", "sale-001", -6 * _HOUR, 2 * _HOUR, number) for number in range(1, 9)]
    later = [_lot("scheduled", "sale-002", 72 * _HOUR, 96 * _HOUR, number) for number in range(1, 7)]
    return [*running, *coming, *ended, *other, *tonight, *later]


def _minutes(*counts: int) -> list[timedelta]:
    return [timedelta(minutes=count) for count in counts]


def _lot(status: str, sale: str, starts: timedelta, ends: timedelta, number: int) -> Slot:
    return Slot(status, starts, ends + (number - 1) * timedelta(seconds=_GAP_SECONDS), sale, number)


_GAP_SECONDS = 120
_SALES = (
    ("sale-001", "Evening sale: bakkies, watches and collectables", -6 * _HOUR, 2 * _HOUR),
    ("sale-002", "Weekend estate sale", 72 * _HOUR, 96 * _HOUR),
)
_RULES = (
    "Bids are binding. The highest bid when the time is over wins, provided that the reserve is met.",
    "A bid in the last two minutes moves the end, so that everybody has time to answer.",
    "The buyer pays within 48 hours and collects within seven days.",
    "See [how auctions work](/pages/how-auctions-work) for steps, reserves and automatic bids.",
)


def sales(now: datetime) -> list[Document]:
    """Auction events whose lots end one after the other."""
    made = instant(now - timedelta(days=20))
    return [
        {
            "_id": document_id,
            "_type": "sale",
            "_createdAt": made,
            "_updatedAt": made,
            "title": title,
            "slug": slug(title),
            "startsAt": instant(now + starts),
            "endsAt": instant(now + ends),
            "gapSeconds": _GAP_SECONDS,
            "currency": "ZAR",
        }
        for document_id, title, starts, ends in _SALES
    ]


def auctions(seed: int, now: datetime, listings: list[Document]) -> list[Document]:
    """Auctions of listings, which are changed to point back at them (weakly, as either may be removed first)."""
    rng = stream(seed, "auctions")
    slots = _slots()
    fit = [each for each in listings if _is_fit(each)]
    found: list[Document] = []
    for number, (slot, listing) in enumerate(zip(slots, rng.sample(fit, len(slots)), strict=True), start=1):
        document_id = f"auction-{number:04}"
        listing["auction"] = reference(document_id, weak=True)
        stored_id = f"drafts.{document_id}" if slot.status == "draft" else document_id
        found.append(_auction(rng, stored_id, slot, listing, now))
    return found


def _is_fit(listing: Document) -> bool:
    """Things and vehicles worth bidding for: active, priced in total, and neither drafts nor too dear."""
    price = listing.get("price", {}).get("amountMinor", 0)
    fits = (
        listing["status"] == "active" and listing["priceUnit"] == "total" and not listing["_id"].startswith("drafts.")
    )
    return fits and 150_000 <= price <= 90_000_000 and "condition" in listing


def _auction(rng: Random, document_id: str, slot: Slot, listing: Document, now: datetime) -> Document:
    value = listing["price"]["amountMinor"] // 100
    start = asking(rng, value * rng.uniform(0.3, 0.55))
    reserve = asking(rng, value * rng.uniform(0.7, 0.9)) if rng.random() < 0.7 else None
    step = max(5_000, start) if rng.random() < 0.3 else None
    buy_now = asking(rng, value * rng.uniform(1.05, 1.2)) if rng.random() < 0.25 else None
    made = instant(min(now, now + slot.starts) - timedelta(days=rng.randint(2, 9)))
    return {
        "_id": document_id,
        "_type": "auction",
        "_createdAt": made,
        "_updatedAt": made,
        "listing": reference(listing["_id"]),
        "startsAt": instant(now + slot.starts),
        "endsAt": instant(now + slot.ends),
        "startPriceMinor": start * 100,
        **({"reserveMinor": reserve * 100} if reserve else {}),
        **({"buyNowMinor": buy_now * 100} if buy_now else {}),
        **({"incrementMinor": step} if step else {"incrementPolicy": "default"}),
        "currency": "ZAR",
        "rules": body(_RULES),
        "status": slot.status,
        **({"sale": reference(slot.sale), "lotNumber": slot.lot_number} if slot.sale else {}),
    }
