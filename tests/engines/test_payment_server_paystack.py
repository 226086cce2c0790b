"""The local payment service as a Paystack client sees it, with events signed as Paystack signs them."""

import asyncio
import hashlib
import hmac
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from engines.supervisor import LocalEngines

SECRET = "sk_test_paystack"
HEARD: list[tuple[bytes, str]] = []


@pytest.fixture
async def paystack(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    HEARD.clear()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        HEARD.append((await reader.readexactly(int(fields["content-length"])), fields["x-paystack-signature"]))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    hook = await asyncio.start_server(hear, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{hook.sockets[0].getsockname()[1]}/hook"
    with LocalEngines(tmp_path) as engines:
        arguments = ("--paystack-webhook", url, "--paystack-secret", SECRET)
        address = await asyncio.to_thread(engines.start_server, "engines.payment_server", *arguments)
        headers = {"authorization": f"Bearer {SECRET}"}
        async with httpx.AsyncClient(base_url=address, headers=headers, trust_env=False) as client:
            yield client
    hook.close()
    await hook.wait_closed()


async def heard(count: int) -> list[dict[str, Any]]:
    for _ in range(300):
        if len(HEARD) >= count:
            break
        await asyncio.sleep(0.01)
    for body, signature in HEARD:
        assert hmac.new(SECRET.encode(), body, hashlib.sha512).hexdigest() == signature
    return [json.loads(body) for body, _ in HEARD]


async def test_a_transaction_is_paid_verified_charged_again_and_refunded(paystack: httpx.AsyncClient) -> None:
    order = {"email": "buyer@example.test", "amount": "250000", "currency": "ZAR", "reference": "order-1"}
    order["callback_url"] = "https://shop.example/back"
    begun = (await paystack.post("/transaction/initialize", json=order)).json()
    assert (begun["status"], begun["data"]["reference"]) == (True, "order-1")
    assert (await paystack.get("/transaction/verify/order-1")).json()["data"]["status"] == "abandoned"
    page = begun["data"]["authorization_url"]
    assert "250000 ZAR" in (await paystack.get(page)).text
    back = await paystack.post(page, data={"outcome": "success", "next_outcome": "insufficient_funds"})
    assert back.headers["location"] == "https://shop.example/back?reference=order-1&trxref=order-1"
    assert (await paystack.post(page, data={"outcome": "success"})).status_code == 400
    paid = (await paystack.get("/transaction/verify/order-1")).json()["data"]
    assert (paid["status"], paid["amount"], paid["currency"]) == ("success", 250_000, "ZAR")
    code = paid["authorization"]["authorization_code"]
    again = order | {"authorization_code": code, "reference": "order-2"}
    charged = (await paystack.post("/transaction/charge_authorization", json=again)).json()["data"]
    assert (charged["status"], charged["gateway_response"]) == ("failed", "Insufficient Funds")
    refund = (await paystack.post("/refund", json={"transaction": "order-1", "amount": 50_000})).json()["data"]
    assert (await paystack.get(f"/refund/{refund['id']}")).json()["data"]["status"] == "processed"
    events = await heard(3)
    assert {event["event"] for event in events} == {"charge.success", "charge.failed", "refund.processed"}
    assert "_refunded" not in str(events)


async def test_every_refusal_is_a_status_and_a_message(paystack: httpx.AsyncClient) -> None:
    good: dict[str, Any] = {"email": "b@example.test", "amount": 100, "currency": "ZAR", "reference": "r1"}
    for change in (
        {"email": "nobody"},
        {"amount": "1.5"},
        {"amount": -1},
        {"amount": True},
        {"currency": "XXX"},
        {"reference": "a b"},
    ):
        answer = await paystack.post("/transaction/initialize", json=good | change)
        assert (answer.status_code, answer.json()["status"]) == (400, False), change
    assert (await paystack.post("/transaction/initialize", json=good)).status_code == 200
    repeated = await paystack.post("/transaction/initialize", json=good)
    assert repeated.json()["message"] == "Duplicate Transaction Reference"
    assert (await paystack.get("/transaction/verify/none")).json()["message"] == "Transaction reference not found"
    early = await paystack.post("/refund", json={"transaction": "r1"})
    assert "has not been paid" in early.json()["message"]
    await paystack.post("/admin/paystack/r1/pay", json={})
    assert "more than" in (await paystack.post("/refund", json={"transaction": "r1", "amount": 101})).json()["message"]
    assert (await paystack.post("/refund", json={"transaction": "r1"})).json()["status"]
    assert "fully reversed" in (await paystack.post("/refund", json={"transaction": "r1"})).json()["message"]
    for body in (b"", b"[]", b"{", b"\xff"):
        assert (await paystack.post("/refund", content=body)).json() == {
            "status": False,
            "message": "Invalid JSON body",
        }
    stranger = await paystack.get("/transaction/verify/r1", headers={"authorization": "Bearer sk_live_x"})
    assert (stranger.status_code, stranger.json()["message"]) == (401, "Invalid key")


@pytest.mark.parametrize("option", ["--webhook", "--paystack-webhook"])
def test_a_webhook_on_another_machine_ends_the_program_with_a_sentence(tmp_path: Path, option: str) -> None:
    command = [sys.executable, "-m", "engines.payment_server", "--data-dir", str(tmp_path), "--port", "0"]
    ended = subprocess.run(
        [*command, option, "https://example.com"], capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("payment_server: ")
    assert "on this machine" in ended.stderr
    assert ended.stderr.count("\n") == 1
