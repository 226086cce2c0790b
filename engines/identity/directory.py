"""The demo users an issuer signs in without a password: read from a file, since the issuer knows nobody by itself."""

import json
from pathlib import Path
from typing import Any

from engines.identity.tokens import IdentityError, Subject

MOST_USERS = 10_000


def load_directory(file: Path) -> dict[str, Subject]:
    """Users by id from a JSON list of `{"user", "roles", "name"?, "email"?}`; raises IdentityError on another shape."""
    try:
        entries = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise IdentityError(f"The list of users {file} cannot be read: {error}.") from error
    if not isinstance(entries, list) or len(entries) > MOST_USERS:
        raise IdentityError(f"The list of users {file} must be a JSON list of at most {MOST_USERS} users.")
    subjects = [_subject(entry, file, place) for place, entry in enumerate(entries, start=1)]
    return {subject.user: subject for subject in subjects}


def as_json(subject: Subject) -> dict[str, object]:
    """How a user is listed."""
    return {"user": subject.user, "roles": list(subject.roles), "name": subject.name, "email": subject.email}


def _subject(entry: Any, file: Path, place: int) -> Subject:
    if isinstance(entry, dict) and set(entry) <= {"user", "roles", "name", "email"}:
        user, roles = entry.get("user"), entry.get("roles", [])
        texts = [entry.get(name) for name in ("name", "email")]
        well_formed = isinstance(user, str) and user and isinstance(roles, list)
        if (
            well_formed
            and all(isinstance(role, str) for role in roles)
            and all(text is None or isinstance(text, str) for text in texts)
        ):
            return Subject(user=str(user), roles=tuple(roles), name=texts[0], email=texts[1])
    raise IdentityError(
        f'User {place} in {file} must be {{"user": text, "roles": [text], "name"?: text, "email"?: text}}.'
    )
