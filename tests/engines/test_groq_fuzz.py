"""groq-js as the second judge: random queries over random documents, answered by both engines."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from bench.groq import documents as measured_documents
from bench.groq.__main__ import TASKS, Task
from bench.groq.generator import QueryMaker, make_documents
from bench.groq.judges import Judge, find_judge
from engines.groq import Dataset, GroqError, evaluate, parse
from engines.groq.functions.differences import deep_equal


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    missing = find_judge()
    if missing is not None:
        pytest.skip(missing)
    with Judge() as second:
        yield second


def our_answer(query: str, documents: Any) -> dict[str, Any]:
    try:
        return {"result": evaluate(parse(query, {}), documents, {})}
    except GroqError as refusal:
        return {"error": str(refusal)}


def agree(one: dict[str, Any], other: dict[str, Any]) -> bool:
    if "error" in one or "error" in other:
        return "error" in one and "error" in other
    # Through JSON once: both sides then hold the same kinds of numbers.
    return deep_equal(json.loads(json.dumps(one["result"])), other["result"])


def compare(judge: Judge, seed: int, rounds: int, queries: int) -> None:
    chance = random.Random(seed)
    for _ in range(rounds):
        documents = make_documents(chance)
        judge.load(documents)
        dataset = Dataset(documents)
        for _ in range(queries):
            query = QueryMaker(chance).query()
            theirs = judge.ask(query)
            for source in (documents, dataset):
                ours = our_answer(query, source)
                assert agree(ours, theirs), f"{query}\n ours:   {ours}\n theirs: {theirs}"


@pytest.mark.node
def test_both_engines_agree_on_random_queries(judge: Judge) -> None:
    compare(judge, seed=20260101, rounds=10, queries=60)


@pytest.mark.node
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_both_engines_agree_on_the_measured_queries(judge: Judge, task: Task) -> None:
    documents = measured_documents.make_documents(listings=300, users=30, categories=10)
    params = {"id": "listing-00050", "slug": documents[20]["slug"]["current"], "most": 1_500_000}
    used = {name: value for name, value in params.items() if f"${name}" in task.query}
    judge.load(documents)
    theirs = judge.ask(task.query, used)
    result = evaluate(parse(task.query, used), Dataset(documents), used)
    assert agree({"result": result}, theirs)
    assert result


@pytest.mark.node
@pytest.mark.nightly
def test_both_engines_agree_on_many_random_queries(judge: Judge) -> None:
    compare(judge, seed=random.SystemRandom().randrange(2**32), rounds=400, queries=100)
