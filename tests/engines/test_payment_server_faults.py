"""Idempotency, injected faults, signed webhooks and a killed server, seen through the official Stripe client."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import stripe

from engines.supervisor import LocalEngines

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # raised inside the Stripe client

PAYMENT: Any = {"amount": 12_500, "currency": "zar", "payment_method": "pm_card_visa", "confirm": True}


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngines]:
    with LocalEngines(tmp_path_factory.mktemp("payments")) as running:
        yield running


@pytest.fixture(scope="module")
def address(engines: LocalEngines) -> str:
    return engines.start_server("engines.payment_server", "--first-pause", "0.05")


def client_for(address: str, http: stripe.HTTPXClient, *, retries: int = 0) -> stripe.StripeClient:
    return stripe.StripeClient(
        "sk_test_shop", base_addresses={"api": address}, http_client=http, max_network_retries=retries
    )


@pytest.fixture
async def http() -> AsyncIterator[stripe.HTTPXClient]:
    client = stripe.HTTPXClient(allow_sync_methods=False, timeout=2.0)
    yield client
    await client.close_async()  # type: ignore[no-untyped-call]  # the library left it untyped


@pytest.fixture
def client(address: str, http: stripe.HTTPXClient) -> stripe.StripeClient:
    return client_for(address, http)


@pytest.fixture
async def admin(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{address}/admin", trust_env=False) as levers:
        yield levers
        await levers.delete("/faults")


class Receiver:
    """A webhook endpoint: keeps what it hears and answers what it is told to."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, dict[str, str]]] = []
        self.answers: list[int] = []
        self._server: asyncio.Server | None = None

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/hook"

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def wait_for(self, count: int, *, seconds: float = 5.0) -> list[dict[str, Any]]:
        for _ in range(int(seconds * 100)):
            if len(self.heard) >= count:
                break
            await asyncio.sleep(0.01)
        return [json.loads(body) for body, _ in self.heard]

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:]) if name}
        self.heard.append((await reader.readexactly(int(headers["content-length"])), headers))
        status = self.answers.pop(0) if self.answers else 200
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    listening = Receiver()
    yield listening
    await listening.stop()


async def endpoint_for(client: stripe.StripeClient, url: str, *events: Any) -> tuple[str, str]:
    endpoint = await client.v1.webhook_endpoints.create_async({"url": url, "enabled_events": list(events) or ["*"]})
    return endpoint.id, str(endpoint.secret)


async def count_payments(client: stripe.StripeClient, order: str) -> int:
    found = await client.v1.payment_intents.list_async({"limit": 100})
    return sum(getattr(intent.metadata, "order", None) == order for intent in found.data)


async def test_the_same_key_and_request_has_one_effect_and_one_answer(client: stripe.StripeClient) -> None:
    params = PAYMENT | {"metadata": {"order": "twice"}}
    first = await client.v1.payment_intents.create_async(params, {"idempotency_key": "twice"})
    again = await client.v1.payment_intents.create_async(params, {"idempotency_key": "twice"})
    assert again.to_dict() == first.to_dict()
    assert again.last_response is not None
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert await count_payments(client, "twice") == 1


async def test_the_same_key_for_another_request_is_refused(client: stripe.StripeClient) -> None:
    options: Any = {"idempotency_key": "once-only"}
    intent = await client.v1.payment_intents.create_async(PAYMENT, options)
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        await client.v1.payment_intents.create_async(PAYMENT | {"amount": 1}, options)
    with pytest.raises(stripe.IdempotencyError):
        await client.v1.refunds.create_async({"payment_intent": intent.id}, options)


async def test_a_decline_is_replayed_and_a_refused_parameter_is_not(client: stripe.StripeClient) -> None:
    declined = PAYMENT | {"payment_method": "pm_card_chargeDeclined"}
    messages = set()
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            await client.v1.payment_intents.create_async(declined, {"idempotency_key": "declined"})
        assert refused.value.error is not None
        assert refused.value.error.payment_intent is not None
        messages.add(refused.value.error.payment_intent.id)
    assert len(messages) == 1
    with pytest.raises(stripe.InvalidRequestError):
        await client.v1.payment_intents.create_async(PAYMENT | {"amount": 0}, {"idempotency_key": "corrected"})
    corrected = await client.v1.payment_intents.create_async(PAYMENT, {"idempotency_key": "corrected"})
    assert corrected.status == "succeeded"


