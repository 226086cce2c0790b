"""Who asks, and the callables by which the application tells the transport."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Protocol = Literal["http", "websocket", "sse", "multipart"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a client showed: HTTP headers, or the payload of a socket's `connection_init` (never the address)."""

    headers: Mapping[str, str]
    connection_params: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An authenticated or anonymous caller.

    `viewer` is passed to `build_context` untouched; `key` is a stable id for budgets and logs, None for the anonymous;
    `expires_at` is the credential's end in Unix seconds.
    """

    viewer: object = None
    key: str | None = None
    expires_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAuthenticated:
    """Credentials were shown and are not good; the sentence is safe to show."""

    message: str = "The credentials are not valid or have expired."
    code: str = "UNAUTHENTICATED"


@dataclass(slots=True, kw_only=True)
class RequestFacts:
    """What a resolver may know about the request that carries its operation."""

    request_id: str
    address: str
    protocol: Protocol
    headers: Mapping[str, str] = field(default_factory=dict)


Authenticate = Callable[[Credentials], Awaitable[Identity | NotAuthenticated]]
BuildContext = Callable[[object, RequestFacts, float], object]
"""`(viewer, facts, deadline) -> context`; the deadline is absolute event-loop time. Called for each operation and again
for each live event, so that loaders never outlive what they loaded."""


Know = Callable[[Mapping[str, str]], Identity | None]
"""Who a request's headers speak for, where that is known without asking anybody; None leaves it to `Authenticate`.

It follows from the headers alone, so it is asked once for requests of a connection that have the same."""


def know_nobody(_headers: Mapping[str, str]) -> Identity | None:
    """Nobody is known: each request is authenticated."""
    return None


async def everyone_is_anonymous(_credentials: Credentials) -> Identity | NotAuthenticated:
    """The default authentication: nobody is anybody."""
    return Identity()
