"""A local mail service: Resend's HTTP API, every mail on a page of its own, signed delivery webhooks."""

from engines.mailbox.deliveries import WebhookTarget
from engines.mailbox.server import create_app

__all__ = ["WebhookTarget", "create_app"]
