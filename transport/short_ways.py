"""What a request must be like to be answered below ASGI, and the address that uvicorn would tell of it."""

from functools import lru_cache
from typing import Any, Final

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from .negotiation import Form, parse_accept

_MOST_DIGITS: Final = 5
_MOST_BODY_BYTES: Final = 64 * 1024
"""Longer bodies go the ordinary way, which pauses a client that sends faster than it is read."""
_LONGEST_ACCEPT: Final = 200
_LONGEST_FORWARDED: Final = 200

Pairs = list[tuple[bytes, bytes]]


def is_short(length: str) -> bool:
    """Whether a body's length is one, and not too long."""
    return len(length) <= _MOST_DIGITS and length.isdecimal() and int(length) <= _MOST_BODY_BYTES


def is_answered_whole(accept: str | None) -> bool:
    """Whether nothing that a client accepts is a stream."""
    return accept is None or (len(accept) <= _LONGEST_ACCEPT and _known_whole(accept))


@lru_cache(maxsize=500)
def _known_whole(accept: str) -> bool:
    accepted = parse_accept(accept)
    return accepted.stream() is None and accepted.single() is not Form.EVENTS


def forwarding_of(config: Any) -> ProxyHeadersMiddleware | None:
    """What uvicorn would ask about forwarded addresses; one for all connections with the same answer."""
    if not config.proxy_headers:
        return None
    allowed = config.forwarded_allow_ips
    return _forwarding(allowed if isinstance(allowed, str) else tuple(allowed))


@lru_cache(maxsize=16)
def _forwarding(allowed: str | tuple[str, ...]) -> ProxyHeadersMiddleware:
    async def nothing(*_: object) -> None:
        return

    return ProxyHeadersMiddleware(nothing, allowed if isinstance(allowed, str) else list(allowed))


def client_behind(
    forwarding: ProxyHeadersMiddleware, client: tuple[str, int] | None, forwarded: bytes
) -> tuple[str, int] | None:
    """The client's address as uvicorn would tell an application that was given this `X-Forwarded-For`."""
    asked = _known_client if len(forwarded) <= _LONGEST_FORWARDED else _client_behind
    return asked(forwarding, client, forwarded)


def _client_behind(
    forwarding: ProxyHeadersMiddleware, client: tuple[str, int] | None, forwarded: bytes
) -> tuple[str, int] | None:
    scope: Any = {"type": "http", "client": client, "headers": [(b"x-forwarded-for", forwarded)]}
    asked: Any = forwarding(scope, None, None)  # type: ignore[arg-type]  # it hands them on and nobody takes them
    try:
        asked.send(None)
    except StopIteration:
        pass
    finally:
        asked.close()
    found: tuple[str, int] | None = scope["client"]
    return found


_known_client = lru_cache(maxsize=2_000)(_client_behind)


def is_plain(config: Any) -> bool:
    """Whether requests reach the application itself, as it was given and by the path that the client wrote."""
    loaded = config.loaded_app
    inner = loaded.app if isinstance(loaded, ProxyHeadersMiddleware) else loaded
    return inner is config.app and not config.root_path
