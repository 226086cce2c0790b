"""Sends the webhook calls that transactions owe: one at a time for each webhook, again until answered or too old."""

import asyncio
import logging
import sqlite3
from contextlib import suppress

import httpx

from engines.content_lake.datasets import LiveDataset
from engines.content_lake.lakes import Lake
from engines.content_lake.records import Delivery, Transaction
from engines.content_lake.webhook_registry import WebhookRegistry
from engines.content_lake.webhook_rules import Webhook, sign

ANSWER_SECONDS = 30.0
GIVE_UP_SECONDS = 30 * 60.0
LONGEST_PAUSE_SECONDS = 5 * 60.0

_LOGGER = logging.getLogger(__name__)


class WebhookSenders:
    """One task for each webhook and dataset; a call that failed waits while later ones go first."""

    def __init__(self, lake: Lake, registry: WebhookRegistry, *, first_pause: float = 1.0) -> None:
        self._lake = lake
        self._registry = registry
        self._first_pause = first_pause
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._wake: dict[tuple[str, str], asyncio.Event] = {}
        self._client = httpx.AsyncClient(timeout=ANSWER_SECONDS, follow_redirects=False, trust_env=False)

    def follow(self, dataset: LiveDataset, _transaction: Transaction | None = None) -> None:
        """Wakes the tasks of a dataset and starts those that are missing; called in the event loop."""
        for webhook in self._registry.webhooks():
            key = (dataset.name, webhook.webhook_id)
            if key not in self._tasks or self._tasks[key].done():
                wake = self._wake[key] = asyncio.Event()
                self._tasks[key] = asyncio.create_task(self._send_for_ever(dataset, webhook.webhook_id, wake))
            self._wake[key].set()

    def start(self) -> None:
        """Goes on with what was owed when the last process ended."""
        for name in self._lake.names():
            self.follow(self._lake.dataset(name))

    async def stop(self) -> None:
        """Ends the tasks; a call under way is sent again by the next process."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._client.aclose()

    async def _send_for_ever(self, dataset: LiveDataset, webhook_id: str, wake: asyncio.Event) -> None:
        with suppress(sqlite3.ProgrammingError):  # the dataset was removed and its file closed
            await self._send_all(dataset, webhook_id, wake)

    async def _send_all(self, dataset: LiveDataset, webhook_id: str, wake: asyncio.Event) -> None:
        while True:
            wake.clear()
            owed = await self._lake.in_writer(dataset.storage.next_delivery, webhook_id)
            webhook = self._registry.find(webhook_id)
            if owed is None:
                await wake.wait()
            elif webhook is None:
                await self._lake.in_writer(dataset.storage.settle_delivery, owed.delivery_id)
            elif owed.due_at > self._now():
                with suppress(TimeoutError):
                    await asyncio.wait_for(wake.wait(), owed.due_at - self._now())
            else:
                await self._settle(dataset, webhook, owed)

    async def _settle(self, dataset: LiveDataset, webhook: Webhook, owed: Delivery) -> None:
        is_hopeless = owed.attempts > 0 and self._now() - owed.created_at > GIVE_UP_SECONDS
        problem, is_final = ("too old", True) if is_hopeless else await self._send(webhook, owed)
        age = self._now() - owed.created_at
        if problem and not is_final and age < GIVE_UP_SECONDS:
            pause = min(self._first_pause * 2.0**owed.attempts, LONGEST_PAUSE_SECONDS)
            await self._lake.in_writer(dataset.storage.postpone_delivery, owed.delivery_id, self._now() + pause)
            return
        if problem:
            document_id = owed.headers["sanity-document-id"]
            _LOGGER.warning("Webhook %s gave up telling about %s: %s", webhook.name, document_id, problem)
        await self._lake.in_writer(dataset.storage.settle_delivery, owed.delivery_id)

    def _now(self) -> float:
        return self._lake.clock().timestamp()

    async def _send(self, webhook: Webhook, owed: Delivery) -> tuple[str, bool]:
        """(what went wrong or nothing, whether trying again is useless)."""
        headers = {**webhook.headers, **owed.headers}
        if webhook.secret:
            headers["sanity-webhook-signature"] = sign(webhook.secret, owed.body, int(self._now() * 1000))
        content = None if webhook.method == "GET" else owed.body
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await self._client.request(webhook.method, webhook.url, content=content, headers=headers)
        except (httpx.HTTPError, TimeoutError) as fault:
            return f"{type(fault).__name__} {fault}".strip(), False
        if answer.is_success:
            return "", True
        return f"status {answer.status_code}", not (answer.status_code == 429 or answer.status_code >= 500)
