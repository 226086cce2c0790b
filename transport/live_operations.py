"""A live subscription as a stream of masked answers, whichever protocol carries it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Literal

from graphql import ExecutionResult, GraphQLError

from .answers import Answer
from .field_facts import Place
from .group_members import Frame, Member, Reader
from .groups import Group
from .identities import Identity
from .operations import Admitted, Operations

Reason = Literal["client", "completed", "error"]


@dataclass(slots=True, eq=False)
class LiveSubscription:
    """One client's subscription: answers of its own source, then those of its group, where it may share one.

    The group shows how things stand, or what came after a recent cursor. Else the subscription has a source of its own,
    under its own viewer, until that has caught up with the group. What follows comes from the group. `identity` is
    asked for each event, so that a token renewed on the way counts. Whoever makes one must `close` it.
    """

    operations: Operations
    admitted: Admitted
    reader: Reader
    identity: Callable[[], Identity] | None = None
    member: Member | None = None
    last: Answer | None = None
    _group: Group | None = None
    _cursor: str | None = None
    _place: Place | None = None
    _is_first: bool = False
    _is_started: bool = False
    _reason: Reason = "client"
    _payer: str | None = None

    def __post_init__(self) -> None:
        self._payer = self.admitted.identity.key or f"address:{self.admitted.facts.address}"
        self.operations.live.enter(self._payer)
        entered = self.operations.groups.enter(self.operations, self.admitted)
        if entered is not None:
            self._group, self._cursor = entered
            self._is_first = self._group.users == 1

    async def own(self) -> AsyncGenerator[Answer]:
        """What the subscription is shown by itself, until that ends or there is a `member` to be shown the rest.

        A refusal or a fault is the last answer, and the source is closed.
        """
        self.member = None
        refused = self._refusal()
        if refused is not None:
            yield refused
            return
        if await self._has_joined():
            if self.last is not None:
                yield self.last
            return
        observer, protocol = self.operations.observer, self.admitted.facts.protocol
        opened = await self.operations.subscribe(self.admitted, self.identity, self._note)
        if isinstance(opened, Answer):
            observer.subscription_rejected(protocol, opened.codes[0] if opened.codes else "unknown")
            yield opened
            return
        self._start()
        masker = self.operations.masker(self.admitted.facts)
        try:
            async for result in opened:
                self.last = masker.answer(result)
                yield self.last
                if self._attach():
                    return
            self._reason = "completed"
        except Exception as fault:  # noqa: BLE001  # whatever a source raises ends its stream, masked
            self._reason = "error"
            error = GraphQLError(str(fault), path=[], original_error=fault)
            self.last = masker.answer(ExecutionResult(None, [error]))
            yield self.last
        finally:
            await opened.aclose()

    def take(self) -> Answer | None:
        """The next answer of the group that waits, its last word included."""
        member = self.member
        if member is None:
            return None
        frame = member.next_waiting()
        if frame is not None:
            self.last = frame.answer
            return self.last
        if member.is_over and member.ending is not None:
            self.last, member.ending, self._reason = member.ending, None, "error"
            return self.last
        return None

    @property
    def must_start_anew(self) -> bool:
        """Whether the state must be read from the subscription's own source again."""
        return self.member is not None and self.member.is_stale

    @property
    def is_over(self) -> bool:
        """Whether the group has shown everything that it will."""
        member = self.member
        if member is None or not member.is_over or member.is_stale:
            return False
        return member.waiting is None and member.ending is None

    def close(self) -> None:
        """The end: the group is left, and the observer told."""
        payer, self._payer = self._payer, None
        if payer is not None:
            self.operations.live.leave(payer)
        if self._group is not None:
            if self.member is not None:
                if self.member.is_over and self._reason == "client" and not self.member.is_stale:
                    self._reason = "completed"
                self._group.leave(self.member)
            self.operations.groups.exit(self._group)
            self._group = None
        if self._is_started:
            self._is_started = False
            self.operations.observer.subscription_ended(self.admitted.facts.protocol, self._reason)
            self.operations.finish(self.admitted, self.last)

    def _refusal(self) -> Answer | None:
        if self._is_started or self._payer is None:
            return None
        admitted, operations = self.admitted, self.operations
        refused = operations.live.refusal(self._payer, admitted.identity, self._group, operations.options.limits)
        if refused is not None:
            operations.observer.subscription_rejected(admitted.facts.protocol, refused.codes[0])
        return refused

    async def _has_joined(self) -> bool:
        """Whether the group knows where to begin: at a cursor that it has shown, or at how things stand now."""
        group = self._group
        if group is None:
            return False
        await group.start()
        (cursor, is_first), self._cursor, self._is_first, self.last = (self._cursor, self._is_first), None, False, None
        if cursor is not None:
            self.member = group.attach_after(cursor, self.reader)
        elif (frame := await group.snapshot(is_first=is_first)) is not None:
            self.member = group.attach(frame.place, self.reader)
            self.last = frame.answer
        if self.member is None:
            self.last = None
            return False
        self._start()
        return True

    def _attach(self) -> bool:
        if self._group is not None and self._place is not None:
            self.member = self._group.attach(self._place, self.reader)
        return self.member is not None

    def _note(self, event: object) -> None:
        if self._group is None:
            return
        place = self._group.place_of(event)
        if isinstance(place, int) or self._place is None or isinstance(self._place, int):
            self._place = place
        else:
            self._place = {**self._place, **place}

    def _start(self) -> None:
        if not self._is_started:
            self._is_started = True
            self.operations.observer.subscription_started(self.admitted.facts.protocol, self.admitted.operation.name)


class _PatientReader:
    """A reader that takes frames when it is asked for the next one."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()

    def take(self, frame: Frame) -> bool:  # noqa: ARG002  # a reader's signature
        """Let it wait."""
        return False

    def wake(self) -> None:
        """Something waits."""
        self.arrived.set()


async def live_answers(
    operations: Operations, admitted: Admitted, *, identity: Callable[[], Identity] | None = None
) -> AsyncGenerator[Answer]:
    """Every event of an admitted subscription; a fault of its source is the last answer, and the source is closed."""
    reader = _PatientReader()
    live = LiveSubscription(operations, admitted, reader, identity)
    try:
        while True:
            own = live.own()
            try:
                async for answer in own:
                    yield answer
            finally:
                await own.aclose()
            if live.member is None:
                return
            while not live.must_start_anew:
                reader.arrived.clear()
                while (answer_of_group := live.take()) is not None:
                    yield answer_of_group
                if live.member.is_over and not live.must_start_anew:
                    return
                if live.member.waiting is None:
                    await reader.arrived.wait()
    finally:
        live.close()
