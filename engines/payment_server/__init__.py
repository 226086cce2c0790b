"""A local payment service: Stripe's and Paystack's HTTP APIs with real idempotency, webhooks, test cards and faults."""

from engines.payment_server.application import WebhookTarget, create_app

__all__ = ["WebhookTarget", "create_app"]
