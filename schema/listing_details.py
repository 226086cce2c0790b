"""Typed details of listings as clients see them."""

from typing import Annotated

import strawberry

from domain import listing_details as domain
from schema.fields import attribute
from schema.nodes import view


@view(of=domain.VehicleDetails, description="Details of a vehicle.")
class VehicleDetails:
    """A view of `domain.listing_details.VehicleDetails`."""

    make: str | None = attribute("Who built it.")
    model: str | None = attribute("The model.")
    variant: str | None = attribute("The variant of the model.")
    year: int | None = attribute("The model year.")
    mileage_km: int | None = attribute("Kilometres driven.")
    fuel: str | None = attribute("What it runs on.")
    transmission: str | None = attribute("Manual or automatic.")
    colour: str | None = attribute("Its colour.")
    full_service_history: bool | None = attribute("Whether every service is on record.")


@view(of=domain.PropertyDetails, description="Details of a property.")
class PropertyDetails:
    """A view of `domain.listing_details.PropertyDetails`."""

    bedrooms: int | None = attribute("How many bedrooms.")
    bathrooms: float | None = attribute("How many bathrooms; a half is a toilet only.")
    garages: int | None = attribute("How many garages.")
    floor_size_m2: float | None = strawberry.field(name="floorSizeM2", description="Floor size in square metres.")
    erf_size_m2: float | None = strawberry.field(name="erfSizeM2", description="Erf size in square metres.")
    pets_allowed: bool | None = attribute("Whether pets are welcome.")
    furnished: bool | None = attribute("Whether it comes furnished.")
    extras: list[str] = attribute("Pool, garden and the like.")


@view(of=domain.JobDetails, description="Details of a vacancy.")
class JobDetails:
    """A view of `domain.listing_details.JobDetails`."""

    company: str | None = attribute("Who hires.")
    employment_type: str | None = attribute("Permanent, contract and the like.")
    workplace: str | None = attribute("On site, hybrid or remote.")
    experience_years: float | None = attribute("Years of experience asked for.")


@view(of=domain.ServiceDetails, description="Details of a service.")
class ServiceDetails:
    """A view of `domain.listing_details.ServiceDetails`."""

    service_area: str | None = attribute("Where it is offered.")
    years_in_business: float | None = attribute("For how long it has been offered.")
    availability: list[str] = attribute("When it is offered.")
    certified: bool | None = attribute("Whether the provider is registered or certified.")


@view(of=domain.GoodsDetails, description="Details of a shop good.")
class GoodsDetails:
    """A view of `domain.listing_details.GoodsDetails`."""

    brand: str | None = attribute("Who made it.")
    colour: str | None = attribute("Its colour.")
    size: str | None = attribute("Its size.")
    material: str | None = attribute("What it is made of.")
    storage_gb: int | None = attribute("Storage of a device in gigabytes.")
    warranty_months: int | None = attribute("Months of warranty left.")
    delivery: bool | None = attribute("Whether the seller delivers.")


ListingDetails = Annotated[
    VehicleDetails | PropertyDetails | JobDetails | ServiceDetails | GoodsDetails,
    strawberry.union("ListingDetails", description="Details by the listing's top category."),
]
