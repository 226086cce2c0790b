"""The API's table of contents: every Stripe route that is answered, and by what."""

import re
from collections.abc import Callable

from engines.payment_server import (
    charges,
    checkout,
    connect,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
)
from engines.payment_server.calls import Call
from engines.payment_server.problems import invalid
from engines.payment_server.store import Json

Act = Callable[[Call], Json]

ROUTES: tuple[tuple[str, str, Act], ...] = (
    ("POST", "/v1/customers", customers.create_customer),
    ("GET", "/v1/customers", customers.list_customers),
    ("GET", "/v1/customers/{}", customers.retrieve_customer),
    ("POST", "/v1/customers/{}", customers.update_customer),
    ("DELETE", "/v1/customers/{}", customers.delete_customer),
    ("GET", "/v1/customers/{}/payment_methods", payment_methods.list_payment_methods),
    ("GET", "/v1/customers/{}/payment_methods/{}", payment_methods.retrieve_customer_payment_method),
    ("POST", "/v1/payment_methods", payment_methods.create_payment_method),
    ("GET", "/v1/payment_methods", payment_methods.list_payment_methods),
    ("GET", "/v1/payment_methods/{}", payment_methods.retrieve_payment_method),
    ("POST", "/v1/payment_methods/{}", payment_methods.update_payment_method),
    ("POST", "/v1/payment_methods/{}/attach", payment_methods.attach_payment_method),
    ("POST", "/v1/payment_methods/{}/detach", payment_methods.detach_payment_method),
    ("POST", "/v1/setup_intents", setup_intents.create_setup_intent),
    ("GET", "/v1/setup_intents", setup_intents.list_setup_intents),
    ("GET", "/v1/setup_intents/{}", setup_intents.retrieve_setup_intent),
    ("POST", "/v1/setup_intents/{}", setup_intents.update_setup_intent),
    ("POST", "/v1/setup_intents/{}/confirm", setup_intents.confirm_setup_intent),
    ("POST", "/v1/setup_intents/{}/cancel", setup_intents.cancel_setup_intent),
    ("POST", "/v1/payment_intents", payment_intents.create_payment_intent),
    ("GET", "/v1/payment_intents", payment_intents.list_payment_intents),
    ("GET", "/v1/payment_intents/{}", payment_intents.retrieve_payment_intent),
    ("POST", "/v1/payment_intents/{}", payment_intents.update_payment_intent),
    ("POST", "/v1/payment_intents/{}/confirm", payment_intents.confirm_payment_intent),
    ("POST", "/v1/payment_intents/{}/capture", payment_intents.capture_payment_intent),
    ("POST", "/v1/payment_intents/{}/cancel", payment_intents.cancel_payment_intent),
    ("GET", "/v1/charges", charges.list_charges),
    ("GET", "/v1/charges/{}", charges.retrieve_charge),
    ("POST", "/v1/charges/{}", charges.update_charge),
    ("POST", "/v1/refunds", refunds.create_refund),
    ("GET", "/v1/refunds", refunds.list_refunds),
    ("GET", "/v1/refunds/{}", refunds.retrieve_refund),
    ("POST", "/v1/refunds/{}", refunds.update_refund),
    ("GET", "/v1/disputes", disputes.list_disputes),
    ("GET", "/v1/disputes/{}", disputes.retrieve_dispute),
    ("POST", "/v1/disputes/{}", disputes.update_dispute),
    ("POST", "/v1/disputes/{}/close", disputes.close_dispute),
    ("GET", "/v1/balance", charges.retrieve_balance),
    ("GET", "/v1/balance_transactions", charges.list_balance_transactions),
    ("GET", "/v1/balance_transactions/{}", charges.retrieve_balance_transaction),
    ("GET", "/v1/events", events.list_events),
    ("GET", "/v1/events/{}", events.retrieve_event),
    ("POST", "/v1/webhook_endpoints", events.create_endpoint),
    ("GET", "/v1/webhook_endpoints", events.list_endpoints),
    ("GET", "/v1/webhook_endpoints/{}", events.retrieve_endpoint),
    ("POST", "/v1/webhook_endpoints/{}", events.update_endpoint),
    ("DELETE", "/v1/webhook_endpoints/{}", events.delete_endpoint),
    ("POST", "/v1/checkout/sessions", checkout.create_session),
    ("GET", "/v1/checkout/sessions", checkout.list_sessions),
    ("GET", "/v1/checkout/sessions/{}", checkout.retrieve_session),
    ("GET", "/v1/checkout/sessions/{}/line_items", checkout.list_line_items),
    ("POST", "/v1/checkout/sessions/{}/expire", checkout.expire_session),
    ("POST", "/v1/accounts", connect.create_account),
    ("GET", "/v1/accounts", connect.list_accounts),
    ("GET", "/v1/accounts/{}", connect.retrieve_account),
    ("POST", "/v1/accounts/{}", connect.update_account),
    ("POST", "/v1/account_links", connect.create_account_link),
    ("POST", "/v1/transfers", connect.create_transfer),
    ("GET", "/v1/transfers", connect.list_transfers),
    ("GET", "/v1/transfers/{}", connect.retrieve_transfer),
    ("POST", "/v1/transfers/{}/reversals", connect.reverse_transfer),
)

PATTERNS = tuple(
    (method, re.compile(template.replace("{}", "([A-Za-z0-9_.-]{1,255})")), act) for method, template, act in ROUTES
)


def find_route(method: str, path: str) -> tuple[Act, tuple[str, ...]]:
    """The handler and the ids in the path; raises Stripe's 404."""
    for wanted, pattern, act in PATTERNS:
        matched = pattern.fullmatch(path) if wanted == method else None
        if matched is not None:
            return act, matched.groups()
    raise invalid(f"Unrecognized request URL ({method}: {path[:200]}).", status=404)
