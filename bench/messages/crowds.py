"""A crowd that follows the counters of the same hundred listings through the product's own schema."""

import asyncio
import statistics
import time
from contextlib import AsyncExitStack, aclosing
from uuid import uuid4

import orjson

from datasources.counter_boards import CounterBoard
from datasources.redis import counters as live_counters
from datasources.redis.topics import TopicHub
from domain.nodes import encode_node_id
from loaders.categories import CategoryTrees
from schema.build import build_schema
from services.post_offices import PostOffice
from services.salerooms import Saleroom
from transport.documents import PreparedOperation
from transport.endpoint import create_endpoint
from transport.field_facts import graphql_schema
from transport.identities import Identity, RequestFacts
from transport.live_operations import live_answers
from transport.operations import Admitted, Operations
from transport.options import Limits, TransportOptions
from transport.plan.executors import CompiledExecutor
from transport.requests import GraphQLRequest
from viewers import context_builder

PEOPLE, AT_ONCE, LISTINGS, CHANGES = 1_000, 20, 100, 40
_DOCUMENT = "subscription ($ids: [ID!]!) { listingCounters(ids: $ids) { listingId views likes favourites } }"


async def _admitted(operations: Operations, variables: dict[str, object]) -> Admitted:
    facts = RequestFacts(request_id="bench", protocol="websocket", address="127.0.0.1")
    prepared = await operations.prepare(GraphQLRequest(query=_DOCUMENT, variables=variables), Identity(), facts)
    assert isinstance(prepared, PreparedOperation), prepared
    admitted = await operations.admit(prepared, variables, Identity(), facts)
    assert isinstance(admitted, Admitted), admitted
    return admitted


async def follow_together(office: PostOffice) -> None:
    """One view after the other, each shown to everybody before the next; payloads are made as for sockets."""
    sources = office.sources
    async with AsyncExitStack() as stack:
        saleroom, hub = Saleroom(sources), TopicHub(sources.live, secret=b"bench")
        board = CounterBoard(sources.database, sources.live)
        for each in (saleroom, hub, board):
            stack.push_async_callback(each.close)
        schema = build_schema()
        operations = create_endpoint(
            schema,
            build_context=context_builder(
                sources, CategoryTrees(sources.sanity), saleroom, hub, office=office, board=board
            ),
            options=TransportOptions(limits=Limits(live_per_address=PEOPLE)),
            executor=CompiledExecutor(graphql_schema(schema)),
        ).operations
        names = [f"crowd-{number}" for number in range(LISTINGS)]
        variables: dict[str, object] = {"ids": [encode_node_id("Listing", each) for each in names]}
        admitted = await _admitted(operations, variables)
        shown, wanted, everybody = 0, 0, asyncio.Event()

        async def follow() -> None:
            nonlocal shown
            async with aclosing(live_answers(operations, admitted)) as answers:
                async for answer in answers:
                    assert "data" in answer.body, answer.body
                    assert answer.encoded or orjson.dumps(answer.body)
                    shown += 1
                    if shown == wanted:
                        everybody.set()

        followers = []
        while wanted < PEOPLE:
            wanted += AT_ONCE
            everybody.clear()
            followers += [asyncio.create_task(follow()) for _ in range(AT_ONCE)]
            async with asyncio.timeout(30):
                await everybody.wait()
        await asyncio.sleep(1.0)
        took, spent = [], time.process_time()
        for number in range(CHANGES):
            wanted += PEOPLE
            everybody.clear()
            began = time.perf_counter()
            await live_counters.record_view(sources.live, names[number % LISTINGS], str(uuid4()))
            async with asyncio.timeout(30):
                await everybody.wait()
            took.append(time.perf_counter() - began)
        spent = time.process_time() - spent
        for task in followers:
            task.cancel()
        await asyncio.gather(*followers, return_exceptions=True)
        assert shown == wanted, f"{shown} states shown, not {wanted}"
    each_us = 1_000_000 * spent / (PEOPLE * CHANGES)
    print(
        f"{PEOPLE} people follow the same {LISTINGS} listings: {each_us:.1f} us of this process's CPU for each of them"
    )
    print(f"a change, the last is shown it after {1_000 * statistics.median(took):.0f} ms (median of {CHANGES})")
