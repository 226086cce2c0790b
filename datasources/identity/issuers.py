"""The identity providers that are trusted, each with what its tokens must look like."""

from dataclasses import dataclass
from urllib.parse import urlsplit

ALLOWED_ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"},
)
"""Signatures by key pairs only: with a shared secret whoever can verify could also sign."""
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedIssuer:
    """One provider, matched by the exact `iss` of its tokens; raises ValueError on an unsafe setting.

    `audiences` are the accepted `aud` values. A provider whose session tokens name no audience (Clerk) is held to
    `authorized_parties`, the accepted `azp` values. `jwks_url` may be empty: then OIDC discovery finds it.
    `roles_path` leads through nested claims to a list of roles, e.g. ("public_metadata", "roles") or
    ("https://shop.example/roles",).
    """

    issuer: str
    audiences: tuple[str, ...] = ()
    authorized_parties: tuple[str, ...] = ()
    jwks_url: str = ""
    algorithms: tuple[str, ...] = ("RS256",)
    roles_path: tuple[str, ...] = ("roles",)
    email_claim: str = "email"
    name_claim: str = "name"

    def __post_init__(self) -> None:
        unsafe = set(self.algorithms) - ALLOWED_ALGORITHMS
        if unsafe or not self.algorithms:
            listed = ", ".join(sorted(ALLOWED_ALGORITHMS))
            raise ValueError(f"{self.issuer}: algorithms must be some of {listed}, not {sorted(unsafe) or 'none'}.")
        if not self.audiences and not self.authorized_parties:
            raise ValueError(f"{self.issuer}: name its audiences or its authorized parties, or any token would do.")
        for url in filter(None, (self.issuer, self.jwks_url)):
            require_safe_url(url)

    @property
    def discovery_url(self) -> str:
        """Where its metadata is (OpenID Connect Discovery 1.0, section 4)."""
        return f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"


def require_safe_url(url: str) -> None:
    """Raise ValueError unless keys from this address can be trusted: https, or loopback on a developer's machine."""
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not is_safe or not parts.hostname or parts.username is not None:
        raise ValueError(f"{url!r} must be an https address.")
