"""Bidding under attack: processes and stores are killed, emptied, rolled back and cut off, and every promise holds."""

import os
from pathlib import Path

import pytest

from tests.faults.checker import violations
from tests.faults.storms import rage

pytestmark = pytest.mark.alone


async def check(folder: Path, *, seed: int, bidders: int, seconds: float) -> None:
    run = await rage(folder, seed=seed, bidders=bidders, seconds=seconds)
    taken = sum(call.is_taken for call in run.calls)
    assert violations(run) == [], f"seed {seed}"
    assert taken > 30, f"seed {seed}: only {taken} bids were taken, so the run shows nothing"


async def test_no_promise_breaks_while_everything_is_killed_in_turn(tmp_path: Path) -> None:
    await check(tmp_path, seed=1, bidders=30, seconds=10.0)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(2, 2 + int(os.environ.get("SEEDS", "50"))))
async def test_no_promise_breaks_over_many_seeds(tmp_path: Path, seed: int) -> None:
    await check(tmp_path, seed=seed, bidders=100, seconds=20.0)
