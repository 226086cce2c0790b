"""Stripe's deliveries: signed ones are stored once with their job, everything else leaves no row (W2-W4)."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from datasources.sources import Sources
from tests.stores import open_sources, rows
from webhooks.payments import stripe_webhook

SECRETS = ("whsec_new", "whsec_old")


@pytest.fixture
async def sources(database_url: str, redis_url: str) -> AsyncIterator[Sources]:
    async with open_sources(database_url, redis_url) as opened:
        yield opened


@pytest.fixture
async def stripe(sources: Sources) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=[Route("/webhooks/stripe", stripe_webhook(sources, SECRETS), methods=["POST"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://market.test") as client:
        yield client


def event(event_id: str = "evt_1", kind: str = "payment_intent.succeeded") -> bytes:
    about = {"id": "pi_1", "object": "payment_intent", "status": "succeeded"}
    return json.dumps({"id": event_id, "object": "event", "type": kind, "data": {"object": about}}).encode()


def signature(body: bytes, secret: str = SECRETS[0], *, age: int = 0) -> str:
    at = int(time.time()) - age
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


async def send(stripe: httpx.AsyncClient, body: bytes, header: str | None) -> int:
    headers = {"stripe-signature": header} if header is not None else {}
    return (await stripe.post("/webhooks/stripe", content=body, headers=headers)).status_code


async def stored(database_url: str) -> tuple[int, int]:
    deliveries = await rows(database_url, "select 1 from webhook_deliveries where source = 'stripe'")
    jobs = await rows(database_url, "select 1 from pgqueuer where entrypoint = 'payments.apply-event'")
    return len(deliveries), len(jobs)


@pytest.mark.parametrize("secret", SECRETS)
async def test_either_secret_is_valid_while_one_replaces_the_other(
    stripe: httpx.AsyncClient, database_url: str, secret: str
) -> None:
    body = event()
    assert await send(stripe, body, signature(body, secret)) == 200
    assert await stored(database_url) == (1, 1)


async def test_a_repeated_event_is_stored_once(stripe: httpx.AsyncClient, database_url: str) -> None:
    body = event()
    for _ in range(3):
        assert await send(stripe, body, signature(body)) == 200
    assert await stored(database_url) == (1, 1)


NOT_SIGNED_LATELY: dict[str, Callable[[], str | None]] = {
    "nothing": lambda: None,
    "empty": lambda: "",
    "nonsense": lambda: "t=1,v1=00",
    "another secret": lambda: signature(event(), "whsec_wrong"),
    "too old": lambda: signature(event(), age=301),
    "another body": lambda: signature(event() + b" "),
}


@pytest.mark.parametrize("case", NOT_SIGNED_LATELY)
async def test_what_stripe_did_not_sign_lately_leaves_no_row(
    stripe: httpx.AsyncClient, database_url: str, case: str
) -> None:
    header = NOT_SIGNED_LATELY[case]()
    assert await send(stripe, event(), header) == 400
    assert await stored(database_url) == (0, 0)


async def test_signed_nonsense_is_refused_with_a_sentence(stripe: httpx.AsyncClient, database_url: str) -> None:
    for body in (b"[]", b"{}", b'{"id": "evt_1"}', b"\xff"):
        assert await send(stripe, body, signature(body)) == 400
    assert await stored(database_url) == (0, 0)


async def test_an_event_about_nothing_of_ours_is_kept_without_a_job(
    stripe: httpx.AsyncClient, database_url: str
) -> None:
    about = {"id": "prod_1", "object": "product"}
    body = json.dumps({"id": "evt_2", "object": "event", "type": "product.created", "data": {"object": about}}).encode()
    assert await send(stripe, body, signature(body)) == 200
    assert await stored(database_url) == (1, 0)
