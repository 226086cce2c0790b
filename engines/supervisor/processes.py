"""One supervised process: started through the lifeline, logged to a file, stopped politely and then surely."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT

from engines import lifeline
from engines.supervisor.errors import EngineError

LOG_TAIL_BYTES = 16_384
LIFELINE = str(Path(lifeline.__file__))


class Spawner:
    """Starts processes from one thread that lives as long as we do: parent-death signals are bound to that thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")

    def spawn(self, launch: "Launch") -> "Process":
        """Start the process and write its id beside its log."""
        popen = self._thread.submit(_open, launch).result()
        launch.pid_file.write_text(str(popen.pid))
        return Process(launch, popen)

    def close(self) -> None:
        """End the thread; processes still running would be told to stop."""
        self._thread.shutdown()


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What to run: the command, who to be, which descriptors to keep, and the signal that stops it politely."""

    name: str
    command: Sequence[str]
    folder: Path
    stop_signal: signal.Signals = signal.SIGTERM
    identity: str = "same"
    keep_fds: tuple[int, ...] = ()
    environment: dict[str, str] | None = None
    can_signal_death: bool = sys.platform == "linux"

    @property
    def log_file(self) -> Path:
        """What the process prints; the run before is kept beside it."""
        return self.folder / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        """The id of the process, so that the next supervisor can end what this one left behind."""
        return self.folder / f"{self.name}.pid"


class Process:
    """A started process."""

    def __init__(self, launch: Launch, popen: subprocess.Popen[bytes]) -> None:
        self.launch = launch
        self._popen = popen

    @property
    def pid(self) -> int:
        """The process id."""
        return self._popen.pid

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._popen.poll()

    def ask_to_stop(self) -> None:
        """Send the polite signal."""
        if self.exit_code() is None:
            self._popen.send_signal(self.launch.stop_signal)

    def wait_stopped(self, seconds: float) -> None:
        """Wait for the end, by force once the time has passed."""
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self._finish()

    def kill(self) -> None:
        """End it as a power cut would, together with the wrapper that may hold it."""
        if self.exit_code() is None:
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait(10)
        self._finish()

    def last_words(self) -> str:
        """The line of the log that tells why it ended: the last FATAL or error line, else the last line."""
        lines = log_tail(self.launch.log_file)
        telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "rror" in line]
        return (telling or lines or ["it printed nothing"])[-1].strip().rstrip(".")

    def _finish(self) -> None:
        if self._popen.stdin is not None:
            self._popen.stdin.close()
        self.launch.pid_file.unlink(missing_ok=True)


def log_tail(log_file: Path) -> list[str]:
    """The last lines of a log."""
    try:
        with log_file.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - LOG_TAIL_BYTES))
            return [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    except OSError:
        return []


def run_to_end(spawner: Spawner, launch: Launch, *, seconds: float) -> None:
    """Run a short program under the same lifeline; raises EngineError with its last words where it fails."""
    process = spawner.spawn(launch)
    try:
        process.wait_stopped(seconds)
    except BaseException:
        process.kill()
        raise
    if process.exit_code() != 0:
        raise EngineError(f"{launch.name} failed: {process.last_words()}.")


def end_leftover(pid_file: Path, *, marker: str, stop_signal: signal.Signals, seconds: float = 10.0) -> None:
    """Stop the process a killed supervisor left behind, if the id is still its own: its command names our folder."""
    try:
        pid = int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    for number in (stop_signal, signal.SIGKILL):
        deadline = time.monotonic() + seconds
        if marker in _command_of(pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        while marker in _command_of(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
    pid_file.unlink(missing_ok=True)


def _command_of(pid: int) -> str:
    process = Path("/proc") / str(pid)
    if Path("/proc/self").exists():
        with contextlib.suppress(OSError):
            return (process / "cmdline").read_text(errors="replace").replace("\0", " ")
        return ""
    command = ["/bin/ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=10).stdout  # noqa: S603 - fixed command


def _open(launch: Launch) -> subprocess.Popen[bytes]:
    log_file = launch.log_file
    if log_file.exists():
        log_file.replace(log_file.with_suffix(".log.1"))
    way = "become" if launch.can_signal_death else "hold"
    binding = [str(int(launch.stop_signal)), str(os.getpid()), launch.identity, way]
    with log_file.open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - commands are built by this package, never from outside input
            [sys.executable, "-I", "-S", LIFELINE, *binding, *launch.command],
            stdin=DEVNULL if launch.can_signal_death else PIPE,
            stdout=log,
            stderr=STDOUT,
            pass_fds=launch.keep_fds,
            start_new_session=True,  # Ctrl-C in the terminal reaches us alone: we stop the engines in order
            cwd=launch.folder,
            env=launch.environment,
        )
