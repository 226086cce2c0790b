"""Answers: execution results turned into the JSON that clients read, with every error masked."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import orjson
from graphql import ExecutionResult, ExperimentalIncrementalExecutionResults, GraphQLError
from graphql.execution import IncrementalResult, SubsequentIncrementalExecutionResult

from .errors import INTERNAL, ErrorBody, FaultSink, Refused, error_body, visible_error


@dataclass(slots=True, kw_only=True)
class Answer:
    """One complete answer; `status` is what the newer media type says of it (200 or a request error's)."""

    body: dict[str, Any]
    status: int
    codes: Sequence[str] = ()
    headers: Mapping[str, str] | None = None
    is_graphql: bool = True
    encoded: bytes | None = None
    """The body as JSON where it was made already, once for all who are shown it."""

    @classmethod
    def of_refusal(cls, refused: Refused) -> Self:
        """The answer to a request that was not executed."""
        return cls(
            body={"errors": list(refused.errors)},
            status=refused.status,
            codes=(refused.code,),
            headers=refused.headers,
            is_graphql=refused.is_graphql,
        )

    def extended(self, extensions: Mapping[str, Any]) -> "Answer":
        """This answer, now with `extensions`."""
        if extensions:
            self.body["extensions"] = extensions
        return self


def answer_of(data: dict[str, Any] | None) -> Answer:
    """The answer of an execution without errors."""
    return Answer(body={"data": data}, status=200)


@dataclass(frozen=True, slots=True)
class Masker:
    """Formats errors of one request; what nobody vouched for goes to `on_fault` and leaves only the request id."""

    request_id: str
    on_fault: FaultSink

    def errors(self, errors: Sequence[GraphQLError]) -> list[ErrorBody]:
        """Every error as its client may read it."""
        return [visible_error(error, request_id=self.request_id, on_fault=self.on_fault) for error in errors]

    def answer(self, result: ExecutionResult) -> Answer:
        """A result as an answer; without data and without a path, it was the request that failed."""
        errors = result.errors or []
        body: dict[str, Any] = {}
        if errors:
            body["errors"] = self.errors(errors)
        is_request_error = result.data is None and bool(errors) and all(error.path is None for error in errors)
        if not is_request_error:
            body["data"] = result.data
        codes = tuple(str(error["extensions"]["code"]) for error in body["errors"]) if errors else ()
        return Answer(body=body, status=400 if is_request_error else 200, codes=codes)


async def incremental_parts(
    executed: ExperimentalIncrementalExecutionResults, masker: Masker, extensions: Callable[[], Mapping[str, Any]]
) -> AsyncGenerator[dict[str, Any]]:
    """The parts of an incremental answer as JSON objects, errors masked; the generator below is always closed."""
    initial = executed.initial_result
    first: dict[str, Any] = {"data": initial.data}
    if initial.errors:
        first["errors"] = masker.errors(initial.errors)
    first["pending"] = [pending.formatted for pending in initial.pending]
    first["hasNext"] = initial.has_next
    first["extensions"] = extensions()
    try:
        yield first
        async for later in executed.subsequent_results:
            yield _later_part(later, masker)
    finally:
        await executed.subsequent_results.aclose()


def _later_part(later: SubsequentIncrementalExecutionResult, masker: Masker) -> dict[str, Any]:
    part: dict[str, Any] = {"hasNext": later.has_next}
    if later.pending:
        part["pending"] = [pending.formatted for pending in later.pending]
    if later.incremental:
        part["incremental"] = [_incremental(found, masker) for found in later.incremental]
    if later.completed:
        part["completed"] = [
            {"id": done.id, **({"errors": masker.errors(done.errors)} if done.errors else {})}
            for done in later.completed
        ]
    return part


def _incremental(found: IncrementalResult, masker: Masker) -> dict[str, Any]:
    formatted: dict[str, Any] = dict(found.formatted)
    if found.errors:
        formatted["errors"] = masker.errors(found.errors)
    return formatted


def encode(body: object, *, request_id: str, on_fault: Callable[[Exception], None]) -> bytes:
    """JSON in UTF-8; a value that has no JSON form is a fault of ours and answers INTERNAL."""
    try:
        return orjson.dumps(body)
    except (TypeError, ValueError) as error:
        on_fault(error)
        return orjson.dumps(
            {"errors": [error_body(INTERNAL, "Something went wrong on our side.", requestId=request_id)]}
        )