async def test_two_requests_at_once_under_one_key_conflict(
    client: stripe.StripeClient, admin: httpx.AsyncClient
) -> None:
    await admin.post("/faults", json={"kind": "delay", "seconds": 0.4, "path": "/v1/payment_intents"})
    options: Any = {"idempotency_key": "at-once"}
    slow = asyncio.create_task(client.v1.payment_intents.create_async(PAYMENT, options))
    await asyncio.sleep(0.15)
    with pytest.raises(stripe.APIError) as conflict:
        await client.v1.payment_intents.create_async(PAYMENT, options)
    assert conflict.value.error is not None
    assert (conflict.value.http_status, conflict.value.error.code) == (409, "idempotency_key_in_use")
    done = await slow
    assert (await client.v1.payment_intents.create_async(PAYMENT, options)).id == done.id


async def test_a_500_after_the_effect_is_replayed_and_has_one_effect(
    client: stripe.StripeClient, admin: httpx.AsyncClient
) -> None:
    await admin.post("/faults", json={"kind": "status", "status": 500, "after": True, "path": "/v1/payment_intents"})
    params = PAYMENT | {"metadata": {"order": "broken"}}
    for _ in range(2):
        with pytest.raises(stripe.APIError) as broken:
            await client.v1.payment_intents.create_async(params, {"idempotency_key": "broken"})
        assert broken.value.http_status == 500
    assert await count_payments(client, "broken") == 1


@pytest.mark.parametrize(
    ("status", "error"), [(429, stripe.RateLimitError), (409, stripe.APIError), (503, stripe.APIError)]
)
async def test_a_refusal_before_the_effect_leaves_the_key_free(
    client: stripe.StripeClient, admin: httpx.AsyncClient, status: int, error: type[Exception]
) -> None:
    await admin.post("/faults", json={"kind": "status", "status": status, "path": "/v1/payment_intents"})
    options: Any = {"idempotency_key": f"free-{status}"}
    with pytest.raises(error):
        await client.v1.payment_intents.create_async(PAYMENT, options)
    assert (await client.v1.payment_intents.create_async(PAYMENT, options)).status == "succeeded"


async def test_an_injected_decline_is_a_card_error(client: stripe.StripeClient, admin: httpx.AsyncClient) -> None:
    await admin.post("/faults", json={"kind": "status", "status": 402, "method": "post", "path": "/v1/payment_intents"})
    with pytest.raises(stripe.CardError):
        await client.v1.payment_intents.create_async(PAYMENT)


async def test_the_client_retries_through_silence_and_pays_once(
    address: str, http: stripe.HTTPXClient, admin: httpx.AsyncClient
) -> None:
    patient = client_for(address, http, retries=2)
    await admin.post("/faults", json={"kind": "no_answer", "seconds": 4, "after": True, "path": "/v1/payment_intents"})
    paid = await patient.v1.payment_intents.create_async(PAYMENT | {"metadata": {"order": "silent"}})
    assert paid.status == "succeeded"
    assert await count_payments(patient, "silent") == 1


@pytest.mark.parametrize(
    "fault", [{}, {"kind": "rain"}, {"kind": "status", "status": 418}, {"kind": "delay", "seconds": "x"}]
)
async def test_a_senseless_fault_is_refused(admin: httpx.AsyncClient, fault: dict[str, object]) -> None:
    assert (await admin.post("/faults", json=fault)).status_code == 400


