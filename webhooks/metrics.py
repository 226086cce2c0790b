"""Counts of webhook calls by what became of them (S0-072)."""

from prometheus_client import Counter

WEBHOOKS = Counter("gavel_webhooks_total", "Webhook calls by source and outcome.", labelnames=("source", "outcome"))
