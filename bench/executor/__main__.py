"""Times both executors in alternating rounds: `python -m bench.executor`."""

import statistics
import time
from typing import Any

import uvloop
from graphql import OperationDefinitionNode, parse

from bench.executor.market import FIELDS, PAGE, Loaders, build_schema
from transport.documents import PreparedOperation, digest_of
from transport.executors import CoreExecutor
from transport.field_facts import graphql_schema
from transport.plan.executors import CompiledExecutor

ROUNDS = 9
GOAL_MICROSECONDS = 200
GOAL_RATIO = 25


async def main() -> None:
    """Check that both answer the same, then print CPU microseconds per execution and their ratio."""
    schema = graphql_schema(build_schema())
    document = parse(PAGE)
    definition = document.definitions[0]
    assert isinstance(definition, OperationDefinitionNode)
    operation = PreparedOperation(document, definition, "query", "Page", digest_of(PAGE), is_incremental=False)
    executors: dict[str, Any] = {"graphql-core": CoreExecutor(schema), "compiled": CompiledExecutor(schema)}
    times: dict[str, list[float]] = {name: [] for name in executors}
    truth = None
    for name, executor in executors.items():
        result = await execute(executor, operation)
        assert result.errors is None, name
        assert len(result.data["listings"]) * 29 == FIELDS
        truth = truth or result.data
        assert list(map(str, result.data["listings"])) == list(map(str, truth["listings"])), "the answers differ"
    for number in range(ROUNDS):
        order = list(executors.items())
        for name, executor in order if number % 2 else reversed(order):
            times[name].append(await timed(executor, operation, 40 if name == "graphql-core" else 600))
    core, compiled = times["graphql-core"], times["compiled"]
    ratios = [slow / fast for slow, fast in zip(core, compiled, strict=True)]
    for name, found in times.items():
        print(f"{name:14} {statistics.median(found):8.0f} us  [{min(found):.0f}-{max(found):.0f}]")
    print(f"ratio          {statistics.median(ratios):8.1f} x   [{min(ratios):.1f}-{max(ratios):.1f}]")
    print(f"goals: at most {GOAL_MICROSECONDS} us for {FIELDS} fields, at least {GOAL_RATIO} x")


async def execute(executor: Any, operation: PreparedOperation) -> Any:
    """One execution with fresh loaders."""
    return await executor.execute(operation, variables={}, context=Loaders(), incremental=False)


async def timed(executor: Any, operation: PreparedOperation, times: int) -> float:
    """CPU microseconds of one execution, over several."""
    started = time.process_time()
    for _ in range(times):
        await execute(executor, operation)
    return (time.process_time() - started) / times * 1_000_000


if __name__ == "__main__":
    uvloop.run(main())
