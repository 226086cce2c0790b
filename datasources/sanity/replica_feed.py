"""What a replica is made of: an export of the published documents, and the changes that followed it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from datasources.sanity.event_streams import BrokenStreamError, Event, events
from datasources.sanity.wire import body_of

Document = dict[str, Any]

_MOST_WAITING = 20_000
_MOST_DOCUMENTS = 500_000
_EXPORT_SECONDS = 300.0
_LONGEST_LINE = 40 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Change:
    """One document's step from a revision to the next; no result means that it is gone."""

    event_id: str
    transaction_id: str
    document_id: str
    previous_revision: str | None
    revision: str | None
    result: Document | None
    is_last: bool
    """Whether it is the last one of its transaction."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The stream is open; a resumed one brings everything that happened since it broke."""

    is_resumed: bool


Told = Opening | Change


class Listener:
    """An open stream of changes, read ahead of whoever applies them."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Told | None] = asyncio.Queue()

    @property
    def is_drained(self) -> bool:
        """Whether everything that arrived was taken."""
        return self._waiting.empty()

    async def next(self, seconds: float) -> Told | None:
        """What comes next, None when nothing came in time; BrokenStreamError once the stream has ended."""
        try:
            told = await asyncio.wait_for(self._waiting.get(), seconds)
        except TimeoutError:
            return None
        if told is None:
            raise BrokenStreamError("the stream of changes ended")
        return told

    async def read(self, source: AsyncIterator[Event]) -> None:
        """Fill the queue until the stream ends."""
        try:
            async for event in source:
                if (told := _told(event)) is not None:
                    self._waiting.put_nowait(told)
                if self._waiting.qsize() > _MOST_WAITING:
                    return
        except (httpx.HTTPError, BrokenStreamError, ValueError, KeyError):
            return  # whoever waits for the next change is told by the None below
        finally:
            self._waiting.put_nowait(None)


@asynccontextmanager
async def listening(http: httpx.AsyncClient, dataset: str, *, after: str) -> AsyncIterator[Listener]:
    """A stream of every change of a published document, resumed after an event where that is still possible."""
    params = {
        "query": "*",
        "includeResult": "true",
        "includeMutations": "false",
        "enableResume": "true",
        "tag": "replica",
    }
    listener = Listener()
    source = events(http, f"/data/listen/{dataset}", params, last_event_id=after)
    reading = asyncio.get_running_loop().create_task(listener.read(source))
    try:
        yield listener
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


def _told(event: Event) -> Told | None:
    match event.name:
        case "welcome" | "welcomeback" | "reset":
            return Opening(is_resumed=event.name == "welcomeback")
        case "mutation":
            found = orjson.loads(event.data)
            return Change(
                event_id=event.event_id,
                transaction_id=found["transactionId"],
                document_id=found["documentId"],
                previous_revision=found.get("previousRev"),
                revision=found.get("resultRev"),
                result=found.get("result"),
                is_last=found.get("transactionCurrentEvent", 0) + 1 >= found.get("transactionTotalEvents", 1),
            )
        case "channelError" | "disconnect":
            raise BrokenStreamError(event.data.decode(errors="replace")[:200])
        case _:
            return None


async def export(http: httpx.AsyncClient, dataset: str) -> list[Document]:
    """Every published document of one moment; an export that breaks off raises, never gives a part."""
    documents: list[Document] = []
    async with asyncio.timeout(_EXPORT_SECONDS), http.stream("GET", f"/data/export/{dataset}") as reply:
        if not reply.is_success:
            await reply.aread()
            body_of(reply)
        rest = b""
        async for chunk in reply.aiter_bytes():
            *lines, rest = (rest + chunk).split(b"\n")
            documents.extend(each for line in lines if (each := _exported(line)) is not None)
            if len(documents) > _MOST_DOCUMENTS or len(rest) > _LONGEST_LINE:
                raise BrokenStreamError("the dataset is too large for a replica")
    if (last := _exported(rest)) is not None:
        documents.append(last)
    return documents


def _exported(line: bytes) -> Document | None:
    if not line.strip():
        return None
    document = orjson.loads(line)
    if not isinstance(document, dict) or not isinstance(document.get("_id"), str):
        raise BrokenStreamError(f"the export broke off: {line[:200].decode(errors='replace')}")
    return None if document["_id"].startswith(("drafts.", "versions.")) else document
