"""Places: real South African towns with their suburbs, and points near them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import cos, radians, sin, sqrt, tau
from random import Random
from typing import Any

from demo.draws import pick, split, table

_KM_PER_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Town:
    """A town: centre in degrees, and the radius in km within which its suburbs lie."""

    name: str
    province: str
    lat: float
    lng: float
    weight: int
    radius: float
    suburbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one offer or person is: a suburb of a town and a point in it."""

    town: Town
    suburb: str
    lat: float
    lng: float

    def fields(self) -> dict[str, Any]:
        """The document fields that say where something is."""
        return {
            "city": self.town.name,
            "suburb": self.suburb,
            "province": self.town.province,
            "location": {"_type": "geopoint", "lat": self.lat, "lng": self.lng},
        }


@cache
def towns() -> tuple[Town, ...]:
    """Every town of the table."""
    return tuple(
        Town(name, province, float(lat), float(lng), int(weight), float(radius), tuple(split(suburbs, "|")))
        for name, province, lat, lng, weight, radius, suburbs in table("towns")
    )


def place(rng: Random, town: Town | None = None) -> Place:
    """A point in some suburb: larger towns come up more often, and each suburb keeps to its own side of its town."""
    known = towns()
    town = town or pick(rng, known, [each.weight for each in known])
    index = rng.randrange(len(town.suburbs))
    angle = tau * index / len(town.suburbs) + rng.uniform(-0.25, 0.25)
    distance = town.radius * sqrt(rng.uniform(0.08, 1.0)) / _KM_PER_DEGREE
    return Place(
        town,
        town.suburbs[index],
        round(town.lat + distance * sin(angle), 5),
        round(town.lng + distance * cos(angle) / cos(radians(town.lat)), 5),
    )
