"""Finished operations, counted by adding numbers and shown to Prometheus when it asks."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

Labels = tuple[str, str, str, str]
"""Protocol, kind, name and outcome."""
_LABELS: Final = ("protocol", "kind", "name", "outcome")
_BOUNDS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_TOLD: Final = (*map(floatToGoString, _BOUNDS), "+Inf")


class _Cell:
    """Operations with the same labels: how many, what they cost, and how long they took."""

    __slots__ = ("cost", "number", "seconds", "times")

    def __init__(self) -> None:
        self.number = self.cost = 0
        self.times = [0] * len(_TOLD)
        self.seconds = 0.0


class OperationCounts(Collector):
    """Counts of one event loop, where nobody else adds at the same moment."""

    def __init__(self) -> None:
        self._cells: dict[Labels, _Cell] = {}

    def count(self, labels: Labels, cost: int, seconds: float) -> None:
        """Add one operation."""
        cell = self._cells.get(labels)
        if cell is None:
            cell = self._cells[labels] = _Cell()
        cell.number += 1
        cell.cost += cost
        cell.seconds += seconds
        cell.times[bisect_left(_BOUNDS, seconds)] += 1

    def collect(self) -> Iterator[CounterMetricFamily | HistogramMetricFamily]:
        """The sums of now."""
        operations = CounterMetricFamily("gavel_graphql_operations", "Operations answered.", labels=_LABELS)
        seconds = HistogramMetricFamily(
            "gavel_graphql_operation_seconds",
            "Seconds from admission to answer, by operation name.",
            labels=("kind", "name"),
        )
        cost = CounterMetricFamily("gavel_graphql_cost", "Points of cost charged.", labels=("kind",))
        costs: dict[str, int] = {}
        times: dict[tuple[str, str], _Cell] = {}
        for labels, cell in self._cells.items():
            _, kind, name, _ = labels
            operations.add_metric(labels, cell.number)
            costs[kind] = costs.get(kind, 0) + cell.cost
            # A subscription's life is not a latency.
            if kind != "subscription":
                together = times.setdefault((kind, name), _Cell())
                together.seconds += cell.seconds
                together.times = [mine + more for mine, more in zip(together.times, cell.times, strict=True)]
        for key, together in times.items():
            seconds.add_metric(key, _cumulated(together.times), together.seconds)
        for kind, points in costs.items():
            cost.add_metric((kind,), points)
        yield from (operations, seconds, cost)


def _cumulated(counts: Sequence[int]) -> list[tuple[str, float]]:
    told: list[tuple[str, float]] = []
    total = 0
    for bound, count in zip(_TOLD, counts, strict=True):
        total += count
        told.append((bound, total))
    return told
