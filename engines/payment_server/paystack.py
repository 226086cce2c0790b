"""Paystack's HTTP API beside Stripe's: initialise, pay on a page, verify, charge again, refund, signed events."""

from html import escape
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from engines.payment_server import paystack_transactions
from engines.payment_server.calls import Call
from engines.payment_server.events import LOOPBACK
from engines.payment_server.pages import page, read_page_form
from engines.payment_server.paystack_transactions import OUTCOMES, PaystackRefusal
from engines.payment_server.server import PaymentServer
from engines.payment_server.store import Json

MOST_BODY_BYTES = 262_144


class PaystackApi:
    """The routes, over the same store as Stripe's."""

    def __init__(self, server: PaymentServer) -> None:
        self._server = server

    def configure_endpoint(self, url: str, signing_secrets: list[str]) -> None:
        """The one address that hears events (Paystack has one per account, set on its dashboard)."""
        if urlsplit(url).hostname not in LOOPBACK:
            raise ValueError(f"{url!r} is not on this machine.")
        endpoint = {
            "id": "paystack_endpoint",
            "object": "paystack_endpoint",
            "created": 0,
            "url": url,
            "enabled_events": ["*"],
        }
        self._server.act(lambda call: call.save(endpoint | {"_secrets": signing_secrets[:1], "status": "enabled"}))

    def routes(self) -> list[Route]:
        """What is answered."""
        return [
            self._route("POST", "/transaction/initialize", self._initialise),
            self._route("GET", "/transaction/verify/{id}", self._verify),
            self._route("POST", "/transaction/charge_authorization", self._charge_authorization),
            self._route("POST", "/refund", self._refund),
            self._route("GET", "/refund/{id}", self._fetch_refund),
            self._route("POST", "/admin/paystack/{id}/pay", self._pay_by_reference, is_open=True),
            Route("/pages/paystack/{id}", self._page, methods=["GET", "POST"]),
        ]

    def _route(self, method: str, path: str, act: Any, *, is_open: bool = False) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                if not is_open:
                    _require_key(request)
                given = await _json(request) if method == "POST" else {}
                object_id = request.path_params.get("id", "")
                message, data = _split(self._server.act(lambda call: _join(act(call, object_id, given))))
            except PaystackRefusal as refusal:
                return JSONResponse({"status": False, "message": str(refusal)}, refusal.status)
            return JSONResponse({"status": True, "message": message, "data": paystack_transactions.shown(data)})

        return Route(path, endpoint, methods=[method])

    def _initialise(self, call: Call, _object_id: str, given: Json) -> tuple[str, Json]:
        transaction = paystack_transactions.new_transaction(call, given)
        call.save(transaction)
        url = f"{self._server.base_url}/pages/paystack/{transaction['reference']}"
        data = {
            "authorization_url": url,
            "access_code": transaction["_access_code"],
            "reference": transaction["reference"],
        }
        return "Authorization URL created", data

    def _verify(self, call: Call, reference: str, _given: Json) -> tuple[str, Json]:
        return "Verification successful", paystack_transactions.transaction(call, reference)

    def _charge_authorization(self, call: Call, _object_id: str, given: Json) -> tuple[str, Json]:
        """Charge a customer again, without them: the authorization carries how its card behaves."""
        authorization = call.store.get("paystack_authorization", str(given.get("authorization_code")))
        if authorization is None:
            raise PaystackRefusal("Authorization code is invalid")
        transaction = paystack_transactions.new_transaction(call, given)
        return "Charge attempted", paystack_transactions.finish(call, transaction, authorization["_outcome"])

    def _pay_by_reference(self, call: Call, reference: str, given: Json) -> tuple[str, Json]:
        """What the customer does on Paystack's page: `{"outcome": "success" | ..., "next_outcome": ...}`."""
        transaction = paystack_transactions.transaction(call, reference)
        outcome = str(given.get("outcome", "success"))
        if outcome not in OUTCOMES or transaction["status"] == "success":
            raise PaystackRefusal(f"The outcome is one of {', '.join(OUTCOMES)}, and a transaction is paid once")
        transaction["_next_outcome"] = str(given.get("next_outcome", "success"))
        return "Charge attempted", paystack_transactions.finish(call, transaction, outcome)

    async def _page(self, request: Request) -> Response:
        """The page on which the customer pays, or does not; then back to the shop's `callback_url`."""
        reference = request.path_params["id"]
        try:
            waiting = self._server.act(lambda call: paystack_transactions.transaction(call, reference))
            if request.method == "GET":
                buttons = "".join(f"<button name=outcome value={name}>{name}</button> " for name in OUTCOMES)
                price = f"{waiting['amount']} {waiting['currency']}"
                return page("Paystack test page", f"<p>{escape(price)}</p><form method=post>{buttons}</form>")
            given: Json = dict(await read_page_form(request))
            self._server.act(lambda call: self._pay_by_reference(call, reference, given)[1])
        except PaystackRefusal as refusal:
            return page("This payment cannot be made", f"<p>{escape(str(refusal))}</p>", status=refusal.status)
        back = waiting["_callback_url"]
        thanks = page("Thank you", "<p>You may close this page.</p>")
        return RedirectResponse(f"{back}?reference={reference}&trxref={reference}", 303) if back else thanks

    def _refund(self, call: Call, _object_id: str, given: Json) -> tuple[str, Json]:
        transaction = paystack_transactions.transaction(call, str(given.get("transaction")))
        rest = transaction["amount"] - transaction["_refunded"]
        amount = paystack_transactions.amount(given["amount"]) if given.get("amount") is not None else rest
        if transaction["status"] != "success":
            raise PaystackRefusal("Transaction has not been paid, so it cannot be refunded")
        if rest == 0:
            raise PaystackRefusal("Transaction has been fully reversed")
        if amount > rest:
            raise PaystackRefusal("Refund amount cannot be more than transaction amount")
        call.save(transaction | {"_refunded": transaction["_refunded"] + amount})
        refund = paystack_transactions.record(
            call,
            "paystack_refund",
            str(paystack_transactions.number()),
            {"transaction": transaction["id"], "amount": amount},
        )
        refund |= {"id": refund["id"], "currency": transaction["currency"], "status": "pending", "domain": "test"}
        refund |= {"merchant_note": given.get("merchant_note"), "customer_note": given.get("customer_note")}
        call.save(refund | {"status": "processed"})
        data = {"transaction_reference": transaction["reference"], "amount": str(amount), "status": "processed"}
        paystack_transactions.tell(
            call, "refund.processed", data | {"id": refund["id"], "currency": transaction["currency"]}
        )
        return "Refund has been queued for processing", refund

    def _fetch_refund(self, call: Call, refund_id: str, _given: Json) -> tuple[str, Json]:
        refund = call.store.get("paystack_refund", refund_id)
        if refund is None:
            raise PaystackRefusal("Refund not found", status=404)
        return "Refund retrieved", refund


def _require_key(request: Request) -> None:
    if not request.headers.get("authorization", "").startswith("Bearer sk_test_"):
        raise PaystackRefusal("Invalid key", status=401)


def _join(answer: tuple[str, Json]) -> Json:
    return {"message": answer[0], "data": answer[1]}


def _split(joined: Json) -> tuple[str, Json]:
    return joined["message"], joined["data"]


async def _json(request: Request) -> Json:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BODY_BYTES:
            raise PaystackRefusal("The request is too large", status=413)
    try:
        given = orjson.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise PaystackRefusal("Invalid JSON body")
    return given
