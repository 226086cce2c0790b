"""Vehicles for sale: real makes, models and variants with mileages and prices that fit their age."""

from __future__ import annotations

from random import Random

from demo.categories import COLOURS
from demo.draws import Row, asking, pick, some, split, table, voiced, weighted
from demo.offers import Offer, Value
from demo.people import Person
from demo.times import REFERENCE_NOW
from demo.towns import Place

_PICTURES = {
    "hatchbacks": ("hatchback-1", "hatchback-2", "wheel-1"),
    "sedans": ("sedan-1", "sedan-2", "wheel-1"),
    "suvs": ("suv-1", "suv-2", "wheel-1"),
    "bakkies": ("bakkie-1", "bakkie-2", "bakkie-3", "wheel-1"),
    "motorcycles": ("motorcycle-1", "motorcycle-2"),
    "trucks": ("truck-1", "truck-2"),
    "caravans-trailers": ("caravan-1",),
    "boats": ("boat-1",),
}
_OPENINGS = (
    "One-owner {car} that has been looked after from the first day.",
    "P:Selling my {car} because we are expecting and need something bigger.",
    "D:This {car} has just come in as a trade-in and is priced to go this week.",
    "Honest {car}, no secrets and no lights on the dash.",
    "P:I am relocating and have to part with my {car}.",
    "Well-kept {car} in {colour}, garaged every night in {suburb}.",
    "A {year} {model} in the colour everyone asks for: {colour}.",
    "D:Ex-fleet {car}, kept to the letter of its service plan.",
    "P:My late father's {car}; he would want it to go to someone who cares.",
    "D:Just arrived on our floor in {town}: {car}, {colour}, ready to drive away.",
    "D:Our {suburb} branch offers this {car} with a full inspection report.",
    "Looking for a reliable {model}? This {year} example ticks the boxes.",
    "P:We have had this {car} for years and it never left us standing.",
    "P:Upgraded last month, so the {model} must go to a new home.",
)
_WEAR = (
    "It shows {km} km, almost all of it highway between {town} and the coast.",
    "P:{km} km on the clock and it still pulls like the day I bought it.",
    "Mileage is {km} km and every service stamp is in the book.",
    "At {km} km it has just had its major service, invoices available.",
    "With {km} km there is plenty of life left in it.",
    "P:The odometer stands at {km} km and will creep up slightly, as I drive it daily.",
    "{km} km since new, verified against the service invoices.",
)
_STATE = (
    "Tyres have about {tread}% tread left and the battery is this year's.",
    "There is a small parking dent on the left rear door, otherwise the body is straight.",
    "New brake pads and discs were fitted two months ago.",
    "The interior has seat covers from new and nobody has ever smoked in it.",
    "Windscreen was replaced last summer, no chips since.",
    "Paint is original on every panel and has been ceramic coated.",
    "A few stone chips on the bonnet, priced accordingly.",
    "Aircon is ice cold, and all windows and locks work.",
    "The cam belt and water pump were done at the last service.",
    "Suspension bushes are new, so it drives tight and quiet.",
    "Roadworthy certificate is done and licence is paid until next year.",
    "Both keys, the spare wheel and the tool set are present.",
)
_STANDING_STATE = (
    "Wheel bearings were repacked before the last holiday.",
    "It has always stood under cover, so the sun has not got to it.",
    "Lights, plug and brakes were checked at roadworthy last month.",
    "The covers are clean and free of tears.",
    "Licence is paid until next year and the papers are in order.",
    "One scratch along the left side, otherwise neat.",
    "Everything works, and I am glad to show you how.",
)
_CYCLE_STATE = (
    "Tyres have about {tread}% tread left and the chain is new.",
    "It has never been dropped and never been raced.",
    "Serviced every season, with the valve clearances done.",
    "Brakes and fork seals are this year's.",
    "It starts first time, every time.",
    "Papers are in order and the licence disc is fresh.",
    "Standard exhaust included with the aftermarket one.",
)
_CLOSINGS = (
    "Viewing in {suburb} by appointment; bring your own mechanic if you like.",
    "D:Finance can be arranged through all the major banks, subject to approval.",
    "P:Serious buyers only please, cash or bank transfer that has cleared.",
    "D:Trade-ins are welcome, and we deliver anywhere in {province}.",
    "A test drive from {town} can be arranged on any weekday after five.",
    "Price is slightly negotiable to the right buyer.",
    "AA or Dekra report is welcome at the buyer's cost.",
    "P:WhatsApp first, as I cannot always take calls at work.",
    "D:It can be seen at our floor in {town}, Monday to Saturday.",
)
_POINTS = {
    "bakkies": ("Tow bar", "Canopy", "Rubberised load bin", "Nudge bar", "Diff lock", "Roll bar", "Tonneau cover"),
    "motorcycles": ("Crash bars", "Top box", "New chain and sprockets", "Two helmets included", "Heated grips"),
    "caravans-trailers": ("New bearings", "Nose cone", "Spare wheel", "Jockey wheel", "Stabiliser", "Load-rated tyres"),
    "boats": ("Galvanised trailer", "Fish finder", "Life jackets", "Buoyancy certificate", "Skis and ropes"),
    "trucks": ("Tracker fitted", "COF valid", "Tail lift", "Roadworthy done", "Ladder rack", "Spare key"),
}
_CAR_POINTS = (
    *("Bluetooth and USB", "Cruise control", "Park distance control", "Reverse camera", "Leather seats"),
    *("Apple CarPlay", "Sunroof", "Spare key", "Tow bar", "Roof rails", "Alloy wheels", "Isofix", "Climate control"),
)
_UNDRIVEN = {"caravans-trailers", "boats"}


