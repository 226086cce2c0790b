"""Whatever ends the supervisor ends its engines: the end of the block, Ctrl-C, kill -9; as root and as anybody."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.supervisor import LocalEngines, postgres

PARENT = """
import json, sys, time
from pathlib import Path
from engines.supervisor import LocalEngines

try:
    with LocalEngines(Path(sys.argv[1]), is_durable=False) as engines:
        engines.together(engines.start_postgres, engines.start_valkey)
        print(json.dumps([engines.pid("postgres"), engines.pid("valkey")]), flush=True)
        time.sleep(60)
except KeyboardInterrupt:
    sys.exit(3)
"""
WITHOUT_DEATH_SIGNALS = """
import sys, time
from pathlib import Path
from engines.supervisor.processes import Launch, Spawner

launch = Launch(name="sleep", command=["/bin/sleep", "61.25"], folder=Path(sys.argv[1]), can_signal_death=False)
print(f"[{Spawner().spawn(launch).pid}]", flush=True)
time.sleep(60)
"""
pytestmark = pytest.mark.alone

GONE_SECONDS = 10
"""Well under one on a quiet machine."""

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that anybody may be given: pytest's own temporary folders are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="engines-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def interpreter_for_anybody() -> str:
    """A Python of our version that other users may run: ours may stand in a closed home folder."""
    for candidate in (sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"):
        program = Path(candidate).resolve()
        if program.exists() and all(folder.stat().st_mode & 0o001 for folder in program.parents):
            return str(program)
    pytest.skip("no Python of this version that an ordinary user may run")


def owner(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def start_parent(
    folder: Path, *, script: str = PARENT, uid: int | None = None
) -> tuple[subprocess.Popen[str], list[int]]:
    parent = subprocess.Popen(
        [sys.executable if uid is None else interpreter_for_anybody(), "-c", script, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        user=uid,
        group=uid,
        extra_groups=None if uid is None else [],
    )
    assert parent.stdout is not None
    line = parent.stdout.readline()
    parent.stdout.close()
    assert line, f"the supervisor ended with {parent.wait(10)}"
    return parent, json.loads(line)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def seconds_until_gone(pids: list[int]) -> float:
    started = time.monotonic()
    while any(map(is_alive, pids)) and time.monotonic() - started < 30:
        time.sleep(0.02)
    return time.monotonic() - started


def kill_parent(parent: subprocess.Popen[str]) -> None:
    parent.kill()
    parent.wait(10)


def test_two_instances_run_side_by_side_and_a_killed_one_leaves_no_orphan(tmp_path: Path) -> None:
    first, first_pids = start_parent(tmp_path / "first")
    second, second_pids = start_parent(tmp_path / "second")
    kill_parent(first)
    assert seconds_until_gone(first_pids) < GONE_SECONDS
    assert all(map(is_alive, second_pids))
    kill_parent(second)
    assert seconds_until_gone(second_pids) < GONE_SECONDS


def test_a_killed_supervisor_is_followed_at_once_by_a_new_one_on_the_same_folder(tmp_path: Path) -> None:
    for _ in range(2):
        parent, pids = start_parent(tmp_path)
        kill_parent(parent)
    assert seconds_until_gone(pids) < GONE_SECONDS


def test_ctrl_c_stops_everything(tmp_path: Path) -> None:
    parent, pids = start_parent(tmp_path)
    parent.send_signal(signal.SIGINT)
    assert parent.wait(60) == 3
    assert not any(map(is_alive, pids))
    assert not (tmp_path / "postgres" / "data" / "postmaster.pid").exists()


@ROOT_ONLY
def test_an_ordinary_user_needs_nothing_special(open_folder: Path) -> None:
    os.chown(open_folder, 65534, 65534)
    parent, pids = start_parent(open_folder / "data", uid=65534)
    assert {owner(pid) for pid in pids} == {65534}
    kill_parent(parent)
    assert seconds_until_gone(pids) < GONE_SECONDS


@ROOT_ONLY
def test_root_without_user_namespaces_runs_postgres_as_nobody_even_in_a_closed_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_can_enter_namespace", lambda *_: False)
    tmp_path.chmod(0o700)
    for _ in range(2):
        with LocalEngines(tmp_path, is_durable=False) as engines:
            engines.start_postgres()
            assert owner(engines.pid("postgres")) == 65534


@ROOT_ONLY
def test_root_keeps_a_cluster_that_another_user_made(open_folder: Path) -> None:
    os.chown(open_folder, 65534, 65534)
    kill_parent(start_parent(open_folder, uid=65534)[0])
    with LocalEngines(open_folder, is_durable=False) as engines:
        engines.start_postgres()
        assert owner(engines.pid("postgres")) == 65534


def test_where_the_kernel_has_no_death_signals_a_wrapper_watches_the_parent(tmp_path: Path) -> None:
    parent, (wrapper,) = start_parent(tmp_path, script=WITHOUT_DEATH_SIGNALS)
    children = Path(f"/proc/{wrapper}/task/{wrapper}/children")
    deadline = time.monotonic() + 30
    while not children.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    pids = [wrapper, int(children.read_text())]
    kill_parent(parent)
    assert seconds_until_gone(pids) < GONE_SECONDS
