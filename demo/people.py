"""Public profiles of dealers and private sellers, and the demo accounts that can sign in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from demo.documents import Document, body, image, slug
from demo.draws import stream
from demo.times import REFERENCE_NOW, instant
from demo.towns import Place, Town, place, towns

TRADES = ("vehicles", "property", "services", "jobs", "shops")
DEALERS = 60
PRIVATE = 182
_FIRST = (
    *("Thabo", "Lerato", "Sipho", "Nomsa", "Pieter", "Annelie", "Johan", "Marlene", "Ayesha", "Yusuf", "Priya", "Ravi"),
    *("Kagiso", "Palesa", "Bongani", "Zanele", "Mandla", "Thandiwe", "Riaan", "Chantelle", "Craig", "Megan", "Grant"),
    *("Kirsten", "Lwazi", "Ayanda", "Tumelo", "Refilwe", "Musa", "Naledi", "Deon", "Elmarie", "Faizel", "Nazreen"),
    *(
        "Themba",
        "Busisiwe",
        "Vusi",
        "Nandi",
        "Gareth",
        "Bianca",
        "Tshepo",
        "Dineo",
        "Hennie",
        "Rina",
        "Keshav",
        "Anita",
    ),
)
_LAST = (
    *("Mokoena", "Dlamini", "Nkosi", "Botha", "van der Merwe", "Naidoo", "Pillay", "Khumalo", "Molefe", "Jacobs"),
    *("Adams", "Petersen", "Venter", "Coetzee", "Ndlovu", "Zulu", "Mahlangu", "Sithole", "Smith", "Williams", "Davids"),
    *("Govender", "Maharaj", "Fourie", "Steyn", "Mthembu", "Radebe", "Tshabalala", "Mabaso", "Erasmus", "Hendricks"),
    *("Moosa", "Patel", "Cele", "Nel", "Pretorius", "Baloyi", "Maluleke", "Motaung", "Abrahams", "de Villiers"),
)
_HOUSES = (
    "Umlilo",
    "Acacia",
    "Table Bay",
    "Rooibos",
    "Impala",
    "Sunbird",
    "Fynbos",
    "Golden Reef",
    "Vaal",
    "Cederberg",
)
_TRADE_NAMES = {
    "vehicles": ("Motors", "Auto", "Bakkie Centre", "Car Sales"),
    "property": ("Properties", "Estates", "Homes", "Letting"),
    "services": ("Home Services", "Projects", "Solutions", "Works"),
    "jobs": ("Recruitment", "Staffing", "Talent"),
    "shops": ("Traders", "Cash Store", "Electronics", "Furnishers"),
}
_DEALER_BIO = {
    "vehicles": "We buy, sell and trade in cars and bakkies, each one checked at 101 points before you see it.",
    "property": "Our agents live in the areas they sell, and are registered with the Property Practitioners Authority.",
    "services": "A team of qualified people with one number to call and one price on the quote.",
    "jobs": "We place people with employers who answer every application, and candidates never pay.",
    "shops": "New and pre-owned goods with a slip, a guarantee and a counter where you can bring things back.",
}
_PRIVATE_BIO = (
    "I sell what we no longer use and describe it as it is.",
    "Parent of three with an ever fuller garage.",
    "I restore old things at weekends and let go of most of them.",
    "Quick replies in the evening, please be patient during working hours.",
    "Collector of tools, seller of doubles.",
    "Moved four times in six years, so I know how to pack.",
    "Happy to meet at the police station's parking area for your safety and mine.",
)


@dataclass(frozen=True, slots=True)
class Account:
    """A demo account: who it is for the issuer, and the roles its tokens carry."""

    user: str
    name: str
    roles: tuple[str, ...]
    trade: str | None = None

    @property
    def external_id(self) -> str:
        """The subject of its tokens, and `externalId` of its profile."""
        return f"demo|{self.user}"


ACCOUNTS = (
    Account("buyer-1", "Thandi Maseko", ("user",)),
    Account("buyer-2", "Willem Kruger", ("user",)),
    Account("buyer-3", "Fatima Salie", ("user",)),
    Account("buyer-4", "Sanjay Reddy", ("user",)),
    Account("buyer-5", "Emily Hart", ("user",)),
    Account("dealer-1", "Karoo Bakkie Centre", ("user", "dealer"), "vehicles"),
    Account("dealer-2", "Atlantic Seaboard Homes", ("user", "dealer"), "property"),
    Account("dealer-3", "Jozi Tech Traders", ("user", "dealer"), "shops"),
    Account("editor-1", "Nokuthula Editor", ("user", "editor")),
    Account("admin-1", "Ruan Admin", ("user", "admin")),
)
_HOMES = {"dealer-1": "Gqeberha", "dealer-2": "Cape Town", "dealer-3": "Johannesburg"}


@dataclass(frozen=True, slots=True)
class Person:
    """A seller: the profile document, the trade of a dealer (`None` for private people) and the home town."""

    document: Document
    trade: str | None
    town: Town

    @property
    def is_dealer(self) -> bool:
        """Whether it sells for a living."""
        return self.trade is not None

    @property
    def document_id(self) -> str:
        """The id of the profile document."""
        return str(self.document["_id"])


def people(seed: int) -> list[Person]:
    """Every profile: the demo accounts, then dealers, then private people of every town."""
    made = [_account(seed, account) for account in ACCOUNTS]
    made += [_dealer(stream(seed, f"dealer/{index}"), index) for index in range(DEALERS - 3)]
    return made + [_private(stream(seed, f"private/{index}"), index) for index in range(PRIVATE)]


def sign_in_users() -> list[dict[str, Any]]:
    """The people of `users.json`."""
    return [
        {
            "user": account.user,
            "name": account.name,
            "email": f"{account.user}@demo.example",
            "roles": list(account.roles),
            "externalId": account.external_id,
        }
        for account in ACCOUNTS
    ]


def _account(seed: int, account: Account) -> Person:
    rng = stream(seed, f"account/{account.user}")
    home = next((town for town in towns() if town.name == _HOMES.get(account.user)), None)
    where = place(rng, home)
    bio = _DEALER_BIO[account.trade] if account.trade else rng.choice(_PRIVATE_BIO)
    return _person(rng, (f"user-{account.user}", account.name, account.external_id), account.trade, where, bio)


def _dealer(rng: Random, index: int) -> Person:
    trade = TRADES[index % len(TRADES)]
    where = place(rng)
    first = rng.choice((rng.choice(_HOUSES), where.suburb, where.town.name, rng.choice(_LAST).capitalize()))
    name = f"{first} {rng.choice(_TRADE_NAMES[trade])}"
    bio = f"{_DEALER_BIO[trade]} Find us in {where.suburb}, {where.town.name}."
    number = f"user-{index + 1:04}"
    return _person(rng, (number, name, f"demo|{number}"), trade, where, bio)


def _private(rng: Random, index: int) -> Person:
    known = towns()
    where = place(rng, known[index] if index < len(known) else None)
    name = f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"
    number = f"user-{DEALERS + index + 1:04}"
    return _person(rng, (number, name, f"demo|{number}"), None, where, rng.choice(_PRIVATE_BIO))


def _person(rng: Random, identity: tuple[str, str, str], trade: str | None, where: Place, bio: str) -> Person:
    document_id, name, external_id = identity
    joined = REFERENCE_NOW - timedelta(days=rng.randint(150, 2_600), minutes=rng.randrange(1_440))
    opted_in = rng.random() < (0.9 if trade else 0.35)
    suffix = document_id.removeprefix("user-")
    handle = slug(name, suffix)["current"]
    document: Document = {
        "_id": document_id,
        "_type": "publicUser",
        "_createdAt": instant(joined),
        "_updatedAt": instant(joined + timedelta(days=rng.randint(0, 140))),
        "displayName": name,
        "handle": handle,
        "slug": slug(name, suffix),
        "kind": "dealer" if trade else "private",
        "avatar": image(f"avatar-{rng.randint(1, 3)}", f"Portrait of {name}"),
        "bio": body([bio, *(["Open Monday to Friday 8:00 to 17:00, Saturday until 13:00."] if trade else [])]),
        "verified": rng.random() < (0.85 if trade else 0.4),
        "memberSince": instant(joined),
        "externalId": external_id,
        "phoneOptIn": opted_in,
        **({"phone": f"+27 60 000 {rng.randrange(10_000):04}"} if opted_in else {}),
        **where.fields(),
    }
    return Person(document, trade, where.town)
