"""SMTP by the standard library in a thread, each mail on a connection of its own and within a total deadline."""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from urllib.parse import unquote, urlsplit

from datasources.guards import Guard
from datasources.mail.providers import MailRefusedError
from domain.mails import Letter

_CALL_SECONDS = 20.0
_STEP_SECONDS = 8.0
_CONCURRENCY = 4


class SmtpAddressError(Exception):
    """The address of the mail server cannot be used; the message is a sentence for operators."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where and how: `smtp://` upgrades to TLS where the server offers it, `smtps://` begins with it."""

    host: str
    port: int
    user: str | None
    password: str
    is_tls: bool

    @classmethod
    def of(cls, url: str) -> "SmtpServer":
        """The server of `smtp[s]://user:password@host:port`."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise SmtpAddressError("GAVEL_SMTP_URL is not an address.") from error
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise SmtpAddressError("GAVEL_SMTP_URL is smtp:// or smtps:// and a host.")
        is_tls = parts.scheme == "smtps"
        user = unquote(parts.username) if parts.username else None
        return cls(parts.hostname, port or (465 if is_tls else 587), user, unquote(parts.password or ""), is_tls)


class SmtpMails:
    """The provider `smtp`.

    The protocol knows no idempotency: a mail whose acceptance was not heard is sent again under the same Message-ID.
    """

    name = "smtp"

    def __init__(self, url: str, *, call_seconds: float = _CALL_SECONDS) -> None:
        self._server = SmtpServer.of(url)
        self._step_seconds = min(_STEP_SECONDS, call_seconds)
        faults = (smtplib.SMTPException,)
        self.guard = Guard("mail", budget_seconds=call_seconds, concurrency=_CONCURRENCY, faults=faults)

    async def send(self, letter: Letter, *, key: str) -> str:
        """Hand the letter to the server; its Message-ID."""
        message = written(letter, key=key)

        async def work() -> str:
            return await asyncio.to_thread(self._send, message)

        return await self.guard.call("send", work)

    def _send(self, message: EmailMessage) -> str:
        server, tls = self._server, ssl.create_default_context()
        try:
            with self._connected(tls) as link:
                link.ehlo()
                if not server.is_tls and link.has_extn("starttls"):
                    link.starttls(context=tls)
                if server.user is not None:
                    link.login(server.user, server.password)
                link.send_message(message)
        except smtplib.SMTPAuthenticationError:
            raise  # for operators to mend; the mails wait for it
        except smtplib.SMTPResponseException as error:
            raise _judged(error.smtp_code, error) from error
        except smtplib.SMTPRecipientsRefused as error:
            raise _judged(max(code for code, _ in error.recipients.values()), error) from error
        return str(message["Message-ID"])

    def _connected(self, tls: ssl.SSLContext) -> smtplib.SMTP:
        server, seconds = self._server, self._step_seconds
        if server.is_tls:
            return smtplib.SMTP_SSL(server.host, server.port, timeout=seconds, context=tls)
        return smtplib.SMTP(server.host, server.port, timeout=seconds)

    async def close(self) -> None:
        """Nothing is pooled."""


def _judged(code: int, error: Exception) -> Exception:
    """5xx is for ever, 4xx and the rest may pass."""
    return MailRefusedError(str(code)) if 500 <= code < 600 else error


def written(letter: Letter, *, key: str) -> EmailMessage:
    """The letter in the form of RFC 5322, the same for the same key."""
    message = EmailMessage(policy=WIRE)
    message["From"] = letter.sender
    message["To"] = ", ".join(letter.to)
    message["Subject"] = letter.subject
    host = letter.sender.rpartition("@")[2].strip("> ") or "localhost"
    message["Message-ID"] = f"<{key}@{host}>"
    if letter.reply_to is not None:
        message["Reply-To"] = letter.reply_to
    for name, value in letter.headers:
        message[name] = value
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message
