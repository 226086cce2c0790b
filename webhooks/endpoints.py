"""What every signed webhook does around its own reading: refuse without a secret, bound the body, count the outcome."""

from collections.abc import Awaitable, Callable, Sequence

import structlog
from starlette.requests import Request
from starlette.responses import Response

from webhooks.bodies import LARGEST_BODY, later, read_body
from webhooks.metrics import WEBHOOKS

_log = structlog.get_logger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]
Reply = tuple[Response, str]
"""What is answered, and its outcome for the metrics."""
Receive = Callable[[Request, bytes, Sequence[str]], Awaitable[Reply]]
"""Verify the signature of the body by one of the secrets, and store what it says."""


def signed_webhook(source: str, secrets: Sequence[str], receive: Receive, *, most: int = LARGEST_BODY) -> Endpoint:
    """The endpoint of one sender, whose calls have at most so many bytes; empty secrets do not count."""
    usable = tuple(filter(None, secrets))

    async def answer(request: Request) -> Reply:
        if not usable:
            return later("No webhook secret is configured here."), "unconfigured"
        body = await read_body(request, most=most)
        if isinstance(body, Response):
            return body, "refused"
        return await receive(request, body, usable)

    async def counted(request: Request) -> Response:
        reply, outcome = await answer(request)
        WEBHOOKS.labels(source=source, outcome=outcome).inc()
        if outcome not in {"stored", "repeated"}:
            _log.warning("webhook not stored", source=source, outcome=outcome, status=reply.status_code)
        return reply

    return counted
