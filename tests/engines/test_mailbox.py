"""The local mail service as a Resend client and a person see it."""

import asyncio
import base64
import hashlib
import hmac
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from engines.supervisor import LocalEngines

MAIL: dict[str, Any] = {
    "from": "Shop <shop@e.test>",
    "to": ["Buyer <buyer@example.test>"],
    "subject": "You won",
    "html": "<p>Hello</p>",
}
SECRETS = tuple("whsec_" + base64.b64encode(name).decode() for name in (b"first-secret", b"second-secret"))


class Hook:
    """A webhook endpoint that checks each signature as Svix's libraries do."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.answers: list[int] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:]) if name}
        body = await reader.readexactly(int(fields["content-length"]))
        signed = f"{fields['svix-id']}.{fields['svix-timestamp']}.".encode() + body
        for secret in SECRETS:
            key = base64.b64decode(secret.removeprefix("whsec_"))
            expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            assert f"v1,{expected}" in fields["svix-signature"].split(" ")
        self.heard.append(json.loads(body))
        self.ids.append(fields["svix-id"])
        status = self.answers.pop(0) if self.answers else 200
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngines]:
    with LocalEngines(tmp_path_factory.mktemp("mail")) as running:
        running.start_server("engines.mailbox")
        yield running


@pytest.fixture
async def resend(engines: LocalEngines) -> AsyncIterator[httpx.AsyncClient]:
    address = f"http://127.0.0.1:{(engines.data_dir / 'mailbox' / 'port').read_text()}"
    headers = {"authorization": "Bearer re_local"}
    async with httpx.AsyncClient(base_url=address, headers=headers, trust_env=False) as client:
        await client.delete("/admin/mails")
        yield client


async def test_a_mail_is_taken_and_told_again(resend: httpx.AsyncClient) -> None:
    tags = [{"name": "kind", "value": "auction_won"}]
    sent = await resend.post("/emails", json=MAIL | {"to": "buyer@example.test", "reply_to": "a@b.test", "tags": tags})
    mail = (await resend.get(f"/emails/{sent.json()['id']}")).json()
    assert sent.status_code == 200
    assert (mail["object"], mail["to"], mail["reply_to"]) == ("email", ["buyer@example.test"], ["a@b.test"])
    assert (mail["subject"], mail["html"], mail["text"], mail["last_event"]) == (
        "You won",
        "<p>Hello</p>",
        None,
        "delivered",
    )


async def test_a_batch_is_taken_whole_or_not_at_all(resend: httpx.AsyncClient) -> None:
    batch = await resend.post("/emails/batch", json=[MAIL, MAIL | {"subject": "Second"}])
    assert len(batch.json()["data"]) == 2
    broken = await resend.post("/emails/batch", json=[MAIL, MAIL | {"to": "nobody"}])
    assert broken.status_code == 422
    assert [mail["subject"] for mail in (await resend.get("/emails")).json()["data"]] == ["Second", "You won"]
    for empty in ([], [MAIL] * 101, {"a": 1}):
        assert (await resend.post("/emails/batch", json=empty)).status_code == 422


async def test_a_key_sends_one_mail_however_often_it_is_used(resend: httpx.AsyncClient) -> None:
    headers = {"idempotency-key": "won/1"}
    first, again = [await resend.post("/emails", json=MAIL, headers=headers) for _ in range(2)]
    assert first.json() == again.json()
    assert len((await resend.get("/emails")).json()["data"]) == 1
    other = await resend.post("/emails", json=MAIL | {"subject": "Other"}, headers=headers)
    assert (other.status_code, other.json()["name"]) == (409, "invalid_idempotent_request")
    too_long = await resend.post("/emails", json=MAIL, headers={"idempotency-key": "k" * 257})
    assert (too_long.status_code, too_long.json()["name"]) == (400, "invalid_idempotency_key")


async def test_a_refused_mail_leaves_its_key_free(resend: httpx.AsyncClient) -> None:
    headers = {"idempotency-key": "corrected"}
    assert (await resend.post("/emails", json=MAIL | {"to": "nobody"}, headers=headers)).status_code == 422
    assert (await resend.post("/emails", json=MAIL, headers=headers)).status_code == 200


async def test_an_answer_lost_after_the_effect_is_found_again_by_its_key(resend: httpx.AsyncClient) -> None:
    await resend.post("/admin/faults", json={"status": 500, "after": True})
    headers = {"idempotency-key": "lost"}
    assert (await resend.post("/emails", json=MAIL, headers=headers)).status_code == 500
    assert (await resend.post("/emails", json=MAIL, headers=headers)).status_code == 200
    assert len((await resend.get("/emails")).json()["data"]) == 1


async def test_faults_before_the_effect_take_no_mail(resend: httpx.AsyncClient) -> None:
    await resend.post("/admin/faults", json={"status": 429, "times": 2})
    statuses = [(await resend.post("/emails", json=MAIL)).status_code for _ in range(3)]
    assert statuses == [429, 429, 200]
    assert len((await resend.get("/emails")).json()["data"]) == 1
    assert (await resend.post("/admin/faults", json={"status": 418})).status_code == 422


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"from": None}, "missing_required_field"),
        ({"to": []}, "missing_required_field"),
        ({"subject": ""}, "missing_required_field"),
        ({"html": None}, "missing_required_field"),
        ({"from": "shop"}, "validation_error"),
        ({"from": ["a@b.test", "c@d.test"]}, "validation_error"),
        ({"to": "a@b.test\r\nBcc: all@example.test"}, "validation_error"),
        ({"to": ["a@b.test"] * 51}, "validation_error"),
        ({"to": [7]}, "validation_error"),
        ({"subject": "one\ntwo"}, "validation_error"),
        ({"headers": {"X-A": "b\r\nBcc: c@d.test"}}, "validation_error"),
        ({"headers": {"X A": "b"}}, "validation_error"),
        ({"tags": [{"name": "a b", "value": "c"}]}, "validation_error"),
        ({"attachments": [{"filename": "a.txt", "content": "%"}]}, "validation_error"),
        ({"scheduled_at": "in 1 min"}, "validation_error"),
        ({"colour": "red"}, "validation_error"),
    ],
)
async def test_a_mail_that_makes_no_sense_is_refused(
    resend: httpx.AsyncClient, change: dict[str, Any], name: str
) -> None:
    answer = await resend.post("/emails", json=MAIL | change)
    assert (answer.status_code, answer.json()["statusCode"], answer.json()["name"]) == (422, 422, name)


async def test_strangers_and_garbage_are_refused(resend: httpx.AsyncClient) -> None:
    for key, status, name in (("", 401, "missing_api_key"), ("Bearer sk_x", 403, "invalid_api_key")):
        answer = await resend.post("/emails", json=MAIL, headers={"authorization": key})
        assert (answer.status_code, answer.json()["name"]) == (status, name)
    for body in (b"", b"{", b"[1]", b"\xff", b"[" * 5000):
        assert (await resend.post("/emails", content=body)).status_code in (400, 422)
    assert (await resend.get("/emails/none")).json()["name"] == "not_found"
    assert (await resend.get("/emails", params={"limit": "0"})).status_code == 422


async def test_the_list_is_read_in_pages(resend: httpx.AsyncClient) -> None:
    for number in range(5):
        await resend.post("/emails", json=MAIL | {"subject": str(number)})
    first = (await resend.get("/emails", params={"limit": 2})).json()
    assert ([mail["subject"] for mail in first["data"]], first["has_more"]) == (["4", "3"], True)
    after = (await resend.get("/emails", params={"limit": 3, "after": first["data"][1]["id"]})).json()
    assert ([mail["subject"] for mail in after["data"]], after["has_more"]) == (["2", "1", "0"], False)
    before = (await resend.get("/emails", params={"limit": 1, "before": after["data"][0]["id"]})).json()
    assert ([mail["subject"] for mail in before["data"]], before["has_more"]) == (["3"], True)


async def test_a_mail_has_a_page_on_which_it_can_do_nothing(resend: httpx.AsyncClient) -> None:
    evil = '"></iframe><script>alert(1)</script>'
    sent = await resend.post(
        "/emails", json=MAIL | {"subject": f"Hi {evil}", "html": evil, "text": evil, "headers": {"X-Note": evil}}
    )
    listed = await resend.get("/")
    shown = await resend.get(f"/mails/{sent.json()['id']}")
    for page in (listed, shown):
        assert "<script" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
    assert 'sandbox="allow-popups' in shown.text
    assert "allow-scripts" not in shown.text
    assert shown.text.count("</iframe>") == 1
    assert (await resend.get("/mails/none")).status_code == 404


async def test_what_became_of_a_mail_is_told_by_signed_events(tmp_path: Path) -> None:
    hook = Hook()
    server = await asyncio.start_server(hook.answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    arguments = ["--webhook", url, "--first-pause", "0.05"]
    for secret in SECRETS:
        arguments += ["--webhook-secret", secret]
    hook.answers = [503, 500]
    with LocalEngines(tmp_path) as engines:
        address = await asyncio.to_thread(engines.start_server, "engines.mailbox", *arguments)
        headers = {"authorization": "Bearer re_local"}
        async with httpx.AsyncClient(base_url=address, headers=headers, trust_env=False) as client:
            for to in (
                "buyer@e.test",
                "Gone <bounced+7@e.test>",
                "complained@e.test",
                "delayed@e.test",
            ):
                await client.post("/emails", json=MAIL | {"to": to})
            engines.kill("mailbox")
            await asyncio.to_thread(engines.restart, "mailbox")
        for _ in range(500):
            if len(set(hook.ids)) == 10 and len(hook.ids) >= 12:
                break
            await asyncio.sleep(0.01)
    server.close()
    await server.wait_closed()
    told = dict(zip(hook.ids, hook.heard, strict=True))
    fates: dict[str, set[str]] = {}
    for event in told.values():
        fates.setdefault(event["data"]["to"][0], set()).add(event["type"])
    assert fates == {
        "buyer@e.test": {"email.sent", "email.delivered"},
        "Gone <bounced+7@e.test>": {"email.sent", "email.bounced"},
        "complained@e.test": {"email.sent", "email.delivered", "email.complained"},
        "delayed@e.test": {"email.sent", "email.delivery_delayed", "email.delivered"},
    }
    assert len(hook.heard) > len(told)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--webhook", "https://example.com/hook"], "is not on this machine"),
        (["--webhook", "http://127.0.0.1:1/hook", "--webhook-secret", "plain"], "`whsec_` and base64"),
    ],
)
def test_a_senseless_webhook_ends_the_program_with_a_sentence(
    tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    command = [sys.executable, "-m", "engines.mailbox", "--data-dir", str(tmp_path), "--port", "0", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert ended.stderr.count("\n") == 1
