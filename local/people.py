"""Who can sign in locally, and their tokens."""

import json
from dataclasses import dataclass
from pathlib import Path

from engines.identity import issue_token

PEOPLE = Path(__file__).parents[1] / "demo" / "users.json"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in locally."""

    user: str
    name: str
    email: str
    roles: tuple[str, ...]
    external_id: str


def people() -> list[Person]:
    """The demo accounts."""
    found = json.loads(PEOPLE.read_text())
    return [
        Person(each["user"], each["name"], each["email"], tuple(each["roles"]), each["externalId"]) for each in found
    ]


def token_for(data_dir: Path, user: str, role: str | None) -> str:
    """A token of the local issuer for a demo account, or for any other name."""
    person = next((each for each in people() if each.user == user), None)
    if person is None:
        return issue_token(data_dir / "identity", user, role=role)
    return issue_token(
        data_dir / "identity",
        person.external_id,
        role=role or person.roles[-1],
        name=person.name,
        email=person.email,
    )
