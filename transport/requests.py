"""A GraphQL request read from bytes that a stranger sent: every malformed one becomes a 400 with a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from .errors import BAD_REQUEST, Refused, refuse
from .options import Limits

if TYPE_CHECKING:
    from .analysis import Estimate
    from .documents import PreparedOperation

_DOCUMENT_IDS = ("documentId", "id", "doc_id")
_KNOWN_PARAMETERS = frozenset({"query", "operationName", "variables", "extensions", *_DOCUMENT_IDS})


@dataclass(slots=True, eq=False)
class Standing:
    """What a request that came before turned out to ask: its operation and its price, once they were within limits."""

    operation: "PreparedOperation | None" = None
    estimate: "Estimate | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQLRequest:
    """The four parameters of GraphQL over HTTP, of the right types; `query` is None for a persisted document."""

    query: str | None
    document_id: str | None = None
    operation_name: str | None = None
    variables: Mapping[str, object] = field(default_factory=dict)
    extensions: Mapping[str, object] = field(default_factory=dict)
    standing: "Standing | None" = field(default=None, compare=False, repr=False)
    """Of a request that is kept for when it comes again."""


def read_json(body: bytes, limits: Limits) -> Any:  # any JSON value
    """Decode JSON of bounded depth and size, or refuse."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _bad("The body is not valid JSON in UTF-8.")
    return _judge_json(value, limits) or value


def read_body(body: bytes, limits: Limits) -> GraphQLRequest | list[GraphQLRequest] | Refused:
    """One request from a POST body, or several where batches are on."""
    value = read_json(body, limits)
    if isinstance(value, Refused):
        return value
    if isinstance(value, list):
        return _read_batch(value, limits)
    return read_parameters(value)


def read_query_string(query_string: bytes, limits: Limits) -> GraphQLRequest | Refused:
    """One request from the parameters of a GET."""
    if len(query_string) > limits.body_bytes:
        return refuse(414, BAD_REQUEST, f"The query string is longer than {limits.body_bytes} bytes.")
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, max_num_fields=50, errors="strict")
    except ValueError:
        return _bad("The query string is not valid.")
    names = [name for name, _ in pairs]
    if any(names.count(name) > 1 for name in _KNOWN_PARAMETERS):
        return _bad("A GraphQL parameter appears more than once in the query string.")
    given: dict[str, object] = {name: text for name, text in pairs if name in _KNOWN_PARAMETERS}
    for name in ("variables", "extensions"):
        text = given.get(name)
        if not isinstance(text, str):
            continue
        value = read_json(text.encode(), limits) if text else None
        if isinstance(value, Refused):
            return _bad(f"{name} is not a JSON object.")
        given[name] = value
    return read_parameters(given)


def read_parameters(value: object) -> GraphQLRequest | Refused:
    """Check the types of the four parameters; anything else in the object is ignored, as the specification asks."""
    if not isinstance(value, dict):
        return _bad("A GraphQL request is a JSON object.")
    query = value.get("query")
    if query is not None and not isinstance(query, str):
        return _bad("query must be a string.")
    name = value.get("operationName")
    if name is not None and not isinstance(name, str):
        return _bad("operationName must be a string or null.")
    variables = value.get("variables")
    if variables is not None and not isinstance(variables, dict):
        return _bad("variables must be an object or null.")
    extensions = value.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        return _bad("extensions must be an object or null.")
    document_id = next((value[key] for key in _DOCUMENT_IDS if isinstance(value.get(key), str)), None)
    return GraphQLRequest(
        query=query or None,
        document_id=document_id if query is None else None,
        operation_name=name or None,
        variables=variables or {},
        extensions=extensions or {},
    )


def _read_batch(items: list[object], limits: Limits) -> list[GraphQLRequest] | Refused:
    if limits.batch == 0:
        return _bad("Batches are off on this endpoint: send one request object.")
    if not 1 <= len(items) <= limits.batch:
        return _bad(f"A batch holds 1 to {limits.batch} requests.")
    requests: list[GraphQLRequest] = []
    for item in items:
        request = read_parameters(item)
        if isinstance(request, Refused):
            return request
        requests.append(request)
    return requests


def _judge_json(value: object, limits: Limits) -> Refused | None:
    """Bound depth and number of values with an explicit stack."""
    count = 0
    stack = [(value, 1)]
    while stack:
        node, depth = stack.pop()
        count += 1
        if depth > limits.json_depth:
            return _bad(f"The JSON nests more than {limits.json_depth} levels.")
        if count + len(stack) > limits.json_values:
            return _bad(f"The JSON holds more than {limits.json_values} values.")
        if isinstance(node, dict):
            stack.extend((item, depth + 1) for item in node.values())
        elif isinstance(node, list):
            stack.extend((item, depth + 1) for item in node)
    return None


def _bad(message: str) -> Refused:
    return refuse(400, BAD_REQUEST, message)
