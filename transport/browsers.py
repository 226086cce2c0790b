"""What a browser's own GET is answered with: the GraphiQL page and its files, where the profile has them."""

from typing import Final
from urllib.parse import parse_qs

from .exchanges import Exchange
from .graphiql.page import build_page, find_file
from .negotiation import parse_accept
from .options import TransportOptions

_CACHE_CONTROL: Final = "public, max-age=3600"


async def answer_browser(exchange: Exchange, options: TransportOptions) -> bool:
    """Answer a browser's navigation or a request for one of the page's files; False where it is neither."""
    page = options.graphiql
    if page is None or exchange.method not in {"GET", "HEAD"}:
        return False
    if exchange.query_string.startswith(b"asset="):
        name = parse_qs(exchange.query_string.decode("latin-1"), max_num_fields=5).get("asset", [""])[0]
        found = find_file(page, name)
        if found is None:
            await exchange.respond(404, b"", {"content-type": "text/plain; charset=utf-8"})
        else:
            await exchange.respond(200, found[0], {"content-type": found[1], "cache-control": _CACHE_CONTROL})
        return True
    if not parse_accept(exchange.headers.get("accept")).prefers_html():
        return False
    body, headers = build_page(page, options.path)
    await exchange.respond(200, body, headers)
    return True
