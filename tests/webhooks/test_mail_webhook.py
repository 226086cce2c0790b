"""What the mail provider reports: signed events are stored once with their job, everything else leaves no row."""

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from datasources.sources import Sources
from domain.mails import EVERY_KIND, write_link_token
from engines.mailbox import WebhookTarget, create_app
from jobs.mails import apply_event
from services.mails import MailRoom, ask_mail, send_mail
from tests.clocks import Clock
from tests.mailing import LINK_SECRET, a_draft, an_addressee, open_room
from tests.stores import open_sources, rows, until
from tests.transport.live_servers import serving
from webhooks.mails import resend_webhook
from webhooks.unsubscribing import unsubscribe_page

SECRETS = tuple(f"whsec_{base64.b64encode(each).decode()}" for each in (b"the new secret", b"the old secret"))


@pytest.fixture
async def sources(database_url: str, redis_url: str) -> AsyncIterator[Sources]:
    async with open_sources(database_url, redis_url) as opened:
        yield opened


@pytest.fixture
async def market(sources: Sources) -> AsyncIterator[httpx.AsyncClient]:
    routes = [
        Route("/webhooks/resend", resend_webhook(sources, SECRETS), methods=["POST"]),
        Route("/unsubscribe", unsubscribe_page(sources, LINK_SECRET), methods=["GET", "POST"]),
    ]
    transport = httpx.ASGITransport(app=Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://market.test") as client:
        yield client


def event(kind: str = "email.bounced", mail_id: str = "mail-1") -> bytes:
    data = {"email_id": "re-1", "tags": {"mail_id": mail_id}, "bounce": {"type": "Permanent"}}
    return json.dumps({"type": kind, "created_at": "2026-01-01T00:00:00Z", "data": data}).encode()


def signed(body: bytes, *, secret: str = SECRETS[0], event_id: str = "msg_1", age: int = 0) -> dict[str, str]:
    stamp = str(int(time.time()) - age)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{event_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(b'x' * 32).decode()} v1,{base64.b64encode(digest).decode()}"
    return {"svix-id": event_id, "svix-timestamp": stamp, "svix-signature": signature}


async def stored(database_url: str) -> tuple[int, int]:
    deliveries = await rows(database_url, "select 1 from webhook_deliveries where source = 'resend'")
    jobs = await rows(database_url, "select 1 from pgqueuer where entrypoint = 'mails.apply-event'")
    return len(deliveries), len(jobs)


@pytest.mark.parametrize("secret", SECRETS)
async def test_either_secret_is_valid_while_one_replaces_the_other_and_a_repetition_is_stored_once(
    market: httpx.AsyncClient, database_url: str, secret: str
) -> None:
    body = event()
    for _ in range(3):
        reply = await market.post("/webhooks/resend", content=body, headers=signed(body, secret=secret))
        assert reply.status_code == 200
    assert await stored(database_url) == (1, 1)


NOT_SIGNED_LATELY: dict[str, Callable[[], dict[str, str]]] = {
    "nothing": dict,
    "nonsense": lambda: {"svix-id": "msg_1", "svix-timestamp": "1", "svix-signature": "v1,AAAA"},
    "another secret": lambda: signed(event(), secret="whsec_" + base64.b64encode(b"wrong").decode()),
    "too old": lambda: signed(event(), age=301),
    "of the future": lambda: signed(event(), age=-301),
    "another body": lambda: signed(event() + b" "),
    "another id": lambda: signed(event()) | {"svix-id": "msg_2"},
    "no time": lambda: signed(event()) | {"svix-timestamp": "soon"},
    "another version": lambda: signed(event()) | {"svix-signature": "v2," + signed(event())["svix-signature"][-44:]},
}


@pytest.mark.parametrize("case", NOT_SIGNED_LATELY)
async def test_what_the_provider_did_not_sign_lately_leaves_no_row(
    market: httpx.AsyncClient, database_url: str, case: str
) -> None:
    reply = await market.post("/webhooks/resend", content=event(), headers=NOT_SIGNED_LATELY[case]())
    assert reply.status_code == 400
    assert await stored(database_url) == (0, 0)


async def test_signed_nonsense_and_too_much_are_refused(market: httpx.AsyncClient, database_url: str) -> None:
    for body in (b"[]", b"{}", b'{"type": "email.sent"}', b"\xff", b'{"type": 1, "data": {}}'):
        assert (await market.post("/webhooks/resend", content=body, headers=signed(body))).status_code == 400
    large = b" " * 300_000
    assert (await market.post("/webhooks/resend", content=large, headers=signed(large))).status_code == 413
    assert await stored(database_url) == (0, 0)


async def test_an_event_that_changes_nothing_here_is_kept_without_a_job(
    market: httpx.AsyncClient, database_url: str
) -> None:
    body = event("email.opened")
    assert (await market.post("/webhooks/resend", content=body, headers=signed(body))).status_code == 200
    assert await stored(database_url) == (1, 0)


async def test_an_event_that_cannot_be_stored_is_asked_for_again(redis_url: str) -> None:
    async with open_sources("postgresql://nobody@127.0.0.1:9/none", redis_url) as away:
        app = Starlette(routes=[Route("/", resend_webhook(away, SECRETS), methods=["POST"])])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://m.test") as client:
            reply = await client.post("/", content=event(), headers=signed(event()))
    assert reply.status_code == 503
    assert reply.headers["retry-after"]


async def test_looking_at_the_page_changes_nothing_and_its_button_stops_the_mails(
    market: httpx.AsyncClient, sources: Sources, database_url: str
) -> None:
    ann = await an_addressee(sources, database_url)
    link = f"/unsubscribe?token={write_link_token(ann, EVERY_KIND, LINK_SECRET)}"
    shown = await market.get(link)
    assert shown.status_code == 200
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    chosen = "select kind, channel, is_on from notification_preferences"
    assert await rows(database_url, chosen) == []
    form = re.search(r'action="(\?token=[^"]+)"', shown.text)
    assert form is not None
    for _ in range(2):
        assert (await market.post(f"/unsubscribe{form[1]}")).status_code == 200
    one_click = await market.post(link, data={"List-Unsubscribe": "One-Click"})
    assert one_click.status_code == 200
    assert [tuple(row) for row in await rows(database_url, chosen)] == [("all", "email", False)]


@pytest.mark.parametrize("token", ["", "AAAA", "%00", "a" * 400, "PHNjcmlwdD4"])
async def test_a_link_that_we_did_not_write_changes_nothing(
    market: httpx.AsyncClient, database_url: str, token: str
) -> None:
    for method in ("GET", "POST"):
        assert (await market.request(method, f"/unsubscribe?token={token}")).status_code == 400
    assert await rows(database_url, "select 1 from notification_preferences") == []


async def test_the_local_mailbox_reports_a_bounce_that_stops_the_address(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    """The whole way round: mailbox, webhook, job."""
    clock = Clock()
    async with open_sources(database_url, redis_url, clock=clock) as sources:
        hook = Starlette(routes=[Route("/hook", resend_webhook(sources, SECRETS), methods=["POST"])])
        async with serving(hook) as hook_port:
            target = WebhookTarget(f"http://127.0.0.1:{hook_port}/hook", SECRETS[:1])
            mailbox = create_app(tmp_path, webhook=target)
            async with (
                mailbox.router.lifespan_context(mailbox),
                serving(mailbox) as port,
                open_room(database_url, redis_url, f"http://127.0.0.1:{port}", clock) as room,
            ):
                await bounce(room, database_url)

                async def is_stored() -> bool:
                    return (await stored(database_url))[1] == 1

                await until(is_stored)
        (job,) = await rows(database_url, "select payload from pgqueuer where entrypoint = 'mails.apply-event'")
        await apply_event(sources, json.loads(job[0]))
    assert (await rows(database_url, "select stopped_because from mail_addresses"))[0][0] == "bounced"
    assert (await rows(database_url, "select bounced_at from mails"))[0][0] is not None


async def bounce(room: MailRoom, database_url: str) -> None:
    ann = await an_addressee(room.sources, database_url, "bounced@people.test")
    await ask_mail(room.sources, a_draft(ann, "to a closed mailbox"))
    await send_mail(room, (await rows(database_url, "select mail_id from mails"))[0][0])
