"""HTTP below ASGI over real connections: the short way and the ordinary one cannot be told apart."""

import asyncio
import gzip
import random
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.transport import market
from tests.transport.byte_clients import body_of, client_of, head_of, post
from tests.transport.conftest import build
from tests.transport.live_servers import served, until
from transport.budgets import LocalRateLimiter, Verdict
from transport.direct_exchanges import Direct
from transport.exchanges import Exchange
from transport.identities import Identity
from transport.options import Budget, Budgets, Limits, TransportOptions
from transport.short_ways import is_answered_whole

PLENTY = Budget(per_minute=1, burst=1_000_000)
BUDGETS = Budgets(anonymous_requests=PLENTY, viewer_requests=PLENTY, anonymous_cost=PLENTY, viewer_cost=PLENTY)
OPTIONS = TransportOptions(budgets=BUDGETS, allowed_origins=frozenset({"https://shop.test"}))
HELLO = {"query": "{ hello }"}


class ReadyLimiter(LocalRateLimiter):
    """Budgets of which everything is known at once, as it is of busy ones; counts the requests that needed no more."""

    def __init__(self) -> None:
        super().__init__()
        self.at_once = 0

    def take_at_once(self, requests: str, cost: str, points: int) -> Verdict:
        self.at_once += 1
        self._take_now(requests, 1)
        return self._take_now(cost, points)

    def _take_now(self, key: str, amount: int) -> Verdict:
        try:
            self.take(key, amount, per_minute=PLENTY.per_minute, burst=PLENTY.burst).send(None)
        except StopIteration as taken:
            verdict: Verdict = taken.value
            return verdict
        raise AssertionError("this limiter waits for nobody")


def know_visitors(headers: Mapping[str, str]) -> Identity | None:
    return None if "authorization" in headers else Identity()


class Told:
    """An endpoint as a server sees it, which counts the requests that came by ASGI.

    One that is knowing admits what it can at once, without asking anybody.
    """

    def __init__(self, options: TransportOptions = OPTIONS, *, is_knowing: bool = False) -> None:
        self.limiter = ReadyLimiter()
        self.endpoint = build(options, know=know_visitors, limiter=self.limiter) if is_knowing else build(options)
        self.direct = self.endpoint.direct
        self.by_asgi = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.by_asgi += scope["type"] == "http"
        await self.endpoint(scope, receive, send)


def page(first: int) -> Any:
    return {"query": f"{{ listings(first: {first}) {{ edges {{ node {{ id title }} }} }} }}"}


