"""What a connection to Redis learns of its server: which run of it answers, and whether it can be used at all."""

import asyncio
from pathlib import Path

import pytest

from datasources.redis.connections import LiveState
from domain.problems import UpstreamUnavailableError
from engines.supervisor.binaries import find_valkey
from engines.supervisor.ports import choose_port


async def start(folder: Path, port: int, *options: str) -> asyncio.subprocess.Process:
    """A server of the test's own that answers."""
    command = [str(find_valkey()), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), *options]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL)
    for _ in range(500):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return process
    process.kill()
    raise AssertionError("Valkey did not start")


async def test_a_restarted_server_is_another_run(tmp_path: Path) -> None:
    port = choose_port(tmp_path / "port")
    live, runs = LiveState(f"redis://127.0.0.1:{port}", call_seconds=5.0), []
    for _ in range(2):
        process = await start(tmp_path, port, "--save", "")
        assert await live.is_reachable()
        runs.append(await live.server_run())
        process.kill()
        await process.wait()
    assert len(set(runs)) == 2
    assert all(runs)
    await live.close()


async def test_a_cluster_is_refused(tmp_path: Path) -> None:
    """Its nodes would refuse to follow several live streams over one connection."""
    port = choose_port(tmp_path / "port")
    bus = choose_port(tmp_path / "bus")
    process = await start(tmp_path, port, "--cluster-enabled", "yes", "--cluster-port", str(bus), "--save", "")
    live = LiveState(f"redis://127.0.0.1:{port}", call_seconds=5.0)
    try:
        assert not await live.is_reachable()
        with pytest.raises(UpstreamUnavailableError):
            await live.call("test", lambda redis: redis.ping())
    finally:
        await live.close()
        process.kill()
        await process.wait()
