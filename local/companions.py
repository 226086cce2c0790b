"""What runs beside the web process: the worker, and the fetching of the GraphiQL page's files."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config import Settings
from local.engines import environment_of
from transport.graphiql.assets import AssetsError, fetch_assets

WORKER_STOP_SECONDS = 12


@contextmanager
def worker_process(settings: Settings) -> Iterator[None]:
    """A worker beside this process: it ends with the block, or with this process however that ends."""
    environment = os.environ | environment_of(settings)
    command = [sys.executable, "-m", "cli", "work", "--with-parent"]
    worker = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, cwd=Path(__file__).parents[1])  # noqa: S603 - our own program
    try:
        yield
    finally:
        worker.terminate()
        try:
            worker.wait(WORKER_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
        if worker.stdin is not None:
            worker.stdin.close()


def fetch_page_files(data_dir: Path) -> None:
    """Bring the GraphiQL page's files in the background; until they are there the page loads them from a CDN."""

    def fetch() -> None:
        with contextlib.suppress(AssetsError):
            fetch_assets(data_dir / "graphiql")

    threading.Thread(target=fetch, name="graphiql-files", daemon=True).start()
