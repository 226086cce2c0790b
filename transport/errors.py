"""Error codes, and the one place that decides what a client may read about a fault."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, runtime_checkable

from graphql import FieldNode, GraphQLError

PARSE_FAILED: Final = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED: Final = "GRAPHQL_VALIDATION_FAILED"
BAD_REQUEST: Final = "BAD_REQUEST"
BAD_USER_INPUT: Final = "BAD_USER_INPUT"
OPERATION_NOT_RESOLVED: Final = "OPERATION_RESOLUTION_FAILURE"
PERSISTED_QUERY_NOT_FOUND: Final = "PERSISTED_QUERY_NOT_FOUND"
PERSISTED_QUERY_NOT_SUPPORTED: Final = "PERSISTED_QUERY_NOT_SUPPORTED"
DOCUMENT_NOT_TRUSTED: Final = "DOCUMENT_NOT_TRUSTED"
LIMIT_EXCEEDED: Final = "LIMIT_EXCEEDED"
RATE_LIMITED: Final = "RATE_LIMITED"
UNAUTHENTICATED: Final = "UNAUTHENTICATED"
DEADLINE_EXCEEDED: Final = "DEADLINE_EXCEEDED"
UNAVAILABLE: Final = "UNAVAILABLE"
RESUME_REQUIRED: Final = "RESUME_REQUIRED"
INTERNAL: Final = "INTERNAL"

ErrorBody = dict[str, Any]


@runtime_checkable
class PublicFault(Protocol):
    """An exception whose author vouches that its sentence is safe for clients; layers below need not import this."""

    public_code: str
    public_message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A request that is answered without (or instead of) execution.

    `is_graphql` says the request was a well-formed GraphQL request, so that `application/json` answers 200.
    """

    status: int
    errors: Sequence[ErrorBody]
    headers: Mapping[str, str] = field(default_factory=dict)
    is_graphql: bool = False

    @property
    def code(self) -> str:
        """The code of the first error, for metrics and logs."""
        extensions = self.errors[0].get("extensions", {})
        return str(extensions.get("code", BAD_REQUEST))


def error_body(code: str, message: str, **extensions: object) -> ErrorBody:
    """One entry of `errors` that did not come from a resolver."""
    return {"message": message, "extensions": {"code": code, **extensions}}


def refuse(status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> Refused:
    """A refusal with a single error."""
    return Refused(status=status, errors=[error_body(code, message)], headers=headers or {})


def refuse_document(errors: Sequence[GraphQLError], code: str) -> Refused:
    """A GraphQL request error: the document, the operation or the variables are wrong."""
    return Refused(status=400, errors=[_formatted(error, code) for error in errors], is_graphql=True)


FaultSink = Callable[[BaseException, GraphQLError], None]


def visible_error(error: GraphQLError, *, request_id: str, on_fault: FaultSink) -> ErrorBody:
    """What the client reads of one execution error.

    Sentences pass only when somebody vouched for them: a `PublicFault`, a `GraphQLError` raised on purpose with a code,
    or graphql-core's own judgement of the client's arguments. Everything else is INTERNAL with the request id, and
    `on_fault` is told the cause.
    """
    cause = _root_cause(error)
    if isinstance(cause, PublicFault):
        more = getattr(cause, "public_extensions", None) or {}
        return _formatted(error, cause.public_code, message=cause.public_message, more=more)
    if isinstance(cause, TimeoutError):
        return _formatted(error, DEADLINE_EXCEEDED, message="The answer took too long.")
    if isinstance(cause, GraphQLError):
        code = (cause.extensions or {}).get("code")
        if isinstance(code, str):
            return _formatted(error, code, message=cause.message, more=cause.extensions or {})
        if error.path is None or _judges_the_client(cause):
            return _formatted(error, BAD_USER_INPUT)
    on_fault(cause, error)
    return _formatted(error, INTERNAL, message="Something went wrong on our side.", more={"requestId": request_id})


def _root_cause(error: GraphQLError) -> Exception:
    cause: Exception = error
    for _ in range(8):
        inner = cause.original_error if isinstance(cause, GraphQLError) else None
        if inner is None:
            break
        cause = inner
    return cause


def _judges_the_client(error: GraphQLError) -> bool:
    """Whether graphql-core points at an argument's value; errors about results point at the field itself."""
    return bool(error.nodes) and not isinstance(error.nodes[0], FieldNode)  # type: ignore[index]  # bool() saw it


def _formatted(
    error: GraphQLError, code: str, *, message: str | None = None, more: Mapping[str, object] | None = None
) -> ErrorBody:
    body: ErrorBody = {"message": error.message if message is None else message}
    if error.locations:
        body["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path is not None:
        body["path"] = list(error.path)
    body["extensions"] = {**(more or {}), "code": code}
    return body
