"""What a mail must look like to be taken, as Resend judges it, and what becomes of it by its address."""

import base64
import binascii
import re
from typing import Any

MOST_RECIPIENTS = 50
LONGEST_SUBJECT = 998
MOST_ATTACHMENTS = 50
MOST_BODY_CHARACTERS = 2_000_000

ADDRESS = re.compile(r"[^\s@<>\"',;]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
NAMED_ADDRESS = re.compile(rf"[^<>\r\n]{{0,200}}<({ADDRESS.pattern})>")
HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,76}")
TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")

FIELDS = frozenset(
    {"from", "to", "cc", "bcc", "reply_to", "subject", "html", "text", "headers", "attachments", "tags", "scheduled_at"}
)
FATES = {
    "bounced": ("email.bounced",),
    "complained": ("email.delivered", "email.complained"),
    "delayed": ("email.delivery_delayed", "email.delivered"),
    "failed": ("email.failed",),
}
"""By the beginning of the first recipient's address, as with Resend's own test addresses; else it is delivered."""

Json = dict[str, Any]


class MailRefusal(Exception):  # noqa: N818 - an answer to the client, not a fault of this server
    """`{"statusCode", "name", "message"}`."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.name = name

    def body(self) -> Json:
        """The JSON answer."""
        return {"statusCode": self.status, "name": self.name, "message": str(self)}


def read_mail(given: Any, *, is_in_batch: bool = False) -> Json:
    """A mail in full form from a request; raises MailRefusal naming the field."""
    if not isinstance(given, dict):
        raise _invalid("The mail must be a JSON object.")
    unknown = sorted(set(given) - FIELDS)
    if unknown:
        raise _invalid(f"Unknown field `{unknown[0][:100]}`.")
    if is_in_batch and {"attachments", "scheduled_at"} & set(given):
        raise _invalid("`attachments` and `scheduled_at` are not supported in a batch.")
    if given.get("scheduled_at") is not None:
        raise _invalid("`scheduled_at` is not supported by the local mailbox.")
    for name in ("from", "to", "subject"):
        if not given.get(name):
            raise MailRefusal(422, "missing_required_field", f"Missing `{name}` field.")
    html, text = _text(given, "html"), _text(given, "text")
    if html is None and text is None:
        raise MailRefusal(422, "missing_required_field", "Missing `html` or `text` field.")
    subject = _text(given, "subject")
    if subject is None or len(subject) > LONGEST_SUBJECT or "\n" in subject or "\r" in subject:
        raise _invalid("Invalid `subject` field: one line of at most 998 characters.")
    return {
        "from": _addresses(given, "from", most=1)[0],
        "to": _addresses(given, "to"),
        "cc": _addresses(given, "cc"),
        "bcc": _addresses(given, "bcc"),
        "reply_to": _addresses(given, "reply_to"),
        "subject": subject,
        "html": html,
        "text": text,
        "headers": _headers(given.get("headers")),
        "tags": _tags(given.get("tags")),
        "attachments": _attachments(given.get("attachments")),
    }


def fate(mail: Json) -> tuple[str, ...]:
    """The events that follow `email.sent`."""
    first = mail["to"][0]
    matched = NAMED_ADDRESS.fullmatch(first)
    local_part = (matched.group(1) if matched else first).lower()
    return next((events for name, events in FATES.items() if local_part.startswith(name)), ("email.delivered",))


def _text(given: Json, name: str) -> str | None:
    value = given.get(name)
    if value is not None and (not isinstance(value, str) or len(value) > MOST_BODY_CHARACTERS):
        raise _invalid(f"Invalid `{name}` field: a text of at most {MOST_BODY_CHARACTERS:,} characters.")
    return value or None


def _addresses(given: Json, name: str, *, most: int = MOST_RECIPIENTS) -> list[str]:
    value = given.get(name)
    listed = [value] if isinstance(value, str) else [] if value is None else value
    if not isinstance(listed, list) or len(listed) > most:
        raise _invalid(f"Invalid `{name}` field: at most {most} address{'es' if most > 1 else ''}.")
    for address in listed:
        if not isinstance(address, str) or not (ADDRESS.fullmatch(address) or NAMED_ADDRESS.fullmatch(address)):
            raise _invalid(
                f"Invalid `{name}` field. The email address needs to follow the `email@example.com` or "
                "`Name <email@example.com>` format."
            )
    return listed


def _headers(given: Any) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, dict) or len(given) > 50:
        raise _invalid("Invalid `headers` field: an object of at most 50 texts.")
    for name, value in given.items():
        is_line = isinstance(value, str) and len(value) <= LONGEST_SUBJECT and not set(value) & {"\r", "\n"}
        if not HEADER_NAME.fullmatch(name) or not is_line:
            raise _invalid("Invalid `headers` field: each is one line under a plain name.")
    return given


def _tags(given: Any) -> list[Json]:
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > 50:
        raise _invalid("Invalid `tags` field: a list of at most 50.")
    for tag in given:
        is_tag = isinstance(tag, dict) and set(tag) == {"name", "value"}
        if not is_tag or not all(isinstance(part, str) and TAG.fullmatch(part) for part in tag.values()):
            raise _invalid("Invalid `tags` field: names and values hold ASCII letters, digits, `_` and `-` only.")
    return given


def _attachments(given: Any) -> list[Json]:
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > MOST_ATTACHMENTS:
        raise _invalid(f"Invalid `attachments` field: a list of at most {MOST_ATTACHMENTS}.")
    kept = []
    for attachment in given:
        name = attachment.get("filename") if isinstance(attachment, dict) else None
        content = attachment.get("content") if isinstance(attachment, dict) else None
        if not isinstance(name, str) or not isinstance(content, str):
            raise _invalid("Invalid `attachments` field: each has a `filename` and base64 `content`.")
        try:
            size = len(base64.b64decode(content, validate=True))
        except (binascii.Error, ValueError) as error:
            raise _invalid("Invalid `attachments` field: `content` is not base64.") from error
        kept.append({"filename": name[:255], "content": content, "size": size})
    return kept


def _invalid(message: str) -> MailRefusal:
    return MailRefusal(422, "validation_error", message)
