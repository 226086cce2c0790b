"""Runs many seeds and says how each ended: ``python -m tests.faults [--seeds N] [--first N] [--bidders N]``."""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import structlog

from domain.payments import COLLECTED
from tests.faults.checker import Run, violations
from tests.faults.storms import rage

HOLDS, BROKEN, QUIET = 0, 1, 2
VERDICTS = {HOLDS: "holds ", BROKEN: "BROKEN", QUIET: "quiet "}
LEAST_TAKEN, LEAST_PAID = 30, 5
"""Fewer bids or payments show nothing: the machine was too busy, and the run is repeated."""
MOST_TRIES = 3
LONGEST_SECONDS = 150.0
"""Of one seed beyond its bidding: a run that hangs is a broken one."""


def play(seed: int, *, bidders: int, seconds: float, is_durable: bool) -> int:
    """One seed in this process: whether every promise held, and whether enough was going on."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # only verdicts are answers
    with tempfile.TemporaryDirectory(prefix=f"chaos-{seed}-") as folder:
        run = asyncio.run(rage(Path(folder), seed=seed, bidders=bidders, seconds=seconds, is_durable=is_durable))
    broken = violations(run)
    taken = sum(call.is_taken for call in run.calls)
    lines = sum(len(log) for log in run.log.values())
    print(
        f"{len(run.calls)} calls, {taken} bids taken, {lines} lines, {len(run.faults)} faults, "
        f"{len(run.orders)} orders, {paid_in(run)} paid, {len(broken)} broken, answers {dict(run.attempts)}"
    )
    print(f"    faults: {', '.join(run.faults)}", file=sys.stderr)
    for each in broken[:20]:
        print(f"    {each}")
    is_quiet = taken <= LEAST_TAKEN or paid_in(run) <= LEAST_PAID
    return BROKEN if broken else QUIET if is_quiet else HOLDS


def paid_in(run: Run) -> int:
    """How many payments were collected."""
    return sum(each["status"] in {status.value for status in COLLECTED} for each in run.payments)


def play_apart(seed: int, *, bidders: int, seconds: float, is_durable: bool) -> int:
    """One seed in a process of its own, which is ended when it hangs; prints the verdict."""
    command = [sys.executable, "-m", "tests.faults", "--seed", str(seed)]
    command += ["--bidders", str(bidders), "--seconds", str(seconds), *(["--durable"] if is_durable else [])]
    started = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + LONGEST_SECONDS, check=False)
        verdict, said = done.returncode if done.returncode in VERDICTS else BROKEN, done.stdout.strip()
        if verdict == BROKEN:
            said += f"\n{done.stderr.strip()[-4_000:]}"
    except subprocess.TimeoutExpired:
        verdict, said = BROKEN, "the run did not end"
    print(f"seed {seed:4}: {VERDICTS[verdict]} {time.monotonic() - started:5.1f} s  {said}", flush=True)
    if verdict == BROKEN:
        print(f"    again: {' '.join(['python', *command[1:]])}", flush=True)
    return verdict


def main() -> None:
    """Run the seeds one after the other; exit 1 if one is broken, 2 if none is and some showed nothing."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=int(os.environ.get("SEEDS", "50")), help="how many seeds")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--seed", type=int, help="only this one, in this process")
    parser.add_argument("--bidders", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--durable", action="store_true", help="let Postgres flush its files; recoveries take longer")
    given = parser.parse_args()
    manner = {"bidders": given.bidders, "seconds": given.seconds, "is_durable": given.durable}
    if given.seed is not None:
        sys.exit(play(given.seed, **manner))
    seeds = range(given.first, given.first + min(given.seeds, 1_000))
    ended: dict[int, list[int]] = {HOLDS: [], BROKEN: [], QUIET: []}
    for each in seeds:
        verdict = QUIET
        for _ in range(MOST_TRIES):
            if verdict == QUIET:
                verdict = play_apart(each, **manner)
        ended[verdict].append(each)
    print(f"{len(ended[HOLDS])} of {len(seeds)} seeds hold")
    if ended[BROKEN]:
        print(f"broken: {ended[BROKEN]}")
    if ended[QUIET]:
        print(f"neither held nor broken, as the machine was too busy for them to show anything: {ended[QUIET]}")
    sys.exit(BROKEN if ended[BROKEN] else QUIET if ended[QUIET] else HOLDS)


if __name__ == "__main__":
    main()
