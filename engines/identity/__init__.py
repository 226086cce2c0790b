"""A local identity provider: OIDC discovery, RS256 keys with rotation, and tokens for demo users without a password."""

from engines.identity.directory import load_directory
from engines.identity.keys import SigningKeys
from engines.identity.server import Issuer, create_app
from engines.identity.tokens import IdentityError, IssuerSettings, Subject, issue_token

__all__ = [
    "IdentityError",
    "Issuer",
    "IssuerSettings",
    "SigningKeys",
    "Subject",
    "create_app",
    "issue_token",
    "load_directory",
]
