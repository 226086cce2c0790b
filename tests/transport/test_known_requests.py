"""Bodies read before: what is remembered of them, and what never is."""

from typing import Any

import orjson
import pytest

from tests.transport.conftest import Serve
from transport.known_requests import KnownRequests
from transport.options import Limits
from transport.requests import GraphQLRequest, read_body

LIMITS = Limits()


def kept(known: KnownRequests, value: Any) -> bool:
    body = orjson.dumps(value)
    read = known.keep(body, read_body(body, LIMITS))
    return known.find(bytes(body)) is read


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"query": "{ a }"}, True),
        ({"query": "{ a }", "variables": {"a": 1, "b": None, "c": "x", "d": 1.5, "e": True}}, True),
        ({"query": "{ a }", "variables": {"a": [1]}}, False),
        ({"query": "{ a }", "variables": {"a": {"b": 1}}}, False),
        ({"query": "{ a }", "extensions": {"a": 1}}, False),
        ({"query": "x" * 5_000}, False),
        ([{"query": "{ a }"}], False),
        ({"query": 7}, False),
        (7, False),
    ],
)
def test_only_short_requests_that_nobody_can_change_are_kept(value: Any, *, expected: bool) -> None:
    assert kept(KnownRequests(), value) is expected


def test_what_is_kept_cannot_be_changed_and_says_the_same() -> None:
    known = KnownRequests()
    body = orjson.dumps({"query": "{ a }", "operationName": "A", "variables": {"a": 1}})
    read = read_body(body, LIMITS)
    assert isinstance(read, GraphQLRequest)
    first = known.keep(body, read)
    assert (first.query, first.operation_name, dict(first.variables)) == ("{ a }", "A", {"a": 1})
    with pytest.raises(TypeError):
        first.variables["a"] = 2  # type: ignore[index]  # that is the point


def test_the_oldest_are_forgotten() -> None:
    known = KnownRequests()
    bodies = [orjson.dumps({"query": f"{{ a{number} }}"}) for number in range(1_001)]
    for body in bodies:
        known.keep(body, read_body(body, LIMITS))
        known.find(bodies[0])
    assert known.find(bodies[0]) is not None, "what is asked for stays"
    assert known.find(bodies[1]) is None


async def test_the_same_bytes_are_judged_anew_for_everybody(serve: Serve) -> None:
    client = serve()
    told = []
    for token in ("ada", None, "bad", "bob"):
        headers = {"authorization": f"Bearer {token}"} if token else {}
        response = await client.post("/graphql", content=b'{"query":"{ me }"}', headers={**headers, **JSON})
        told.append(response.json().get("data"))
    assert told == [{"me": "ada"}, {"me": None}, None, {"me": "bob"}]


JSON = {"content-type": "application/json"}
