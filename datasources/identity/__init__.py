"""Verification of bearer tokens against the keys that several identity providers publish."""

from datasources.identity.issuers import TrustedIssuer
from datasources.identity.records import Identity, TokenProblem, TokenRefused
from datasources.identity.verifier import TokenVerifier

__all__ = ["Identity", "TokenProblem", "TokenRefused", "TokenVerifier", "TrustedIssuer"]
