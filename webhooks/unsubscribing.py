"""The page behind the links that stop mails: looking at it changes nothing, its button (or a mail program) does."""

from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from datasources.sources import Sources
from domain.mails import read_link_token
from domain.problems import UpstreamUnavailableError
from services.mails import unsubscribe
from webhooks.endpoints import Endpoint

_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-robots-tag": "noindex",
}
_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>Mails from Gavel</title><style>body{{font:16px/1.5 system-ui;max-width:32rem;margin:4rem auto;"
    "padding:0 1rem}}button{{font:inherit;padding:.6rem 1rem}}</style><h1>{title}</h1><p>{text}</p>{form}</html>"
)
_FORM = '<form method="post" action="?token={token}"><button>Stop these mails</button></form>'


def unsubscribe_page(sources: Sources, secret: bytes) -> Endpoint:
    """The endpoint for ``/unsubscribe?token=``: GET shows what would stop, POST stops it (RFC 8058), again and again.

    Links are followed by virus scanners and previews too, so only a POST changes anything.
    """

    async def answer(request: Request) -> Response:
        token = request.query_params.get("token", "")
        if read_link_token(token, secret) is None:
            return _page(400, "This link does not work", "It is incomplete, or was not written by us.")
        if request.method != "POST":
            return _page(200, "Stop these mails?", "You will still see everything in the app.", token=token)
        try:
            await unsubscribe(sources, token, secret)
        except UpstreamUnavailableError:
            return _page(503, "Not yet", "We cannot reach our records just now; try again shortly.", token=token)
        return _page(200, "Done", "We will not send you mails like this any more. Your settings can bring them back.")

    return answer


def _page(status: int, title: str, text: str, *, token: str | None = None) -> Response:
    form = _FORM.format(token=escape(token)) if token is not None else ""
    return HTMLResponse(_PAGE.format(title=title, text=text, form=form), status_code=status, headers=_HEADERS)
