"""A worker killed at each step of sending a mail: another one finishes it, and one mail has arrived."""

import asyncio
import json
import signal
import sys
from datetime import timedelta
from pathlib import Path

from jobs.mails import kinds
from jobs.runner import WorkerOptions, run_worker
from services.mails import ask_mail
from tests.clocks import Clock
from tests.mailing import a_draft, address_of, an_addressee, arrived, open_room
from tests.stores import rows, until

OPTIONS = WorkerOptions(lease=timedelta(seconds=1), look_every=timedelta(milliseconds=200))
POINTS = ("taken by a worker", "claimed", "handed over", "noting")
DOOMED = """
import asyncio, json, sys
from datetime import timedelta
from datasources.postgres import mail_claims, mails
from jobs.mails import kinds
from jobs.runner import WorkerOptions, run_worker
from tests.clocks import Clock
from tests.mailing import open_room

database_url, redis_url, mailbox_url, points = sys.argv[1:]
POINT_OF = json.loads(points)

async def die():
    print("halfway", flush=True)
    await asyncio.sleep(60)

def dying(work, point, when, mail_of):
    async def run(*args, **kwargs):
        is_here = POINT_OF[mail_of(args, kwargs)] == point
        if is_here and when == "before":
            await die()
        done = await work(*args, **kwargs)
        if is_here:
            await die()
        return done
    return run

async def main():
    async with open_room(database_url, redis_url, mailbox_url, Clock(), is_fresh=False) as room:
        second, key = lambda args, _: args[1], lambda _, kwargs: kwargs["key"]
        mail_claims.claim = dying(mail_claims.claim, "taken by a worker", "before", second)
        room.provider.send = dying(room.provider.send, "claimed", "before", key)
        room.provider.send = dying(room.provider.send, "handed over", "after", key)
        mails.sent = dying(mails.sent, "noting", "after", second)  # its transaction is still open
        options = WorkerOptions(lease=timedelta(seconds=1))
        await run_worker(room.sources, database_url, asyncio.Event(), options=options, kinds=kinds(room))

asyncio.run(main())
"""


async def test_each_mail_arrives_once_wherever_its_worker_was_killed(
    database_url: str, redis_url: str, mailbox_url: str, repository: Path
) -> None:
    async with open_room(database_url, redis_url, mailbox_url, Clock()) as room:
        addressees = [await an_addressee(room.sources, database_url) for _ in POINTS]
        for addressee, point in zip(addressees, POINTS, strict=True):
            await ask_mail(room.sources, a_draft(addressee, point))
        points = dict(await rows(database_url, "select mail_id, dedupe_key from mails"))
        doomed = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", DOOMED, database_url, redis_url, mailbox_url, json.dumps(points)),
            cwd=repository,
            stdout=asyncio.subprocess.PIPE,
        )
        assert doomed.stdout is not None
        try:
            for _ in POINTS:
                assert await asyncio.wait_for(doomed.stdout.readline(), 30) == b"halfway\n"
        finally:
            doomed.send_signal(signal.SIGKILL)
            await doomed.communicate()
        found = dict(await rows(database_url, "select dedupe_key, status from mails"))
        assert found == {point: "waiting" if point == POINTS[0] else "sending" for point in POINTS}
        stop = asyncio.Event()
        worker = asyncio.create_task(run_worker(room.sources, database_url, stop, options=OPTIONS, kinds=kinds(room)))

        async def is_done() -> bool:
            return not await rows(database_url, "select 1 from pgqueuer where entrypoint = 'mails.send'")

        await until(is_done)
        stop.set()
        await worker
        for addressee in addressees:
            assert len(await arrived(mailbox_url, await address_of(database_url, addressee))) == 1
        assert {row[0] for row in await rows(database_url, "select status from mails")} == {"sent"}
