"""Levers for tests and people that the real service does not have: faults, 3-D Secure answers, disputes, resends."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engines.payment_server import checkout, events, payments, refunds, setup_intents
from engines.payment_server.calls import Call, public
from engines.payment_server.disputes import open_dispute
from engines.payment_server.faults import read_fault
from engines.payment_server.problems import StripeProblem, invalid
from engines.payment_server.server import PaymentServer
from engines.payment_server.store import Json

Step = Callable[[Call, str, Json], Json]


class Admin:
    """The routes under /admin of one server."""

    def __init__(self, server: PaymentServer) -> None:
        self._server = server

    def routes(self) -> list[Route]:
        """What is answered."""
        return [
            Route("/admin/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route("/admin/deliveries", self.deliveries),
            Route("/admin/events/{id}/resend", self.resend, methods=["POST"]),
            self._step("/admin/authenticate/{id}", _authenticate),
            self._step("/admin/checkout/{id}/complete", _complete),
            self._step("/admin/disputes", _dispute),
            self._step("/admin/refunds/{id}/settle", _settle),
            self._step("/admin/webhook_endpoints/{id}/secrets", _roll),
        ]

    async def faults(self, request: Request) -> Response:
        """Plan a fault (POST), see what is planned (GET), forget all (DELETE)."""
        if request.method == "DELETE":
            self._server.faults.clear()
        elif request.method == "POST":
            try:
                self._server.faults.add(read_fault(await _json(request)))
            except (TypeError, ValueError) as error:
                return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"planned": self._server.faults.listed()})

    async def resend(self, request: Request) -> Response:
        """Deliver an event again."""
        event = request.path_params["id"]
        if self._server.store.get("event", event) is None:
            return JSONResponse({"error": f"There is no event {event}."}, 404)
        self._server.deliveries.resend(event)
        return JSONResponse({"resent": event})

    async def deliveries(self, request: Request) -> Response:
        """The latest deliveries, of one event if `?event=` names it."""
        return JSONResponse({"deliveries": self._server.store.deliveries(request.query_params.get("event"))})

    def _step(self, path: str, act: Step) -> Route:
        """A POST with a JSON body that runs one step of ours on the object named in the path."""

        async def endpoint(request: Request) -> Response:
            given = await _json(request)
            object_id = request.path_params.get("id", "")
            try:
                body = self._server.act(lambda call: act(call, object_id, given))
            except StripeProblem as problem:
                return JSONResponse(public(problem.envelope()), problem.status)
            return JSONResponse(public(body))

        return Route(path, endpoint, methods=["POST"])


def answer_authentication(call: Call, intent_id: str, *, is_passed: bool) -> Json:
    """The customer passed 3-D Secure, or did not; a checkout session that waited for it is finished."""
    if intent_id.startswith("seti_"):
        intent = call.load("setup_intent", intent_id)
        answered = setup_intents.authenticate(call, intent, is_passed=is_passed)
    else:
        intent = call.load("payment_intent", intent_id)
        answered = payments.authenticate(call, intent, is_passed=is_passed)
    session = checkout.session_of_intent(call, intent_id)
    if session is not None and answered["status"] in ("succeeded", "requires_capture"):
        checkout.finish_session(call, session)
    return answered


def _authenticate(call: Call, intent_id: str, given: Json) -> Json:
    return answer_authentication(call, intent_id, is_passed=given.get("outcome", "succeed") == "succeed")


def _complete(call: Call, session_id: str, given: Json) -> Json:
    return checkout.complete_session(call, session_id, str(given.get("payment_method", "pm_card_visa")))


def _settle(call: Call, refund_id: str, _given: Json) -> Json:
    return refunds.settle_refund(call, refund_id)


def _dispute(call: Call, _object_id: str, given: Json) -> Json:
    charge = call.load("charge", str(given.get("charge")))
    if not charge["captured"] or charge["disputed"] or charge["refunded"]:
        raise invalid("Only a captured charge that is neither disputed nor refunded yet can be disputed.")
    return open_dispute(call, charge, str(given.get("reason", "fraudulent")))


def _roll(call: Call, endpoint_id: str, given: Json) -> Json:
    return events.roll_secret(call, endpoint_id, str(given.get("secret", "")))


async def _json(request: Request) -> Json:
    try:
        given = await request.json()
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}
