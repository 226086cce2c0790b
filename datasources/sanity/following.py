"""Following the store's changes for a replica: open the stream, load an export where it cannot be resumed, apply."""

import asyncio
import random
import time
from collections.abc import Sequence

import httpx

from datasources.sanity.client import SanityClient
from datasources.sanity.event_streams import BrokenStreamError
from datasources.sanity.replica_feed import Document, Listener, Opening, export, listening
from datasources.sanity.replicas import Replica
from datasources.sanity.walks import revisions_after
from datasources.sanity.wire import ContentRejectedError, NotAnsweredError
from domain.problems import UpstreamUnavailableError
from engines.groq import Dataset

_TICK_SECONDS = 0.25
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 30.0
_FAULTS = (
    httpx.HTTPError, BrokenStreamError, ContentRejectedError, NotAnsweredError, UpstreamUnavailableError, OSError,
    ValueError,
)  # fmt: skip


class FollowedReplica:
    """The replica of a client's dataset and the connection that keeps it level."""

    def __init__(self, client: SanityClient, http: httpx.AsyncClient) -> None:
        self._client = client
        self._http = http
        self._last_event = ""
        self.replica = Replica(read=self._read, revisions=lambda after: revisions_after(client, after))

    async def _read(self, ids: Sequence[str]) -> Sequence[Document | None]:
        return await self._client.documents(ids, tag="replica.repair")

    async def follow(self) -> None:
        """Keep the replica level until cancelled."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            try:
                async with listening(self._http, self._client.dataset, after=self._last_event) as listener:
                    await self._keep_level(listener)
            except _FAULTS:
                pass  # it is behind until the next attempt succeeds, and says so by its lag
            finally:
                self.replica.go_deaf()
            was_long = time.monotonic() - began > _LONGEST_PAUSE_SECONDS
            pause = _FIRST_PAUSE_SECONDS if was_long else min(pause * 2, _LONGEST_PAUSE_SECONDS)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret

    async def _keep_level(self, listener: Listener) -> None:
        is_open = False
        while True:
            told = await listener.next(_TICK_SECONDS)
            if isinstance(told, Opening):
                if not (self.replica.is_loaded and told.is_resumed):
                    # The stream is open already: what changes while the export runs waits in it.
                    documents = await export(self._http, self._client.dataset)
                    self.replica.load(await asyncio.to_thread(Dataset, documents))
                is_open = True
            elif told is not None:
                self.replica.apply(told)
                self._last_event = told.event_id
            if is_open and listener.is_drained:
                self.replica.listen()
                await self.replica.catch_up()
