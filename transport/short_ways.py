"""What a request must be like to be answered below ASGI, and the address that uvicorn would tell of it."""

from functools import lru_cache
from typing import Any, Final

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from .negotiation import Form, parse_accept

_MOST_DIGITS: Final = 5
_MOST_BODY_BYTES: Final = 64 * 1024
"""Longer bodies go the ordinary way, which pauses a client that sends faster than it is read."""
_LONGEST_ACCEPT: Final = 200

Pairs = list[tuple[bytes, bytes]]


def parted(pairs: Pairs, at: int | None) -> tuple[bytes, Pairs]:
    """The body's length, if it stands at this place, and the other headers."""
    if at is None or at >= len(pairs) or pairs[at][0].lower() != b"content-length":
        return b"", pairs
    return pairs[at][1], pairs[:at] + pairs[at + 1 :]


def is_short(length: bytes) -> bool:
    """Whether a body's length is one, and not too long."""
    return len(length) <= _MOST_DIGITS and length.isdigit() and int(length) <= _MOST_BODY_BYTES


def is_answered_whole(accept: str | None) -> bool:
    """Whether nothing that a client accepts is a stream."""
    return accept is None or (len(accept) <= _LONGEST_ACCEPT and _known_whole(accept))


@lru_cache(maxsize=500)
def _known_whole(accept: str) -> bool:
    accepted = parse_accept(accept)
    return accepted.stream() is None and accepted.single() is not Form.EVENTS


def forwarding_of(config: Any) -> ProxyHeadersMiddleware | None:
    """What uvicorn would ask about forwarded addresses."""

    async def nothing(*_: object) -> None:
        return

    return ProxyHeadersMiddleware(nothing, config.forwarded_allow_ips) if config.proxy_headers else None


def client_behind(
    forwarding: ProxyHeadersMiddleware, client: tuple[str, int] | None, headers: list[tuple[bytes, bytes]]
) -> tuple[str, int] | None:
    """The client's address as uvicorn would tell an application."""
    scope: Any = {"type": "http", "client": client, "headers": headers}
    asked: Any = forwarding(scope, None, None)  # type: ignore[arg-type]  # it hands them on and nobody takes them
    try:
        asked.send(None)
    except StopIteration:
        pass
    finally:
        asked.close()
    found: tuple[str, int] | None = scope["client"]
    return found


def is_plain(config: Any) -> bool:
    """Whether requests reach the application itself, as it was given and by the path that the client wrote."""
    loaded = config.loaded_app
    inner = loaded.app if isinstance(loaded, ProxyHeadersMiddleware) else loaded
    return inner is config.app and not config.root_path
