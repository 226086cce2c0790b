"""What of a run's payments can be hurt, and the ways to: the provider, the line to it, tills, and the webhook."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

import httpx

from engines.supervisor import LocalEngines
from tests.faults.banks import Bank
from tests.faults.nodes import Node
from tests.faults.proxy import Proxy

SERVER = "payment_server"


@dataclass(slots=True)
class MoneyTheatre:
    """Everything of it."""

    engines: LocalEngines
    bank: Bank
    tills: list[Node]
    hook: Node
    hook_line: Proxy
    line: Proxy
    rng: Random

    async def kill_payment_server(self) -> None:
        await asyncio.to_thread(self.engines.kill, SERVER)
        await asyncio.to_thread(self.engines.restart, SERVER)

    async def kill_till(self) -> None:
        node = self.rng.choice(self.tills)
        await node.kill()
        await node.start()

    async def kill_hook(self) -> None:
        await self.hook.kill()
        await self.start_hook()

    async def start_hook(self) -> None:
        await self.hook.start()
        self.hook_line.target_port = self.hook.port

    async def black_hole_payments(self) -> None:
        line = self.rng.choice([self.line, self.hook_line])
        line.hold()
        await asyncio.sleep(0.8)
        line.release()
        line.cut()

    async def slow_payments(self) -> None:
        self.line.delay_seconds = 0.1
        await asyncio.sleep(0.6)
        self.line.delay_seconds = 0.0

    async def fail_payments(self) -> None:
        with contextlib.suppress(httpx.HTTPError):
            await self.bank.plan_faults()

    @property
    def faults(self) -> list[Callable[[], Awaitable[None]]]:
        return [
            self.fail_payments,
            self.kill_till,
            self.kill_payment_server,
            self.black_hole_payments,
            self.kill_hook,
            self.slow_payments,
        ]
