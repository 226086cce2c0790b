"""Bidding and paying under attack: everything is killed, emptied, rolled back and cut off, and every promise holds."""

import os
from pathlib import Path

import pytest

from tests.faults.__main__ import LEAST_PAID, LEAST_TAKEN, MOST_TRIES, paid_in
from tests.faults.checker import violations
from tests.faults.storms import rage

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]


async def check(folder: Path, *, seed: int, bidders: int, seconds: float) -> None:
    """A run in which hardly anything went on is neither a promise held nor one broken: another try, then a failure."""
    for number in range(MOST_TRIES):
        run = await rage(folder / str(number), seed=seed, bidders=bidders, seconds=seconds)
        assert violations(run) == [], f"seed {seed}"
        taken, paid = sum(call.is_taken for call in run.calls), paid_in(run)
        if taken > LEAST_TAKEN and paid > LEAST_PAID:
            return
    pytest.fail(f"seed {seed}: only {taken} bids were taken and {paid} payments came, so the run shows nothing")


async def test_no_promise_breaks_while_everything_is_killed_in_turn(engines_folder: Path) -> None:
    await check(engines_folder, seed=1, bidders=30, seconds=10.0)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(2, 2 + int(os.environ.get("SEEDS", "50"))))
async def test_no_promise_breaks_over_many_seeds(engines_folder: Path, seed: int) -> None:
    await check(engines_folder, seed=seed, bidders=100, seconds=20.0)
