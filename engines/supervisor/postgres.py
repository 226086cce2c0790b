"""A real Postgres cluster in a folder: made once, started on a remembered port, never running as root."""

import os
import secrets
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from engines import lifeline
from engines.supervisor.binaries import find_postgres, postgres_major
from engines.supervisor.databases import answers, create_database, has_database
from engines.supervisor.errors import EngineError
from engines.supervisor.ports import LOOPBACK, choose_port, forget_port
from engines.supervisor.processes import Launch, Process, Spawner, end_leftover, run_to_end
from engines.supervisor.waiting import wait_ready

SUPERUSER = "postgres"
INITDB_SECONDS = 120.0
PORT_ATTEMPTS = 5
FAST_SHUTDOWN = signal.SIGINT
SAFE_SETTINGS = ("unix_socket_directories=", "max_connections=200", "log_timezone=UTC", "timezone=UTC")
THROWAWAY_SETTINGS = ("fsync=off", "full_page_writes=off")  # synchronous_commit stays: a killed process loses nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresCluster:
    """One cluster: `folder/data` is the database, `folder/password` its secret (mode 0600), `folder/port` its port."""

    folder: Path
    spawner: Spawner
    is_durable: bool = True

    @property
    def data(self) -> Path:
        """Postgres's own data directory."""
        return self.folder / "data"

    @property
    def is_new(self) -> bool:
        """Whether the cluster still has to be made."""
        return not self.data.exists()

    def url(self, database: str = SUPERUSER) -> str:
        """The address of one of its databases, password included."""
        secret = quote((self.folder / "password").read_text().strip())
        port = (self.folder / "port").read_text().strip()
        return f"postgresql://{SUPERUSER}:{secret}@{LOOPBACK}:{port}/{quote(database)}"

    def create(self) -> None:
        """Make the cluster; a run cut short leaves nothing that a later one would take for a database."""
        binaries = find_postgres()
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        secret = self.folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(24))
        command = [
            str(binaries / "initdb"), f"--pgdata={unfinished}", f"--username={SUPERUSER}", f"--pwfile={secret}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions",
        ]  # fmt: skip
        launch = Launch(
            name="initdb",
            command=command,
            folder=self.folder,
            identity=self._identity(),
            stop_signal=signal.SIGTERM,
            environment=_environment(binaries),
        )
        run_to_end(self.spawner, launch, seconds=INITDB_SECONDS)
        unfinished.rename(self.data)

    def start(self) -> Process:
        """Start the server and wait until it answers a query; raises EngineError naming what is wrong."""
        binaries = find_postgres()
        self._check_version(binaries)
        end_leftover(self.folder / "postgres.pid", marker=str(self.data), stop_signal=FAST_SHUTDOWN)
        self._remove_stale_lock()
        identity = self._identity()
        for _ in range(PORT_ATTEMPTS):
            port = choose_port(self.folder / "port")
            process = self.spawner.spawn(self._launch(binaries, port, identity))
            try:
                wait_ready(process, lambda: answers(self.url()))
                return process
            except EngineError as error:
                if "could not create any TCP/IP sockets" not in str(error):
                    raise EngineError(f"{error} Its data is in {self.data}.") from error
                forget_port(self.folder / "port")
        raise EngineError(f"Postgres lost the race for a free port {PORT_ATTEMPTS} times; start again.")

    def ensure_database(self, database: str) -> None:
        """Create this database if it is not there yet."""
        if database != SUPERUSER and not has_database(self.url(), database):
            create_database(self.url(), database)

    def _launch(self, binaries: Path, port: int, identity: str) -> Launch:
        settings = [f"listen_addresses={LOOPBACK}", f"port={port}", *SAFE_SETTINGS]
        if not self.is_durable:
            settings += THROWAWAY_SETTINGS
        command = [str(binaries / "postgres"), "-D", str(self.data)]
        for setting in settings:
            command += ["-c", setting]
        return Launch(
            name="postgres",
            command=command,
            folder=self.folder,
            identity=identity,
            stop_signal=FAST_SHUTDOWN,
            environment=_environment(binaries),
        )

    def _check_version(self, binaries: Path) -> None:
        try:
            found = int((self.data / "PG_VERSION").read_text())
        except (OSError, ValueError) as error:
            raise EngineError(
                f"The database in {self.data} has no readable PG_VERSION: it is broken, move it away to start anew."
            ) from error
        offered = postgres_major(binaries)
        if found != offered:
            raise EngineError(
                f"The database in {self.data} was made by Postgres {found}, but Postgres {offered} is installed: "
                f"install version {found}, or move the folder away to start anew."
            )

    def _remove_stale_lock(self) -> None:
        """Postgres refuses to start while the id in its lock file is alive, even if it now belongs to somebody else."""
        lock = self.data / "postmaster.pid"
        end_leftover(lock, marker=str(self.data), stop_signal=FAST_SHUTDOWN)
        lock.unlink(missing_ok=True)

    def _identity(self) -> str:
        """Who runs the server: us; for root nobody in a namespace, the folder's owner, or nobody as a last resort."""
        if os.geteuid() != 0:
            return "same"
        owner = self.folder.stat()
        if owner.st_uid == 0 and _can_enter_namespace(self.spawner, self.folder):
            return "namespace"
        if owner.st_uid == 0:
            _give_away(self.folder, lifeline.NOBODY)
            return f"{lifeline.NOBODY}:{lifeline.NOBODY}"
        return f"{owner.st_uid}:{owner.st_gid}"


def _can_enter_namespace(spawner: Spawner, folder: Path) -> bool:
    if sys.platform != "linux":
        return False
    probe = Launch(name="namespace", command=["/bin/true"], folder=folder, identity="namespace")
    try:
        run_to_end(spawner, probe, seconds=10)
    except EngineError:
        return False
    return True


def _give_away(folder: Path, uid: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, uid, follow_symlinks=False)


def _environment(binaries: Path) -> dict[str, str]:
    """Only what Postgres needs: PG* variables of the caller must not reach it."""
    return {"PATH": f"{binaries}:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
