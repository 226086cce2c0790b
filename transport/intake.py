"""From an HTTP exchange to an admitted operation, or to the refusal that it deserves."""

from functools import lru_cache
from typing import Final

from .documents import PreparedOperation
from .errors import BAD_REQUEST, Refused, refuse
from .event_channels import CHANNEL_HEADER
from .exchanges import Exchange
from .identities import Credentials, Identity, RequestFacts
from .known_requests import KnownRequests
from .negotiation import Form, negotiate, parse_media_type
from .operations import Admitted, Operations, payer_of
from .origins import is_origin_allowed, judge_get
from .requests import GraphQLRequest, read_body, read_query_string
from .senders import Sender, SenderHeaders, Unjudged

METHODS: Final = "GET, POST, OPTIONS, HEAD"
_LONGEST_TYPE: Final = 100
_MOST_SENDERS: Final = 5_000
_LONGEST_TOLD: Final = 1_000
"""Characters; senders with longer headers are judged anew each time, and none of them fills the memory."""
_UTF8_NAMES: Final = frozenset({"utf-8", "utf8"})


class Intake:
    """Reads requests and lets operations in."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._known = KnownRequests()
        self._senders: dict[tuple[str, tuple[str | None, ...]], Sender] = {}

    def sender(self, exchange: Exchange) -> Sender | None:
        """Who sends a request, where that is the usual one."""
        headers = exchange.headers
        if headers.__class__ is not SenderHeaders:
            return self._judge(exchange)
        found = headers.sender
        if isinstance(found, Unjudged):
            found = headers.sender = self._judge(exchange)
        return found

    def _judge(self, exchange: Exchange) -> Sender | None:
        headers = exchange.headers
        if exchange.method != "POST" or "content-encoding" in headers or CHANNEL_HEADER in headers:
            return None
        identity = self._operations.know(headers)
        if identity is None:
            return None
        # A proxy's requests differ in what nobody asks for here, such as their ids.
        told = (headers.get("accept"), headers.get("content-type"), headers.get("origin"), headers.get("host"))
        found = self._senders.get((exchange.address, told))
        if found is None or found.identity is not identity:
            found = _usual(exchange, identity, self._operations.options.allowed_origins)
            if found is None:
                return None
            if sum(len(each or "") for each in told) <= _LONGEST_TOLD:
                if len(self._senders) >= _MOST_SENDERS:
                    self._senders.clear()
                self._senders[exchange.address, told] = found
        return found

    def known(self, exchange: Exchange) -> GraphQLRequest | None:
        """The request of a usual sender's body that is there already and came before."""
        return None if exchange.body is None else self._known.find(exchange.body)

    async def read(self, exchange: Exchange) -> GraphQLRequest | list[GraphQLRequest] | Refused:
        """The request of a GET's query string or a POST's JSON body."""
        options = self._operations.options
        if exchange.method == "POST":
            return await self._read_post(exchange)
        if exchange.method in {"GET", "HEAD"}:
            request = read_query_string(exchange.query_string, options.limits)
            if isinstance(request, Refused):
                return request
            is_persisted = request.query is None
            return judge_get(exchange.headers, is_persisted=is_persisted, plain_get=options.plain_get) or request
        return refuse(405, BAD_REQUEST, "GraphQL is served by GET and POST.", headers={"allow": METHODS})

    async def _read_post(self, exchange: Exchange) -> GraphQLRequest | list[GraphQLRequest] | Refused:
        if not _is_json(exchange.headers.get("content-type", "")):
            return refuse(415, BAD_REQUEST, "The body must be application/json in UTF-8.")
        body = await exchange.read_body()
        if isinstance(body, Refused):
            return body
        known = self._known.find(body)
        if known is not None:
            return known
        return self._known.keep(body, read_body(body, self._operations.options.limits))

    async def identify(
        self, exchange: Exchange, *, is_charged: bool, facts: RequestFacts | None = None
    ) -> Identity | Refused:
        """Who asks, charged for asking; guessing at credentials is charged to the address."""
        known = self._operations.know(exchange.headers)
        identity = known or await self._operations.identify(Credentials(headers=exchange.headers))
        if is_charged or isinstance(identity, Refused):
            payer = Identity() if isinstance(identity, Refused) else identity
            verdict = await self._operations.charge_request(payer, facts or _facts(exchange))
            if isinstance(verdict, Refused):
                return verdict
        return identity

    def admit_at_once(self, exchange: Exchange, request: GraphQLRequest, sender: Sender) -> Admitted | None:
        """The same as `admit` for a request of which everything is known here; None, nothing counted, for any other."""
        if request.standing is None:
            return None
        return self._operations.admit_at_once(request, sender, _facts(exchange))

    async def admit(
        self, exchange: Exchange, request: GraphQLRequest, *, is_charged: bool = True
    ) -> Admitted | Refused:
        """The operation that a request asks for, if its sender may run it in this way, now."""
        facts = _facts(exchange)
        identity = await self.identify(exchange, is_charged=is_charged, facts=facts)
        if isinstance(identity, Refused):
            return identity
        operation = await self._operations.prepare(request, identity, facts)
        if isinstance(operation, Refused):
            return operation
        refusal = _judge_method(exchange.method, operation)
        if refusal is not None:
            return refusal
        return await self._operations.admit(operation, request.variables, identity, facts)


def _usual(exchange: Exchange, identity: Identity, allowed_origins: frozenset[str]) -> Sender | None:
    headers = exchange.headers
    if not _is_json(headers.get("content-type", "")) or not is_origin_allowed(headers, allowed_origins):
        return None
    accepted, form = negotiate(headers.get("accept"))
    if form not in {Form.JSON, Form.GRAPHQL}:
        return None
    payer = payer_of(identity, exchange.address)
    return Sender(
        identity=identity, accepted=accepted, form=form, requests_key=f"requests:{payer}", cost_key=f"cost:{payer}"
    )


def _is_json(content_type: str) -> bool:
    return _known_json(content_type) if len(content_type) <= _LONGEST_TYPE else _judge_type(content_type)


def _judge_type(content_type: str) -> bool:
    media, parameters = parse_media_type(content_type)
    return media == "application/json" and parameters.get("charset", "utf-8").lower() in _UTF8_NAMES


_known_json = lru_cache(maxsize=100)(_judge_type)


def _facts(exchange: Exchange) -> RequestFacts:
    return RequestFacts(
        request_id=exchange.request_id, address=exchange.address, protocol="http", headers=exchange.headers
    )


def _judge_method(method: str, operation: PreparedOperation) -> Refused | None:
    if method != "POST" and operation.kind == "mutation":
        return refuse(405, BAD_REQUEST, "Mutations are sent by POST.", headers={"allow": "POST"})
    return None
