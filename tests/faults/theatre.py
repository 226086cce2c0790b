"""Everything of a run that can be hurt, and the ways to hurt it: our own processes, stores and lines, on loopback."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

import redis

from engines.supervisor import LocalEngines
from tests.faults.nodes import Node
from tests.faults.proxy import Proxy


@dataclass(slots=True)
class Theatre:
    """Everything that can be hurt."""

    engines: LocalEngines
    redis_url: str
    webs: list[Node]
    worker: Node
    redis_line: Proxy
    postgres_line: Proxy
    rng: Random

    async def kill_web(self) -> None:
        node = self.rng.choice(self.webs)
        await node.kill()
        await node.start()

    async def kill_worker(self) -> None:
        await self.worker.kill()
        await self.worker.start()

    async def flush(self) -> None:
        def run() -> None:
            with redis.Redis.from_url(self.redis_url) as client:
                client.flushall()

        await asyncio.to_thread(run)

    async def kill_valkey(self) -> None:
        """With its append-only file there when it comes back."""
        await asyncio.to_thread(self.engines.kill, "valkey")
        await asyncio.to_thread(self.engines.restart, "valkey")

    async def kill_valkey_without_file(self) -> None:
        """As a server without persistence comes back: empty."""
        await asyncio.to_thread(self.engines.kill, "valkey")
        shutil.rmtree(self.engines.data_dir / "valkey" / "data" / "appendonlydir", ignore_errors=True)
        await asyncio.to_thread(self.engines.restart, "valkey")

    async def roll_valkey_back(self) -> None:
        """As a machine that lost power comes back: the last part of the append-only file never reached the disk."""
        await asyncio.to_thread(self.engines.kill, "valkey")
        for file in (self.engines.data_dir / "valkey" / "data" / "appendonlydir").glob("*.incr.aof"):
            size = file.stat().st_size
            os.truncate(file, size - min(size, self.rng.randrange(200, 60_000)))
        await asyncio.to_thread(self.engines.restart, "valkey")

    async def stop_postgres_at_once(self) -> None:
        await asyncio.to_thread(self.engines.kill, "postgres")
        await asyncio.to_thread(self.engines.restart, "postgres")

    async def black_hole(self) -> None:
        line = self.rng.choice([self.redis_line, self.postgres_line])
        line.hold()
        await asyncio.sleep(0.8)
        line.release()
        line.cut()

    async def slow_line(self) -> None:
        line = self.rng.choice([self.redis_line, self.postgres_line])
        line.delay_seconds = 0.03
        await asyncio.sleep(0.8)
        line.delay_seconds = 0.0

    @property
    def faults(self) -> list[Callable[[], Awaitable[None]]]:
        return [
            self.kill_web,
            self.flush,
            self.stop_postgres_at_once,
            self.kill_valkey,
            self.roll_valkey_back,
            self.black_hole,
            self.kill_valkey_without_file,
            self.kill_worker,
            self.slow_line,
        ]
