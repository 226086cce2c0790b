"""Twenty thousand seeded listings to search."""

import random
from typing import Any

MODELS = {
    "Toyota": ("Hilux", "Corolla", "Fortuner", "Quest", "Starlet"),
    "Volkswagen": ("Polo", "Amarok", "Tiguan", "Caddy"),
    "Ford": ("Ranger", "Everest", "Fiesta", "EcoSport"),
    "Nissan": ("Navara", "Micra", "Qashqai", "Magnite"),
    "Isuzu": ("KB250", "MU-X", "NPR"),
    "Hyundai": ("Grand", "Tucson", "Venue", "Creta"),
    "Suzuki": ("Swift", "Jimny", "Ertiga", "Ignis"),
    "Mahindra": ("Pik", "Scorpio", "Bolero"),
}
CITIES = {
    "Johannesburg": (-26.2041, 28.0473),
    "Pretoria": (-25.7479, 28.2293),
    "Cape Town": (-33.9249, 18.4241),
    "Durban": (-29.8587, 31.0218),
    "Gqeberha": (-33.9608, 25.6022),
    "Bloemfontein": (-29.0852, 26.1596),
    "Polokwane": (-23.9045, 29.4689),
    "Mbombela": (-25.4753, 30.9694),
    "Kimberley": (-28.7282, 24.7499),
    "East London": (-33.0292, 27.8546),
    "George": (-33.9881, 22.4530),
    "Upington": (-28.4478, 21.2561),
}
CONDITIONS = ("new", "like-new", "good", "fair", "for-parts")
_PHRASES = (
    "one owner full service history tow bar canopy leather seats bluetooth camera immaculate spare keys "
    "mileage finance available accident free diesel petrol manual automatic alloy wheels roadworthy "
    "certificate papers order licensed garage parked aircon electric windows sunroof spotless interior "
    "negotiable urgent sale moving overseas daily driver"
)
WORDS = tuple(_PHRASES.split(" "))


def listings(count: int, *, seed: int = 20) -> list[dict[str, Any]]:
    """Seeded listing documents in the shape of the listing index."""
    draw = random.Random(seed)
    return [_listing(draw, number) for number in range(count)]


def _listing(draw: random.Random, number: int) -> dict[str, Any]:
    make = draw.choice(list(MODELS))
    model = draw.choice(MODELS[make])
    year = draw.randint(2005, 2025)
    city = draw.choice(list(CITIES))
    latitude, longitude = CITIES[city]
    engine, trim = draw.choice(("2.0", "2.4", "2.8")), draw.choice(("GD", "TSI", "dCi", "XS"))
    return {
        "id": f"listing-{number:06d}",
        "title": f"{year} {make} {model} {engine} {trim}",
        "text": " ".join(draw.choices(WORDS, k=40)),
        "attributes": {"make": make, "model": model, "year": year, "mileageKm": draw.randint(0, 300) * 1000},
        "priceMinor": draw.randint(200, 9000) * 10_000,
        "currency": "ZAR",
        "city": city,
        "condition": draw.choice(CONDITIONS),
        "_geo": {"lat": round(latitude + draw.gauss(0, 0.2), 5), "lng": round(longitude + draw.gauss(0, 0.2), 5)},
        "status": "active",
        "promotedRank": int(draw.random() < 0.05),
        "publishedAt": 1_700_000_000_000_000 + draw.randint(0, 60_000_000) * 1_000_000,
    }


SETTINGS = {
    "searchableAttributes": ["title", "attributes", "city", "text"],
    "filterableAttributes": ["attributes", "priceMinor", "currency", "city", "condition", "status", "_geo"],
    "sortableAttributes": ["priceMinor", "publishedAt", "_geo"],
    "rankingRules": [
        "sort",
        "words",
        "typo",
        "proximity",
        "attribute",
        "exactness",
        "promotedRank:desc",
        "publishedAt:desc",
    ],
}
