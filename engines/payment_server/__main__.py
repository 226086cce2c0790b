"""`python -m engines.payment_server`: runs the local payment service."""

import argparse
import sys

from starlette.applications import Starlette

from engines.payment_server import WebhookTarget, create_app
from engines.payment_server.problems import StripeProblem
from engines.serving import serve


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--webhook", help="address on this machine that hears every Stripe event")
    parser.add_argument("--webhook-secret", action="append", default=[], help="signing secret; several sign together")
    parser.add_argument("--paystack-webhook", help="address on this machine that hears every Paystack event")
    parser.add_argument("--paystack-secret", action="append", default=[], help="the Paystack secret key that signs")
    parser.add_argument("--first-pause", type=float, default=1.0, help="seconds before a failed delivery is repeated")


def _create(arguments: argparse.Namespace) -> Starlette:
    return create_app(
        arguments.data_dir,
        arguments.base_url,
        webhook=_target(arguments.webhook, arguments.webhook_secret, "whsec_local"),
        paystack_webhook=_target(arguments.paystack_webhook, arguments.paystack_secret, "sk_test_local"),
        first_pause_seconds=arguments.first_pause,
    )


def _target(url: str | None, secrets: list[str], default_secret: str) -> WebhookTarget | None:
    return WebhookTarget(url, tuple(secrets) or (default_secret,)) if url else None


if __name__ == "__main__":
    try:
        serve(_create, name="payment_server", add_arguments=_add_arguments)
    except (StripeProblem, ValueError) as error:
        sys.exit(f"payment_server: {error}")
