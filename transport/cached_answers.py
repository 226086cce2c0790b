"""The full-response cache: whole answers to public persisted GETs, dropped when content under their tags changes."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import orjson

from .answers import Answer
from .documents import PreparedOperation
from .field_facts import CacheHint
from .requests import GraphQLRequest

PRIVATE_CONTROL: Final = "no-store"


class StoredAnswer(Protocol):
    """One answer that is the same for everybody, until `expires_at` (Unix seconds)."""

    @property
    def body(self) -> bytes: ...  # noqa: D102  # said above
    @property
    def etag(self) -> str: ...  # noqa: D102  # said above
    @property
    def expires_at(self) -> float: ...  # noqa: D102  # said above


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshAnswer:
    """An answer that was computed just now."""

    body: bytes
    etag: str
    expires_at: float


class AnswerStore(Protocol):
    """Answers by key under tags; an outage is a miss, never an error."""

    async def find(self, key: str) -> StoredAnswer | None:
        """A live answer whose tags have not changed since it was computed."""
        ...

    async def mark(self, tags: Sequence[str]) -> Mapping[str, int]:
        """The tags' versions, taken before execution: a change on the way makes the answer unusable."""
        ...

    async def keep(self, key: str, answer: StoredAnswer, mark: Mapping[str, int]) -> None:
        """Remember an answer computed since `mark`."""
        ...

    async def invalidate(self, tags: Sequence[str]) -> None:
        """Content under these tags has changed."""
        ...


class MemoryAnswerStore:
    """The latest answers in this process, bounded by bytes, least recently used first out."""

    def __init__(self, *, max_bytes: int = 32 * 1024 * 1024, clock: Callable[[], float] = time.time) -> None:
        self._answers: OrderedDict[str, tuple[StoredAnswer, Mapping[str, int]]] = OrderedDict()
        self._versions: dict[str, int] = {}
        self._bytes = 0
        self._max_bytes = max_bytes
        self._clock = clock

    async def find(self, key: str) -> StoredAnswer | None:
        """A live answer whose tags are unchanged."""
        found = self._answers.get(key)
        if found is None:
            return None
        answer, mark = found
        if answer.expires_at <= self._clock() or mark != await self.mark(tuple(mark)):
            self._drop(key)
            return None
        self._answers.move_to_end(key)
        return answer

    async def mark(self, tags: Sequence[str]) -> Mapping[str, int]:
        """The versions of some tags."""
        return {tag: self._versions.get(tag, 0) for tag in tags}

    async def keep(self, key: str, answer: StoredAnswer, mark: Mapping[str, int]) -> None:
        """Remember an answer."""
        self._drop(key)
        self._answers[key] = (answer, mark)
        self._bytes += len(answer.body)
        while self._bytes > self._max_bytes:
            self._drop(next(iter(self._answers)))

    async def invalidate(self, tags: Sequence[str]) -> None:
        """Make every answer under these tags unusable."""
        for tag in tags:
            self._versions[tag] = self._versions.get(tag, 0) + 1

    def _drop(self, key: str) -> None:
        dropped = self._answers.pop(key, None)
        if dropped is not None:
            self._bytes -= len(dropped[0].body)


def cache_key(
    request: GraphQLRequest,
    operation: PreparedOperation,
    hint: CacheHint | None,
    *,
    method: str,
    varying: Sequence[str],
) -> str | None:
    """The key of a request that may be answered from the cache: a persisted GET of a public query; else None."""
    is_public = hint is not None and hint.scope == "PUBLIC"
    if method != "GET" or request.query is not None or operation.kind != "query" or not is_public:
        return None
    try:
        variables = orjson.dumps(request.variables, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return None
    parts = (
        operation.digest.encode(),
        (operation.name or "").encode(),
        variables,
        *(each.encode() for each in varying),
    )
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def storable(answer: Answer, body: bytes, hint: CacheHint, *, now: float) -> StoredAnswer | None:
    """The answer as it may be kept: never one with errors."""
    if answer.status != 200 or answer.codes or "errors" in answer.body:
        return None
    return FreshAnswer(body=body, etag=etag_of(body), expires_at=now + hint.max_age)


def control_of(hint: CacheHint | None, answer: Answer) -> str:
    """The Cache-Control of an answer: a lifetime only where every field has one and nothing failed."""
    if hint is None or answer.codes or answer.status != 200:
        return PRIVATE_CONTROL
    return f"{hint.scope.lower()}, max-age={hint.max_age}"


def etag_of(body: bytes) -> str:
    """A weak validator: the same data may travel compressed or not."""
    return f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'


def matches_etag(header: str | None, etag: str) -> bool:
    """Whether If-None-Match names the validator (weak comparison)."""
    if not header:
        return False
    bare = etag.removeprefix("W/")
    return any(part.strip() == "*" or part.strip().removeprefix("W/") == bare for part in header.split(",")[:50])
