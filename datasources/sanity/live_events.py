"""Following the store's live events: every change outdates, within a second, the answers that it touches."""

import asyncio
import random

import httpx
import orjson

from datasources.sanity.caching import CachedAnswers
from datasources.sanity.event_streams import BrokenStreamError, Event, events
from datasources.sanity.shared_results import SharedResults
from datasources.sanity.wire import ContentRejectedError, NotAnsweredError

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 30.0


class LiveEvents:
    """One listener for the process. After a break it resumes where it, or any process before it, was."""

    def __init__(
        self, http: httpx.AsyncClient, dataset: str, answers: CachedAnswers, shared: SharedResults | None
    ) -> None:
        self._http = http
        self._path = f"/data/live/events/{dataset}"
        self._answers = answers
        self._shared = shared
        self._pause = _FIRST_PAUSE_SECONDS
        self._is_resumed = False
        self.position = ""
        """The newest event heard of: a read of the CDN that names it never sees an older state."""

    async def follow(self) -> None:
        """Follow until cancelled."""
        while True:
            try:
                await self._follow_once()
            except (httpx.HTTPError, BrokenStreamError, ContentRejectedError, NotAnsweredError, ValueError):
                pass  # a stream that cannot be opened or read is tried again
            finally:
                self._answers.stopped_following()
            await asyncio.sleep(self._pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, not a secret
            self._pause = min(self._pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _follow_once(self) -> None:
        last = self.position or (await self._shared.position() if self._shared else "")
        self._is_resumed = bool(last)
        async for event in events(self._http, self._path, {"tag": "live"}, last_event_id=last):
            await self._take(event)

    async def _take(self, event: Event) -> None:
        self.position = event.event_id or self.position
        match event.name:
            case "welcome":
                if not self._is_resumed:
                    await self._answers.lost_track(position=self.position)
                self._pause = _FIRST_PAUSE_SECONDS
                self._answers.is_following = True
            case "restart":
                await self._answers.lost_track(position=self.position)
            case "goaway":
                self._pause = _LONGEST_PAUSE_SECONDS
                raise BrokenStreamError("the store has no room for another listener")
            case "" | "message" if event.data:
                await self._answers.changed(_tags(event.data), position=self.position)
        await self._answers.mend_shared(position=self.position)


def _tags(data: bytes) -> list[str]:
    message = orjson.loads(data)
    found = message.get("tags") if isinstance(message, dict) else None
    if not isinstance(found, list):
        raise BrokenStreamError("a message without tags")
    return [tag for tag in found if isinstance(tag, str)]
