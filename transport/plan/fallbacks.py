"""Which operations graphql-core runs and why, as a Prometheus counter."""

from prometheus_client import REGISTRY, CollectorRegistry, Counter

from transport.documents import PreparedOperation

from .executors import OnFallback


def count_fallbacks(registry: CollectorRegistry = REGISTRY) -> OnFallback:
    """A listener for `CompiledExecutor`; make one per registry. Reasons are few: none is a client's text."""
    counter = Counter(
        "gavel_graphql_not_compiled", "Operations executed by graphql-core.", ("kind", "reason"), registry=registry
    )

    def told(operation: PreparedOperation, reason: str) -> None:
        counter.labels(operation.kind, reason).inc()

    return told
