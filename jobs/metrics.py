"""What workers report: attempts by outcome, how long they took, and how much waits or stands parked (S0-072)."""

from collections.abc import Iterable
from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram

from datasources.postgres.jobs import Backlog

JOBS = Counter("gavel_jobs_total", "Attempts at jobs by outcome.", labelnames=("job", "outcome"))
JOB_SECONDS = Histogram(
    "gavel_job_seconds",
    "How long one attempt took.",
    labelnames=("job",),
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60),
)
JOBS_STANDING = Gauge(
    "gavel_jobs_standing", "Jobs in the queue by state; 'failed' ones are parked.", labelnames=("job", "state")
)
OLDEST_JOB_SECONDS = Gauge(
    "gavel_oldest_job_seconds", "Age of the oldest job in the queue by state.", labelnames=("job", "state")
)


def show_backlog(backlog: Iterable[Backlog], *, now: datetime) -> None:
    """Set the gauges to the queue as it stands; kinds that have gone read as gone."""
    JOBS_STANDING.clear()
    OLDEST_JOB_SECONDS.clear()
    for each in backlog:
        JOBS_STANDING.labels(job=each.entrypoint, state=each.state).set(each.count)
        age = max(0.0, (now - each.oldest_at).total_seconds())
        OLDEST_JOB_SECONDS.labels(job=each.entrypoint, state=each.state).set(age)
