"""Loopback ports that an engine keeps from one start to the next."""

import socket
from pathlib import Path

from engines.supervisor.errors import EngineError

LOOPBACK = "127.0.0.1"


def bind_remembered(port_file: Path) -> socket.socket:
    """A bound, not yet listening socket on the port used last time, or on a free one where that is taken."""
    remembered = _read_port(port_file)
    for port in (remembered, 0) if remembered else (0,):
        holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind((LOOPBACK, port))
        except OSError:
            holder.close()
            continue
        port_file.write_text(str(holder.getsockname()[1]))
        return holder
    raise EngineError("No free port is left on 127.0.0.1.")


def choose_port(port_file: Path) -> int:
    """The same as a number, for servers that must bind by themselves; they may still lose a race for it."""
    with bind_remembered(port_file) as holder:
        port: int = holder.getsockname()[1]
        return port


def forget_port(port_file: Path) -> None:
    """Take another port next time: this one was lost to somebody else."""
    port_file.unlink(missing_ok=True)


def _read_port(port_file: Path) -> int:
    try:
        port = int(port_file.read_text())
    except (OSError, ValueError):
        return 0
    return port if 1024 <= port <= 65535 else 0
