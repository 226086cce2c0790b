"""Groups of identical subscriptions: one source, one execution and one encoding of each event, shown to every member.

A group runs as a visitor, so that nobody's rights can show in what it shares.
"""

import asyncio
import secrets
from collections import deque
from contextvars import Context
from typing import TYPE_CHECKING, Any, Final

from graphql import ExecutionResult, GraphQLError

from .answers import Answer, encode
from .documents import PreparedOperation
from .executors import OnEvent
from .field_facts import Place, Topic
from .group_members import Frame, Member, Reader
from .identities import RequestFacts
from .shared_topics import key_of

if TYPE_CHECKING:
    from .operations import Admitted, Operations

_MOST_RECENT: Final = 256
_MOST_RECENT_BYTES: Final = 1024 * 1024
_AT_ONCE: Final = 250
GroupKey = tuple[str, str | None, bytes]
"""A document's digest, the operation's name, and the variables that all members have."""


class Group:
    """All subscribers of one document with the same variables; its cursor variable apart."""

    def __init__(
        self,
        operations: "Operations",
        operation: PreparedOperation,
        topic: Topic,
        variables: dict[str, object],
        key: GroupKey,
    ) -> None:
        self.key = key
        self._operations = operations
        self._operation = operation
        self._topic = topic
        self._variables = variables
        self._facts = RequestFacts(request_id=secrets.token_hex(12), address="", protocol="websocket")
        self._members: dict[Member, None] = {}
        self._recent: deque[Frame] = deque()
        self._recent_bytes = 0
        self._reading: asyncio.Task[Frame | None] | None = None
        self._coming: asyncio.Task[Frame | None] | None = None
        self._place: Place | None = None
        self._first: Frame | None = None
        self._started = asyncio.Event()
        self.is_over = False
        self.users = 0
        self.task = asyncio.get_running_loop().create_task(self._run(), context=Context())

    @property
    def member_count(self) -> int:
        """How many are shown its events."""
        return len(self._members)

    async def start(self) -> None:
        """Wait until the group knows where it stands, or that it will not."""
        try:
            async with asyncio.timeout(self._operations.options.limits.query_seconds):
                await self._started.wait()
        except TimeoutError:
            return

    async def snapshot(self, *, is_first: bool) -> Frame | None:
        """How things stand now, read once for all who ask before it is read; None where it cannot be shared.

        Who began the group is shown what the group itself read first.
        """
        if is_first:
            return self._first
        if self._coming is None:
            self._coming = asyncio.get_running_loop().create_task(self._read_next(self._reading), context=Context())
        return await asyncio.shield(self._coming)

    async def _read_next(self, before: asyncio.Task[Frame | None] | None) -> Frame | None:
        if before is not None:
            await asyncio.wait({before})
        # It begins now: who asks from here on must be shown what is read later.
        self._reading, self._coming = self._coming, None
        events: list[object] = []
        try:
            opened = await self._open(events.append)
            if isinstance(opened, ExecutionResult):
                return None
            try:
                async with asyncio.timeout(self._operations.options.limits.query_seconds):
                    frame = self._frame(await anext(opened), events[-1])
            finally:
                await opened.aclose()
        except Exception:  # noqa: BLE001  # whoever asked finds out by a source of its own
            return None
        return frame if "data" in frame.answer.body else None

    def attach(self, place: Place, reader: Reader) -> Member | None:
        """A member for one who has been shown everything up to `place`; None where frames in between are missing."""
        if self.is_over or self._place is None:
            return None
        missed: list[Frame] = []
        if isinstance(place, int) and isinstance(self._place, int):
            missed = [each for each in self._recent if isinstance(each.place, int) and each.place > place]
            if place < self._place and (not missed or missed[0].place != place + 1):
                return None
        elif not _reaches(place, self._place):
            return None
        member = Member(place, reader, is_log=self._topic.is_log)
        self._members[member] = None
        for frame in missed:
            member.show(frame)
        return member

    def attach_after(self, cursor: str, reader: Reader) -> Member | None:
        """A member for one who resumes after a recent event; None for cursors that the group does not know."""
        standing = [self._first] if self._first is not None else []
        found = next((each for each in (*standing, *self._recent) if each.cursor == cursor), None)
        return self.attach(found.place, reader) if found is not None else None

    def leave(self, member: Member) -> None:
        """Show this member nothing more."""
        member.is_over = True
        self._members.pop(member, None)

    def place_of(self, event: object) -> Place:
        """Where an event of the topic stands."""
        return self._topic.place(event)

    async def _run(self) -> None:
        ending: Answer | None = None
        opened: Any = None
        events: deque[object] = deque(maxlen=1)
        try:
            opened = await self._open(events.append)
            if isinstance(opened, ExecutionResult):
                return
            async for result in opened:
                await self._show(self._frame(result, events[-1]))
        except Exception as fault:  # noqa: BLE001  # whatever a source raises ends its stream, masked
            ending = self._answer(ExecutionResult(None, [GraphQLError(str(fault), original_error=fault)]))
        finally:
            self.is_over = True
            self._started.set()
            for member in list(self._members):
                self._members.pop(member, None)
                member.end(ending)
            if opened is not None and not isinstance(opened, ExecutionResult):
                await opened.aclose()

    async def _open(self, on_event: OnEvent) -> Any:
        loop, operations = asyncio.get_running_loop(), self._operations

        def new_context() -> object:
            return operations.build_context(None, self._facts, loop.time() + operations.options.limits.query_seconds)

        async with asyncio.timeout(operations.options.limits.query_seconds):
            return await operations.executor.subscribe(
                self._operation, variables=self._variables, new_context=new_context, on_event=on_event
            )

    def _answer(self, result: ExecutionResult) -> Answer:
        return self._operations.masker(self._facts).answer(result)

    def _frame(self, result: ExecutionResult, event: object) -> Frame:
        topic = self._topic
        answer = self._answer(result)
        request_id = self._facts.request_id
        encoded = encode(
            answer.body,
            request_id=request_id,
            on_fault=lambda fault: self._operations.observer.fault(fault, None, request_id),
        )
        answer = Answer(body=answer.body, status=answer.status, codes=answer.codes, encoded=encoded)
        return Frame(answer, topic.place(event), topic.cursor(event), restarts=topic.restarts(event))

    async def _show(self, frame: Frame) -> None:
        """Show a frame to all; the event loop turns in between, and who joins meanwhile finds it among the recent."""
        if self._first is None:
            # How things stood when the group began: nobody's event, but a place to start from.
            self._first, self._place = frame, frame.place
            self._started.set()
            return
        if isinstance(frame.place, int):
            self._place = frame.place
            self._remember(frame)
        elif self._place is not None and not isinstance(self._place, int):
            self._place = {**self._place, **frame.place}
        for number, member in enumerate(list(self._members), 1):
            member.show(frame)
            if member.is_over:
                self._members.pop(member, None)
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)

    def _remember(self, frame: Frame) -> None:
        self._recent.append(frame)
        self._recent_bytes += len(frame.answer.encoded or b"")
        while len(self._recent) > _MOST_RECENT or (self._recent_bytes > _MOST_RECENT_BYTES and len(self._recent) > 1):
            self._recent_bytes -= len(self._recent.popleft().answer.encoded or b"")


