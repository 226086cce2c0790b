"""The few pages a customer or developer sees: 3-D Secure, checkout, and what happened lately."""

from html import escape
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from engines.payment_server.admin import answer_authentication
from engines.payment_server.cards import TEST_CARDS
from engines.payment_server.checkout import complete_session
from engines.payment_server.problems import StripeProblem
from engines.payment_server.server import PaymentServer
from engines.payment_server.store import Json

MOST_FORM_BYTES = 10_000
LATEST = 50
HEADERS = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'", "cache-control": "no-store"}
STYLE = "body{font:16px system-ui;max-width:60rem;margin:3rem auto;padding:0 1rem}td,th{padding:.3rem 1rem .3rem 0}"


def page(title: str, content: str, *, status: int = 200) -> Response:
    """A small page; `content` is HTML that has been escaped already."""
    head = f"<!doctype html><meta charset=utf-8><title>{escape(title)}</title><style>{STYLE}</style>"
    return HTMLResponse(f"{head}<h1>{escape(title)}</h1>{content}", status, HEADERS)


class Pages:
    """The pages of one server."""

    def __init__(self, server: PaymentServer) -> None:
        self._server = server

    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route("/", self.latest),
            Route("/pages/authenticate/{id}", self.authenticate, methods=["GET", "POST"]),
            Route("/pages/checkout/{id}", self.checkout, methods=["GET", "POST"]),
        ]

    async def authenticate(self, request: Request) -> Response:
        """The page of a card's bank."""
        intent_id = request.path_params["id"]
        intent = self._server.store.find(intent_id)
        if intent is None or intent["object"] not in ("payment_intent", "setup_intent"):
            return page("There is no such payment", "", status=404)
        if request.method == "GET" or intent["status"] != "requires_action":
            return page("3-D Secure test page", _authentication_form(intent))
        is_passed = (await read_page_form(request)).get("outcome") == "succeed"
        back = (intent["next_action"]["redirect_to_url"] or {}).get("return_url")
        try:
            self._server.act(lambda call: answer_authentication(call, intent_id, is_passed=is_passed))
        except StripeProblem as problem:
            return page("The payment failed", f"<p>{escape(str(problem))}</p>", status=problem.status)
        return RedirectResponse(back, 303) if back else page("Thank you", "<p>You may close this page.</p>")

    async def checkout(self, request: Request) -> Response:
        """The page on which a session is paid."""
        session = self._server.store.get("checkout.session", request.path_params["id"])
        if session is None or session["status"] != "open":
            return page("This checkout is closed", "", status=404)
        if request.method == "GET":
            return page("Checkout test page", _checkout_form(session))
        card = (await read_page_form(request)).get("card", "")
        try:
            done = self._server.act(lambda call: complete_session(call, session["id"], f"pm_card_{card}"))
        except StripeProblem as problem:
            content = f"<p>{escape(str(problem))}</p>{_checkout_form(session)}"
            return page("The payment was refused", content, status=problem.status)
        if done["status"] != "complete":
            intent = self._server.store.find(done["payment_intent"] or done["setup_intent"])
            url = intent["next_action"]["redirect_to_url"]["url"] if intent else self._server.base_url
            return RedirectResponse(url, 303)
        url = (done["success_url"] or "").replace("{CHECKOUT_SESSION_ID}", done["id"])
        return RedirectResponse(url, 303) if url else page("Thank you", "<p>You may close this page.</p>")

    async def latest(self, _request: Request) -> Response:
        """Payments and deliveries, newest first."""
        rows = "".join(
            f"<tr><td>{escape(body['id'])}<td>{escape(body['status'])}<td>{body['amount']} {escape(body['currency'])}"
            for body, _ in zip(self._server.store.every("payment_intent"), range(LATEST), strict=False)
        )
        delivered = "".join(
            f"<tr><td>{escape(one['event'])}<td>{one['attempts']}<td>{escape(one['ended'] or 'waiting')}"
            f"<td>{escape(one['last_answer'] or '')}"
            for one in self._server.store.deliveries()[:LATEST]
        )
        return page(
            "Local payment server",
            f"<h2>Latest payments</h2><table>{rows}</table><h2>Latest webhook deliveries</h2>"
            f"<table><tr><th>event<th>attempts<th>state<th>answer</tr>{delivered}</table>",
        )


def _authentication_form(intent: Json) -> str:
    what = f"{intent['amount']} {escape(intent['currency'])}" if "amount" in intent else "a card for later"
    if intent["status"] != "requires_action":
        return f"<p>{what}: nothing to authenticate, its status is {escape(intent['status'])}.</p>"
    return (
        f"<p>{what}</p><form method=post><button name=outcome value=succeed>Complete authentication</button> "
        "<button name=outcome value=fail>Fail authentication</button></form>"
    )


def _checkout_form(session: Json) -> str:
    items = "".join(
        f"<tr><td>{item['quantity']} x {escape(item['description'])}<td>{item['amount_total']}"
        for item in session["_items"]
    )
    cards = "".join(f"<option>{escape(name)}" for name in TEST_CARDS)
    total = f"{session['amount_total']} {escape(session['currency'] or '')}"
    form = f"<form method=post><select name=card>{cards}</select> <button>Pay</button></form>"
    return f"<table>{items}</table><p>Total: {total}</p>{form}"


async def read_page_form(request: Request) -> dict[str, str]:
    """The fields of a form on one of our pages."""
    body = b""
    async for part in request.stream():
        body = (body + part)[:MOST_FORM_BYTES]
    return dict(parse_qsl(body.decode(errors="replace")))
