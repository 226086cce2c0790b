"""Where published answers came from, and how far the replica is behind."""

from prometheus_client import Counter, Gauge

READS = Counter(
    "gavel_content_reads_total",
    "Published content answers by where they came from: memory, shared, store, last-good or replica.",
    labelnames=("source",),
)
REPLICA_LAG = Gauge(
    "gavel_content_replica_lag_seconds", "Seconds since the replica had every change; infinite before the first time."
)
