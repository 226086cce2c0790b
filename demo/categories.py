"""The category tree and the attributes that listings of each category carry."""

from __future__ import annotations

from datetime import timedelta

from demo.documents import Document, reference, slug
from demo.draws import table
from demo.times import REFERENCE_NOW, instant

MAKES = tuple(dict.fromkeys(row[0] for row in table("vehicles")))
BRANDS = tuple(dict.fromkeys(row[1] for row in table("goods")))
COLOURS = ("White", "Silver", "Grey", "Black", "Blue", "Red", "Bronze", "Green", "Orange", "Beige")
EXTRAS = ("Pool", "Garden", "Braai area", "Borehole", "Solar power", "Fibre", "Security estate", "Sea view", "Study")
AVAILABILITY = ("Weekdays", "Evenings", "Weekends", "24 hours")

_TEXT = {"kind": "string", "options": [], "required": False, "facet": False}
_NUMBER = {"kind": "number", "options": [], "required": False, "facet": True, "min": 0}
_YES_NO = {"kind": "boolean", "options": [], "required": False, "facet": True}


def _one_of(*options: str) -> Document:
    return {"kind": "option", "options": list(options), "required": False, "facet": True}


def _any_of(*options: str) -> Document:
    return {"kind": "options", "options": list(options), "required": False, "facet": True}


_NEEDED = {"required": True}

ATTRIBUTES: dict[str, Document] = {
    "make": {"label": "Make", **_one_of(*MAKES), **_NEEDED},
    "model": {"label": "Model", **_TEXT, **_NEEDED, "facet": True},
    "variant": {"label": "Variant", **_TEXT},
    "year": {"label": "Year", **_NUMBER, **_NEEDED, "min": 1950, "max": 2027},
    "mileageKm": {"label": "Mileage", **_NUMBER, "unit": "km", "max": 1_500_000},
    "fuel": {"label": "Fuel", **_one_of("Petrol", "Diesel", "Hybrid", "Electric")},
    "transmission": {"label": "Transmission", **_one_of("Manual", "Automatic")},
    "colour": {"label": "Colour", **_TEXT, "facet": True},
    "fullServiceHistory": {"label": "Full service history", **_YES_NO},
    "bedrooms": {"label": "Bedrooms", **_NUMBER, **_NEEDED, "max": 20},
    "bathrooms": {"label": "Bathrooms", **_NUMBER, "max": 20},
    "garages": {"label": "Garages", **_NUMBER, "max": 12},
    "floorSizeM2": {"label": "Floor size", **_NUMBER, "unit": "m²", "max": 100_000},
    "erfSizeM2": {"label": "Erf size", **_NUMBER, "unit": "m²", "max": 50_000_000},
    "monthlyLevy": {"label": "Monthly levy", **_NUMBER, "unit": "R", "facet": False},
    "petsAllowed": {"label": "Pets allowed", **_YES_NO},
    "furnished": {"label": "Furnished", **_YES_NO},
    "extras": {"label": "Extras", **_any_of(*EXTRAS)},
    "company": {"label": "Company", **_TEXT, **_NEEDED},
    "employmentType": {
        "label": "Employment type",
        **_one_of("Permanent", "Contract", "Part time", "Learnership"),
        **_NEEDED,
    },
    "workplace": {"label": "Workplace", **_one_of("On site", "Hybrid", "Remote")},
    "experienceYears": {"label": "Experience", **_NUMBER, "unit": "years", "max": 40},
    "salaryMin": {"label": "Salary from", **_NUMBER, "unit": "R per month", "max": 1_000_000},
    "salaryMax": {"label": "Salary to", **_NUMBER, "unit": "R per month", "max": 1_000_000},
    "serviceArea": {"label": "Area served", **_TEXT, **_NEEDED},
    "yearsInBusiness": {"label": "Years in business", **_NUMBER, "unit": "years", "max": 100},
    "callOutFee": {"label": "Call-out fee", **_NUMBER, "unit": "R", "facet": False},
    "availability": {"label": "Available", **_any_of(*AVAILABILITY)},
    "certified": {"label": "Registered or certified", **_YES_NO},
    "brand": {"label": "Brand", **_one_of(*BRANDS)},
    "storageGb": {"label": "Storage", **_NUMBER, "unit": "GB", "max": 100_000},
    "screenInches": {"label": "Screen", **_NUMBER, "unit": "inch", "max": 200},
    "size": {"label": "Size", **_TEXT},
    "material": {"label": "Material", **_TEXT, "facet": True},
    "warrantyMonths": {"label": "Warranty left", **_NUMBER, "unit": "months", "max": 240},
    "delivery": {"label": "Delivery offered", **_YES_NO},
}

