"""What a person sees of the mailbox: the list, and each mail at its own address, unable to do anything."""

from html import escape
from typing import Any

from starlette.responses import HTMLResponse, Response

Json = dict[str, Any]

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
STYLE = (
    "body{font:16px system-ui;max-width:70rem;margin:2rem auto;padding:0 1rem}td,th{padding:.3rem 1rem .3rem 0;"
    "text-align:left;vertical-align:top}iframe{width:100%;height:36rem;border:1px solid #bbb}pre{white-space:pre-wrap}"
)
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
"""Links may be followed in a new window; scripts, forms and our own origin stay out of reach."""


def list_page(mails: list[Json]) -> Response:
    """The latest mails."""
    rows = "".join(
        f'<tr><td><a href="/mails/{escape(mail["id"])}">{escape(mail["subject"])}</a>'
        f"<td>{escape(', '.join(mail['to']))}<td>{escape(mail['last_event'])}<td>{escape(mail['created_at'][:19])}"
        for mail in mails
    )
    table = f"<table><tr><th>Subject<th>To<th>State<th>Sent (UTC)</tr>{rows}</table>"
    return _page("Mailbox", table if mails else "<p>No mail yet.</p>")


def mail_page(mail: Json | None) -> Response:
    """One mail: its headers, its HTML in a sandbox, its text."""
    if mail is None:
        return _page("There is no such mail", '<p><a href="/">All mails</a></p>', status=404)
    fields = {
        "From": mail["from"],
        "To": ", ".join(mail["to"]),
        "Cc": ", ".join(mail["cc"]),
        "Bcc": ", ".join(mail["bcc"]),
        "Reply to": ", ".join(mail["reply_to"]),
        "Sent (UTC)": mail["created_at"],
        "State": mail["last_event"],
        "Tags": ", ".join(f"{tag['name']}={tag['value']}" for tag in mail["tags"]),
        "Attachments": ", ".join(f"{one['filename']} ({one['size']} bytes)" for one in mail["attachments"]),
        **mail["headers"],
    }
    rows = "".join(f"<tr><th>{escape(name)}<td>{escape(value)}" for name, value in fields.items() if value)
    content = f'<p><a href="/">All mails</a></p><table>{rows}</table>'
    if mail["html"] is not None:
        source = escape(f'<base target="_blank">{mail["html"]}')
        content += f'<h2>HTML</h2><iframe sandbox="{SANDBOX}" title="The mail" srcdoc="{source}"></iframe>'
    if mail["text"] is not None:
        content += f"<h2>Text</h2><pre>{escape(mail['text'])}</pre>"
    return _page(mail["subject"], content)


def _page(title: str, content: str, *, status: int = 200) -> Response:
    head = f"<!doctype html><meta charset=utf-8><title>{escape(title)}</title><style>{STYLE}</style>"
    return HTMLResponse(f"{head}<h1>{escape(title)}</h1>{content}", status, HEADERS)
