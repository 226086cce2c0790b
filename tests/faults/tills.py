"""Processes of payments under attack: tills that work off the jobs of money, and one that hears of events."""

import asyncio
import contextlib
import random
import socket
import traceback
from collections.abc import Callable
from typing import Any

import orjson
import sqlalchemy as sa
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from datasources.payments.stripe import StripePayments
from datasources.sources import Sources
from domain.problems import UpstreamUnavailableError
from jobs import orders
from jobs.kinds import JobKind
from services.closing import CHARGE_ORDER
from services.payments import APPLY_PAYMENT_EVENT, REFUND_PAYMENT
from webhooks.payments import stripe_webhook

Tell = Callable[[int], None]
TILL, HOOK = "till", "hook"
SECRET = "whsec_of_the_run"
MONEY_JOBS = frozenset({CHARGE_ORDER, REFUND_PAYMENT, APPLY_PAYMENT_EVENT})
_WAITING = sa.text("select id, entrypoint, payload from pgqueuer where entrypoint = any(:names) order by id limit 200")
_DONE = sa.text("delete from pgqueuer where id = :id")
_AT_ONCE = 6
_JOB_SECONDS = 8.0
_CALL_SECONDS = 2.0


async def live(role: str, sources: Sources, tell: Tell, places: list[str]) -> None:
    """Be such a process until it is killed; a till is given the provider's address."""
    await (_hear(sources, tell) if role == HOOK else _work_off(sources, tell, places[0]))


async def _hear(sources: Sources, tell: Tell) -> None:
    """The product's own webhook, served alone."""
    app = Starlette(routes=[Route("/webhooks/stripe", stripe_webhook(sources, [SECRET]), methods=["POST"])])
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    door.listen(128)
    tell(door.getsockname()[1])
    await uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off")).serve(sockets=[door])


async def _work_off(sources: Sources, tell: Tell, url: str) -> None:
    """Run whatever waits, over and over, beside other tills that run the same: a job is done at least once."""
    provider = StripePayments("sk_test_gavel", url=url, call_seconds=_CALL_SECONDS)
    kinds = {each.name: each for each in orders.kinds(provider) if each.name in MONEY_JOBS}
    tell(0)
    while True:
        with contextlib.suppress(UpstreamUnavailableError):
            waiting = await sources.database.read("till.waiting", _waiting)
            chosen = random.sample(waiting, min(_AT_ONCE, len(waiting)))
            await asyncio.gather(*(_attempt(sources, kinds[name], job, body) for job, name, body in chosen))
        await asyncio.sleep(0.05)


async def _waiting(connection: Any) -> list[tuple[int, str, bytes]]:
    found = await connection.execute(_WAITING, {"names": sorted(MONEY_JOBS)})
    return [(row.id, row.entrypoint, row.payload) for row in found]


async def _attempt(sources: Sources, kind: JobKind, job: int, body: bytes) -> None:
    """One attempt; what goes wrong leaves the job where it is."""

    async def done(connection: Any) -> None:
        await connection.execute(_DONE, {"id": job})

    try:
        async with asyncio.timeout(_JOB_SECONDS):
            await kind.work(sources, orjson.loads(body))
            await sources.database.write("till.done", done)
    except (UpstreamUnavailableError, TimeoutError):
        pass
    except Exception:  # noqa: BLE001 - a job that never ends well is found by the judge; this says why
        traceback.print_exc()