_VEHICLE = ("make", "model", "variant", "year", "mileageKm", "fuel", "transmission", "colour", "fullServiceHistory")
_TOWED = ("make", "model", "variant", "year", "colour", "fullServiceHistory")
_BUILDING = (
    *("bedrooms", "bathrooms", "garages", "floorSizeM2", "erfSizeM2", "monthlyLevy", "petsAllowed"),
    *("furnished", "extras"),
)
_LAND = ("erfSizeM2", "monthlyLevy", "extras")
_WORKSPACE = ("floorSizeM2", "garages", "extras")
_JOB = ("company", "employmentType", "workplace", "experienceYears", "salaryMin", "salaryMax")
_SERVICE = ("serviceArea", "yearsInBusiness", "callOutFee", "availability", "certified")
_GOOD = ("brand", "colour", "material", "size", "warrantyMonths", "delivery")
_DEVICE = ("brand", "colour", "storageGb", "screenInches", "warrantyMonths", "delivery")

_TREE = """
property | Property | | house |
property-for-sale | Property for sale | property | tag | land
property-to-rent | Property to rent | property | key | building
houses-for-sale | Houses for sale | property-for-sale | house | building
apartments-for-sale | Apartments for sale | property-for-sale | building | building
townhouses-for-sale | Townhouses for sale | property-for-sale | building | building
vacant-land | Vacant land | property-for-sale | map | land
farms | Farms and smallholdings | property-for-sale | tractor | building
houses-to-rent | Houses to rent | property-to-rent | house | building
apartments-to-rent | Apartments to rent | property-to-rent | building | building
rooms-to-rent | Rooms and cottages to rent | property-to-rent | door | building
commercial-property | Commercial property | property | office | workspace
vehicles | Vehicles | | car |
cars | Cars | vehicles | car | vehicle
hatchbacks | Hatchbacks | cars | car | vehicle
sedans | Sedans | cars | car | vehicle
suvs | SUVs | cars | car | vehicle
bakkies | Bakkies | vehicles | bakkie | vehicle
motorcycles | Motorcycles | vehicles | motorcycle | vehicle
trucks | Trucks, buses and vans | vehicles | truck | vehicle
caravans-trailers | Caravans and trailers | vehicles | caravan | towed
boats | Boats | vehicles | boat | towed
parts | Parts and accessories | vehicles | wheel | good
wheels-tyres | Wheels and tyres | parts | wheel | good
car-parts | Car parts and accessories | parts | cog | good
services | Services | | tools |
home-services | Home services | services | tools | service
plumbing | Plumbing | home-services | tap | service
electrical | Electrical and solar | home-services | bolt | service
painting | Painting | home-services | brush | service
cleaning | Cleaning | home-services | broom | service
garden-services | Garden services | home-services | leaf | service
building | Building and renovation | home-services | bricks | service
security | Security systems | home-services | lock | service
lessons | Lessons and tutoring | services | book | service
tutoring | Tutoring | lessons | book | service
music-lessons | Music lessons | lessons | music | service
driving-lessons | Driving lessons | lessons | wheel | service
celebrations | Weddings and parties | services | cake | service
photography | Photography and video | celebrations | camera | service
catering | Catering and cakes | celebrations | cake | service
events | Music, tents and hire | celebrations | music | service
professional | Professional services | services | briefcase | service
moving | Moving and transport | services | truck | service
beauty | Beauty and wellness | services | scissors | service
pet-care | Pet care | services | paw | service
repairs | Repairs | services | cog | service
jobs | Jobs | | briefcase | job
technology | Technology jobs | jobs | laptop | job
sales-marketing | Sales and marketing jobs | jobs | chart | job
hospitality | Hospitality jobs | jobs | cup | job
trades | Trades and artisan jobs | jobs | tools | job
healthcare | Healthcare jobs | jobs | heart | job
finance | Finance jobs | jobs | coins | job
education | Education and childcare jobs | jobs | book | job
logistics | Logistics and driving jobs | jobs | truck | job
administration | Administration jobs | jobs | folder | job
security-jobs | Security jobs | jobs | lock | job
agriculture | Agriculture jobs | jobs | tractor | job
shops | Shops | | bag |
electronics | Electronics | shops | phone | device
phones | Cell phones | electronics | phone | device
laptops | Laptops and computers | electronics | laptop | device
tvs-audio | TVs and audio | electronics | tv | device
gaming | Gaming | electronics | controller | device
cameras | Cameras and drones | electronics | camera | device
home-furniture | Home and furniture | shops | sofa | good
sofas | Couches and chairs | home-furniture | sofa | good
beds | Beds | home-furniture | bed | good
tables-desks | Tables, desks and antiques | home-furniture | table | good
appliances | Appliances | home-furniture | fridge | good
garden-tools | Garden, braai and tools | home-furniture | drill | good
sport-outdoor | Sport and outdoor | shops | bicycle | good
bicycles | Bicycles | sport-outdoor | bicycle | good
fitness | Fitness | sport-outdoor | dumbbell | good
camping | Camping, fishing and surf | sport-outdoor | tent | good
baby-kids | Baby and kids | shops | pram | good
prams | Prams, cots and car seats | baby-kids | pram | good
toys | Toys and play | baby-kids | toy | good
fashion | Fashion | shops | shirt | good
shoes | Shoes | fashion | shoe | good
clothing | Clothing | fashion | shirt | good
watches | Watches and jewellery | fashion | watch | good
leisure | Books, music and collecting | shops | book | good
instruments | Musical instruments | leisure | guitar | good
books | Books | leisure | book | good
collectables | Art and collectables | leisure | frame | good
"""

