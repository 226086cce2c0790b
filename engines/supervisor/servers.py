"""Our own local servers, `python -m engines.<name>`: they inherit a listening socket that we bound for them."""

import http.client
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from engines.supervisor.errors import EngineError
from engines.supervisor.ports import LOOPBACK, bind_remembered
from engines.supervisor.processes import Launch, Process, Spawner, end_leftover
from engines.supervisor.waiting import wait_ready

BACKLOG = 512
ANSWER_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalServer:
    """One server: its module, its folder (data and remembered port) and the arguments that are its own."""

    module: str
    arguments: tuple[str, ...]
    folder: Path
    spawner: Spawner
    health_path: str = "/health"

    @property
    def name(self) -> str:
        """The last part of the module's name."""
        return self.module.rpartition(".")[2]

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://{LOOPBACK}:{(self.folder / 'port').read_text().strip()}"

    def start(self) -> Process:
        """Start it and wait for its first HTTP answer; raises EngineError with its last words."""
        end_leftover(self.folder / f"{self.name}.pid", marker=str(self.folder), stop_signal=signal.SIGTERM)
        root = str(Path(__file__).parents[2])
        search_path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
        with bind_remembered(self.folder / "port") as listener:
            listener.listen(BACKLOG)
            port: int = listener.getsockname()[1]
            command = [
                sys.executable,
                "-m",
                self.module,
                "--data-dir",
                str(self.folder),
                "--fd",
                str(listener.fileno()),
            ]
            launch = Launch(
                name=self.name,
                command=[*command, *self.arguments],
                folder=self.folder,
                keep_fds=(listener.fileno(),),
                environment={**os.environ, "PYTHONPATH": search_path},
            )
            process = self.spawner.spawn(launch)
        wait_ready(process, lambda: _answers(port, self.health_path))
        return process


def _answers(port: int, path: str) -> bool:
    """Whether a request is answered, whatever the status: the socket accepts before the program is there to answer."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    if status >= 500 and status != 503:
        raise EngineError(f"The local server answered its health check at {path} with status {status}.")
    return status != 503
