"""The seam behind which an operation is executed, and graphql-core's implementation of it.

Another executor (a compiled one) replaces this class and nothing else: it receives validated operations and answers
with graphql-core's result records.
"""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Coroutine, Mapping
from typing import Any, Protocol, cast

from graphql import (
    DirectiveNode,
    DocumentNode,
    ExecutionResult,
    ExperimentalIncrementalExecutionResults,
    GraphQLSchema,
    create_source_event_stream,
    execute_subscription_event,
    experimental_execute_incrementally,
    map_source_to_response_event,
    visit,
)
from graphql.execution import Executor as CoreExecution
from graphql.execution.incremental import IncrementalExecutor
from graphql.language import REMOVE, Visitor, VisitorAction

from .documents import PreparedOperation
from .selections import record_reads, tell

Executed = ExecutionResult | ExperimentalIncrementalExecutionResults
ResultStream = AsyncGenerator[ExecutionResult, None]
OnEvent = Callable[[object], None]
"""Told each event of a source before it is executed."""


class Executor(Protocol):
    """Runs prepared operations; never raises for what a resolver does."""

    def execute(
        self, operation: PreparedOperation, *, variables: Mapping[str, object], context: object, incremental: bool
    ) -> Coroutine[Any, Any, Executed]:
        """Run a query or mutation; with `incremental`, deferred parts may follow the first result."""
        ...

    async def subscribe(
        self,
        operation: PreparedOperation,
        *,
        variables: Mapping[str, object],
        new_context: Callable[[], object],
        on_event: OnEvent | None = None,
    ) -> ResultStream | ExecutionResult:
        """Open a subscription: a stream of results, or one result that says why there is none.

        `new_context` is called for the source and again for each event.
        """
        ...


class CoreExecutor:
    """graphql-core as the executor, with Strawberry's execution class where the schema has one."""

    def __init__(self, schema: GraphQLSchema, *, suggestions: bool = False) -> None:
        self._schema = schema
        self._hide_suggestions = not suggestions
        strawberry = getattr(schema, "_strawberry_schema", None)
        self._executor_class: type[CoreExecution[Any]] = getattr(
            strawberry, "execution_context_class", IncrementalExecutor
        )

    async def execute(
        self, operation: PreparedOperation, *, variables: Mapping[str, object], context: object, incremental: bool
    ) -> Executed:
        """Run a query or mutation to its (first) result."""
        document = operation.document
        if operation.is_incremental and not incremental:
            document = without_incremental_directives(document)
        tell(context, record_reads(self._schema).needed(operation.document, operation.definition))
        result = experimental_execute_incrementally(
            self._schema,
            document,
            context_value=context,
            variable_values=dict(variables),
            operation_name=operation.name,
            executor_class=self._executor_class,
            hide_suggestions=self._hide_suggestions,
        )
        if isinstance(result, ExecutionResult | ExperimentalIncrementalExecutionResults):
            return result
        return await result

    async def subscribe(
        self,
        operation: PreparedOperation,
        *,
        variables: Mapping[str, object],
        new_context: Callable[[], object],
        on_event: OnEvent | None = None,
    ) -> ResultStream | ExecutionResult:
        """Open the source stream and map every event through a fresh context."""
        execution = self._executor_class.build(
            self._schema,
            without_incremental_directives(operation.document) if operation.is_incremental else operation.document,
            context_value=new_context(),
            raw_variable_values=dict(variables),
            operation_name=operation.name,
            hide_suggestions=self._hide_suggestions,
        )
        if isinstance(execution, list):
            return ExecutionResult(None, errors=execution)
        source = create_source_event_stream(execution)
        if not isinstance(source, ExecutionResult | AsyncIterable):
            source = await source
        if isinstance(source, ExecutionResult):
            return source

        def execute_event(event: CoreExecution[Any]) -> Any:  # graphql-core's value-or-awaitable
            event.context_value = new_context()
            if on_event is not None:
                on_event(event.root_value)
            return execute_subscription_event(event)

        return map_source_to_response_event(execution, source, execute_event)


class _DropIncremental(Visitor):
    def enter_directive(self, node: DirectiveNode, *_args: object) -> VisitorAction:
        return REMOVE if node.name.value in {"defer", "stream"} else None


def without_incremental_directives(document: DocumentNode) -> DocumentNode:
    """The same document answered in one piece, for clients that did not ask for parts."""
    return cast("DocumentNode", visit(document, _DropIncremental()))
