"""A lock on a data folder, so that two supervisors never run engines over the same files."""

import fcntl
import os
from pathlib import Path
from typing import IO

from engines.supervisor.errors import EngineError


def lock_folder(folder: Path) -> IO[str]:
    """Make the folder if needed and hold it until the returned file is closed or this process ends, however it ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (folder / "supervisor.lock").open("a+")
    except OSError as error:
        raise EngineError(f"The data folder {folder} cannot be written: {error.strerror}.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        by = f" by process {holder}" if holder else ""
        raise EngineError(
            f"The data folder {folder} is already in use{by}: stop it, or choose another folder."
        ) from error
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