NEW = "accept: application/graphql-response+json"
MUTATED = {"query": 'mutation { placeBid(key: "slow reader", amount: 1) { key } }'}
MUTATION = 'mutation { redeem(code: "right") }'
TABLE: dict[str, tuple[bytes, bool]] = {
    "plain": (post(HELLO), True),
    "new media type": (post(HELLO, NEW), True),
    "nothing acceptable": (post(HELLO, "accept: image/png"), True),
    "a stream acceptable": (post(HELLO, "accept: text/event-stream, application/json"), False),
    "only a stream acceptable": (post(HELLO, "accept: text/*"), False),
    "variables": (post({"query": "query($t: String) { echo(text: $t) }", "variables": {"t": "ä"}}), True),
    "wrong variables": (post({"query": "query($t: Int!) { echo(text: $t) }", "variables": {"t": "x"}}, NEW), True),
    "mutation": (post({"query": MUTATION}), True),
    "awaited": (post({"query": "{ slow(seconds: 0.01) hello }"}), True),
    "masked fault": (post({"query": "{ listings(first: 1) { edges { node { must } } } }"}), True),
    "not GraphQL": (post({"query": "{"}), True),
    "not GraphQL, new media type": (post({"query": "{"}, NEW), True),
    "not JSON": (post(b"{nothing"), True),
    "no body": (post(b""), True),
    "not an object": (post(b"7"), True),
    "a batch": (post([HELLO, HELLO]), True),
    "wrong types": (post({"query": 7, "variables": []}), True),
    "too costly": (post(page(100_000)), True),
    "subscription": (post({"query": "subscription { ticks { number } }"}), True),
    "deferred in one piece": (post({"query": "{ hello ... @defer { me } }"}), True),
    "viewer": (post({"query": "{ me }"}, "authorization: Bearer ada"), True),
    "bad credentials": (post(HELLO, "authorization: Bearer bad"), True),
    "listed origin": (post(HELLO, "origin: https://shop.test"), True),
    "own origin": (post(HELLO, "origin: http://shop.test"), True),
    "foreign origin": (post(HELLO, "origin: https://evil.test"), True),
    "text/plain": (post(HELLO, "content-type: text/plain"), True),
    "latin-1": (post(HELLO, "content-type: application/json; charset=latin-1"), True),
    "utf-8": (post(HELLO, "Content-Type: Application/JSON; charset=UTF-8"), True),
    "packed body": (post(gzip.compress(b"{}"), "content-encoding: gzip"), True),
    "packed answer": (post(page(90), "accept-encoding: gzip"), True),
    "long answer, not packed": (post(page(90), "accept-encoding: gzip;q=0"), True),
    "persisted, unknown": (
        post({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}),
        True,
    ),
    "repeated header": (post(HELLO, "accept: image/png", "accept: application/json"), True),
    "name in capitals": (post(HELLO, "ACCEPT: application/json", "X-Unknown: \xff"), True),
    "closing": (post(HELLO, "connection: close"), True),
    "no request id": (post(HELLO).replace(b"x-request-id: the-request-1\r\n", b""), True),
    "long body": (post({"query": "{ hello }", "extensions": {"padding": "x" * 70_000}}), False),
    "other target": (post(HELLO, target="/graphql/"), False),
    "query string": (post(HELLO, target="/graphql?x=1"), False),
    "quoted target": (post(HELLO, target="/graph%71l"), False),
    "absolute target": (post(HELLO, target="http://shop.test/graphql"), False),
    "HTTP/1.0": (post(HELLO, version="1.0"), False),
    "expectation": (post(HELLO, "expect: something"), False),
    "upgrade": (post(HELLO, "connection: upgrade", "upgrade: h2c"), False),
    "GET": (b"GET /graphql?query=%7Bhello%7D HTTP/1.1\r\nhost: x\r\nx-requested-with: x\r\n\r\n", False),
    "HEAD": (b"OPTIONS /graphql HTTP/1.1\r\nhost: x\r\norigin: https://shop.test\r\n\r\n", False),
    "PATCH": (post(HELLO, method="PATCH"), False),
    "chunked": (
        post(b"").replace(b"content-length: 0", b"transfer-encoding: chunked")
        + b'13\r\n{"query":"{hello}"}\r\n0\r\n\r\n',
        False,
    ),
    "event channel": (post(HELLO, "x-graphql-event-stream-token: none"), False),
    "no HTTP": (b"nothing\r\n\r\n", False),
    "two lengths": (post(HELLO, "content-length: 5"), False),
}


def comparable(response: bytes) -> bytes:
    """A response without what differs from one moment to the next."""
    return re.sub(rb"(date: )[^\r]*|(x-request-id: )[0-9a-f]{24}", rb"\1\2", response)


async def answers_of(port: int, request: bytes) -> list[bytes]:
    """What a request is answered on a connection of its own, and a plain one behind it if that is still open."""
    async with client_of(port) as client:
        first = await client.ask(request)
        if head_of(first).get("connection") == "close" or b"HTTP/1.0" in request:
            assert await client.is_closed()
            return [comparable(first)]
        return [comparable(first), comparable(await client.ask(post(HELLO)))]


@pytest.mark.parametrize("is_knowing", [False, True])
async def test_both_ways_give_the_same_bytes_for_a_table_of_requests(*, is_knowing: bool) -> None:
    short, ordinary = Told(is_knowing=is_knowing), Told()
    async with served(short) as (port, _), served(ordinary, http="httptools") as (other, _):
        for name, (request, is_short) in TABLE.items():
            before = short.by_asgi
            assert await answers_of(port, request) == await answers_of(other, request), name
            is_http = name not in {"no HTTP", "two lengths"}
            assert short.by_asgi - before == (is_http and not is_short), f"{name} went the other way"
    # Behind nearly every request of the table comes the same plain one.
    assert short.limiter.at_once > len(TABLE) // 2 if is_knowing else short.limiter.at_once == 0


NO_LENGTH = post(b"").replace(b"content-length: 0\r\n", b"")
PASSING = ("X-Request-ID: a-second-one", "x-request-id: a-third-one-", "traceparent: 00-1")
IN_ITS_PLACE = NO_LENGTH.replace(b"content-type", b"x-number: 5\r\ncontent-type")


