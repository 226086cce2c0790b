"""Typed details of a listing by its top category, read from its attributes (S1-020, S1-021)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from domain.listings import AttributeValue


@dataclass(frozen=True, slots=True)
class VehicleDetails:
    """What a vehicle's listing says."""

    make: str | None = None
    model: str | None = None
    variant: str | None = None
    year: int | None = None
    mileage_km: int | None = None
    fuel: str | None = None
    transmission: str | None = None
    colour: str | None = None
    full_service_history: bool | None = None


@dataclass(frozen=True, slots=True)
class PropertyDetails:
    """What a property's listing says."""

    bedrooms: int | None = None
    bathrooms: float | None = None
    garages: int | None = None
    floor_size_m2: float | None = None
    erf_size_m2: float | None = None
    pets_allowed: bool | None = None
    furnished: bool | None = None
    extras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JobDetails:
    """What a vacancy's listing says."""

    company: str | None = None
    employment_type: str | None = None
    workplace: str | None = None
    experience_years: float | None = None


@dataclass(frozen=True, slots=True)
class ServiceDetails:
    """What a service's listing says."""

    service_area: str | None = None
    years_in_business: float | None = None
    availability: tuple[str, ...] = ()
    certified: bool | None = None


@dataclass(frozen=True, slots=True)
class GoodsDetails:
    """What a shop good's listing says."""

    brand: str | None = None
    colour: str | None = None
    size: str | None = None
    material: str | None = None
    storage_gb: int | None = None
    warranty_months: int | None = None
    delivery: bool | None = None


ListingDetails = VehicleDetails | PropertyDetails | JobDetails | ServiceDetails | GoodsDetails

_BY_TOP_CATEGORY: Mapping[str, type[Any]] = {
    "vehicles": VehicleDetails,
    "property": PropertyDetails,
    "jobs": JobDetails,
    "services": ServiceDetails,
    "shops": GoodsDetails,
}


def details_of(top_category_slug: str, attributes: Mapping[str, AttributeValue]) -> ListingDetails | None:
    """The details of a listing under that top category; values of another kind read as absent."""
    kind = _BY_TOP_CATEGORY.get(top_category_slug)
    if kind is None:
        return None
    values = {}
    for field in fields(kind):
        value = _fitting(str(field.type), attributes.get(_key(field.name)))
        if value is not None:
            values[field.name] = value
    details: ListingDetails = kind(**values)
    return details


def _key(name: str) -> str:
    """The attribute key of a field name: ``floor_size_m2`` is written ``floorSizeM2``."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _fitting(declared: str, value: AttributeValue | None) -> AttributeValue | None:
    if isinstance(value, bool):
        return value if "bool" in declared else None
    if isinstance(value, (int, float)):
        if "int" in declared:
            return int(value)
        return float(value) if "float" in declared else None
    if isinstance(value, tuple):
        return value if declared.startswith("tuple") else None
    return value if declared.startswith("str") else None