async def test_events_are_signed_with_every_secret(
    client: stripe.StripeClient, admin: httpx.AsyncClient, receiver: Receiver
) -> None:
    endpoint, secret = await endpoint_for(client, await receiver.start(), "payment_intent.succeeded")
    await admin.post(f"/webhook_endpoints/{endpoint}/secrets", json={"secret": "whsec_next"})
    intent = await client.v1.payment_intents.create_async(PAYMENT, {"idempotency_key": "signed"})
    await receiver.wait_for(1)
    await client.v1.webhook_endpoints.delete_async(endpoint)
    ((payload, headers),) = receiver.heard
    for known in (secret, "whsec_next"):
        event = stripe.Webhook.construct_event(payload, headers["stripe-signature"], known)
        assert (event.type, event.data.object["id"]) == ("payment_intent.succeeded", intent.id)
        assert event.request is not None
        assert event.request.idempotency_key == "signed"
    assert "_test_card" not in payload.decode()
    for changed, wrong in ((payload + b" ", secret), (payload, "whsec_other")):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(changed, headers["stripe-signature"], wrong)


async def test_a_refused_event_is_delivered_again_until_it_is_taken(
    client: stripe.StripeClient, admin: httpx.AsyncClient, receiver: Receiver
) -> None:
    receiver.answers = [500, 404]
    endpoint, _ = await endpoint_for(client, await receiver.start(), "customer.*")
    await client.v1.customers.create_async({"email": "again@example.test"})
    events = await receiver.wait_for(3)
    assert len({event["id"] for event in events}) == 1
    for _ in range(100):
        (delivery,) = (await admin.get("/deliveries", params={"event": events[0]["id"]})).json()["deliveries"]
        if delivery["ended"]:
            break
        await asyncio.sleep(0.02)
    assert (delivery["attempts"], delivery["ended"], delivery["last_answer"]) == (3, "delivered", "200")
    await client.v1.webhook_endpoints.delete_async(endpoint)


async def test_events_come_twice_shuffled_or_not_at_all_when_asked(
    client: stripe.StripeClient, admin: httpx.AsyncClient, receiver: Receiver
) -> None:
    endpoint, _ = await endpoint_for(client, await receiver.start(), "customer.created")
    await admin.post("/faults", json={"kind": "duplicate", "path": "customer."})
    await client.v1.customers.create_async({"name": "twice"})
    twice = await receiver.wait_for(2)
    assert len({event["id"] for event in twice}) == 1
    receiver.heard.clear()
    await admin.post("/faults", json={"kind": "shuffle", "path": "customer.", "times": 4})
    for number in range(4):
        await client.v1.customers.create_async({"name": str(number)})
    names = [event["data"]["object"]["name"] for event in await receiver.wait_for(4)]
    assert sorted(names) == ["0", "1", "2", "3"]
    assert names != ["0", "1", "2", "3"]
    receiver.heard.clear()
    await admin.post("/faults", json={"kind": "lose", "path": "customer."})
    await client.v1.customers.create_async({"name": "lost"})
    kept = await client.v1.events.list_async({"type": "customer.created", "limit": 1})
    assert kept.data[0].data.object["name"] == "lost"
    assert await receiver.wait_for(1, seconds=0.2) == []
    await admin.post(f"/events/{kept.data[0].id}/resend")
    assert (await receiver.wait_for(1))[0]["id"] == kept.data[0].id
    await client.v1.webhook_endpoints.delete_async(endpoint)


async def test_endpoints_elsewhere_are_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="on this machine"):
        await endpoint_for(client, "https://example.com/hook")


async def test_a_killed_server_forgets_neither_payments_nor_keys_nor_deliveries(
    engines: LocalEngines, client: stripe.StripeClient, receiver: Receiver
) -> None:
    url = await receiver.start()
    receiver.answers = [500] * 3
    endpoint, _ = await endpoint_for(client, url, "payment_intent.succeeded")
    options: Any = {"idempotency_key": "survivor"}
    paid = await client.v1.payment_intents.create_async(PAYMENT, options)
    await receiver.wait_for(1)
    engines.kill("payment_server")
    await asyncio.to_thread(engines.restart, "payment_server")
    assert (await client.v1.payment_intents.create_async(PAYMENT, options)).id == paid.id
    events = await receiver.wait_for(4)
    assert {event["data"]["object"]["id"] for event in events} == {paid.id}
    await client.v1.webhook_endpoints.delete_async(endpoint)
