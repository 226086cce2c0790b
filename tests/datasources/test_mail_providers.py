"""Mail providers on the wire: Resend's API against the local mailbox, SMTP against a small server of the test's own."""

import asyncio
import email
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import Message

import httpx
import pytest

from datasources.mail.providers import MailProvider, MailRefusedError
from datasources.mail.resend import ResendMails
from datasources.mail.smtp import SmtpAddressError, SmtpMails, SmtpServer
from domain.mails import Letter
from domain.problems import UpstreamUnavailableError


def a_letter(to: str = "ann@people.test") -> Letter:
    return Letter(
        sender="Gavel <no-reply@market.test>",
        to=(to,),
        subject="Grüße",
        html="<p>Hello ä</p>",
        text="Hello ä",
        reply_to="staff@market.test",
        headers=(("List-Unsubscribe", "<https://market.test/u?token=abc>"),),
    )


@pytest.fixture
async def resend(mailbox_url: str) -> AsyncIterator[ResendMails]:
    provider = ResendMails("re_test", url=mailbox_url)
    yield provider
    await provider.close()


async def test_the_same_key_is_sent_once_and_answered_alike(resend: ResendMails) -> None:
    first = await resend.send(a_letter(), key="key-1")
    assert await resend.send(a_letter(), key="key-1") == first
    assert await resend.send(a_letter(), key="key-2") != first


async def test_another_letter_under_a_used_key_is_refused_for_ever(resend: ResendMails) -> None:
    await resend.send(a_letter(), key="key-3")
    with pytest.raises(MailRefusedError, match="invalid_idempotent_request"):
        await resend.send(a_letter("bob@people.test"), key="key-3")


async def test_a_wrong_key_of_ours_is_waited_for_rather_than_costing_the_mail(mailbox_url: str) -> None:
    provider = ResendMails("not-a-key", url=mailbox_url)
    try:
        with pytest.raises(UpstreamUnavailableError):
            await provider.send(a_letter(), key="key-4")
    finally:
        await provider.close()


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_provider_that_is_busy_or_broken_is_asked_again(
    resend: ResendMails, mailbox_url: str, status: int
) -> None:
    async with httpx.AsyncClient(base_url=mailbox_url) as http:
        (await http.post("/admin/faults", json={"status": status})).raise_for_status()
    with pytest.raises(UpstreamUnavailableError):
        await resend.send(a_letter(), key=f"key-{status}")
    assert await resend.send(a_letter(), key=f"key-{status}")


@pytest.mark.parametrize(
    "make",
    [
        lambda port: ResendMails("re_x", url=f"http://127.0.0.1:{port}", call_seconds=0.3),
        lambda port: SmtpMails(f"smtp://127.0.0.1:{port}", call_seconds=0.3),
    ],
)
async def test_a_provider_that_never_answers_costs_the_deadline_and_no_more(
    make: Callable[[int], MailProvider],
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        provider = make(silent.getsockname()[1])
        began = asyncio.get_running_loop().time()
        with pytest.raises(UpstreamUnavailableError):
            await provider.send(a_letter(), key="key")
        assert asyncio.get_running_loop().time() - began < 1.5
        await provider.close()


@dataclass
class Inbox:
    """A mail server that keeps what it is given, or refuses with a code of its choice."""

    refuses_with: int | None = None
    found: list[Message] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        say("220 ready")
        while line := (await reader.readline()).decode().strip():
            verb = line[:4].upper()
            if verb == "EHLO":
                say("250 hello")
            elif verb == "RCPT" and self.refuses_with is not None:
                say(f"{self.refuses_with} no")
            elif verb == "DATA":
                say("354 go on")
                body = await reader.readuntil(b"\r\n.\r\n")
                self.found.append(email.message_from_bytes(body[:-3]))
                say("250 taken")
            elif verb == "QUIT":
                say("221 bye")
                break
            else:
                say("250 fine")
        writer.close()


@asynccontextmanager
async def mail_server(inbox: Inbox) -> AsyncIterator[SmtpMails]:
    server = await asyncio.start_server(inbox.talk, "127.0.0.1", 0)
    try:
        yield SmtpMails(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    finally:
        server.close()


async def test_smtp_hands_over_both_forms_and_the_same_message_id_each_time() -> None:
    inbox = Inbox()
    async with mail_server(inbox) as provider:
        sent = [await provider.send(a_letter(), key="mail-1") for _ in range(2)]
    assert sent == ["<mail-1@market.test>"] * 2
    (first, second) = inbox.found
    assert first["Message-ID"] == second["Message-ID"] == sent[0]
    assert first["List-Unsubscribe"] == "<https://market.test/u?token=abc>"
    assert first["Reply-To"] == "staff@market.test"
    parts = {part.get_content_type(): part.get_payload(decode=True) for part in first.walk() if not part.is_multipart()}
    assert {kind: bytes(part).decode().strip() for kind, part in parts.items() if isinstance(part, bytes)} == {
        "text/plain": "Hello ä",
        "text/html": "<p>Hello ä</p>",
    }


@pytest.mark.parametrize(("code", "outcome"), [(550, MailRefusedError), (451, UpstreamUnavailableError)])
async def test_smtp_tells_a_refusal_for_ever_from_one_for_now(code: int, outcome: type[Exception]) -> None:
    async with mail_server(Inbox(refuses_with=code)) as provider:
        with pytest.raises(outcome):
            await provider.send(a_letter(), key="mail-2")


def test_the_address_of_a_mail_server_is_read_whole() -> None:
    assert SmtpServer.of("smtps://us%40er:p%3Aw@mail.test") == SmtpServer("mail.test", 465, "us@er", "p:w", is_tls=True)
    assert SmtpServer.of("smtp://mail.test:2525").port == 2525
    for wrong in ("http://mail.test", "smtp://", "smtp://mail.test:nine"):
        with pytest.raises(SmtpAddressError):
            SmtpServer.of(wrong)
