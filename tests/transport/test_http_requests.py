"""POST with JSON: the thin middle of GraphQL over HTTP."""

from tests.transport import market
from tests.transport.conftest import Serve
from transport.options import Limits, TransportOptions


async def test_a_query_is_answered_in_json(serve: Serve) -> None:
    response = await serve().post("/graphql", json={"query": "{ hello }"})
    assert response.status_code == 200
    assert response.json()["data"] == {"hello": "world"}
    assert response.headers["content-type"] == "application/json; charset=utf-8"


async def test_the_text_of_an_exception_never_leaves_the_server(serve: Serve) -> None:
    response = await serve().post(
        "/graphql", json={"query": "{ listings(first: 1) { edges { node { title broken } } } }"}
    )
    assert response.status_code == 200
    assert market.SECRET not in response.text
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert error["extensions"]["requestId"] == response.headers["x-request-id"]
    assert error["path"] == ["listings", "edges", 0, "node", "broken"]
    assert response.json()["data"]["listings"]["edges"][0]["node"] == {"title": "Bicycle 0", "broken": None}


async def test_a_fault_written_for_clients_keeps_its_code_and_sentence(serve: Serve) -> None:
    response = await serve().post("/graphql", json={"query": "{ listings(first: 1) { edges { node { blocked } } } }"})
    [error] = response.json()["errors"]
    assert (error["message"], error["extensions"]["code"]) == ("You may not see this.", "FORBIDDEN")


async def test_two_operations_need_a_name(serve: Serve) -> None:
    document = 'query A { hello } mutation B { redeem(code: "right") }'
    headers = {"accept": "application/graphql-response+json"}
    response = await serve().post("/graphql", json={"query": document}, headers=headers)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "OPERATION_RESOLUTION_FAILURE"
    named = await serve().post("/graphql", json={"query": document, "operationName": "A"}, headers=headers)
    assert named.json()["data"] == {"hello": "world"}


async def test_a_document_over_the_cost_limit_is_refused_before_execution(serve: Serve) -> None:
    options = TransportOptions(limits=Limits(cost=100))
    response = await serve(options).post(
        "/graphql", json={"query": "{ listings(first: 500) { edges { node { title } } } }"}
    )
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert "100 points of cost" in error["message"]


async def test_a_slow_query_is_answered_at_its_deadline(serve: Serve) -> None:
    options = TransportOptions(limits=Limits(query_seconds=0.05))
    response = await serve(options).post("/graphql", json={"query": "{ slow(seconds: 5) }"})
    assert response.json()["errors"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"


async def test_bad_credentials_are_401_and_never_reach_a_resolver(serve: Serve) -> None:
    response = await serve().post("/graphql", json={"query": "{ me }"}, headers={"authorization": "Bearer bad"})
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_fields_that_cannot_be_merged_are_a_mistake_of_the_document_and_not_a_fault(serve: Serve) -> None:
    for options in (TransportOptions.development(), TransportOptions()):
        reply = await serve(options).post(
            "/graphql", json={"query": "{ listings: __typename listings(first: 1) { edges { cursor } } }"}
        )
        assert {each["extensions"]["code"] for each in reply.json()["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}
