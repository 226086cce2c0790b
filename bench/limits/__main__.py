"""Decision times for hostile documents, ours beside Strawberry's stock limiters, in one run: `python -m bench.limits`.

Each judge lives in its own process, decides a document three times, and a bystander in the same event loop counts how
late it wakes. A judge that needs longer than the time allowed is stopped and shown as such.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import strawberry
from strawberry.extensions import MaxAliasesLimiter, MaxTokensLimiter, QueryDepthLimiter

from bench.limits.bombs import FAMILIES, SIZES
from tests.transport import market
from transport.endpoint import create_endpoint
from transport.errors import Refused
from transport.identities import Identity, RequestFacts

ALLOWED_SECONDS = 8.0
ROUNDS = 3
Judge = Callable[[str], Awaitable[bool]]


def our_judge() -> Judge:
    """Our endpoint, up to the decision; each round is a text it has not seen."""
    operations = create_endpoint(market.schema, build_context=market.build_context).operations

    async def judge(source: str) -> bool:
        prepared = await operations.documents.prepare(source, None)
        if isinstance(prepared, Refused):
            return False
        estimate = prepared.estimate(operations.field_facts, {})
        limits = operations.options.limits
        return estimate.cost <= limits.cost and estimate.depth <= limits.depth

    return judge


def stock_judge() -> Judge:
    """Strawberry with every limiter it ships, set as ours are; an accepted document is executed, as it would be."""
    schema = strawberry.Schema(
        query=market.Query,
        mutation=market.Mutation,
        types=[market.Listing, market.User],
        extensions=[
            lambda: MaxTokensLimiter(max_token_count=2000),
            lambda: MaxAliasesLimiter(max_alias_count=30),
            lambda: QueryDepthLimiter(max_depth=12),
        ],
    )
    facts = RequestFacts(request_id="bench", address="bench", protocol="http")

    async def judge(source: str) -> bool:
        context = market.build_context(Identity().viewer, facts, time.monotonic() + 3)
        result = await schema.execute(source, context_value=context)
        return not result.errors

    return judge


async def measure(judge: Judge, source: str) -> dict[str, float | bool]:
    """The best decision time, in milliseconds of the loop's own CPU time, and how late a bystander wakes at p99."""
    lateness: list[float] = []

    async def bystander() -> None:
        while True:
            planned = time.perf_counter() + 0.001
            await asyncio.sleep(0.001)
            lateness.append((time.perf_counter() - planned) * 1000)

    watching = asyncio.create_task(bystander())
    await asyncio.sleep(0.01)
    times: list[float] = []
    accepted = False
    for number in range(ROUNDS):
        started = time.thread_time()
        accepted = await judge(f"{source}#{number}")
        times.append((time.thread_time() - started) * 1000)
        await asyncio.sleep(0.01)
        if times[-1] > 1000:
            break
    watching.cancel()
    lateness.sort()
    return {"ms": min(times), "late": lateness[int(len(lateness) * 0.99)], "accepted": accepted}


def measure_apart(judge: str, family: str, size: int) -> dict[str, float | bool] | None:
    """One measurement in a process of its own; None when it needed longer than allowed."""
    command = [sys.executable, "-m", "bench.limits", judge, family, str(size)]
    try:
        run = subprocess.run(command, check=True, capture_output=True, timeout=ALLOWED_SECONDS + 3)
    except subprocess.TimeoutExpired:
        return None
    measured: dict[str, float | bool] = json.loads(run.stdout)
    return measured


def show(measured: dict[str, float | bool] | None) -> str:
    """One cell of the table."""
    if measured is None:
        return f"{'> ' + str(int(ALLOWED_SECONDS)) + ' s':>24}"
    verdict = "runs" if measured["accepted"] else "refused"
    return f"{measured['ms']:9.1f} {measured['late']:6.1f} {verdict:>7}"


def main() -> None:
    """Print the table: decision ms, bystander's p99 lateness in ms, and the verdict, for ours and for stock."""
    if len(sys.argv) == 4:
        judge = our_judge() if sys.argv[1] == "ours" else stock_judge()
        print(json.dumps(asyncio.run(measure(judge, FAMILIES[sys.argv[2]](int(sys.argv[3]))))))
        return
    print(f"{'family':26}{'bytes':>6}  {'ours: ms   late verdict':>24}  {'stock: ms  late verdict':>24}")
    for family in FAMILIES:
        for size in SIZES:
            ours, stock = (show(measure_apart(judge, family, size)) for judge in ("ours", "stock"))
            print(f"{family:26}{size:6}  {ours}  {stock}", flush=True)


if __name__ == "__main__":
    main()
