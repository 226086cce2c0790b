"""Stripe's webhook: verify the signature over the raw body, store the event with its job, answer at once."""

from collections.abc import Sequence
from functools import partial

from starlette.requests import Request

from datasources.payments.stripe_events import NotSignedError, read_event
from datasources.sources import Sources
from domain.problems import UpstreamUnavailableError
from services.payments import receive_event
from webhooks.bodies import later, sentence, stored
from webhooks.endpoints import Endpoint, Reply, signed_webhook


def stripe_webhook(sources: Sources, secrets: Sequence[str]) -> Endpoint:
    """The endpoint for ``POST /webhooks/stripe``; `secrets` are those valid now, the newest first.

    200 once the event is stored (a repetition is stored already), 400 for what Stripe did not sign within five
    minutes, 413 for too much, 503 with Retry-After while it cannot be stored: Stripe repeats it for days (W2-W4).
    """
    return signed_webhook("stripe", secrets, partial(_receive, sources))


async def _receive(sources: Sources, request: Request, body: bytes, secrets: Sequence[str]) -> Reply:
    try:
        event = read_event(body, request.headers.get("stripe-signature", ""), secrets)
    except NotSignedError:
        return sentence(400, "The signature is missing, wrong, or too old."), "refused"
    try:
        is_new = await receive_event(sources, event)
    except UpstreamUnavailableError:
        return later("The event could not be stored; send it again."), "unavailable"
    return stored(is_new=is_new)
