"""Runs the published conformance cases when a file of them is at hand; the file itself is not part of the project."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from engines.groq import GroqError, GroqSyntaxError, Limits, evaluate, parse

SAMPLE = Path(__file__).resolve().parents[3] / "shared" / "groq" / "dev-cases.ndjson"
SECONDS_PER_CASE = 2.0

# What was reached on the sample, and what is promised for any larger set of cases.
REACHED = {"core": 1.0, "core non-trivial": 1.0, "invalid": 1.0, "geoFunctions": 1.0, "other features": 1.0}
PROMISED = {"core": 0.99, "core non-trivial": 0.99, "invalid": 1.0, "geoFunctions": 0.95, "other features": 0.95}


@dataclass(slots=True)
class Tally:
    """Passed and total cases by group, and what went wrong."""

    passed: Counter[str] = field(default_factory=Counter)
    total: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def share(self, group: str) -> float:
        return self.passed[group] / self.total[group] if self.total[group] else 1.0


def groups_of(case: dict[str, Any]) -> list[str]:
    if not case["valid"]:
        return ["invalid"]
    if "geoFunctions" in case["features"]:
        return ["geoFunctions"]
    if case["features"]:
        return ["other features"]
    return ["core"] if case["result"] in (None, []) else ["core", "core non-trivial"]


def is_same(left: Any, right: Any) -> bool:
    """Equal as JSON: numbers to nine digits, booleans never equal to numbers."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return abs(left - right) <= 1e-9 * max(1.0, abs(left), abs(right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(is_same(left[name], right[name]) for name in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(is_same, left, right))
    return type(left) is type(right) and bool(left == right)


def scores_in(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        if "_score" in value:
            yield value["_score"]
        for item in value.values():
            yield from scores_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from scores_in(item)


def with_ranks(value: Any, ranks: dict[float, int]) -> Any:
    if isinstance(value, dict):
        return {
            "_pos" if name == "_score" else name: ranks[item] if name == "_score" else with_ranks(item, ranks)
            for name, item in value.items()
        }
    return [with_ranks(item, ranks) for item in value] if isinstance(value, list) else value


def answer(case: dict[str, Any], documents: list[dict[str, Any]]) -> Any:
    query = parse(case["query"], case["params"])
    result = evaluate(query, documents, case["params"], limits=Limits(seconds=SECONDS_PER_CASE))
    if '"_pos"' not in json.dumps(case["result"]):
        return result
    distinct = sorted(set(scores_in(result)), reverse=True)
    return with_ranks(result, {score: place + 1 for place, score in enumerate(distinct)})


def has_passed(case: dict[str, Any], documents: list[dict[str, Any]]) -> bool:
    began = time.monotonic()
    try:
        if not case["valid"]:
            parse(case["query"], case["params"])
            return False
        is_right = is_same(answer(case, documents), case["result"])
    except GroqSyntaxError:
        return not case["valid"]
    except GroqError:
        return False
    return is_right and time.monotonic() - began <= SECONDS_PER_CASE


def run_all(path: Path) -> Tally:
    datasets: dict[str, list[dict[str, Any]]] = {}
    tally = Tally()
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record["kind"] == "dataset":
            datasets[record["id"]] = sorted(record["documents"], key=lambda document: str(document["_id"]))
            continue
        documents = datasets[record["dataset"]] if record["dataset"] else []
        is_right = has_passed(record, documents)
        for group in groups_of(record):
            tally.total[group] += 1
            tally.passed[group] += is_right
        if not is_right:
            tally.failures.append(f"{record['file']}: {record['query'].strip()[:120]}")
    return tally


def test_the_published_cases_pass() -> None:
    chosen = os.environ.get("GAVEL_GROQ_CASES")
    path = Path(chosen) if chosen else SAMPLE
    if not path.exists():
        pytest.skip(f"no GROQ cases at {path}; GAVEL_GROQ_CASES may name a file of them")
    floors = PROMISED if chosen else REACHED
    tally = run_all(path)
    for group in floors:
        sys.stdout.write(f"{group}: {tally.passed[group]} of {tally.total[group]} ({tally.share(group):.2%})\n")
    below = [group for group, floor in floors.items() if tally.share(group) < floor]
    assert not below, f"below the floor: {below}; failing: {tally.failures[:20]}"
