"""Where published answers came from, and how far the replica is behind."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client import REGISTRY, Gauge
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector


class ContentReads(Collector):
    """Counts of one event loop, by adding numbers: a page reads more than once, and a lock for each would be felt."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def collect(self) -> Iterator[CounterMetricFamily]:
        """The sums of now."""
        told = CounterMetricFamily(
            "gavel_content_reads",
            "Published content answers by where they came from: memory, shared, store, last-good or replica.",
            labels=("source",),
        )
        for source, number in self.counts.items():
            told.add_metric((source,), number)
        yield told


READS = ContentReads()
REGISTRY.register(READS)
REPLICA_LAG = Gauge(
    "gavel_content_replica_lag_seconds", "Seconds since the replica had every change; infinite before the first time."
)
