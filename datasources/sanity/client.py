"""The client of the content store: GROQ queries with parameters, documents and transactions."""

import asyncio
import mimetypes
import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextvars import Context
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import httpx
import orjson

from datasources.sanity.caching import CachedAnswers, Reply
from datasources.sanity.flights import Flights
from datasources.sanity.lifetimes import LIFETIMES
from datasources.sanity.live_events import LiveEvents
from datasources.sanity.questions import Answer, Json, Perspective, Question, Written
from datasources.sanity.shared_results import SharedResults
from datasources.sanity.wire import SYSTEM, ContentRejectedError, SanityOptions, Wire
from datasources.sanity.writes import written_by_actions, written_by_mutations
from domain.problems import UpstreamUnavailableError

if TYPE_CHECKING:
    from datasources.sanity.following import FollowedReplica

__all__ = ["ContentRejectedError", "Perspective", "SanityClient", "SanityOptions"]

Document = Mapping[str, Any]
T = TypeVar("T")

_LARGEST_TRANSACTION = 4_000_000


class SanityClient:
    """One dataset. Values only ever travel as ``$params``: query texts are constants of this package."""

    def __init__(self, options: SanityOptions, *, shared: SharedResults | None = None) -> None:
        self._options = options
        self._wire = Wire(options)
        self._flights: Flights[Reply] = Flights(SYSTEM)
        self._answers: CachedAnswers | None = None
        self._live: LiveEvents | None = None
        self._followed: FollowedReplica | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}
        if options.listing_seconds:
            self._answers = CachedAnswers(self._ask, listing_seconds=options.listing_seconds, shared=shared)
            self._live = LiveEvents(self._wire.streams, options.dataset, self._answers, shared)
        self.dataset = options.dataset
        self.guard = self._wire.guard
        if options.has_replica:
            self._followed = _follow(self, self._wire.streams)

    @property
    def keeps_answers(self) -> bool:
        """Whether equal questions get the very same object until something they read changes."""
        return self._answers is not None or self._followed is not None

    @property
    def hears_of_changes(self) -> bool:
        """Whether live events arrive."""
        return self._answers is not None and self._answers.is_following

    @property
    def replica_lag_seconds(self) -> float | None:
        """Seconds since the replica had every change, infinity before the first time; None without a replica."""
        return None if self._followed is None else self._followed.replica.lag_seconds

    async def query(
        self,
        groq: str,
        params: Mapping[str, Json] | None = None,
        *,
        tag: str,
        perspective: Perspective = Perspective.PUBLISHED,
    ) -> Json:
        """The result of a GROQ query; `tag` names it in the store's request log. Not to be changed by its reader."""
        question = Question(groq, params or {}, tag, perspective)
        return (self.at_hand(question) or await self._answer(question)).result

    async def records(
        self,
        groq: str,
        params: Mapping[str, Json],
        read: Callable[[Json], T],
        *,
        tag: str,
        perspective: Perspective = Perspective.PUBLISHED,
    ) -> T:
        """What `read`, a function of a module, makes of the result; made once for as long as the result is kept."""
        question = Question(groq, params, tag, perspective)
        return (self.at_hand(question) or await self._answer(question)).records(read)

    def at_hand(self, question: Question) -> Answer | None:
        """What is in memory and good, found without the steps of a call: most of a page is."""
        if self._answers is None or self._live is None or self._followed is not None:
            return None
        if question.perspective is not Perspective.PUBLISHED or question.kind not in LIFETIMES:
            return None
        self._keep_running("live", self._live.follow)
        return self._answers.at_hand(question)

    async def _answer(self, question: Question) -> Answer:
        if question.perspective is Perspective.PUBLISHED and question.kind in LIFETIMES:
            return await self._for_pages(question)
        reply = await self._flights.join(question.key(), lambda: self._ask(question, is_cdn_good=False))
        return Answer(reply.result)

    async def _for_pages(self, question: Question) -> Answer:
        if self._followed is None:
            return await self._kept_or_asked(question)
        self._keep_running("replica", self._followed.follow)
        replica = self._followed.replica
        if (found := replica.answer(question)) is not None:
            return found
        try:
            return await self._kept_or_asked(question)
        except UpstreamUnavailableError:
            if (last := replica.last_known(question)) is None:
                raise
            return last

    async def _kept_or_asked(self, question: Question) -> Answer:
        if self._answers is not None and self._live is not None:
            self._keep_running("live", self._live.follow)
            return await self._answers.answer(question)
        reply = await self._flights.join(question.key(), lambda: self._ask(question, is_cdn_good=True))
        return Answer(reply.result)

    def _keep_running(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = self._tasks.get(name)
        if task is None or task.done():
            self._tasks[name] = asyncio.get_running_loop().create_task(work(), context=Context())

    async def _ask(self, question: Question, *, is_cdn_good: bool) -> Reply:
        options = {"perspective": question.perspective.value, "returnQuery": "false", "tag": question.tag}
        if is_cdn_good and self._options.cdn_url and self._live is not None and self._live.position:
            options["lastLiveEventId"] = self._live.position
        values = {f"${name}": orjson.dumps(value).decode() for name, value in question.params.items()}
        reply, size = await self._wire.ask(
            f"/data/query/{self.dataset}",
            {"query": question.groq, **values, **options},
            {"query": question.groq, "params": dict(question.params)},
            tag=question.tag,
            from_cdn=is_cdn_good,
        )
        return Reply(reply["result"], tuple(reply.get("syncTags") or ()), size)

    async def documents(self, ids: Sequence[str], *, tag: str) -> list[dict[str, Any] | None]:
        """Whole documents by exact id, in order; unlike a query this always sees the newest write."""
        if not ids:
            return []
        path = f"/data/doc/{self.dataset}/{','.join(quote(each, safe='') for each in ids)}"
        found = await self._wire.get(path, {"tag": tag}, tag=tag)
        by_id = {each["_id"]: each for each in found["documents"]}
        return [by_id.get(each) for each in ids]

    async def mutate(
        self, mutations: Sequence[Mapping[str, Json]], *, tag: str, transaction_id: str | None = None
    ) -> str:
        """Apply mutations as one transaction and return its id; a conflict raises ``ContentRejectedError``.

        When this returns, every read through this client sees what was written.
        """
        transaction_id = transaction_id or secrets.token_hex(11)
        body = {"mutations": list(mutations), "transactionId": transaction_id}
        return await self._write("mutate", body, written_by_mutations(mutations), tag)

    async def act(self, actions: Sequence[Mapping[str, Json]], *, tag: str) -> str:
        """Perform document actions (publish, unpublish, ...) as one transaction and return its id."""
        body = {"actions": list(actions), "transactionId": secrets.token_hex(11)}
        return await self._write("actions", body, written_by_actions(actions), tag)

    async def _write(self, path: str, body: Mapping[str, Json], written: Sequence[Written], tag: str) -> str:
        content = orjson.dumps(body)
        if len(content) > _LARGEST_TRANSACTION:
            raise ContentRejectedError(413, "transactionTooLarge", f"more than {_LARGEST_TRANSACTION} bytes")
        try:
            reply = await self._wire.write(f"/data/{path}/{self.dataset}", content, {"tag": tag}, tag=tag)
        except ContentRejectedError:
            raise  # nothing was written
        except BaseException:
            self._wrote(body["transactionId"], written)  # it may have been done all the same
            raise
        self._wrote(str(reply["transactionId"]), written)
        return str(reply["transactionId"])

    def _wrote(self, transaction_id: str, written: Sequence[Written]) -> None:
        self._flights.close_doors()
        if self._answers is not None:
            self._answers.wrote(written)
        if self._followed is not None:
            self._followed.replica.expect(transaction_id, written)

    async def upload_image(self, content: bytes, *, filename: str) -> str:
        """Upload a picture and return its asset id; the same bytes again give the same id."""
        kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        params = {"filename": filename, "meta": "lqip"}
        reply = await self._wire.upload(f"/assets/images/{self.dataset}", content, params, kind=kind)
        return str(reply["document"]["_id"])

    async def manage(self, method: str, path: str, body: Json = None) -> Json:
        """A call to the project's webhooks in the management API."""
        return await self._wire.manage(method, f"/hooks/projects/{self._options.project}{path}", body)

    async def is_reachable(self) -> bool:
        """Whether the store answers a trivial query in time."""
        try:
            await self.query("1", tag="ping")
        except Exception:  # noqa: BLE001 - any answer but the right one means "not reachable"
            return False
        return True

    async def close(self) -> None:
        """End what is under way and close pooled connections."""
        for task in (tasks := list(self._tasks.values())):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._answers is not None:
            await self._answers.close()
        await self._flights.cancel()
        await self._wire.close()


def _follow(client: SanityClient, http: httpx.AsyncClient) -> "FollowedReplica":
    from datasources.sanity.following import FollowedReplica  # noqa: PLC0415 - only this mode needs a GROQ engine

    return FollowedReplica(client, http)
