"""The layout of mails: one draft becomes HTML and text, with whatever people wrote escaped."""

from dataclasses import dataclass
from html import escape
from string import Template

from domain.mails import EVERY_KIND, Letter, MailDraft

_LONGEST_SUBJECT = 200
_MOST_ITEMS = 50

_PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$subject</title></head>
<body style="margin:0;background:#f4f4f2;font:16px/1.5 system-ui,sans-serif;color:#1d1d1b">
<div style="max-width:36rem;margin:0 auto;padding:2rem 1.5rem;background:#ffffff">
<p style="margin:0 0 1.5rem;font-weight:600">Gavel</p>
<h1 style="margin:0 0 1rem;font-size:1.25rem">$subject</h1>
$body$button$footer</div></body></html>
""")
_PARAGRAPH = Template('<p style="margin:0 0 1rem">$text</p>\n')
_LIST = Template('<ul style="margin:0 0 1rem;padding-left:1.25rem">\n$items</ul>\n')
_ITEM = Template("<li>$text</li>\n")
_BUTTON = Template(
    '<p style="margin:1.5rem 0"><a href="$url" style="background:#1d4ed8;color:#ffffff;padding:.6rem 1rem;'
    'border-radius:.4rem;text-decoration:none">Open in Gavel</a></p>\n'
)
_FOOTER = Template(
    '<p style="margin:2rem 0 0;font-size:.8rem;color:#6b6b66">You get this because of your settings. '
    '<a href="$kind_url">Stop mails like this</a> or <a href="$every_url">stop all mails</a>.</p>\n'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a draft lacks to become a letter."""

    sender: str
    to: tuple[str, ...]
    site_url: str = ""
    """Where people read the marketplace; without it a mail has no button."""
    kind_url: str | None = None
    """The link that stops mails of this kind; without it a mail has no footer."""
    every_url: str | None = None


def write_letter(draft: MailDraft, envelope: Envelope) -> Letter:
    """The draft as it leaves; the same draft and envelope give the same letter."""
    subject = " ".join(draft.subject.split())[:_LONGEST_SUBJECT]
    items = draft.items[:_MOST_ITEMS]
    link = f"{envelope.site_url.rstrip('/')}{draft.path}" if envelope.site_url and draft.path else None
    has_footer = envelope.kind_url is not None and envelope.every_url is not None
    body = "".join(_PARAGRAPH.substitute(text=escape(each)) for each in draft.paragraphs)
    if items:
        body += _LIST.substitute(items="".join(_ITEM.substitute(text=escape(each)) for each in items))
    html = _PAGE.substitute(
        subject=escape(subject),
        body=body,
        button=_BUTTON.substitute(url=escape(link)) if link else "",
        footer=_FOOTER.substitute(kind_url=escape(envelope.kind_url or ""), every_url=escape(envelope.every_url or ""))
        if has_footer
        else "",
    )
    lines = [subject, "", *(f"{each}\n" for each in draft.paragraphs), *(f"- {each}" for each in items)]
    lines += ["", f"Open in Gavel: {link}"] if link else []
    lines += ["", f"Stop mails like this: {envelope.kind_url}", f"Stop all mails: {envelope.every_url}"] * has_footer
    return Letter(
        sender=envelope.sender,
        to=envelope.to,
        subject=subject,
        html=html,
        text="\n".join(lines) + "\n",
        reply_to=draft.reply_to,
        headers=_unsubscribe_headers(envelope.kind_url) if has_footer and envelope.kind_url else (),
    )


def _unsubscribe_headers(url: str) -> tuple[tuple[str, str], ...]:
    """RFC 2369 and RFC 8058: mail programs show a button that needs no visit."""
    return (("List-Unsubscribe", f"<{url}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))


def digest_of(drafts: list[MailDraft], recipient: str, *, dedupe_key: str) -> MailDraft:
    """One mail in place of those that were held back."""
    count = len(drafts)
    return MailDraft(
        recipient=recipient,
        dedupe_key=dedupe_key,
        subject=drafts[0].subject if count == 1 else f"{count} things happened on Gavel",
        paragraphs=drafts[0].paragraphs if count == 1 else ("While much was going on, we kept these for you:",),
        items=drafts[0].items if count == 1 else tuple(each.subject for each in drafts),
        path=drafts[0].path if count == 1 else "/notifications",
        kind=drafts[0].kind if count == 1 else (EVERY_KIND if any(each.kind for each in drafts) else None),
        reply_to=drafts[0].reply_to if count == 1 else None,
    )