_SETS: dict[str, tuple[str, ...]] = {
    "": (),
    "vehicle": _VEHICLE,
    "towed": _TOWED,
    "building": _BUILDING,
    "land": _LAND,
    "workspace": _WORKSPACE,
    "job": _JOB,
    "service": _SERVICE,
    "good": _GOOD,
    "device": _DEVICE,
}
_ROWS = [[part.strip() for part in line.split("|")] for line in _TREE.strip().splitlines()]


def category_id(name: str) -> str:
    """The document id of a category."""
    return f"category-{name}"


def documents() -> list[Document]:
    """Every category, parents first.

    A category inherits its ancestors' definitions, and the nearer one wins; ours are complete wherever listings lie.
    """
    created = instant(REFERENCE_NOW - timedelta(days=700))
    return [
        {
            "_id": category_id(name),
            "_type": "category",
            "_createdAt": created,
            "_updatedAt": created,
            "title": title,
            "slug": slug(name),
            **({"parent": reference(category_id(parent))} if parent else {}),
            "icon": icon,
            "order": order,
            "description": f"{title} for sale, hire or contact all over South Africa."
            if not parent
            else f"{title} from dealers and private sellers near you.",
            "attributes": [{"_key": key, "key": key, **ATTRIBUTES[key]} for key in _SETS[kind]],
        }
        for order, (name, title, parent, icon, kind) in enumerate(_ROWS)
    ]
