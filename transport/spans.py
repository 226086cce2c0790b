"""OpenTelemetry spans where its API is installed, nothing where it is not: telemetry is an extra."""

from contextlib import AbstractContextManager
from typing import Any, Final

try:
    from opentelemetry import trace

    HAS_TELEMETRY = True
except ImportError:  # pragma: no cover  # the base install has no telemetry
    HAS_TELEMETRY = False

_UNKNOWN: Final = object()
_IS_NAMED: Final = HAS_TELEMETRY and not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
"""Whether the environment names a provider: asking for one that it names makes it."""


def operation_span(kind: str, name: str | None, request_id: str) -> AbstractContextManager[Any] | None:
    """A span around one operation, named as the semantic conventions for GraphQL ask; inner spans become its parts.

    None where nobody has set up telemetry, which is cheaper than a span of nobody.
    """
    if not HAS_TELEMETRY or _is_silent():
        return None
    attributes = {"graphql.operation.type": kind, "gavel.request_id": request_id}
    if name is not None:
        attributes["graphql.operation.name"] = name
    title = f"{kind} {name}" if name else kind
    return trace.get_tracer("gavel.transport").start_as_current_span(title, attributes=attributes)


def _is_silent() -> bool:
    """Whether nobody has set up telemetry; asking for the provider itself reads the environment each time."""
    if getattr(trace, "_TRACER_PROVIDER", _UNKNOWN) is None and not _IS_NAMED:
        return True
    return isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