@pytest.mark.parametrize("is_knowing", [False, True])
async def test_what_one_request_told_is_not_taken_for_the_next_of_its_connection(*, is_knowing: bool) -> None:
    """A connection remembers how its client's headers were judged; another order, a missing length, one word more."""
    rng = random.Random(7)
    requests = [
        request
        for name, (request, _) in TABLE.items()
        if name
        not in {
            "closing",
            "packed answer",
            "long answer, not packed",
            "HTTP/1.0",
            "no HTTP",
            "two lengths",
            "expectation",
        }
        and len(request) < 1_000
    ]
    requests += [NO_LENGTH, post(HELLO), IN_ITS_PLACE, post(HELLO), post(HELLO, "x-number: 5"), post(HELLO, NEW)]
    requests += [post(HELLO).replace(b"the-request-1", name) for name in (b"another-one-2", b"!", b"another-one-3")]
    for lines in (PASSING, PASSING[:2], PASSING[1:], PASSING[:1]):
        requests += [post(HELLO, *lines), post(HELLO, *lines).replace(b"third", b"other")]
    told = Told(is_knowing=is_knowing)
    async with served(told) as (port, _), served(Told(), http="httptools") as (other, _):
        for _ in range(2):
            async with client_of(port) as short, client_of(other) as ordinary:
                for request in requests:
                    answers = [comparable(await each.ask(request)) for each in (short, ordinary)]
                    assert answers[0] == answers[1], request
            rng.shuffle(requests)


@pytest.mark.parametrize("cuts", [(1,), (60,), (-1,), (-20, -10), (20, -3), tuple(range(1, 100, 7))])
async def test_a_request_in_pieces_is_the_same_request(cuts: tuple[int, ...]) -> None:
    request = post({"query": "{ hello slow(seconds: 0.001) }"})
    async with served(Told()) as (port, _), client_of(port) as client:
        whole = comparable(await client.ask(request))
        at = 0
        for cut in [each % len(request) for each in cuts]:
            client.writer.write(request[at:cut])
            await client.writer.drain()
            await asyncio.sleep(0.001)  # the kernel must not join what this test parts
            at = cut
        again = comparable(await client.ask(request[at:]))
        assert body_of(again)["data"] == body_of(whole)["data"] == {"hello": "world", "slow": "done"}


async def test_a_body_that_takes_its_time_goes_the_ordinary_way() -> None:
    told = Told()
    request = post(HELLO)
    async with served(told) as (port, server), client_of(port) as client:
        client.writer.write(request[:-5])
        await until(lambda: told.by_asgi == 1)
        assert len(server.server_state.tasks) == 1
        assert body_of(await client.ask(request[-5:]))["data"] == {"hello": "world"}
        assert body_of(await client.ask(request))["data"] == {"hello": "world"}
        assert told.by_asgi == 1


async def test_a_body_that_never_comes_is_408_and_one_that_is_too_long_413() -> None:
    options = replace(OPTIONS, limits=Limits(body_seconds=0.2, body_bytes=100))
    async with served(Told(options)) as (port, _):
        async with client_of(port) as client:
            assert head_of(await client.ask(post(HELLO)[:-5]))["status"] == "408"
        async with client_of(port) as client:
            assert head_of(await client.ask(post(b"x" * 101)))["status"] == "413"
            assert head_of(await client.ask(post(HELLO)))["status"] == "200"


async def test_pipelined_requests_are_answered_in_their_order() -> None:
    told = Told()
    requests = [
        post({"query": f'{{ echo(text: "{number}") slow(seconds: {0.02 if number % 3 == 0 else 0}) }}'})
        for number in range(12)
    ]
    requests.insert(5, b"GET /graphql?query=%7Bhello%7D HTTP/1.1\r\nhost: x\r\nx-requested-with: x\r\n\r\n")
    async with served(told) as (port, _), client_of(port) as client:
        client.writer.write(b"".join(requests))
        answers = [body_of(await client.response())["data"] for _ in requests]
        assert answers.pop(5) == {"hello": "world"}
        assert [each["echo"].split()[0] for each in answers] == [str(number) for number in range(12)]
        assert told.by_asgi == 12, "the first takes the short way, the others wait behind it"


async def test_connections_are_kept_while_used_and_closed_when_idle() -> None:
    async with served(Told(), timeout_keep_alive=0.3) as (port, server), client_of(port) as client:
        for _ in range(4):
            assert head_of(await client.ask(post({"query": "{ slow(seconds: 0.2) }"})))["status"] == "200"
        slow = await client.ask(post({"query": "{ slow(seconds: 0.7) }"}))
        assert body_of(slow)["data"] == {"slow": "done"}, "a busy connection is not idle"
        assert await client.is_closed()
        assert server.server_state.total_requests == 5
        await until(lambda: not server.server_state.connections and not server.server_state.tasks)


async def test_a_client_that_leaves_does_not_end_what_it_began() -> None:
    async with served(Told()) as (port, server):
        async with client_of(port) as client:
            body = {"query": 'mutation { placeBid(key: "left", amount: 1, seconds: 0.2) { key } }'}
            client.writer.write(post(body))
            await until(lambda: "left" in market.started_bids)
            client.writer.transport.abort()
        await until(lambda: not server.server_state.connections)
        assert "left" not in market.finished_bids
        await until(lambda: "left" in market.finished_bids and not server.server_state.tasks)


