"""`python -m engines.mailbox`: runs the local mail service."""

import argparse
import sys

from starlette.applications import Starlette

from engines.mailbox import WebhookTarget, create_app
from engines.serving import serve

DEFAULT_SECRET = "whsec_bG9jYWxtYWlsYm94c2VjcmV0"  # noqa: S105 - known to everybody, like the demo users


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--webhook", help="address on this machine that hears what became of each mail")
    parser.add_argument("--webhook-secret", action="append", default=[], help="`whsec_` and base64; several may sign")
    parser.add_argument("--first-pause", type=float, default=1.0, help="seconds before a failed delivery is repeated")


def _create(arguments: argparse.Namespace) -> Starlette:
    secrets = tuple(arguments.webhook_secret) or (DEFAULT_SECRET,)
    webhook = WebhookTarget(arguments.webhook, secrets) if arguments.webhook else None
    return create_app(arguments.data_dir, webhook=webhook, first_pause_seconds=arguments.first_pause)


if __name__ == "__main__":
    try:
        serve(_create, name="mailbox", add_arguments=_add_arguments)
    except ValueError as error:
        sys.exit(f"mailbox: {error}")
