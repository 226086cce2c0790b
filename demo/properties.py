"""Property for sale and to rent: homes, land, farms and business premises, priced by size, kind and town."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from demo.categories import EXTRAS
from demo.draws import asking, pick, some, voiced
from demo.offers import Offer, Value
from demo.people import Person
from demo.towns import Place


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of property: rand per square metre of floor (sale) or rand a month per square metre (rent)."""

    category: str
    noun: str
    weight: int
    bedrooms: tuple[int, int]
    floor: tuple[int, int]
    rate: int
    pictures: tuple[str, ...]
    erf: tuple[int, int] | None = None
    rented: bool = False


_HOUSE = ("house-1", "house-2", "house-3", "interior-1", "interior-2", "interior-3")
_FLAT = ("apartment-1", "apartment-2", "interior-1", "interior-2", "interior-3")
KINDS = (
    Kind("houses-for-sale", "house", 26, (2, 6), (95, 420), 10_500, _HOUSE, erf=(350, 1_900)),
    Kind("apartments-for-sale", "apartment", 16, (1, 3), (34, 130), 17_500, _FLAT),
    Kind("townhouses-for-sale", "townhouse", 10, (2, 4), (75, 210), 13_000, ("townhouse-1", *_FLAT[2:])),
    Kind("vacant-land", "erf", 6, (0, 0), (0, 0), 1_150, ("land-1", "farm-1"), erf=(400, 2_400)),
    Kind("farms", "smallholding", 4, (2, 6), (120, 480), 9_000, ("farm-1", "land-1", "house-3"), erf=(10_000, 420_000)),
    Kind("houses-to-rent", "house", 12, (2, 5), (80, 320), 92, _HOUSE, erf=(300, 1_400), rented=True),
    Kind("apartments-to-rent", "apartment", 16, (1, 3), (32, 120), 148, _FLAT, rented=True),
    Kind(
        "rooms-to-rent",
        "garden cottage",
        8,
        (1, 1),
        (18, 55),
        135,
        ("interior-1", "interior-2", "house-1"),
        rented=True,
    ),
    Kind("commercial-property", "office", 5, (0, 0), (45, 900), 118, ("office-1", "office-2"), rented=True),
)
_DEAR = {
    "Sandton": 1.45,
    "Cape Town": 1.9,
    "Claremont": 1.6,
    "Constantia": 1.8,
    "Umhlanga": 1.55,
    "Stellenbosch": 1.7,
    "Ballito": 1.35,
    "Hermanus": 1.35,
    "Knysna": 1.25,
    "Fish Hoek": 1.4,
    "Durbanville": 1.3,
    "Somerset West": 1.3,
    "Table View": 1.3,
    "Langebaan": 1.2,
    "Soweto": 0.62,
    "Mitchells Plain": 0.6,
    "Welkom": 0.45,
    "Springbok": 0.5,
    "Klerksdorp": 0.65,
    "Newcastle": 0.6,
    "Komani": 0.6,
    "Mthatha": 0.7,
    "Vanderbijlpark": 0.7,
    "Secunda": 0.7,
    "Kimberley": 0.7,
    "Vereeniging": 0.68,
    "Sasolburg": 0.62,
    "Mahikeng": 0.7,
    "Upington": 0.7,
    "Clarens": 1.1,
}
_LOOKS = (
    *("Sunny", "Spacious", "Neat", "Charming", "Modern", "Renovated", "Family", "Secure", "Lock-up-and-go"),
    *("North-facing", "Character", "Double-storey", "Quiet", "Light and airy", "Well-priced"),
)
_OPENINGS = (
    "Set in a quiet street of {suburb}, this {noun} has been loved by one family for {years} years.",
    "A {look} {noun} within walking distance of schools and shops in {suburb}.",
    "Rarely does a {noun} in this part of {suburb} come to the market.",
    "From the front door the eye goes straight through to the garden: a {look} {noun} in {suburb}.",
    "If you have been looking for a {noun} in {town} with room to breathe, come and see this one.",
    "Behind a private wall in {suburb} lies this {look} {noun}.",
    "Position is everything, and this {noun} is minutes from the main routes out of {town}.",
    "Freshly painted and ready to move into, this {look} {noun} asks nothing of you.",
    "D:The sellers are moving closer to their grandchildren, and this {noun} in {suburb} is for you.",
)
_LIVING = (
    "The open-plan kitchen has granite tops, a gas hob and space for three appliances.",
    "H:The lounge opens on stacking doors to a covered patio with a built-in braai.",
    "H:Original Oregon floors run through the living rooms and have been sanded.",
    "There is a separate laundry, a pantry and plenty of built-in cupboards.",
    "The main bedroom has an en-suite bathroom and catches the morning sun.",
    "H:Prepaid electricity and a JoJo tank of {litres} litres keep the bills down.",
    "An inverter with lithium batteries is included, so load-shedding passes unnoticed.",
    "Fibre is in and working, which makes the study a real place of work.",
    "The bathrooms were redone last year with walk-in showers.",
    "H:A flatlet with its own entrance can earn an income or house a parent.",
    "H:The garden is established, with a lemon tree and a borehole on a timer.",
    "H:Staff quarters and a double carport complete the picture.",
)
_CLOSINGS = (
    "Show day on Sunday from two to five; otherwise by appointment.",
    "Rates are about R{rates} a month and levies are up to date.",
    "Transfer can be quick, as the bond has been paid off.",
    "Close to {town}'s good schools, the clinic and the taxi route.",
    "The estate has one guarded gate and beams along the wall.",
    "Pets are welcome with the body corporate's consent.",
    "The area has an active neighbourhood watch and street cameras.",
    "P:Private sale, so no agents please.",
    "D:Our agent for {suburb} gladly shows it after hours.",
    "D:Sole mandate, so you will find it nowhere else.",
)
_RENT = (
    "Rent is due on the first; the deposit is one month and is held in an interest-bearing account.",
    "A twelve-month lease is preferred, and proof of income will be asked for.",
    "Water is included; electricity is prepaid.",
    "Available from the first of next month, and viewing can be arranged this week.",
    "One parking bay is included and a second may be rented.",
    "D:Credit and reference checks are part of the application.",
    "P:I let it myself and live nearby.",
)
_PREMISES = (
    "White-boxed and ready for your fit-out.",
    "Good visibility from the main road and ample visitors' parking.",
    "Three-phase power and a roller door at the back.",
    "The building has a generator, a lift and 24-hour guarding.",
    "Rent excludes VAT and utilities; the first month is free on a three-year lease.",
    "The previous tenant was a medical practice, so plumbing is in each room.",
)
_GROUND = (
    "The stand is level and all services are at the boundary.",
    "No building clause, so you may wait and build when you are ready.",
    "Views stretch to the mountains on a clear day.",
    "Building plans for a family home are available to the buyer.",
    "Water rights, a borehole of 5,000 litres an hour and good fencing.",
    "A tarred road leads to the gate.",
)

