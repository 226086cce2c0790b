"""A local search server in a process of its own, which tests may also kill."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SearchServer:
    """A running server; connections made before it is ready wait for it."""

    url: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)


@contextmanager
def running_search_server(data_dir: Path, *arguments: str) -> Iterator[SearchServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        command = [sys.executable, "-m", "engines.search_server", "--data-dir", str(data_dir), "--fd", str(number)]
        process = subprocess.Popen([*command, *arguments], pass_fds=[number])
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        yield SearchServer(url, process)
    finally:
        process.terminate()
        process.wait(10)
