"""GraphQL over HTTP: what is asked for, and which of the endpoint's ways of answering that calls for."""

import time
from collections.abc import Mapping
from typing import Any, Final

from .answers import Answer
from .browsers import answer_browser
from .cached_answers import AnswerStore, cache_key, storable
from .draining import Drain
from .errors import BAD_REQUEST, INTERNAL, UNAVAILABLE, PublicFault, Refused, error_body, refuse
from .event_channel_requests import ChannelRequests, is_channel_request
from .event_channels import Channels
from .event_streams import Streams, single_event
from .exchanges import ClientGoneError, Exchange
from .intake import METHODS, Intake
from .load import Load
from .negotiation import Accepted, Form, negotiate
from .operations import Admitted, Operations
from .origins import is_origin_allowed, preflight_headers
from .replies import Replies
from .requests import GraphQLRequest

_SOON: Final = {"retry-after": "1"}


class HttpHandler:
    """Answers every HTTP request of the endpoint."""

    def __init__(self, operations: Operations, *, drain: Drain, load: Load, answers: AnswerStore) -> None:
        self._operations = operations
        self._drain = drain
        self._load = load
        self._answers = answers
        self._intake = Intake(operations)
        self._replies = Replies(operations)
        self._streams = Streams(operations, drain)
        self._channels = ChannelRequests(Channels(self._streams, drain), self._intake.read, self._intake.admit)

    async def handle(self, exchange: Exchange) -> None:
        """Answer one request; a client that goes away needs none."""
        try:
            load = self._load
            if self._drain.is_draining or (not load.is_surely_low() and await load.is_too_high()):
                message = "This server is restarting." if self._drain.is_draining else "This server is too busy."
                await self._replies.refuse(exchange, None, refuse(503, UNAVAILABLE, message, headers=_SOON))
                return
            with self._drain:
                await self._handle(exchange)
        except ClientGoneError:
            return  # an unfinished response tells the server to drop the connection
        except Exception as fault:
            if exchange.status is not None:
                self._operations.observer.fault(fault, None, exchange.request_id)
                raise
            await self._answer_fault(exchange, fault)

    async def _answer_fault(self, exchange: Exchange, fault: Exception) -> None:
        if isinstance(fault, PublicFault):
            refused = refuse(503, fault.public_code, fault.public_message, headers=_SOON)
            await self._replies.refuse(exchange, None, refused)
            return
        self._operations.observer.fault(fault, None, exchange.request_id)
        body = error_body(INTERNAL, "Something went wrong on our side.", requestId=exchange.request_id)
        answer = Answer(body={"errors": [body]}, status=500, is_graphql=False)
        await self._replies.send(exchange, Form.JSON, answer)

    async def _handle(self, exchange: Exchange) -> None:
        sender = self._intake.sender(exchange)
        if sender is not None:
            request = self._intake.known(exchange) or await self._intake.read(exchange)
            if isinstance(request, GraphQLRequest):
                admitted = self._intake.admit_at_once(exchange, request, sender)
                if admitted is not None:
                    await self._answer_post(exchange, sender.accepted, sender.form, admitted)
                    return
            await self._answer_read(exchange, sender.accepted, sender.form, request)
            return
        options = self._operations.options
        if exchange.method == "OPTIONS":
            headers = {"allow": METHODS, **preflight_headers(exchange.headers, options.allowed_origins)}
            await exchange.respond(204, b"", headers)
            return
        if exchange.method != "POST" and await answer_browser(exchange, options):
            return
        accepted, form = negotiate(exchange.headers.get("accept"))
        if not is_origin_allowed(exchange.headers, options.allowed_origins):
            refused = refuse(403, BAD_REQUEST, "This origin may not use the endpoint.")
            await self._replies.refuse(exchange, form, refused)
        elif is_channel_request(exchange):
            await self._handle_channel(exchange)
        else:
            await self._answer_read(exchange, accepted, form, await self._intake.read(exchange))

    async def _answer_read(
        self,
        exchange: Exchange,
        accepted: Accepted,
        form: Form | None,
        request: GraphQLRequest | list[GraphQLRequest] | Refused,
    ) -> None:
        if isinstance(request, Refused):
            await self._replies.refuse(exchange, form, request)
        elif isinstance(request, list):
            await self._answer_batch(exchange, form, request)
        else:
            await self._answer(exchange, accepted, form, request)

    async def _handle_channel(self, exchange: Exchange) -> None:
        replies = self._replies
        identity = await self._intake.identify(exchange, is_charged=exchange.method == "PUT")
        refused: Refused | None
        if isinstance(identity, Refused):
            refused = identity
        else:
            refused = await self._channels.handle(
                exchange, identity, lambda form: replies.headers(exchange, form), replies.writer(exchange)
            )
        if refused is not None:
            await replies.refuse(exchange, None, refused)

    async def _answer(self, exchange: Exchange, accepted: Accepted, form: Form | None, request: GraphQLRequest) -> None:
        admitted = await self._intake.admit(exchange, request)
        if isinstance(admitted, Refused):
            await self._replies.refuse(exchange, form, admitted)
        elif admitted.operation.kind == "subscription":
            await self._answer_live(exchange, accepted.stream(), admitted)
        elif form is None:
            await self._replies.refuse(exchange, form, _not_acceptable())
        elif exchange.method != "POST":
            await self._answer_get(exchange, form, request, admitted)
        else:
            await self._answer_post(exchange, accepted, form, admitted)

    async def _answer_live(self, exchange: Exchange, form: Form | None, admitted: Admitted) -> None:
        if form is None:
            await self._replies.refuse(exchange, form, _cannot_stream())
            return
        headers, write = self._replies.headers(exchange, form), self._replies.writer(exchange)
        await self._streams.carry(exchange, admitted, form, headers=headers, write=write)

    async def _answer_post(self, exchange: Exchange, accepted: Accepted, form: Form, admitted: Admitted) -> None:
        incremental = admitted.operation.is_incremental and accepted.names(Form.MULTIPART)
        answer = await self._operations.run(admitted, incremental=incremental)
        if not isinstance(answer, Answer):
            is_old = accepted.parameter(Form.MULTIPART, "deferspec") == "20220824"
            await self._replies.send_parts(exchange, answer, is_old=is_old)
        elif form is Form.EVENTS:
            event = single_event(answer, self._replies.writer(exchange))
            await exchange.stream(self._replies.headers(exchange, form), event)
        else:
            await self._replies.send(exchange, form, answer, admitted)

    async def _answer_get(self, exchange: Exchange, form: Form, request: GraphQLRequest, admitted: Admitted) -> None:
        """A GET may be answered from the cache, or with 304; what it says is the data alone, the same for everybody."""
        hint = admitted.estimate.hint
        varying = [exchange.headers.get(name, "") for name in self._operations.options.vary_on]
        key = cache_key(request, admitted.operation, hint, method=exchange.method, varying=varying)
        stored = await self._answers.find(key) if key is not None else None
        if stored is not None:
            self._operations.finish(admitted, is_cached=True)
            await self._replies.send_stored(exchange, form, stored)
            return
        mark = await self._answers.mark(hint.tags) if key is not None and hint is not None else {}
        answer = await self._operations.run(admitted)
        if not isinstance(answer, Answer):
            raise TypeError("a GET was answered in parts")
        if key is not None and hint is not None:
            same = {name: value for name, value in answer.body.items() if name != "extensions"}
            stored = storable(answer, self._replies.encode(exchange, same), hint, now=time.time())
            if stored is not None:
                await self._answers.keep(key, stored, mark)
                await self._replies.send_stored(exchange, form, stored)
                return
        await self._replies.send(exchange, form, answer, admitted)

    async def _answer_batch(self, exchange: Exchange, form: Form | None, requests: list[GraphQLRequest]) -> None:
        """A batch is charged once as a request and by the sum of its costs; its answers keep its order."""
        if form not in {Form.JSON, Form.GRAPHQL}:
            await self._replies.refuse(exchange, form, _not_acceptable())
            return
        bodies: list[Mapping[str, Any]] = []
        for index, request in enumerate(requests):
            admitted = await self._intake.admit(exchange, request, is_charged=index == 0)
            if isinstance(admitted, Refused):
                bodies.append(Answer.of_refusal(admitted).body)
            elif admitted.operation.kind == "subscription":
                bodies.append(Answer.of_refusal(_cannot_stream()).body)
            else:
                answer = await self._operations.run(admitted)
                bodies.append(answer.body if isinstance(answer, Answer) else {})
        content = self._replies.encode(exchange, bodies)
        await exchange.respond(200, content, self._replies.headers(exchange, Form.JSON))


def _cannot_stream() -> Refused:
    message = "A subscription needs a WebSocket, or an Accept header with text/event-stream or multipart/mixed."
    return refuse(406, BAD_REQUEST, message)


def _not_acceptable() -> Refused:
    return refuse(406, BAD_REQUEST, "The endpoint answers application/graphql-response+json and application/json.")
