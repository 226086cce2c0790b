"""What is told of every call to a system: a Prometheus histogram, and an OpenTelemetry span where its API is there."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from prometheus_client import Histogram

try:
    from opentelemetry import trace

    HAS_TELEMETRY = True
except ImportError:  # pragma: no cover  # the base install has no telemetry
    HAS_TELEMETRY = False

CALL_SECONDS = Histogram(
    "gavel_call_seconds",
    "Calls to the systems behind the schema; one is a whole batch of a loader.",
    labelnames=("system", "operation", "outcome"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)


_observe: dict[tuple[str, str, str], Callable[[float], None]] = {}
"""What observes for a label set; their values are constants of the code, so they are few."""


def told_call(system: str, operation: str, outcome: str, seconds: float) -> None:
    """Count one finished call; `operation` is a constant of the code, so that labels stay few."""
    labels = (system, operation, outcome)
    observe = _observe.get(labels)
    if observe is None:
        observe = _observe[labels] = CALL_SECONDS.labels(*labels).observe
    observe(seconds)


def call_span(system: str, operation: str) -> AbstractContextManager[Any] | None:
    """A span around a call; None where nobody has set up telemetry, which is cheaper than a span of nobody."""
    if not HAS_TELEMETRY or isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return None
    attributes = {"peer.service": system, "gavel.operation": operation}
    return trace.get_tracer("gavel.datasources").start_as_current_span(f"{system} {operation}", attributes=attributes)
