"""Whatever is sent to the payment service, it answers with Stripe's envelope and keeps its books in balance."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stripe._encode import _api_encode

from engines.payment_server.calls import Call
from engines.payment_server.charges import balances
from engines.payment_server.forms import parse_form
from engines.payment_server.problems import StripeProblem
from engines.payment_server.routes import ROUTES, find_route
from engines.payment_server.server import PaymentServer
from engines.payment_server.store import Json

NAMES = st.text("abcxyz_", min_size=1, max_size=6)
TEXTS = st.text(max_size=8)
TREES = st.recursive(
    TEXTS, lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(NAMES, inner, min_size=1, max_size=3)
)


@pytest.fixture
def server(tmp_path: Path) -> PaymentServer:
    return PaymentServer(tmp_path, "http://127.0.0.1:1")


@given(st.dictionaries(NAMES, TREES.filter(lambda tree: not isinstance(tree, str)) | TEXTS, max_size=4))
def test_what_the_official_client_encodes_is_decoded_again(tree: dict[str, Any]) -> None:
    assert parse_form(urlencode(list(_api_encode(tree)))) == tree


@given(st.text(max_size=200))
def test_any_text_is_a_form_or_a_refusal(text: str) -> None:
    status = 200
    try:
        parse_form(text)
    except StripeProblem as problem:
        status = problem.status
    assert status in (200, 400)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_parameters_on_any_route_are_done_or_refused_by_name(server: PaymentServer, data: st.DataObject) -> None:
    method, template, act = data.draw(st.sampled_from(ROUTES))
    kinds = ("customer", "payment_intent", "charge", "payment_method")
    known = [body["id"] for kind in kinds for body in server.store.every(kind)]
    ids = st.sampled_from(["nothing", "pm_card_visa", "pm_card_createDispute", *known[:20]])
    names = st.sampled_from(
        ["amount", "currency", "customer", "payment_method", "confirm", "payment_intent", "charge", "metadata", "email",
         "capture_method", "amount_to_capture", "off_session", "limit", "created", "url", "enabled_events", "type",
         "card", "line_items", "destination", "evidence", "transfer_data"]
    )  # fmt: skip
    values = st.sampled_from(["100", "zar", "true", "manual", "card", "*", "0", "-1", ""]) | ids | TREES
    form: Json = data.draw(st.dictionaries(names, values, max_size=6))
    path_ids = tuple(data.draw(ids) for _ in range(template.count("{}")))
    try:
        body = server.act(act, form=form, ids=path_ids)
    except StripeProblem as problem:
        body = problem.envelope() | {"status": problem.status}
    assert body.get("object") or (400 <= body["status"] < 500 and body["error"]["message"]), method


def test_every_route_is_found_by_its_own_path() -> None:
    for method, template, act in ROUTES:
        assert find_route(method, template.replace("{}", "id_1"))[0] is act


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(["pay", "refund"]), st.integers(1, 5_000)), max_size=12))
def test_the_balance_is_what_was_taken_less_fees_refunds_and_disputes(
    server: PaymentServer, steps: list[tuple[str, int]]
) -> None:
    before = server.act(lambda call: dict(balances(call))).get("zar", 0)
    expected = before
    charges: list[Json] = []
    for step, amount in steps:
        if step == "pay":
            form = {"amount": str(amount), "currency": "zar", "payment_method": "pm_card_visa", "confirm": "true"}
            intent = server.act(find_route("POST", "/v1/payment_intents")[0], form=form)
            charges.append({"id": intent["latest_charge"], "rest": amount})
            expected += amount - amount * 29 // 1000 - 30
        elif step == "refund" and charges:
            charge = charges[-1]
            taken = refund(server, charge["id"], amount)
            assert taken == (amount if amount <= charge["rest"] else 0)
            charge["rest"] -= taken
            expected -= taken
    assert server.act(lambda call: dict(balances(call))).get("zar", 0) == expected


def refund(server: PaymentServer, charge: str, amount: int) -> int:
    try:
        form = {"charge": charge, "amount": str(amount)}
        return int(server.act(find_route("POST", "/v1/refunds")[0], form=form)["amount"])
    except StripeProblem:
        return 0


def test_a_fault_in_a_step_leaves_nothing_behind(server: PaymentServer) -> None:
    def break_half_way(call: Call) -> Json:
        call.save(call.new("customer", "cus", {}))
        raise RuntimeError("planted")

    with pytest.raises(RuntimeError, match="planted"):
        server.act(break_half_way)
    assert list(server.store.every("customer")) == []
