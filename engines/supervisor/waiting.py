"""Waiting for an engine that is starting."""

import time
from collections.abc import Callable

from engines.supervisor.errors import EngineError
from engines.supervisor.processes import Process

START_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.01
LONGEST_PAUSE_SECONDS = 0.1


def wait_ready(process: Process, is_ready: Callable[[], bool], *, seconds: float = START_SECONDS) -> None:
    """Ask again and again until it is ready; ends it and raises EngineError when it failed or the time is up."""
    try:
        _poll(process, is_ready, seconds)
    except BaseException:
        process.kill()
        raise


def _poll(process: Process, is_ready: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    pause = FIRST_PAUSE_SECONDS
    while not is_ready():
        if process.exit_code() is not None:
            raise EngineError(f"{process.launch.name} ended while starting: {process.last_words()}.")
        if time.monotonic() > deadline:
            raise EngineError(
                f"{process.launch.name} did not answer within {seconds:.0f} s; see {process.launch.log_file}."
            )
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
