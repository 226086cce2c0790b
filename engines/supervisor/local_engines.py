"""Everything a data folder runs, as one object: start, ask for addresses, kill for fault tests, stop."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from engines.supervisor.errors import EngineError
from engines.supervisor.locks import lock_folder
from engines.supervisor.postgres import SUPERUSER, PostgresCluster
from engines.supervisor.processes import Process, Spawner
from engines.supervisor.servers import LocalServer
from engines.supervisor.valkey import ValkeyServer

STOP_SECONDS = 8.0

Progress = Callable[[str, str], None]
Start = Callable[[], Process]
Result = TypeVar("Result")


def _named(name: str, step: Callable[[], Result]) -> Result:
    """Run a step, turning trouble with files and programs into one sentence that names the engine."""
    try:
        return step()
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        raise EngineError(f"{name} could not start: {error.strerror or error}{place}.") from error


def _quiet(_engine: str, _sentence: str) -> None:
    """Report nothing."""


class LocalEngines:
    """The local engines of one data folder.

        with LocalEngines(Path(".gavel")) as engines:
            database, cache = engines.together(engines.start_postgres, engines.start_valkey)

    `progress` is called with the engine's name and a sentence for each step that may take a while, from any thread.
    `is_durable=False` switches Postgres's flushing off: for tests whose data nobody needs after a power cut.
    Leaving the block, Ctrl-C and SIGTERM handled by the caller stop everything in the reverse order of starting; when
    this process is killed outright the kernel stops the engines.
    """

    def __init__(self, data_dir: Path, *, progress: Progress = _quiet, is_durable: bool = True) -> None:
        self.data_dir = data_dir.absolute()
        self._progress = progress
        self._is_durable = is_durable
        self._lock = lock_folder(self.data_dir)
        self._spawner = Spawner()
        self._guard = threading.Lock()
        self._starts: dict[str, Start] = {}
        self._running: dict[str, Process] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def start_postgres(self, url: str | None = None, *, database: str = SUPERUSER) -> str:
        """The URL of a database: the given one as it is, or our own cluster, made and started if needed."""
        if url:
            return url
        cluster = PostgresCluster(folder=self._folder("postgres"), spawner=self._spawner, is_durable=self._is_durable)
        if cluster.is_new:
            self._progress("postgres", "Creating the database")
            _named("postgres", cluster.create)
        self._start("postgres", cluster.start)
        cluster.ensure_database(database)
        return cluster.url(database)

    def start_valkey(self, url: str | None = None) -> str:
        """The URL of a Valkey or Redis: the given one as it is, or our own server."""
        if url:
            return url
        server = ValkeyServer(folder=self._folder("valkey"), spawner=self._spawner)
        self._start("valkey", server.start)
        return server.url

    def start_server(self, module: str, *arguments: str, url: str | None = None, health_path: str = "/health") -> str:
        """The base address of one of our servers: the given one, or `python -m module --data-dir ... --fd ...`."""
        if url:
            return url
        folder = self._folder(module.rpartition(".")[2])
        server = LocalServer(
            module=module, arguments=arguments, folder=folder, spawner=self._spawner, health_path=health_path
        )
        self._start(server.name, server.start)
        return server.url

    def together(self, *starts: Callable[[], str]) -> list[str]:
        """Run several starts at once and give their addresses in order; the first failure is raised after all ended."""
        with ThreadPoolExecutor(max_workers=max(1, len(starts)), thread_name_prefix="start") as threads:
            futures = [threads.submit(start) for start in starts]
        return [future.result() for future in futures]

    def ended(self) -> list[EngineError]:
        """The engines that ended although nobody stopped them, with their last words."""
        with self._guard:
            running = dict(self._running)
        return [
            EngineError(f"{name} ended unexpectedly: {process.last_words()}.")
            for name, process in running.items()
            if process.exit_code() is not None
        ]

    def pid(self, name: str) -> int:
        """The process id of a running engine, for fault tests."""
        return self._process(name).pid

    def kill(self, name: str) -> None:
        """End an engine as a power cut would."""
        self._process(name).kill()

    def restart(self, name: str) -> None:
        """Stop an engine if it still runs and start it again on the same data and port."""
        process = self._process(name)
        process.ask_to_stop()
        process.wait_stopped(STOP_SECONDS)
        self._start(name, self._starts[name])

    def stop(self) -> None:
        """Stop everything, last started first, and give the folder free; a second call does nothing."""
        with self._guard:
            running = list(reversed(self._running.values()))
            self._running.clear()
        servers = [process for process in running if process.launch.name not in {"postgres", "valkey"}]
        stores = [process for process in running if process not in servers]
        for group in (servers, stores):
            for process in group:
                process.ask_to_stop()
            for process in group:
                process.wait_stopped(STOP_SECONDS)
        self._spawner.close()
        self._lock.close()

    def _start(self, name: str, start: Start) -> None:
        with self._guard:
            if name in self._running and self._running[name].exit_code() is None:
                raise EngineError(f"{name} is already running.")
        self._progress(name, f"Starting {name}")
        process = _named(name, start)
        with self._guard:
            self._starts[name] = start
            self._running[name] = process
        self._progress(name, f"{name} is ready")

    def _process(self, name: str) -> Process:
        with self._guard:
            if name not in self._running:
                raise EngineError(f"{name} was not started.")
            return self._running[name]

    def _folder(self, name: str) -> Path:
        folder = self.data_dir / name
        try:
            folder.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise EngineError(f"The data folder {folder} cannot be written: {error.strerror}.") from error
        return folder