_TITLES = (
    "{bedrooms} bedroom {noun} {deal} in {suburb}",
    "{look} {bedrooms} bedroom {noun} in {suburb}, {town}",
    "{look} {noun} {deal} in {suburb}",
    "{suburb}: {bedrooms}-bed {noun} {deal}",
)
_TITLES_BY_SIZE = (
    "{size} m² {noun} {deal} in {suburb}",
    "{noun} {deal}: {suburb}, {town}",
    "{look} {noun}, {size} m², {suburb}",
)


def make_property(rng: Random, where: Place, seller: Person) -> Offer:
    """One property somewhere."""
    kind = pick(rng, KINDS, [each.weight for each in KINDS])
    bedrooms = rng.randint(*kind.bedrooms)
    low, high = kind.floor
    share = (
        0.5
        if kind.bedrooms[0] == kind.bedrooms[1]
        else (bedrooms - kind.bedrooms[0]) / (kind.bedrooms[1] - kind.bedrooms[0])
    )
    floor = round(low + (high - low) * min(1.0, max(0.0, 0.75 * share + rng.uniform(0.0, 0.35))))
    erf = round(rng.triangular(kind.erf[0], kind.erf[1], kind.erf[0] * 1.6)) if kind.erf else 0
    erf = max(erf, round(floor * 1.3)) if kind.erf else 0
    look = rng.choice(_LOOKS)
    words = {
        "noun": kind.noun,
        "look": look.lower(),
        "suburb": where.suburb,
        "town": where.town.name,
        "years": rng.randint(4, 38),
        "litres": rng.choice(("2 500", "5 000", "10 000")),
        "rates": f"{rng.randrange(450, 3_900, 50):,}",
    }
    told = [line.format(**words) for line in _stories(rng, kind, is_dealer=seller.is_dealer)]
    return Offer(
        category=kind.category,
        title=_title(rng, kind, {"look": look, "bedrooms": bedrooms, "size": floor or erf}, where),
        price=asking(rng, _price(rng, kind, floor, erf, where)),
        unit="month" if kind.rented else "total",
        attributes=_attributes(rng, kind, bedrooms, floor, erf),
        paragraphs=(" ".join(told[:2]), " ".join(told[2:4]), *told[4:]),
        points=(),
        pictures=some(rng, kind.pictures, min(2, len(kind.pictures)), 4),
        tags=some(rng, (kind.noun, where.suburb.lower(), "to rent" if kind.rented else "for sale", look.lower()), 1, 3),
    )


