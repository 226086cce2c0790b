"""Vacancies: roles with salary bands, duties and requirements; the salary stands in attributes, not in the price."""

from __future__ import annotations

from random import Random

from demo.draws import between, some, split, table, voiced, weighted
from demo.offers import Offer, Value
from demo.people import Person
from demo.towns import Place

_COMPANY_FIRST = (
    *("Umoya", "Protea", "Blue Crane", "Karoo", "Thandeka", "Kingfisher", "Marula", "Southern Cross", "Baobab"),
    *("Highveld", "Two Oceans", "Ubuntu", "Sisonke", "Jacaranda", "Kudu", "Drakensberg", "Amber", "Lighthouse"),
)
_COMPANY_LAST = {
    "technology": ("Software", "Digital", "Systems"),
    "sales-marketing": ("Brands", "Media", "Contact Centres"),
    "hospitality": ("Lodge", "Kitchen", "Guest House"),
    "trades": ("Engineering", "Mining Services", "Construction"),
    "healthcare": ("Clinic", "Care", "Medical Centre"),
    "finance": ("Accounting", "Capital", "Advisory"),
    "education": ("Academy", "Primary School", "Learning Centre"),
    "logistics": ("Logistics", "Freight", "Distribution"),
    "security-jobs": ("Protection", "Guarding"),
    "agriculture": ("Farms", "Citrus", "Estates"),
}
_PICTURES = {
    "technology": "laptop-1",
    "hospitality": "cake-1",
    "trades": "tools-1",
    "education": "books-1",
    "logistics": "truck-2",
    "agriculture": "farm-1",
    "security-jobs": "lock-1",
}
_OPENINGS = (
    "{company} in {town} is growing and has room for a {role}.",
    "Join a team of {team} people in {suburb} as our next {role}.",
    "After a promotion we need a {role} who enjoys doing things properly.",
    "We are looking for a {role} to start in {start}.",
    "{company} offers a {role} steady work, fair hours and colleagues who greet you by name.",
    "You will take over from a {role} who retires at the end of the year.",
)
_OFFERED = (
    "Medical aid and provident fund after three months.",
    "Overtime is paid, and nobody is expected to answer mail at night.",
    "We pay for courses and give study leave.",
    "Thirteenth cheque in December if targets are met.",
    "Transport allowance for late shifts.",
    "Twenty days of leave from the first year.",
    "Employment equity candidates are encouraged to apply.",
    "D:{agency} handles the applications, and placing costs candidates nothing.",
    "Interviews are held in {suburb} or by video call.",
    "Send a CV of two pages at most; only shortlisted candidates will be contacted.",
    "There is never a fee to apply: if someone asks you for money, report the advert.",
)
_MONTHS = ("January", "February", "March", "December")


def make_job(rng: Random, where: Place, seller: Person) -> Offer:
    """One vacancy somewhere."""
    role, category, _, band, years, places, duties, needs = weighted(rng, table("jobs"), 2)
    low, high = (int(edge) for edge in band.split("-"))
    start = round(rng.uniform(low, low + 0.6 * (high - low)) / 500) * 500
    top = round(rng.uniform(start * 1.1, max(start * 1.15, high)) / 500) * 500
    company = f"{rng.choice(_COMPANY_FIRST)} {rng.choice(_COMPANY_LAST.get(category, ('Group', 'Holdings')))}"
    experience = between(rng, years)
    workplace = rng.choice(split(places, ","))
    words = {
        "company": company,
        "role": role,
        "town": where.town.name,
        "suburb": where.suburb,
        "agency": seller.document["displayName"],
        "team": rng.randint(5, 240),
        "start": rng.choice(_MONTHS),
    }
    told = [
        line.format(**words)
        for line in (rng.choice(_OPENINGS), *some(rng, voiced(_OFFERED, is_dealer=seller.is_dealer), 3, 5))
    ]
    kind = "Permanent" if rng.random() < 0.7 else rng.choice(("Contract", "Part time"))
    if experience == 0 and rng.random() < 0.3:
        kind = "Learnership"
    attributes: dict[str, Value] = {
        "company": company,
        "employmentType": kind,
        "workplace": workplace,
        "experienceYears": experience,
    }
    if rng.random() < 0.85:
        attributes |= {"salaryMin": start, "salaryMax": top}
    forms = (
        f"{role} - {where.town.name}",
        f"{role} at {company}, {where.suburb}",
        f"{company}: {role} ({kind.lower()})",
        f"{role} wanted in {where.suburb}, {where.town.name}",
        f"{workplace} {role}, {where.town.name}" if workplace != "On site" else f"{role}, {where.suburb}",
    )
    points = [f"{each[0].upper()}{each[1:]}" for each in (*split(duties, "|"), *split(needs, "|"))]
    return Offer(
        category=category,
        title=rng.choice(forms),
        price=None,
        unit="month",
        attributes=attributes,
        paragraphs=(" ".join(told[:2]), " ".join(told[2:]), "**Your work and what you bring:**"),
        points=tuple(points),
        pictures=(_PICTURES.get(category, "briefcase-1"),) if rng.random() < 0.7 else (),
        tags=some(rng, (category, kind.lower(), workplace.lower(), role.lower()), 1, 3),
    )
