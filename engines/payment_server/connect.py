"""Connected accounts and the transfers that pay them: as much of Connect as a marketplace needs."""

from engines.payment_server.calls import Call
from engines.payment_server.charges import balances, move_balance
from engines.payment_server.problems import StripeProblem, invalid
from engines.payment_server.store import Json


def create_account(call: Call) -> Json:
    """POST /v1/accounts: onboarded at once, since there is nobody to check."""
    params = call.params
    fields: Json = {
        "type": params.choice("type", ["express", "custom", "standard"]) or "none",
        "country": params.text("country") or "US",
        "email": params.text("email"),
        "business_type": params.text("business_type"),
        "business_profile": params.mapping("business_profile"),
        "capabilities": dict.fromkeys(params.mapping("capabilities") or {"transfers": {}}, "active"),
        "controller": params.mapping("controller") or {"type": "application"},
        "default_currency": params.text("default_currency") or "usd",
        "settings": params.mapping("settings") or {},
        "metadata": params.metadata(),
        "charges_enabled": True,
        "payouts_enabled": True,
        "details_submitted": True,
        "requirements": {"currently_due": [], "disabled_reason": None, "eventually_due": [], "past_due": []},
    }
    params.any("tos_acceptance")
    params.finish()
    account = call.save(call.new("account", "acct", fields))
    call.emit("account.updated", account)
    return account


def retrieve_account(call: Call) -> Json:
    """GET /v1/accounts/{id}."""
    call.params.finish()
    return call.load("account", call.ids[0])


def update_account(call: Call) -> Json:
    """POST /v1/accounts/{id}."""
    account, params = call.load("account", call.ids[0]), call.params
    account["metadata"] = params.metadata(account["metadata"])
    account["email"] = params.text("email") or account["email"]
    account["business_profile"] = params.mapping("business_profile") or account["business_profile"]
    params.finish()
    call.emit("account.updated", call.save(account))
    return account


def list_accounts(call: Call) -> Json:
    """GET /v1/accounts."""
    return call.page("account")


def create_account_link(call: Call) -> Json:
    """POST /v1/account_links: leads straight back, since there is nothing to fill in."""
    params = call.params
    call.load("account", params.required_text("account"), param="account")
    url = params.required_text("return_url")
    params.text("refresh_url")
    params.required_text("type")
    params.any("collection_options")
    params.finish()
    return {"object": "account_link", "created": call.now, "expires_at": call.now + 300, "url": url}


def create_transfer(call: Call) -> Json:
    """POST /v1/transfers."""
    params = call.params
    fields: Json = {
        "amount": params.required_integer("amount", least=1),
        "currency": params.currency(),
        "destination": params.required_text("destination"),
        "description": params.text("description"),
        "source_transaction": params.text("source_transaction"),
        "transfer_group": params.text("transfer_group"),
        "metadata": params.metadata(),
    }
    params.finish()
    return send_transfer(call, fields)


def send_transfer(call: Call, fields: Json) -> Json:
    """Move money to a connected account; raises where there is too little."""
    call.load("account", fields["destination"], param="destination")
    if balances(call)[fields["currency"]] < fields["amount"]:
        raise StripeProblem(
            400,
            "invalid_request_error",
            "You have insufficient available funds in your Stripe account.",
            code="balance_insufficient",
        )
    blank = {"amount_reversed": 0, "reversed": False, "balance_transaction": None}
    transfer = call.new("transfer", "tr", {**fields, **blank})
    movement = move_balance(call, "transfer", transfer["id"], amount=-fields["amount"], currency=fields["currency"])
    transfer["balance_transaction"] = movement["id"]
    call.save(transfer, owner=fields["destination"])
    call.emit("transfer.created", transfer)
    return transfer


def retrieve_transfer(call: Call) -> Json:
    """GET /v1/transfers/{id}."""
    call.params.finish()
    return call.load("transfer", call.ids[0])


def list_transfers(call: Call) -> Json:
    """GET /v1/transfers."""
    group = call.params.text("transfer_group")
    destination = call.params.text("destination")
    return call.page("transfer", owner=destination, keep=lambda transfer: group in (None, transfer["transfer_group"]))


def reverse_transfer(call: Call) -> Json:
    """POST /v1/transfers/{id}/reversals."""
    transfer, params = call.load("transfer", call.ids[0]), call.params
    amount, metadata = params.integer("amount", least=1), params.metadata()
    params.text("description")
    params.finish()
    rest = transfer["amount"] - transfer["amount_reversed"]
    if rest == 0 or (amount or 0) > rest:
        raise invalid(f"Reversal amount is greater than the {rest} left on transfer {transfer['id']}.", param="amount")
    reversal = call.new(
        "transfer_reversal",
        "trr",
        {
            "amount": amount or rest,
            "currency": transfer["currency"],
            "transfer": transfer["id"],
            "metadata": metadata,
            "balance_transaction": None,
        },
    )
    movement = move_balance(
        call, "transfer_refund", reversal["id"], amount=reversal["amount"], currency=transfer["currency"]
    )
    reversal["balance_transaction"] = movement["id"]
    call.save(reversal, owner=transfer["id"])
    transfer["amount_reversed"] += reversal["amount"]
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    call.emit("transfer.reversed", call.save(transfer))
    return reversal
