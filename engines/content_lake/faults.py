"""The error envelopes of Sanity's HTTP API, as one exception that a request handler turns into a response."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from engines.groq import GroqError, GroqLimitError, GroqSyntaxError

Envelope = dict[str, Any]


class LakeError(Exception):
    """A request that is answered with an error envelope instead of a result."""

    def __init__(self, status: int, body: Envelope, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


class MutationFailedError(Exception):
    """One mutation or action that cannot be applied; `entry` becomes an item of the error envelope."""

    def __init__(self, kind: str, description: str, **details: object) -> None:
        super().__init__(description)
        self.kind = kind
        self.description = description
        self.entry: Envelope = {"type": kind, "description": description, **details}


def plain_fault(status: int, message: str, *, headers: Mapping[str, str] | None = None) -> LakeError:
    """The `{statusCode, error, message}` envelope used for everything that is not a query or a mutation."""
    body = {"statusCode": status, "error": HTTPStatus(status).phrase, "message": message}
    return LakeError(status, body, headers=headers)


def described_fault(status: int, kind: str, description: str, **details: object) -> LakeError:
    """The `{error: {type, description}}` envelope, for example of a query that does not parse."""
    return LakeError(status, {"error": {"description": description, "type": kind, **details}})


def items_fault(kind: str, failures: Sequence[tuple[int, MutationFailedError]]) -> LakeError:
    """The envelope of a refused transaction; `failures` are (index of the mutation, what is wrong with it)."""
    noun = "mutation(s)" if kind == "mutationError" else "action(s)"
    sentences = "; ".join(dict.fromkeys(failure.description for _, failure in failures[:5]))
    items = [{"error": failure.entry, "index": index} for index, failure in failures[:100]]
    kinds = {failure.kind for _, failure in failures}
    if kinds == {"insufficientPermissionsError"}:
        status = 403
    else:
        is_malformed = all(name.startswith("invalid") or name == "documentLimitError" for name in kinds)
        status = 400 if is_malformed else 409
    error = {"description": f"The {noun} failed: {sentences}", "items": items, "type": kind}
    return LakeError(status, {"error": error, "statusCode": status})


def query_fault(source: str, fault: GroqError) -> LakeError:
    """The envelope of a query that cannot be read or answered."""
    if isinstance(fault, GroqSyntaxError):
        return described_fault(400, "queryParseError", fault.message, query=source, start=fault.start, end=fault.end)
    if isinstance(fault, GroqLimitError):
        return described_fault(400, "queryLimitError", str(fault), query=source)
    return described_fault(400, "queryEvaluationError", str(fault), query=source)
