"""What the lake does by itself from time to time: publishing scheduled releases and forgetting old history."""

import asyncio
import logging
import sqlite3
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from engines.content_lake.datasets import LiveDataset
from engines.content_lake.faults import LakeError
from engines.content_lake.lakes import Lake
from engines.content_lake.records import new_transaction_id, precise_timestamp
from engines.content_lake.release_actions import RELEASE_TYPE, publish_release
from engines.content_lake.transactions import Intent

PAUSE_SECONDS = 1.0
HISTORY_KEPT = timedelta(days=90)
PRUNE_EVERY = timedelta(hours=24)

_LOGGER = logging.getLogger(__name__)


async def keep_up(lake: Lake) -> None:
    """Runs until cancelled."""
    prune_at = lake.clock()
    while True:
        now = lake.clock()
        for name in lake.names():
            with suppress(LakeError, sqlite3.ProgrammingError):  # the dataset was removed meanwhile
                dataset = lake.dataset(name)
                await publish_due_releases(lake, dataset, now)
                if now >= prune_at:
                    await lake.in_writer(dataset.storage.prune, precise_timestamp(now - HISTORY_KEPT))
        if now >= prune_at:
            prune_at = now + PRUNE_EVERY
        await asyncio.sleep(PAUSE_SECONDS)


async def publish_due_releases(lake: Lake, dataset: LiveDataset, now: datetime) -> None:
    """Publishes every scheduled release whose time has come; one that is refused stays scheduled and is logged."""
    for release in await lake.in_reader(dataset.of_type, RELEASE_TYPE):
        if release.get("state") != "scheduled" or not _is_due(release.get("publishAt"), now):
            continue
        name = str(release.get("name"))
        intent = Intent(new_transaction_id(), now, "<scheduler>", [], kind="actionError")
        try:
            await lake.transact(dataset, intent, [partial(publish_release, action={"releaseId": name})])
        except LakeError as fault:
            _LOGGER.warning("The scheduled release %s could not be published: %s", name, fault)


def _is_due(publish_at: object, now: datetime) -> bool:
    try:
        return datetime.fromisoformat(str(publish_at)) <= now
    except (TypeError, ValueError):
        return False