def _stories(rng: Random, kind: Kind, *, is_dealer: bool) -> list[str]:
    openings, closings, rent = (voiced(each, is_dealer=is_dealer) for each in (_OPENINGS, _CLOSINGS, _RENT))
    is_flat = kind.erf is None
    living = [line.removeprefix("H:") for line in _LIVING if not (is_flat and line.startswith("H:"))]
    opening = rng.choice(openings)
    if kind.category == "vacant-land":
        return [_OPENINGS[2], *some(rng, _GROUND[:4], 2, 2), rng.choice(_CLOSINGS[2:4])]
    if kind.category == "farms":
        return [opening, *some(rng, living, 1, 1), *some(rng, _GROUND, 2, 2), rng.choice(_CLOSINGS[2:4])]
    if kind.category == "commercial-property":
        return [_OPENINGS[6], *some(rng, _PREMISES, 3, 4)]
    if kind.rented:
        return [opening, *some(rng, living, 2, 3), *some(rng, rent, 2, 2)]
    return [opening, *some(rng, living, 3, 4), *some(rng, closings, 1, 2)]


def _price(rng: Random, kind: Kind, floor: int, erf: int, where: Place) -> float:
    measured = erf if kind.category == "vacant-land" else floor
    ground = 6 * erf if kind.category == "farms" else 0
    dear = _DEAR.get(where.town.name, 1.0)
    return (measured * kind.rate * (dear**0.7 if kind.rented else dear) + ground) * rng.triangular(0.7, 1.5, 0.95)


def _attributes(rng: Random, kind: Kind, bedrooms: int, floor: int, erf: int) -> dict[str, Value]:
    found: dict[str, Value] = {}
    if bedrooms:
        found |= {"bedrooms": bedrooms, "bathrooms": max(1, min(bedrooms, round(bedrooms * rng.uniform(0.5, 0.9))))}
    if kind.category != "vacant-land":
        found |= {"garages": rng.randint(0, min(4, 1 + floor // 120)), "floorSizeM2": floor}
    if erf:
        found["erfSizeM2"] = erf
    if kind.category in {"apartments-for-sale", "townhouses-for-sale"}:
        found["monthlyLevy"] = rng.randrange(750, 3_600, 25)
    if bedrooms:
        found["petsAllowed"] = rng.random() < 0.5
    if kind.rented and bedrooms:
        found["furnished"] = rng.random() < 0.2
    return {**found, "extras": list(some(rng, EXTRAS, 1, 4))}


def _title(rng: Random, kind: Kind, facts: dict[str, str | int], where: Place) -> str:
    """A title: land and premises by their size, homes by their bedrooms or their charm."""
    if kind.category == "rooms-to-rent":
        noun = rng.choice(("garden cottage", "room", "bachelor flat", "granny flat"))
        return f"{facts['look']} {noun} to rent in {where.suburb}, {where.town.name}"
    forms = _TITLES if facts["bedrooms"] else _TITLES_BY_SIZE
    deal = "to rent" if kind.rented else "for sale"
    words = {**facts, "noun": kind.noun, "deal": deal, "suburb": where.suburb, "town": where.town.name}
    return rng.choice(forms).format(**words)
