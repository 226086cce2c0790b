"""What any mail provider can do for us: Resend's HTTP API and SMTP are the first two."""

from typing import Protocol

from domain.mails import Letter


class MailRefusedError(Exception):
    """The provider understood the mail and will never take it; repeating it changes nothing."""


class MailProvider(Protocol):
    """Sending repeats safely: the same key with the same letter leaves one mail, where the protocol can know."""

    name: str

    async def send(self, letter: Letter, *, key: str) -> str:
        """Hand the letter over; the provider's id of it. UpstreamUnavailableError: not known, send it again."""

    async def close(self) -> None:
        """Release what is pooled."""
