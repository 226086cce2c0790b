"""The content store's webhook: verify the signature, store the delivery with its job, answer at once."""

import hashlib
from collections.abc import Sequence
from functools import partial
from typing import Any

import orjson
from starlette.requests import Request

from datasources.sources import Sources
from domain.problems import UpstreamUnavailableError
from services.deliveries import ContentChange, UnusableChangeError, receive_content_change
from webhooks.bodies import later, sentence, stored
from webhooks.endpoints import Endpoint, Reply, signed_webhook
from webhooks.signatures import is_signed

_LONGEST_ID = 200


def sanity_webhook(sources: Sources, secrets: Sequence[str]) -> Endpoint:
    """The endpoint for ``POST /webhooks/sanity``; `secrets` are those valid now, the newest first.

    200 once the delivery is stored (a repetition is stored already), 400 for a call that we did not ask for or cannot
    use, 413 for one that is too large, 503 with Retry-After while it cannot be stored: the sender repeats it (W4).
    """
    return signed_webhook("sanity", secrets, partial(_receive, sources))


async def _receive(sources: Sources, request: Request, body: bytes, secrets: Sequence[str]) -> Reply:
    if not is_signed(request.headers.get("sanity-webhook-signature"), body, secrets, now=sources.clock()):
        return sentence(400, "The signature is missing, wrong, or too old."), "refused"
    try:
        is_new = await receive_content_change(sources, _change(request, body))
    except UnusableChangeError as error:
        return sentence(400, str(error)), "refused"
    except UpstreamUnavailableError:
        return later("The delivery could not be stored; send it again."), "unavailable"
    return stored(is_new=is_new)


def _change(request: Request, body: bytes) -> ContentChange:
    document = _document(body)
    given_id = request.headers.get("idempotency-key", "")
    is_usable_id = 0 < len(given_id) <= _LONGEST_ID
    return ContentChange(
        delivery_id=given_id if is_usable_id else hashlib.sha256(given_id.encode() or body).hexdigest(),
        operation=request.headers.get("sanity-operation", "update")[:20],
        document_id=_text(document, "_id") or request.headers.get("sanity-document-id", ""),
        document_type=_text(document, "_type"),
        revision=_text(document, "_rev"),
    )


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise UnusableChangeError("The body is not a JSON object.")
    return document


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    return value if isinstance(value, str) else ""
