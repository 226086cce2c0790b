"""Which pages may talk to the endpoint: CORS for readers, CSRF rules for everybody else."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from .errors import BAD_REQUEST, Refused, refuse

_PREFLIGHT_HEADERS: Final = (
    "apollo-require-preflight",
    "x-requested-with",
    "x-apollo-operation-name",
    "graphql-preflight",
)
_ALLOWED_HEADERS: Final = (
    "authorization, content-type, apollo-require-preflight, x-requested-with, x-request-id, x-apollo-operation-name, "
    "apollographql-client-name, apollographql-client-version, x-graphql-event-stream-token, last-event-id"
)
_EXPOSED_HEADERS: Final = "x-request-id, ratelimit-remaining, retry-after, x-query-cost, etag"


def is_origin_allowed(headers: Mapping[str, str], allowed: frozenset[str]) -> bool:
    """Whether the page that asks is ours: no page at all, a listed origin, or the host that serves this endpoint."""
    origin = headers.get("origin")
    if origin is None or origin in allowed:
        return True
    host = headers.get("host", "")
    return bool(host) and urlsplit(origin).netloc == host


def cors_headers(headers: Mapping[str, str], allowed: frozenset[str]) -> dict[str, str]:
    """The CORS headers of an answer: only ever for a listed origin, never a wildcard."""
    origin = headers.get("origin")
    if origin is None or origin not in allowed:
        return {}
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": _EXPOSED_HEADERS,
    }


def preflight_headers(headers: Mapping[str, str], allowed: frozenset[str]) -> dict[str, str]:
    """The answer to a browser's OPTIONS."""
    granted = cors_headers(headers, allowed)
    if not granted:
        return {}
    return {
        **granted,
        "access-control-allow-methods": "GET, POST, PUT, DELETE, OPTIONS",
        "access-control-allow-headers": _ALLOWED_HEADERS,
        "access-control-max-age": "600",
    }


def judge_get(headers: Mapping[str, str], *, is_persisted: bool, plain_get: bool) -> Refused | None:
    """A GET that any page could send is refused, unless its document is a persisted hash or the profile allows it."""
    has_preflight = any(headers.get(name) for name in _PREFLIGHT_HEADERS)
    if plain_get or is_persisted or has_preflight:
        return None
    return refuse(
        400,
        BAD_REQUEST,
        "GET is served for persisted documents, or with an Apollo-Require-Preflight or X-Requested-With header.",
    )
