"""Folders for the engines of tests: in memory where the machine has room there, and gone with the test."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

MEMORY = Path("/dev/shm")
ROOM_BYTES = 2 << 30
"""For each process of the run: a cluster keeps up to a gigabyte of log beside its databases."""
PREFIX = "gavel-tests-"


@contextmanager
def quick_folder() -> Iterator[Path]:
    """An empty folder: a database of a thousand small files costs ten times as much on a disk as in memory."""
    sweep(MEMORY)
    with TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-", dir=MEMORY if has_room(MEMORY) else None) as folder:
        yield Path(folder)


def has_room(place: Path) -> bool:
    """Whether every process of the run could have its engines there."""
    if not place.is_dir() or not os.access(place, os.W_OK):
        return False
    free = os.statvfs(place)
    return free.f_bavail * free.f_frsize >= ROOM_BYTES * int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))


def sweep(place: Path) -> None:
    """Remove what killed runs left behind: nobody else would before the machine is started again."""
    for left in place.glob(f"{PREFIX}*"):
        owner = left.name.removeprefix(PREFIX).partition("-")[0]
        if not (Path("/proc") / owner).exists():
            shutil.rmtree(left, ignore_errors=True)
