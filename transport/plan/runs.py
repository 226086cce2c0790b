"""One execution of a plan: what is awaited, what went wrong, and which positions became null."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Mapping, Sequence
from inspect import iscoroutine
from typing import Any

from graphql import ExecutionResult, GraphQLError, located_error
from graphql.execution import Executor as CoreExecution

from .frames import Region
from .infos import CoreExecutions
from .inputs import Inputs
from .plain import PlainClasses
from .reads import LoadedField, Read, Wanted, reads_of, splice
from .selected import LATER, Complete, Path, SelectedField, keys_of

Waiting = tuple[Awaitable[Any], Complete, SelectedField, Path, Any]
"""What is awaited, how its value is completed, and where it goes; the container is None where it must be looked up."""


class Run:
    """The state of one execution; the generated functions append to `pending` and `wanted`."""

    __slots__ = (
        "_core",
        "_executions",
        "context",
        "data",
        "errors",
        "infos",
        "inputs",
        "is_spliced",
        "nulled",
        "pending",
        "plain",
        "raw",
        "regions",
        "root_value",
        "wanted",
    )

    def __init__(  # what one execution is given, each for itself
        self,
        executions: CoreExecutions,
        inputs: Inputs,
        raw: Mapping[str, object],
        context: Any,
        root_value: Any,
        plain: PlainClasses,
        *,
        is_spliced: bool = False,
    ) -> None:
        self._executions = executions
        self._core: CoreExecution[Any] | None = None
        self.plain = plain
        self.context = context
        self.root_value = root_value
        self.inputs = inputs
        self.raw = raw
        self.is_spliced = is_spliced
        self.regions: list[Region] = []
        self.infos: dict[Any, Any] = {}
        self.data: dict[str, Any] | None = None
        self.errors: list[GraphQLError] = []
        self.nulled: set[tuple[str | int, ...]] = set()
        self.pending: list[Waiting] = []
        self.wanted: defaultdict[LoadedField, list[Wanted]] = defaultdict(list)

    @property
    def core(self) -> CoreExecution[Any]:
        """graphql-core's executor of the same execution, for what is rare: info objects, judging run-time types."""
        if self._core is None:
            self._core = self._executions.build(
                context=self.context, variables=dict(self.raw), root_value=self.root_value
            )
        return self._core

    @property
    def is_settled(self) -> bool:
        """Whether nothing is awaited, loaded or joined any more."""
        return not (self.pending or self.wanted or self.regions)

    def result(self) -> ExecutionResult:
        """What graphql-core would answer with."""
        return ExecutionResult(self.data, self.errors or None)

    def scratch(self) -> "Run":
        """An execution beside this one, for what is made ahead of its place; its results are values, not bytes."""
        return Run(self._executions, self.inputs, self.raw, self.context, self.root_value, self.plain)

    @property
    def is_touched(self) -> bool:
        """Whether anything went wrong or is awaited; what is awaited is given up."""
        for each in self.pending:
            discard(each[0])
        return bool(self.errors or self.pending)

    async def drain(self) -> None:
        """Await everything level by level: one gather each, then the values are completed in order.

        A level of one needs no gather.
        """
        while self.pending or self.wanted or self.regions:
            if len(self.pending) == 1 and not self.wanted and not self.regions:
                waiting = self.pending.pop()
                try:
                    result = await waiting[0]
                except Exception as error:  # noqa: BLE001  # a resolver's failure is the field's error
                    result = error
                self._settle(waiting, result)
                continue
            pending, self.pending = self.pending, []
            wanted, self.wanted = self.wanted, defaultdict(list)
            regions, self.regions = self.regions, []
            reads = reads_of(wanted, regions, self.context) if wanted or regions else {}
            late = [each.outcome for each in reads.values() if not each.is_known]
            results = iter(await _all([each[0] for each in pending] + late) if pending or late else ())
            for waiting in pending:
                self._settle(waiting, next(results))
            for read in reads.values():
                read.ended(read.outcome if read.is_known else next(results))
                if read.fields:
                    values = read.by_key()
                    for field, entries in read.fields:
                        self._fill_field(field, entries, values)
            if regions:
                splice(regions, reads, self)

    def make_again(self, region: Region, reads: dict[str, Read]) -> None:
        """Make an object from the start, with values that were read for its frame."""
        wanted, self.wanted = self.wanted, defaultdict(list)
        self.is_spliced = False
        try:
            self.put(region.path, region.make(region.record, region.path, self))
        except Exception as error:  # noqa: BLE001  # a resolver's failure is the field's error
            self.fail(region.field, region.path, error)
            self.wanted.clear()
        finally:
            self.is_spliced = True
            again, self.wanted = self.wanted, wanted
        for field, entries in again.items():
            self._fill_field(field, entries, reads[field.read.by].by_key())

    def _fill_field(self, field: LoadedField, entries: list[Wanted], values: dict[Any, Any]) -> None:
        selected, complete, complete_plain = field.field, field.complete, field.complete_plain
        key, type_name, plain = selected.key, selected.parent_type.name, self.plain
        shared: dict[Any, Any] | None = {} if field.is_shareable and len(values) < len(entries) else None
        for wanted, above, container in entries:
            if shared is not None and wanted in shared:
                container[key] = shared[wanted]
                continue
            path = (above, key, type_name)
            if self.nulled and self.is_nulled(path):
                continue
            value = values[wanted]
            try:
                if value.__class__ in plain:
                    value = complete_plain(value, path, self)
                    if shared is not None and not self.errors and not self.pending:
                        shared[wanted] = value
                    container[key] = value
                else:
                    if value is not None:
                        plain.learn(value)
                    container[key] = complete(value, path, self)
            except Exception as error:  # noqa: BLE001  # a resolver's failure is the field's error
                container[key] = None
                self.fail(selected, path, error)

    def _settle(self, waiting: Waiting, result: Any) -> None:
        _, complete, selected, path, container = waiting
        if isinstance(result, BaseException) and not isinstance(result, Exception):
            raise result
        if self.nulled and self.is_nulled(path):
            return
        try:
            if isinstance(result, Exception):
                raise result  # noqa: TRY301  # told apart here, not by each completion
            value = complete(result, path, self)
        except Exception as error:  # noqa: BLE001  # a resolver's failure is the field's error
            self.fail(selected, path, error)
            return
        if value is not LATER:
            self.put(path, value, container)

    def put(self, path: Path, value: Any, container: Any = None) -> None:
        """Set the value of a place of the result; where a place above it is null, it has none."""
        if container is None:
            container = self.data
            for key in keys_of(path)[:-1]:
                if container is None or container is LATER:
                    return
                container = container[key]
        if container is not None and container is not LATER:
            container[path[1]] = value

    def fail(self, selected: SelectedField, path: Path, cause: Exception) -> None:
        """An error at an awaited position: null goes to the nearest position above that may be null."""
        error = located_error(cause, selected.nodes, keys_of(path))
        field: SelectedField | None = selected
        at: Any = path
        level = 0
        while at is not None and isinstance(at[1], int) and level < selected.depth:
            at, level = at[0], level + 1
        at = path
        while field is not None:
            if field.nullable[level]:
                if self.add(error, at):
                    self.put(at, None)
                return
            at = at[0]
            if level:
                level -= 1
            else:
                field = field.owner
                level = field.depth if field is not None else 0
        self.data = None
        self.add(error, None)

    def add(self, error: GraphQLError, path: Path | None) -> bool:
        """Record an error whose null stands at `path`; False where a position above is null already."""
        keys = tuple(keys_of(path))
        if self.is_nulled(path):
            return False
        self.nulled.add(keys)
        self.errors.append(error)
        self._abandon(keys)
        return True

    def is_nulled(self, path: Path | None) -> bool:
        """Whether an error has taken this position or one above it."""
        if not self.nulled:
            return False
        keys = tuple(keys_of(path))
        return any(keys[:length] in self.nulled for length in range(len(keys) + 1))

    def _abandon(self, above: tuple[str | int, ...]) -> None:
        """Forget what was to be awaited below a position that is null now."""
        if not self.pending and not self.wanted:
            return
        size = len(above)
        kept: list[Waiting] = []
        for waiting in self.pending:
            if tuple(keys_of(waiting[3]))[:size] == above:
                discard(waiting[0])
            else:
                kept.append(waiting)
        self.pending[:] = kept
        for field, entries in list(self.wanted.items()):
            entries[:] = [each for each in entries if (*keys_of(each[1]), field.field.key)[:size] != above]
            if not entries:
                del self.wanted[field]


def discard(awaitable: Any) -> None:
    """Give up an awaitable that nobody will await."""
    if iscoroutine(awaitable):
        awaitable.close()
    elif isinstance(awaitable, asyncio.Future):
        awaitable.add_done_callback(lambda done: done.cancelled() or done.exception())


async def _all(awaitables: Sequence[Awaitable[Any]]) -> list[Any]:
    if len(awaitables) == 1:
        try:
            return [await awaitables[0]]
        except Exception as error:  # noqa: BLE001  # told apart by the caller, as gather does
            return [error]
    return await asyncio.gather(*awaitables, return_exceptions=True)