async def test_who_reads_too_slowly_holds_up_only_their_own_answers() -> None:
    async with served(Told()) as (port, server), client_of(port) as client:
        assert head_of(await client.ask(post(HELLO)))["status"] == "200"
        (connection,) = server.server_state.connections
        connection.pause_writing()  # as its transport does when too much waits to be sent
        client.writer.write(post(MUTATED))
        await until(lambda: "slow reader" in market.finished_bids)
        async with client_of(port) as other:
            assert body_of(await other.ask(post(HELLO)))["data"] == {"hello": "world"}
        assert len(server.server_state.tasks) == 1
        connection.resume_writing()
        assert body_of(await client.response())["data"] == {"placeBid": {"key": "slow reader"}}


async def test_a_long_answer_arrives_whole() -> None:
    wide = replace(OPTIONS, limits=Limits(cost=100_000, fields=100_000))
    async with served(Told(wide)) as (port, _), client_of(port) as client:
        assert len(body_of(await client.ask(post(page(3_000))))["data"]["listings"]["edges"]) == 3_000


async def test_more_at_once_than_the_server_takes_are_503() -> None:
    async with served(Told(), limit_concurrency=2) as (port, _), client_of(port) as client:
        assert head_of(await client.ask(post(HELLO)))["status"] == "200"
        async with client_of(port) as second:
            assert head_of(await second.ask(post(HELLO)))["status"] == "503"


async def test_addresses_behind_a_proxy_are_those_of_the_ordinary_way() -> None:
    tight = replace(OPTIONS, budgets=replace(BUDGETS, anonymous_requests=Budget(per_minute=1, burst=1)))
    forwarded = ["192.0.2.1", "192.0.2.2, 127.0.0.1", "192.0.2.1", "nobody", "192.0.2.7:80", "192.0.2.2", "", "::1"]
    ours = frozenset({"127.0.0.1", "192.0.2.7"})
    for trusted, proxies in ((frozenset[str](), {}), (ours, {"proxy_headers": False}), (ours, {})):
        statuses = []
        for way in ({}, {"http": "httptools"}):
            told = Told(replace(tight, trusted_proxies=trusted))
            async with served(told, **way, **proxies) as (port, _), client_of(port) as client:
                asked = [await client.ask(post(HELLO, f"x-forwarded-for: {each}")) for each in forwarded]
            statuses.append([head_of(each)["status"] for each in asked])
            assert bool(told.by_asgi) == bool(way)
        assert statuses[0] == statuses[1], (trusted, proxies)


async def failing(exchange: Exchange) -> None:
    raise RuntimeError(market.SECRET)


async def silent(exchange: Exchange) -> None:
    pass


async def split(exchange: Exchange) -> None:
    await exchange.respond(200, b"", {"x-evil": "a\r\nset-cookie: b"})


@pytest.mark.parametrize("answer", [failing, silent, split])
async def test_a_fault_of_the_endpoint_itself_is_a_500_and_ends_the_connection(
    answer: Callable[[Exchange], Awaitable[None]], capfd: pytest.CaptureFixture[str]
) -> None:
    told = Told()
    told.direct = Direct.to(answer, OPTIONS)
    async with served(told) as (port, server), client_of(port) as client:
        response = await client.ask(post(HELLO))
        assert (head_of(response)["status"], head_of(response)["connection"]) == ("500", "close")
        assert b"hunter2" not in response
        assert await client.is_closed()
        await until(lambda: not server.server_state.tasks)
    assert "endpoint" in capfd.readouterr().err


async def test_the_server_finishes_what_it_has_begun_before_it_stops() -> None:
    told = Told()
    async with (
        served(told) as (port, server),
        client_of(port) as busy,
        client_of(port) as late,
        client_of(port) as idle,
    ):
        assert head_of(await idle.ask(post(HELLO)))["status"] == "200"
        busy.writer.write(post({"query": 'mutation { placeBid(key: "stop", amount: 1, seconds: 0.3) { key } }'}))
        late.writer.write(post(HELLO)[:-3])
        await until(lambda: "stop" in market.started_bids and len(server.server_state.connections) == 3)
        server.should_exit = True
        assert await idle.is_closed()
        last = await busy.response()
        assert body_of(last)["data"] == {"placeBid": {"key": "stop"}}
        assert head_of(last)["connection"] == "close"
        assert head_of(await late.ask(post(HELLO)[-3:]))["connection"] == "close"


def test_only_what_is_answered_in_one_piece_takes_the_short_way() -> None:
    for accept in (None, "", "*/*", "application/json", "application/graphql-response+json;q=0.5, image/png"):
        assert is_answered_whole(accept), accept
    for accept in ("text/event-stream", "text/*", "multipart/mixed;q=0.1, */*", "application/json," + "a/b," * 100):
        assert not is_answered_whole(accept), accept
