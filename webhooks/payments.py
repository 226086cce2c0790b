"""Stripe's webhook: verify the signature over the raw body, store the event with its job, answer at once."""

from collections.abc import Awaitable, Callable, Sequence

import structlog
from starlette.requests import Request
from starlette.responses import Response

from datasources.payments.stripe_events import NotSignedError, read_event
from datasources.sources import Sources
from domain.problems import UpstreamUnavailableError
from services.payments import receive_event
from webhooks.bodies import later, read_body, sentence, stored
from webhooks.metrics import WEBHOOKS

_log = structlog.get_logger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]


def stripe_webhook(sources: Sources, secrets: Sequence[str]) -> Endpoint:
    """The endpoint for ``POST /webhooks/stripe``; `secrets` are those valid now, the newest first.

    200 once the event is stored (a repetition is stored already), 400 for what Stripe did not sign within five
    minutes, 413 for too much, 503 with Retry-After while it cannot be stored: Stripe repeats it for days (W2-W4).
    """
    usable = tuple(filter(None, secrets))

    async def receive(request: Request) -> Response:
        reply, outcome = await _answer(sources, usable, request)
        WEBHOOKS.labels(source="stripe", outcome=outcome).inc()
        if outcome not in {"stored", "repeated"}:
            _log.warning("webhook not stored", source="stripe", outcome=outcome, status=reply.status_code)
        return reply

    return receive


async def _answer(sources: Sources, secrets: Sequence[str], request: Request) -> tuple[Response, str]:
    if not secrets:
        return later("No webhook secret is configured here."), "unconfigured"
    body = await read_body(request)
    if isinstance(body, Response):
        return body, "refused"
    try:
        event = read_event(body, request.headers.get("stripe-signature", ""), secrets)
    except NotSignedError:
        return sentence(400, "The signature is missing, wrong, or too old."), "refused"
    try:
        is_new = await receive_event(sources, event)
    except UpstreamUnavailableError:
        return later("The event could not be stored; send it again."), "unavailable"
    return stored(is_new=is_new)
