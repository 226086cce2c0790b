"""The HTTP side of graphql-sse's single connection mode: which method does what to a channel."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .errors import BAD_REQUEST, Refused, refuse
from .event_channels import CHANNEL_HEADER, Channels
from .event_streams import Write
from .exchanges import Exchange
from .identities import Identity
from .negotiation import Form
from .operations import Admitted
from .requests import GraphQLRequest

Admit = Callable[[Exchange, GraphQLRequest], Awaitable[Admitted | Refused]]
Read = Callable[[Exchange], Awaitable[GraphQLRequest | list[GraphQLRequest] | Refused]]


def is_channel_request(exchange: Exchange) -> bool:
    """Whether a request belongs to the single connection mode."""
    return (
        exchange.method in {"PUT", "DELETE"}
        or CHANNEL_HEADER in exchange.headers
        or (exchange.method == "GET" and exchange.query_string.startswith(b"token="))
    )


@dataclass(frozen=True, slots=True)
class ChannelRequests:
    """Answers the four methods; `headers` are those of every response of the endpoint."""

    channels: Channels
    read: Read
    admit: Admit

    async def handle(
        self, exchange: Exchange, identity: Identity, headers: Callable[[Form], dict[str, str]], write: Write
    ) -> Refused | None:
        """Answer one request, or say why not."""
        if exchange.method == "PUT":
            token = self.channels.reserve(identity)
            if isinstance(token, Refused):
                return token
            plain = {**headers(Form.JSON), "content-type": "text/plain; charset=utf-8"}
            await exchange.respond(201, token.encode(), plain)
            return None
        channel = self.channels.find(exchange, identity)
        if isinstance(channel, Refused):
            return channel
        if channel is None:
            return refuse(400, BAD_REQUEST, "The event stream's token is missing.")
        if exchange.method == "GET":
            return await self.channels.open(exchange, channel, headers(Form.EVENTS))
        if exchange.method == "DELETE":
            refused = self.channels.stop(channel, exchange)
        else:
            request = await self.read(exchange)
            if isinstance(request, Refused):
                return request
            refused = await self._start(exchange, channel.token, request, identity, write)
        if refused is not None:
            return refused
        await exchange.respond(202 if exchange.method == "POST" else 200, b"", headers(Form.JSON))
        return None

    async def _start(
        self,
        exchange: Exchange,
        token: str,
        request: GraphQLRequest | list[GraphQLRequest],
        identity: Identity,
        write: Write,
    ) -> Refused | None:
        if isinstance(request, list):
            return refuse(400, BAD_REQUEST, "Batches are not carried by event streams.")
        operation_id = request.extensions.get("operationId")
        if not isinstance(operation_id, str) or not 1 <= len(operation_id) <= 128:
            return refuse(400, BAD_REQUEST, "extensions.operationId must be a string of 1 to 128 characters.")
        admitted = await self.admit(exchange, request)
        if isinstance(admitted, Refused):
            return admitted
        channel = self.channels.find(exchange, identity)
        if channel is None or isinstance(channel, Refused) or channel.token != token:
            return refuse(404, BAD_REQUEST, "There is no such event stream.")
        return self.channels.start(channel, operation_id, admitted, write)
