"""The life of one operation, the same for every protocol: resolve, prepare, price, charge, execute, mask."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import ExecutionResult, ExperimentalIncrementalExecutionResults, GraphQLError

from .analysis import Estimate
from .answers import Answer, Masker, answer_of, incremental_parts
from .budgets import RateLimiter, Verdict
from .deadlines import finish_by
from .documents import Documents, PreparedOperation, refuse_limit
from .errors import DEADLINE_EXCEEDED, RATE_LIMITED, UNAUTHENTICATED, UNAVAILABLE, Refused, error_body, refuse
from .executors import Executed, Executor, OnEvent
from .field_facts import FieldFacts
from .groups import Groups
from .identities import (
    Authenticate,
    BuildContext,
    Credentials,
    Identity,
    Know,
    NotAuthenticated,
    RequestFacts,
    know_nobody,
)
from .limits_broken import LimitBroken
from .live_counts import LiveCounts
from .observers import Observer, OperationRecord
from .options import Budget, TransportOptions
from .persisted_documents import DocumentResolver
from .requests import GraphQLRequest
from .senders import Sender
from .spans import operation_span

_GRACE_SECONDS: Final = 0.1


@dataclass(slots=True, eq=False)
class Admitted:
    """An operation that may run: prepared, priced and paid for."""

    operation: PreparedOperation
    variables: Mapping[str, object]
    estimate: Estimate
    identity: Identity
    facts: RequestFacts
    verdict: Verdict | None
    started_at: float = field(default_factory=time.perf_counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """Everything that an operation needs, wired once per endpoint."""

    options: TransportOptions
    field_facts: FieldFacts
    documents: Documents
    resolver: DocumentResolver
    executor: Executor
    limiter: RateLimiter
    authenticate: Authenticate
    build_context: BuildContext
    observer: Observer
    groups: Groups = field(default_factory=Groups)
    live: LiveCounts = field(default_factory=LiveCounts)
    know: Know = know_nobody

    async def identify(self, credentials: Credentials) -> Identity | Refused:
        """Who asks; wrong credentials are refused, absent ones are the application's to judge."""
        try:
            ends_at = asyncio.get_running_loop().time() + self.options.limits.query_seconds
            identity = await finish_by(ends_at, self._authenticated(credentials))
        except TimeoutError:
            return refuse(503, UNAVAILABLE, "Credentials cannot be checked now.", headers={"retry-after": "2"})
        if isinstance(identity, NotAuthenticated):
            headers = {"www-authenticate": "Bearer"}
            return refuse(401, identity.code or UNAUTHENTICATED, identity.message, headers=headers)
        return identity

    async def _authenticated(self, credentials: Credentials) -> Identity | NotAuthenticated:
        return await self.authenticate(credentials)

    async def identify_socket(self, headers: Mapping[str, str], payload: Mapping[str, object]) -> Identity | None:
        """Who a socket's payload speaks for; its names are read in any case. None for wrong credentials."""
        params = {**payload, **{name.lower(): value for name, value in payload.items()}}
        identity = await self.identify(Credentials(headers=headers, connection_params=params))
        return None if isinstance(identity, Refused) else identity

    async def charge_request(self, identity: Identity, facts: RequestFacts) -> Verdict | Refused:
        """Count one request against the viewer, or against the address of the anonymous."""
        budgets = self.options.budgets
        budget = budgets.anonymous_requests if identity.key is None else budgets.viewer_requests
        return await self._take(f"requests:{payer_of(identity, facts.address)}", 1, budget)

    async def prepare(
        self, request: GraphQLRequest, identity: Identity, facts: RequestFacts
    ) -> PreparedOperation | Refused:
        """Find the document's text, then the operation in it."""
        source = await self.resolver.resolve(request)
        if isinstance(source, Refused):
            return source
        operation = await self.documents.prepare(source, request.operation_name)
        if not isinstance(operation, Refused) and "persistedQuery" in request.extensions:
            await self.resolver.remember(request, owner=identity.key or facts.address)
        return operation

    async def admit(
        self, operation: PreparedOperation, variables: Mapping[str, object], identity: Identity, facts: RequestFacts
    ) -> Admitted | Refused:
        """Price an operation and charge it; a price over the limit is refused before anything is taken."""
        found = operation.estimate(self.field_facts, variables)
        broken = self._limit_broken_by(found)
        if broken is not None:
            return refuse_limit(broken)
        verdict = await self._charge_cost(found.cost, identity, facts)
        if isinstance(verdict, Refused):
            return verdict
        return Admitted(operation, variables, found, identity, facts, verdict)

    def admit_at_once(self, request: GraphQLRequest, sender: Sender, facts: RequestFacts) -> Admitted | None:
        """The operation of a request of which everything is known here: who asks, the document, its price, the budgets.

        None, and nothing counted or taken, where anybody has to be asked or anything is to be refused: then the
        request goes through `identify`, `charge_request`, `prepare` and `admit`.
        """
        standing = request.standing
        if standing is None:
            return None
        operation, found = standing.operation, standing.estimate
        if operation is None or found is None:
            judged = self._judge(request)
            if judged is None:
                return None
            operation, found = standing.operation, standing.estimate = judged
        verdict = self.limiter.take_at_once(sender.requests_key, sender.cost_key, found.cost or 1)
        if verdict is None:
            return None
        self.documents.hits += 1
        return Admitted(operation, request.variables, found, sender.identity, facts, verdict)

    def _judge(self, request: GraphQLRequest) -> tuple[PreparedOperation, Estimate] | None:
        """What a request asks and its price, where both are known to be good; nobody waits for a subscription."""
        source = self.resolver.plain(request)
        operation = self.documents.known(source, request.operation_name) if source is not None else None
        if not isinstance(operation, PreparedOperation) or operation.kind == "subscription":
            return None
        found = operation.estimate(self.field_facts, request.variables)
        return None if self._limit_broken_by(found) else (operation, found)

    def _limit_broken_by(self, found: Estimate) -> LimitBroken | None:
        limits = self.options.limits
        if found.depth > limits.depth:
            return LimitBroken("levels of fields", limits.depth, found.depth)
        if found.cost > limits.cost:
            return LimitBroken("points of cost", limits.cost, found.cost)
        if found.fields > limits.fields:
            return LimitBroken("field executions", limits.fields, found.fields)
        return None

    async def run(self, admitted: Admitted, *, incremental: bool = False) -> Answer | AsyncGenerator[dict[str, Any]]:
        """Execute a query or mutation within its deadline; with `incremental`, maybe in parts."""
        limits = self.options.limits
        is_mutation = admitted.operation.kind == "mutation"
        seconds = limits.mutation_seconds if is_mutation else limits.query_seconds
        deadline = asyncio.get_running_loop().time() + seconds
        context = self.build_context(admitted.identity.viewer, admitted.facts, deadline)
        operation, variables = admitted.operation, admitted.variables
        work = self.executor.execute(operation, variables=variables, context=context, incremental=incremental)
        span = operation_span(operation.kind, operation.name, admitted.facts.request_id)
        try:
            executed = await finish_by(deadline + _GRACE_SECONDS, work if span is None else _within(span, work))
        except TimeoutError:
            answer = Answer.of_refusal(_too_late(is_mutation=is_mutation))
        else:
            if isinstance(executed, ExperimentalIncrementalExecutionResults):
                return self._parts(executed, admitted, context, deadline + _GRACE_SECONDS)
            answer = self.masker(admitted.facts).answer(executed) if executed.errors else answer_of(executed.data)
        self.finish(admitted, answer)
        return answer.extended(self.extensions(admitted, context))

    async def subscribe(
        self, admitted: Admitted, identity: Callable[[], Identity] | None = None, on_event: OnEvent | None = None
    ) -> AsyncGenerator[ExecutionResult, None] | Answer:
        """Open a subscription, or answer why not; `identity` is asked anew for each event, so renewed tokens count."""
        who = identity if identity is not None else lambda: admitted.identity
        loop = asyncio.get_running_loop()

        def new_context() -> object:
            deadline = loop.time() + self.options.limits.query_seconds
            return self.build_context(who().viewer, admitted.facts, deadline)

        try:
            async with asyncio.timeout(self.options.limits.query_seconds + _GRACE_SECONDS):
                opened = await self.executor.subscribe(
                    admitted.operation, variables=admitted.variables, new_context=new_context, on_event=on_event
                )
        except TimeoutError:
            opened = ExecutionResult(None, [GraphQLError("late", original_error=TimeoutError())])
        if isinstance(opened, ExecutionResult):
            answer = self.masker(admitted.facts).answer(opened)
            self.finish(admitted, answer)
            return answer
        return opened

    def masker(self, facts: RequestFacts) -> Masker:
        """The judge of what a client reads of errors in this request."""
        return Masker(facts.request_id, lambda cause, error: self.observer.fault(cause, error, facts.request_id))

    def extensions(self, admitted: Admitted, context: object = None) -> dict[str, Any]:
        """What is said beside the data: the price always, how the answer came to be in development."""
        told: dict[str, Any] = {"cost": {"requested": admitted.estimate.cost}}
        if admitted.verdict is not None:
            told["cost"]["remaining"] = admitted.verdict.remaining
        if self.options.explain:
            told["requestId"] = admitted.facts.request_id
            told["plan"] = {
                "kind": admitted.operation.kind,
                "document": admitted.operation.digest,
                "fieldsAtMost": admitted.estimate.fields,
                "depth": admitted.estimate.depth,
            }
            told["timings"] = {"totalMs": round((time.perf_counter() - admitted.started_at) * 1000, 3)}
            explain = getattr(context, "explain", None)
            if callable(explain):
                told["calls"] = explain()
        return told

    def finish(self, admitted: Admitted, answer: Answer | None = None, *, is_cached: bool = False) -> None:
        """Record one finished operation."""
        self.observer.operation_finished(
            OperationRecord(
                request_id=admitted.facts.request_id,
                protocol=admitted.facts.protocol,
                kind=admitted.operation.kind,
                name=admitted.operation.name,
                viewer_key=admitted.identity.key,
                seconds=time.perf_counter() - admitted.started_at,
                codes=answer.codes if answer is not None else (),
                cost=admitted.estimate.cost,
                is_cached=is_cached,
            )
        )

    async def _parts(
        self, executed: ExperimentalIncrementalExecutionResults, admitted: Admitted, context: object, until: float
    ) -> AsyncGenerator[dict[str, Any]]:
        parts = incremental_parts(executed, self.masker(admitted.facts), lambda: self.extensions(admitted, context))
        try:
            async with asyncio.timeout_at(until):
                async for part in parts:
                    yield part
        except TimeoutError:
            yield {"hasNext": False, "errors": list(_too_late(is_mutation=False).errors)}
        finally:
            self.finish(admitted)

    async def _charge_cost(self, cost: int, identity: Identity, facts: RequestFacts) -> Verdict | Refused:
        budgets = self.options.budgets
        budget = budgets.anonymous_cost if identity.key is None else budgets.viewer_cost
        return await self._take(f"cost:{payer_of(identity, facts.address)}", max(cost, 1), budget)

    async def _take(self, key: str, amount: int, budget: Budget) -> Verdict | Refused:
        verdict = await self.limiter.take(key, amount, per_minute=budget.per_minute, burst=budget.burst)
        if verdict.is_allowed:
            return verdict
        seconds = max(1, int(verdict.retry_after + 0.999))
        message = f"Too many requests: try again in {seconds} seconds."
        return Refused(
            status=429,
            errors=[error_body(RATE_LIMITED, message, retryAfter=seconds)],
            headers={"retry-after": str(seconds), "ratelimit-remaining": str(verdict.remaining)},
        )


def payer_of(identity: Identity, address: str) -> str:
    """Whose budgets pay: the viewer's, or those of the address of the anonymous."""
    return f"address:{address}" if identity.key is None else f"viewer:{identity.key}"


async def _within(span: AbstractContextManager[object], work: Coroutine[Any, Any, Executed]) -> Executed:
    with span:
        return await work


def _too_late(*, is_mutation: bool) -> Refused:
    doubt = " Whether it took effect is not known: ask again with the same idempotency key." if is_mutation else ""
    return refuse(504, DEADLINE_EXCEEDED, f"The operation did not finish in time.{doubt}")