def _reaches(place: Place, other: Place) -> bool:
    """Whether nothing of another state is newer."""
    if isinstance(place, int) or isinstance(other, int):
        return False
    return all(place.get(name, -1) >= version for name, version in other.items())


class Groups:
    """Every group of the process, by document, operation and variables; one that nobody is left in ends at once."""

    def __init__(self) -> None:
        self._groups: dict[GroupKey, Group] = {}
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len(self._groups)

    @property
    def member_count(self) -> int:
        """How many subscriptions are shown the events of a group."""
        return sum(each.member_count for each in self._groups.values())

    def enter(self, operations: "Operations", admitted: "Admitted") -> tuple[Group, str | None] | None:
        """The group of a subscription and the subscription's cursor; None for one that must be alone.

        Who enters leaves by `exit`.
        """
        sharing = admitted.operation.sharing(operations.field_facts)
        parted = sharing.split(admitted.variables) if sharing is not None else None
        if sharing is None or parted is None:
            return None
        variables, cursor = parted
        shared = key_of(variables)
        if shared is None:
            return None
        key = (admitted.operation.digest, admitted.operation.name, shared)
        group = self._groups.get(key)
        if group is None or group.is_over:
            group = self._groups[key] = Group(operations, admitted.operation, sharing.topic, variables, key)
        group.users += 1
        return group, cursor

    def exit(self, group: Group) -> None:
        """One subscription less; the last one ends the group."""
        group.users -= 1
        if group.users > 0:
            return
        if self._groups.get(group.key) is group:
            del self._groups[group.key]
        if not group.task.done():
            group.task.cancel()
            self._ending.add(group.task)
            group.task.add_done_callback(self._ending.discard)
