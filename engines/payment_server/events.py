"""Events and the webhook endpoints that hear of them."""

import secrets
from urllib.parse import urlsplit

from engines.payment_server.calls import Call
from engines.payment_server.problems import invalid
from engines.payment_server.store import Json

LOOPBACK = ("127.0.0.1", "::1", "localhost")
MOST_SECRETS = 5


def retrieve_event(call: Call) -> Json:
    """GET /v1/events/{id}."""
    call.params.finish()
    return call.load("event", call.ids[0])


def list_events(call: Call) -> Json:
    """GET /v1/events."""
    kinds = call.params.texts("types")
    kind = call.params.text("type")
    wanted = set(kinds) | ({kind} if kind else set())
    return call.page("event", keep=lambda event: not wanted or hears({"enabled_events": wanted}, event["type"]))


def create_endpoint(call: Call) -> Json:
    """POST /v1/webhook_endpoints; the secret is told only here."""
    params = call.params
    fields: Json = {
        "api_version": params.text("api_version"),
        "description": params.text("description"),
        "enabled_events": params.texts("enabled_events"),
        "metadata": params.metadata(),
        "status": "enabled",
        "url": params.required_text("url"),
    }
    params.flag("connect")
    params.finish()
    if not fields["enabled_events"]:
        raise invalid("Missing required param: enabled_events.", param="enabled_events", code="parameter_missing")
    return make_endpoint(call, fields, [f"whsec_{secrets.token_urlsafe(24)}"])


def make_endpoint(call: Call, fields: Json, signing_secrets: list[str]) -> Json:
    """An endpoint on this machine; every delivery is signed once with each of its secrets."""
    if urlsplit(fields["url"]).hostname not in LOOPBACK:
        raise invalid("Invalid URL: this server only calls endpoints on this machine.", param="url", code="url_invalid")
    endpoint = call.save(call.new("webhook_endpoint", "we", {**fields, "_secrets": signing_secrets}))
    return endpoint | {"secret": signing_secrets[0]}


def retrieve_endpoint(call: Call) -> Json:
    """GET /v1/webhook_endpoints/{id}."""
    call.params.finish()
    return call.load("webhook_endpoint", call.ids[0])


def update_endpoint(call: Call) -> Json:
    """POST /v1/webhook_endpoints/{id}."""
    endpoint, params = call.load("webhook_endpoint", call.ids[0]), call.params
    endpoint["enabled_events"] = params.texts("enabled_events") or endpoint["enabled_events"]
    endpoint["description"] = params.text("description") or endpoint["description"]
    if "disabled" in params:
        endpoint["status"] = "disabled" if params.flag("disabled") else "enabled"
    endpoint["metadata"] = params.metadata(endpoint["metadata"])
    params.finish()
    return call.save(endpoint)


def delete_endpoint(call: Call) -> Json:
    """DELETE /v1/webhook_endpoints/{id}."""
    endpoint = call.load("webhook_endpoint", call.ids[0])
    call.params.finish()
    call.save(endpoint | {"deleted": True})
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def list_endpoints(call: Call) -> Json:
    """GET /v1/webhook_endpoints."""
    return call.page("webhook_endpoint")


def roll_secret(call: Call, endpoint_id: str, secret: str) -> Json:
    """Sign with one more secret, as while a secret is being replaced; the newest five count."""
    endpoint = call.load("webhook_endpoint", endpoint_id)
    return call.save(endpoint | {"_secrets": [secret, *endpoint["_secrets"]][:MOST_SECRETS]})


def hears(endpoint: Json, kind: str) -> bool:
    """Whether an endpoint wants events of that kind: named, `*`, or a family such as `charge.*`."""
    return any(
        wanted in ("*", kind) or (wanted.endswith(".*") and kind.startswith(wanted[:-1]))
        for wanted in endpoint["enabled_events"]
    )
