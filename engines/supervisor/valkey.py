"""A real Valkey in a folder: append-only file flushed every second, a password, a remembered port, nothing evicted."""

import secrets
import signal
import socket
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engines.supervisor.binaries import find_valkey
from engines.supervisor.errors import EngineError
from engines.supervisor.ports import LOOPBACK, choose_port, forget_port
from engines.supervisor.processes import Launch, Process, Spawner, end_leftover
from engines.supervisor.waiting import wait_ready

PORT_ATTEMPTS = 5
ANSWER_SECONDS = 1.0
CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
dir "{data}"
daemonize no
set-proc-title no
save ""
appendonly yes
appendfsync everysec
maxmemory-policy noeviction
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValkeyServer:
    """One server: `folder/data` holds its append-only file, `folder/password` its secret, `folder/port` its port."""

    folder: Path
    spawner: Spawner

    @property
    def url(self) -> str:
        """Its address as a Redis URL, password included."""
        return f"redis://:{self._password()}@{LOOPBACK}:{(self.folder / 'port').read_text().strip()}/0"

    def start(self) -> Process:
        """Start the server and wait until it has loaded its data; raises EngineError naming what is wrong."""
        program = find_valkey()
        settings = self.folder / "valkey.conf"
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        end_leftover(self.folder / "valkey.pid", marker=str(settings), stop_signal=signal.SIGTERM)
        password = self._password()
        for _ in range(PORT_ATTEMPTS):
            port = choose_port(self.folder / "port")
            settings.touch(mode=0o600)
            settings.write_text(CONFIGURATION.format(host=LOOPBACK, port=port, password=password, data=data))
            launch = Launch(name="valkey", command=[str(program), str(settings)], folder=self.folder)
            process = self.spawner.spawn(launch)
            try:
                wait_ready(process, partial(_is_ready, port, password))
                return process
            except EngineError as error:
                if "Address already in use" not in str(error) and "Failed listening" not in str(error):
                    raise EngineError(f"{error} Its data is in {data}.") from error
                forget_port(self.folder / "port")
        raise EngineError(f"Valkey lost the race for a free port {PORT_ATTEMPTS} times; start again.")

    def _password(self) -> str:
        secret = self.folder / "password"
        if not secret.exists():
            secret.touch(mode=0o600)
            secret.write_text(secrets.token_urlsafe(24))
        return secret.read_text().strip()


def _is_ready(port: int, password: str) -> bool:
    """Authenticate and ping: it answers LOADING while it still reads its data."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=ANSWER_SECONDS) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                part = connection.recv(256)
                if not part:
                    return False
                answer += part
    except OSError:
        return False
    if answer.startswith((b"-WRONGPASS", b"-ERR")):
        raise EngineError("Valkey does not accept the password kept beside its data.")
    return answer.endswith(b"+PONG\r\n")