def make_vehicle(rng: Random, where: Place, seller: Person) -> Offer:
    """One vehicle somewhere."""
    return _vehicle(rng, where, weighted(rng, table("vehicles"), 4), seller)


def _vehicle(rng: Random, where: Place, row: Row, seller: Person) -> Offer:
    make, model, category, years, _, variants = row
    choices = [split(variant, ",") for variant in split(variants, "|")]
    variant, fuel, transmission, new_price = pick(rng, choices, [len(choices) - at for at in range(len(choices))])
    first, last = (int(year) for year in years.split("-"))
    year = max(first, min(last, last - int(rng.triangular(0, max(2, last - first), 4))))
    age = max(0, REFERENCE_NOW.year - year)
    yearly = 6_000 if category == "motorcycles" else 28_000 if category == "trucks" else 17_000
    driven = category not in _UNDRIVEN
    mileage = max(90, round(yearly * (age + 0.4) * rng.triangular(0.4, 1.6, 0.95))) if driven else 0
    colour = rng.choice(COLOURS)
    worth = _worth(age, mileage if driven else None, yearly) * rng.uniform(0.92, 1.08)
    price = asking(rng, int(new_price) * 1_000 * worth)
    name = f"{make} {model}" if variant == "base" else f"{make} {model} {variant}"
    words = {
        "car": name,
        "model": model,
        "year": year,
        "colour": colour.lower(),
        "km": f"{mileage:,}".replace(",", " "),
        "tread": rng.randrange(35, 95, 5),
        "town": where.town.name,
        "suburb": where.suburb,
        "province": where.town.province,
    }
    attributes: dict[str, Value] = {"make": make, "model": model, "variant": variant, "year": year, "colour": colour}
    if variant == "base":
        del attributes["variant"]
    if driven:
        attributes |= {"mileageKm": mileage, "fuel": fuel, "transmission": transmission}
    attributes["fullServiceHistory"] = rng.random() < 0.62
    openings, wear, closings = (voiced(each, is_dealer=seller.is_dealer) for each in (_OPENINGS, _WEAR, _CLOSINGS))
    lines = [rng.choice(openings), *([rng.choice(wear)] if driven else []), *some(rng, _states(category), 2, 3)]
    told = [line.format(**words) for line in lines]
    pictures = _PICTURES[category]
    return Offer(
        category=category,
        title=_title(rng, year, name, str(words["km"]) if driven and mileage > 500 else "", colour),
        price=price,
        unit="total",
        attributes=attributes,
        paragraphs=(" ".join(told[:2]), " ".join(told[2:]), rng.choice(closings).format(**words)),
        points=some(rng, _POINTS.get(category, _CAR_POINTS), 0, 4),
        pictures=some(rng, pictures, 1, min(4, len(pictures))),
        tags=some(rng, (make.lower(), category, fuel.lower() if driven else "leisure", "finance available"), 1, 3),
        condition="new" if mileage and mileage < 600 else "like-new" if age < 2 else "good" if age < 10 else "fair",
    )


def _states(category: str) -> tuple[str, ...]:
    """What can be said about the state of a thing with wheels, a hull or an engine."""
    if category in _UNDRIVEN:
        return _STANDING_STATE
    return _CYCLE_STATE if category == "motorcycles" else _STATE


def _worth(age: int, mileage: int | None, yearly: int) -> float:
    """The share of the new price left: a first-year drop, then a tenth a year, corrected for hard or easy use."""
    left = max(0.13, (0.86 if age else 0.97) * 0.905 ** max(0, age - 1))
    if mileage is None:
        return left
    return left * min(1.12, max(0.8, 1.1 - 0.1 * mileage / (yearly * (age + 0.4))))


def _title(rng: Random, year: int, name: str, km: str, colour: str) -> str:
    forms = [f"{year} {name}", f"{name} {year}", f"{year} {name}, {colour.lower()}", f"{name} ({year} model)"]
    if km:
        forms += [f"{year} {name} - {km} km", f"{name} {year}, {km} km"]
    return rng.choice(forms)
