"""The compiled executor: plans kept per document, operation and conditional parts; graphql-core for the rest."""

from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Mapping
from typing import Any

from graphql import (
    DirectiveNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    VariableNode,
    Visitor,
    create_source_event_stream,
    visit,
)
from graphql.execution import Executor as CoreExecution
from graphql.execution.incremental import IncrementalExecutor
from graphql.execution.values import VariableValues
from graphql.pyutils import Undefined

from transport.documents import PreparedOperation
from transport.executors import CoreExecutor, Executed, OnEvent, ResultStream

from .infos import CoreExecutions
from .inputs import Inputs, KeptInputs
from .plans import NotCompiledError, Plan, Schema

OnFallback = Callable[[PreparedOperation, str], None]
"""Told once per execution that graphql-core runs, with a short reason."""


class _Conditions(Visitor):
    """Variables that decide which parts of a document run."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.other: str | None = None

    def enter_directive(self, node: DirectiveNode, *_args: object) -> None:
        if node.name.value in {"skip", "include"}:
            values = [argument.value for argument in node.arguments or ()]
            self.names.update(value.name.value for value in values if isinstance(value, VariableNode))
        else:
            self.other = f"@{node.name.value}"


class _Known:
    """What is known of one document's operation: its conditions, and a plan for each way they came out."""

    __slots__ = ("conditions", "core", "inputs", "reason")

    def __init__(self, operation: PreparedOperation, core: CoreExecutions) -> None:
        found = _Conditions()
        visit(operation.document, found)
        self.conditions = tuple(sorted(found.names))
        self.reason = found.other
        self.core = core
        self.inputs = KeptInputs()


class CompiledExecutor:
    """Runs operations from plans; what is not compiled goes to graphql-core before anything has run.

    At most `most_plans` plans are kept, least recently used first out. With `is_spliced` results hold parts that are
    JSON already (`orjson.Fragment`), for callers who do nothing with them but encode them.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        suggestions: bool = False,
        on_fallback: OnFallback | None = None,
        most_plans: int = 1_000,
        is_spliced: bool = False,
    ) -> None:
        self._core = CoreExecutor(schema, suggestions=suggestions)
        self._schema = Schema(schema, hide_suggestions=not suggestions, is_spliced=is_spliced)
        self._on_fallback = on_fallback
        self._most_plans = most_plans
        self._known: OrderedDict[tuple[str, str | None], _Known] = OrderedDict()
        self._plans: OrderedDict[tuple[str, str | None, tuple[object, ...]], Plan | str] = OrderedDict()
        strawberry = getattr(schema, "_strawberry_schema", None)
        self._executor_class: type[CoreExecution[Any]] = getattr(
            strawberry, "execution_context_class", IncrementalExecutor
        )

    @property
    def kept(self) -> int:
        """Plans kept now."""
        return len(self._plans)

    async def execute(
        self, operation: PreparedOperation, *, variables: Mapping[str, object], context: object, incremental: bool
    ) -> Executed:
        """Run a query or mutation from its plan."""
        prepared = self._prepare(operation, variables)
        if isinstance(prepared, str):
            self._fell_back(operation, prepared)
            return await self._core.execute(operation, variables=variables, context=context, incremental=incremental)
        if isinstance(prepared, ExecutionResult):
            return prepared
        plan, core, inputs = prepared
        return await plan.execute(core, inputs, variables, context)

    async def subscribe(
        self,
        operation: PreparedOperation,
        *,
        variables: Mapping[str, object],
        new_context: Callable[[], object],
        on_event: OnEvent | None = None,
    ) -> ResultStream | ExecutionResult:
        """Open the source stream with graphql-core and run each of its events from the plan."""
        prepared = self._prepare(operation, variables)
        if isinstance(prepared, str):
            self._fell_back(operation, prepared)
            return await self._core.subscribe(
                operation, variables=variables, new_context=new_context, on_event=on_event
            )
        if isinstance(prepared, ExecutionResult):
            return prepared
        plan, core, inputs = prepared
        opening = core.build(context=new_context(), variables=dict(variables), root_value=None)
        source = create_source_event_stream(opening)
        if not isinstance(source, ExecutionResult | AsyncIterable):
            source = await source
        if isinstance(source, ExecutionResult):
            return source
        events: AsyncIterable[Any] = source

        async def results() -> AsyncGenerator[ExecutionResult, None]:
            try:
                async for event in events:
                    if on_event is not None:
                        on_event(event)
                    yield await plan.execute(core, inputs, variables, new_context(), event)
            finally:
                close = getattr(events, "aclose", None)
                if close is not None:
                    await close()

        return results()

    def _prepare(
        self, operation: PreparedOperation, variables: Mapping[str, object]
    ) -> tuple[Plan, CoreExecutions, Inputs] | ExecutionResult | str:
        known = self._known.get((operation.digest, operation.name)) or self._know(operation)
        if known.reason is not None:
            return known.reason
        same = known.inputs.same(variables)
        if same is not None and same.plan is not None:
            return same.plan, known.core, same
        inputs = known.inputs.coerced(
            self._schema.schema, operation.definition, variables, hide_suggestions=self._schema.hide_suggestions
        )
        if isinstance(inputs, list):
            return ExecutionResult(None, errors=inputs)
        coerced = inputs.variables
        values = tuple(coerced.coerced.get(name, Undefined) for name in known.conditions)
        key = (operation.digest, operation.name, values)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._compile(operation, known, coerced)
            if len(self._plans) > self._most_plans:
                self._forget_oldest()
        else:
            self._plans.move_to_end(key)
        if isinstance(plan, str):
            return plan
        inputs.plan = plan
        return plan, known.core, inputs

    def _forget_oldest(self) -> None:
        (digest, name, _), _ = self._plans.popitem(last=False)
        known = self._known.get((digest, name))
        if known is not None:
            known.inputs.forget()

    def _know(self, operation: PreparedOperation) -> _Known:
        core = CoreExecutions(
            self._schema.schema,
            operation.document,
            operation.name,
            executor_class=self._executor_class,
            hide_suggestions=self._schema.hide_suggestions,
        )
        known = self._known[operation.digest, operation.name] = _Known(operation, core)
        if len(self._known) > self._most_plans:
            self._known.popitem(last=False)
        return known

    def _compile(self, operation: PreparedOperation, known: _Known, coerced: VariableValues) -> Plan | str:
        flags = VariableValues(
            {name: coerced.sources[name] for name in known.conditions if name in coerced.sources},
            {name: coerced.coerced[name] for name in known.conditions if name in coerced.coerced},
        )
        try:
            return Plan(self._schema, operation.document, operation.definition, flags)
        except NotCompiledError as reason:
            return str(reason)
        except (GraphQLError, RecursionError):
            return "conditions"

    def _fell_back(self, operation: PreparedOperation, reason: str) -> None:
        if self._on_fallback is not None:
            self._on_fallback(operation, reason)
