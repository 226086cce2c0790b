"""Shop goods, parts and second-hand things: what they are, how worn they are and what they should cost."""

from __future__ import annotations

from random import Random

from demo.draws import asking, between, pick, some, split, table, voiced, weighted
from demo.offers import Offer, Value
from demo.people import Person
from demo.towns import Place

_PICTURES = {
    "phones": ("phone-1", "phone-2"),
    "laptops": ("laptop-1",),
    "tvs-audio": ("tv-1",),
    "gaming": ("controller-1",),
    "cameras": ("camera-1",),
    "sofas": ("sofa-1", "sofa-2"),
    "beds": ("bed-1",),
    "tables-desks": ("table-1",),
    "appliances": ("fridge-1",),
    "garden-tools": ("tools-1", "tools-2", "garden-1"),
    "bicycles": ("bicycle-1", "bicycle-2"),
    "fitness": ("dumbbell-1",),
    "camping": ("tent-1",),
    "prams": ("pram-1",),
    "toys": ("toy-1",),
    "shoes": ("shoe-1",),
    "clothing": ("shirt-1",),
    "watches": ("watch-1",),
    "instruments": ("guitar-1",),
    "books": ("books-1",),
    "collectables": ("frame-1",),
    "wheels-tyres": ("wheel-1",),
    "car-parts": ("wheel-1", "tools-2"),
}
_CONDITIONS = (
    ("new", 1.0, "Brand new in the box with the slip."),
    ("like-new", 0.8, "Used for {weeks} weeks and as good as new."),
    ("good", 0.6, "In good working order after {months} months of careful use."),
    ("fair", 0.42, "It has honest marks of use, all of which you can see in the pictures."),
    ("like-new", 0.62, "Refurbished, tested and sold with a guarantee."),
    ("for-parts", 0.2, "It does not work at the moment, so it is sold for parts or to someone handy."),
)
_PLAIN_CONDITIONS = (
    ("new", 1.0, "Never used, with the label still on."),
    ("like-new", 0.8, "Hardly used and as good as new."),
    ("good", 0.6, "Well looked after, as the pictures show."),
    ("fair", 0.42, "It has honest marks of age, which is why the price is what it is."),
)
_PLAIN = {"sofas", "beds", "tables-desks", "toys", "shoes", "clothing", "books", "collectables"}
"""Categories of things that have nothing in them that could break down."""
_CONDITION_WEIGHTS = (16, 26, 34, 14, 7, 3)
_REASONS = (
    "P:Selling because we are moving to a smaller place in {town}.",
    "P:It was a gift and we already have one.",
    "P:Clearing the garage in {suburb} before the new year.",
    "P:I upgraded, so this one needs a new owner.",
    "P:The children have grown up and it only takes space.",
    "P:We bought it for the holiday house and hardly go there now.",
    "P:Emigration sale: everything must go by the end of the month.",
    "P:Bought in a hurry, never really needed.",
    "D:Stock clearance at our {town} shop.",
    "D:Checked by our own technician in {suburb}.",
    "D:One of several in stock, ask for colours and sizes.",
    "D:Traded in last week and priced to move.",
    "P:My partner said it is either this or me.",
)
_CLOSINGS = (
    "P:Collect in {suburb}, or I can meet you at a busy place in {town}.",
    "Courier to anywhere in the country is for your account.",
    "P:Cash, EFT or SnapScan; no swaps please.",
    "P:First to pay takes it, and I do not hold items.",
    "A reasonable offer will be considered.",
    "You are welcome to test it before you pay.",
    "Delivery within {radius} km of {town} for a small fee.",
    "P:Message me for more pictures.",
    "D:Card, EFT and lay-by are welcome.",
    "D:Bring it back within seven days if it is not what you expected.",
    "D:Open on Saturdays until one.",
)


def make_good(rng: Random, where: Place, seller: Person) -> Offer:
    """One thing for sale somewhere."""
    item, brand, category, _, span, choices, selling = weighted(rng, table("goods"), 3)
    states = _PLAIN_CONDITIONS if category in _PLAIN else _CONDITIONS
    condition, share, state = pick(rng, states, _CONDITION_WEIGHTS[: len(states)])
    words = {
        "town": where.town.name,
        "suburb": where.suburb,
        "weeks": rng.randint(2, 9),
        "months": rng.randint(4, 40),
        "radius": rng.randrange(10, 60, 10),
    }
    attributes: dict[str, Value] = {"brand": brand, **_chosen(rng, choices)}
    if condition in {"new", "like-new"} and rng.random() < 0.5:
        attributes["warrantyMonths"] = between(rng, "2-24")
    attributes["delivery"] = rng.random() < 0.45
    points = split(selling, "|")
    claims = [f"{point[0].upper()}{point[1:]}." for point in some(rng, points, 1, len(points))]
    told = [
        state,
        rng.choice(voiced(_REASONS, is_dealer=seller.is_dealer)),
        " ".join(claims),
        *some(rng, voiced(_CLOSINGS, is_dealer=seller.is_dealer), 1, 2),
    ]
    lines = [line.format(**words) for line in told]
    price = asking(rng, between(rng, span) * share * rng.uniform(0.88, 1.1))
    pictures = _PICTURES[category]
    return Offer(
        category=category,
        title=_title(rng, item, brand, attributes, condition),
        price=price,
        unit="total",
        attributes=attributes,
        paragraphs=(" ".join(lines[:2]), " ".join(lines[2:])),
        points=(),
        pictures=some(rng, pictures, 1, len(pictures)),
        tags=some(rng, (category, brand.lower(), condition.replace("-", " "), "bargain"), 1, 3),
        condition=condition,
    )


def _chosen(rng: Random, choices: str) -> dict[str, Value]:
    """One value for each `key=a,b,c` of a table field; numbers become numbers where the attribute is one."""
    found: dict[str, Value] = {}
    for part in _pairs(choices):
        key, _, values = part.partition("=")
        value = rng.choice(split(values, ","))
        found[key] = float(value) if key == "screenInches" else int(value) if key == "storageGb" else value
    return found


def _pairs(choices: str) -> list[str]:
    """Splits `size=S,M colour=Natural Titanium,Blue` at the words that begin a new `key=`."""
    found: list[str] = []
    for word in choices.split(" "):
        if "=" in word or not found:
            found.append(word)
        else:
            found[-1] += f" {word}"
    return found


def _title(rng: Random, item: str, brand: str, attributes: dict[str, Value], condition: str) -> str:
    name = item if brand in {"Handmade", "Various", "Original", "Antique", "School"} else f"{brand} {item}"
    found = [str(attributes[key]) for key in ("size", "colour", "material") if key in attributes]
    extras = [each for each in found if each not in name]
    if "storageGb" in attributes:
        storage = int(str(attributes["storageGb"]))
        extras.insert(0, "1 TB" if storage == 1024 else f"{storage} GB")
    wear = {"new": "new in box", "like-new": "as new", "for-parts": "for parts"}
    forms = [name, f"{name}, {extras[0]}" if extras else f"{name} for sale"]
    if condition in wear:
        forms += [f"{name}, {wear[condition]}", f"{name} ({', '.join([*extras[:1], wear[condition]])})"]
    elif len(extras) > 1:
        forms.append(f"{name} {extras[0]}, {extras[1]}")
    return rng.choice(forms)
