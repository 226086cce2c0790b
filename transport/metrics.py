"""Prometheus metrics of the endpoint, with label values that strangers cannot multiply."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from graphql import GraphQLError
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from .endpoint import GraphQLEndpoint
from .observers import OperationRecord
from .operation_counts import OperationCounts

_MAX_NAMES: Final = 300
_MAX_CODES: Final = 100
_OTHER: Final = "other"


class _Bounded:
    """The first names of a label; later ones are counted together."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()

    def __call__(self, value: str) -> str:
        """The value itself, or the common name of those that came too late."""
        if value not in self._known:
            if len(self._known) >= self._most:
                return _OTHER
            self._known.add(value)
        return value


class Metrics:
    """The Prometheus observer; make one per registry."""

    def __init__(self, registry: CollectorRegistry = REGISTRY, *, most_names: int = _MAX_NAMES) -> None:
        self._name = _Bounded(most_names)
        self._code = _Bounded(_MAX_CODES)
        self._registry = registry
        self._counts = OperationCounts()
        registry.register(self._counts)
        self._errors = Counter("gavel_graphql_errors", "Errors answered, by code.", ("code",), registry=registry)
        self._refused = Counter(
            "gavel_graphql_refused", "Requests answered without execution.", ("protocol", "code"), registry=registry
        )
        self._faults = Counter(
            "gavel_graphql_faults", "Faults that clients know by request id only.", registry=registry
        )
        self._active = Gauge(
            "gavel_graphql_subscriptions_active", "Live subscriptions.", ("protocol",), registry=registry
        )
        self._ended = Counter(
            "gavel_graphql_subscriptions_ended", "Ended, by reason.", ("protocol", "reason"), registry=registry
        )
        self._rejected = Counter(
            "gavel_graphql_subscriptions_rejected", "Rejected, by reason.", ("protocol", "reason"), registry=registry
        )
        self._cached = Counter(
            "gavel_graphql_cached_answers", "Answers served from the response cache.", registry=registry
        )

    def operation_finished(self, record: OperationRecord) -> None:
        """Count and time one operation; a subscription's life is not a latency."""
        name = self._name(record.name or "anonymous")
        labels = (record.protocol, record.kind, name, "error" if record.codes else "ok")
        self._counts.count(labels, record.cost, record.seconds)
        if record.codes:
            for code in record.codes:
                self._errors.labels(self._code(code)).inc()
        if record.is_cached:
            self._cached.inc()

    def request_refused(self, protocol: str, code: str, request_id: str) -> None:  # noqa: ARG002  # ids are no label
        """Count one refusal."""
        self._refused.labels(protocol, self._code(code)).inc()

    def fault(self, cause: BaseException, error: GraphQLError | None, request_id: str) -> None:  # noqa: ARG002  # counted
        """Count one fault."""
        self._faults.inc()

    def subscription_started(self, protocol: str, name: str | None) -> None:  # noqa: ARG002  # one gauge per protocol
        """One more is live."""
        self._active.labels(protocol).inc()

    def subscription_ended(self, protocol: str, reason: str) -> None:
        """One less is live."""
        self._active.labels(protocol).dec()
        self._ended.labels(protocol, reason).inc()

    def subscription_rejected(self, protocol: str, reason: str) -> None:
        """Count one that never lived."""
        self._rejected.labels(protocol, self._code(reason)).inc()

    def watch(self, name: str, documentation: str, read: Callable[[], Mapping[str, float]], *, label: str) -> None:
        """A gauge read at scrape time from elsewhere: breaker states, cache hits, loader batches and sizes."""
        self._registry.register(_Watched(name, documentation, read, label))


class _Watched(Collector):
    """A gauge whose values come from a function when Prometheus asks."""

    def __init__(self, name: str, documentation: str, read: Callable[[], Mapping[str, float]], label: str) -> None:
        self._name = name
        self._documentation = documentation
        self._read = read
        self._label = label

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The values of now."""
        family = GaugeMetricFamily(self._name, self._documentation, labels=(self._label,))
        for value, number in self._read().items():
            family.add_metric([value], number)
        yield family


def watch_endpoint(metrics: Metrics, endpoint: GraphQLEndpoint) -> None:
    """Show how often documents were known already, how many connections are live, and who shares their events."""
    documents, drain, groups = endpoint.operations.documents, endpoint.drain, endpoint.operations.groups
    metrics.watch(
        "gavel_graphql_documents_prepared",
        "Documents prepared, by whether they were known.",
        lambda: {"hit": float(documents.hits), "miss": float(documents.misses)},
        label="cache",
    )
    metrics.watch(
        "gavel_graphql_live_connections",
        "Open sockets and event streams.",
        lambda: {"all": float(drain.live_count)},
        label="kind",
    )
    metrics.watch(
        "gavel_graphql_shared_subscriptions",
        "Groups of identical subscriptions, and the subscriptions in them.",
        lambda: {"groups": float(groups.count), "members": float(groups.member_count)},
        label="kind",
    )
