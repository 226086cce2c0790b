"""Issues access tokens: what goes into one, and how long it is good for."""

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from joserfc import jwt

from engines.identity.keys import SigningKeys

DEFAULT_LIFETIME = timedelta(hours=12)
LONGEST_LIFETIME = timedelta(days=30)
SETTINGS_FILE = "issuer.json"


class IdentityError(Exception):
    """A token cannot be issued; the message is one clear sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerSettings:
    """Who issues (`iss`), for whom (`aud`), and the claim that holds the list of roles."""

    issuer: str
    audience: str
    role_claim: str = "roles"

    def save(self, data_dir: Path) -> None:
        """Remember the settings of the running issuer, so that tokens can be issued beside it."""
        (data_dir / SETTINGS_FILE).write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, data_dir: Path) -> "IssuerSettings":
        """The settings of the issuer that last ran on this folder."""
        try:
            return cls(**json.loads((data_dir / SETTINGS_FILE).read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise IdentityError(f"No identity issuer has run in {data_dir}: start it once, then ask again.") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom a token speaks of."""

    user: str
    roles: tuple[str, ...] = ()
    name: str | None = None
    email: str | None = None


def issue_token(
    data_dir: Path,
    user: str,
    *,
    role: str | None = None,
    name: str | None = None,
    email: str | None = None,
    now: datetime | None = None,
    lifetime: timedelta = DEFAULT_LIFETIME,
) -> str:
    """A signed access token from the issuer of this data folder, which need not be running.

    Raises IdentityError when no issuer has run there or the request makes no sense.
    """
    subject = Subject(user=user, roles=(role,) if role else (), name=name, email=email)
    return sign(
        SigningKeys(data_dir), IssuerSettings.load(data_dir), subject, now=now or datetime.now(UTC), lifetime=lifetime
    )


def sign(keys: SigningKeys, settings: IssuerSettings, subject: Subject, *, now: datetime, lifetime: timedelta) -> str:
    """The token itself: RS256 under the newest key, with its `kid`."""
    if not subject.user or len(subject.user) > 200:
        raise IdentityError("A user's id has 1 to 200 characters.")
    if not timedelta(0) < lifetime <= LONGEST_LIFETIME:
        raise IdentityError(f"A token is good for at most {LONGEST_LIFETIME.days} days.")
    key = keys.newest()
    issued_at = int(now.timestamp())
    claims: dict[str, object] = {
        "iss": settings.issuer,
        "aud": settings.audience,
        "sub": subject.user,
        "iat": issued_at,
        "nbf": issued_at,
        "exp": issued_at + int(lifetime.total_seconds()),
        "jti": secrets.token_urlsafe(12),
        settings.role_claim: list(subject.roles),
    }
    claims |= {name: value for name, value in (("name", subject.name), ("email", subject.email)) if value}
    return jwt.encode({"alg": "RS256", "kid": key.kid, "typ": "JWT"}, claims, key, algorithms=["RS256"])
