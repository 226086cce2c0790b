"""Services on offer: trades, lessons, parties, repairs and professions with rates and areas served."""

from __future__ import annotations

from random import Random

from demo.categories import AVAILABILITY
from demo.draws import asking, between, some, split, table, voiced, weighted
from demo.offers import Offer, Value
from demo.people import Person
from demo.towns import Place

_PICTURES = {
    "plumbing": ("tools-1", "tools-2"),
    "electrical": ("solar-1", "tools-2"),
    "painting": ("paint-1",),
    "cleaning": ("cleaning-1",),
    "garden-services": ("garden-1",),
    "building": ("tools-1", "house-2"),
    "security": ("lock-1",),
    "tutoring": ("books-1",),
    "music-lessons": ("guitar-1",),
    "driving-lessons": ("hatchback-1",),
    "photography": ("camera-1",),
    "catering": ("cake-1",),
    "events": ("cake-1", "music-1"),
    "moving": ("truck-1", "bakkie-2"),
    "pet-care": ("paw-1",),
    "repairs": ("tools-2", "wheel-1"),
    "beauty": ("scissors-1",),
}
_OPENINGS = (
    "D:We are a small {town} team that answers the phone and turns up when we said we would.",
    "{years} years in the trade and most of our work still comes from word of mouth.",
    "Need help in {suburb} this week? We keep two slots a day open for urgent work.",
    "P:Owner-run and based in {suburb}: the person who quotes is the person who does the work.",
    "Fair prices, written quotes and no surprises on the invoice.",
    "D:Started in a garage in {town}, now serving families and body corporates all over {province}.",
    "P:I do one job at a time and I do it properly.",
    "Friendly, on time and happy to explain what we are doing and why.",
)
_PROOF = (
    "References from {suburb} and nearby are gladly given.",
    "All work carries a written guarantee of {months} months.",
    "D:We are insured and registered, and documents are available before we start.",
    "Pensioners get ten percent off, always.",
    "Photos of recent work can be sent on WhatsApp.",
    "Weekend bookings fill up first, so ask early.",
    "D:We bring our own equipment and leave the place cleaner than we found it.",
    "Card, EFT and SnapScan are all fine.",
    "Travel within {radius} km of {town} is free.",
)
_FORMS = (
    "{service} in {town}",
    "{service} - {suburb} and surrounds",
    "Reliable {lower} in {town}",
    "{service}, {years} years' experience, {town}",
    "Affordable {lower} in {suburb}, {town}",
    "{service} you can trust in {suburb}",
)

_URGENT = {"plumbing", "electrical", "security", "repairs", "moving"}


def make_service(rng: Random, where: Place, seller: Person) -> Offer:
    """One service somewhere."""
    service, category, _, span, unit, covers = weighted(rng, table("services"), 2)
    years = rng.randint(1, 32)
    radius = rng.randrange(10, 80, 5)
    words = {
        "service": service,
        "lower": service[0].lower() + service[1:],
        "town": where.town.name,
        "suburb": where.suburb,
        "province": where.town.province,
        "years": years,
        "months": rng.choice((3, 6, 12, 24)),
        "radius": radius,
    }
    openings, forms = (
        [each for each in lines if years >= 3 or "{years}" not in each]
        for lines in (voiced(_OPENINGS, is_dealer=seller.is_dealer), _FORMS)
    )
    told = [
        line.format(**words)
        for line in (*some(rng, openings, 2, 2), *some(rng, voiced(_PROOF, is_dealer=seller.is_dealer), 2, 3))
    ]
    attributes: dict[str, Value] = {
        "serviceArea": f"{where.town.name} and {radius} km around",
        "yearsInBusiness": years,
        "availability": _availability(rng, category),
        "certified": rng.random() < 0.6,
    }
    if unit in {"hour", "job"} and rng.random() < 0.4:
        attributes["callOutFee"] = rng.randrange(150, 700, 50)
    pictures = _PICTURES.get(category, ("briefcase-1",))
    return Offer(
        category=category,
        title=rng.choice(forms).format(**words),
        price=asking(rng, between(rng, span)) if rng.random() < 0.88 else None,
        unit=unit,
        attributes=attributes,
        paragraphs=(" ".join(told[:2]), " ".join(told[2:]), "What we do:"),
        points=tuple(f"{point[0].upper()}{point[1:]}" for point in split(covers, "|")),
        pictures=some(rng, pictures, 1, len(pictures)),
        tags=some(rng, (category, "free quote", "insured", where.town.name.lower()), 1, 3),
    )


def _availability(rng: Random, category: str) -> list[str]:
    offered = AVAILABILITY if category in _URGENT else AVAILABILITY[:3]
    return [each for each in offered if rng.random() < 0.55] or ["Weekdays"]
