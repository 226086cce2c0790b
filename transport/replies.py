"""Answers written to an HTTP exchange: status by media type, headers, and the bytes."""

import time
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Final

from .answers import Answer, encode
from .cached_answers import PRIVATE_CONTROL, StoredAnswer, control_of, matches_etag
from .errors import Refused
from .event_streams import Write
from .exchanges import Exchange, SharedHeaders
from .multipart import incremental_chunks
from .negotiation import Form
from .operations import Admitted, Operations
from .origins import cors_headers

_CONTENT_TYPES: Final = {each: f"{each.value}; charset=utf-8" for each in Form}
_MOST_SHARED: Final = 500
_VARY: Final = ("accept", "accept-encoding", "authorization", "origin")


class Replies:
    """Writes every answer of the endpoint that is not a live stream."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._shared: dict[tuple[Form, str, int | None], SharedHeaders] = {}
        self._vary = ", ".join((*_VARY, *operations.options.vary_on))

    async def refuse(self, exchange: Exchange, form: Form | None, refused: Refused) -> None:
        """Answer a request that was not executed; always JSON, whatever was acceptable."""
        self._operations.observer.request_refused("http", refused.code, exchange.request_id)
        chosen = form if form in {Form.JSON, Form.GRAPHQL} else Form.JSON
        await self.send(exchange, chosen, Answer.of_refusal(refused))

    async def send(self, exchange: Exchange, form: Form, answer: Answer, admitted: Admitted | None = None) -> None:
        """Send one answer; `application/json` says 200 for every well-formed GraphQL request."""
        status = 200 if form is Form.JSON and answer.is_graphql else answer.status
        control, cost, last = PRIVATE_CONTROL, None, None
        if admitted is not None:
            estimate, verdict = admitted.estimate, admitted.verdict
            control, cost = control_of(estimate.hint, answer), estimate.cost
            if verdict is not None:
                last = ("ratelimit-remaining", str(verdict.remaining))
        headers: Mapping[str, str] | None = None
        if answer.headers is None and "origin" not in exchange.headers:
            headers = self._shared.get((form, control, cost))
        if headers is None:
            headers = self._headers_of(exchange, answer, form, control, cost)
        await exchange.respond(status, self.encode(exchange, answer.body), headers, last)

    def _headers_of(
        self, exchange: Exchange, answer: Answer, form: Form, control: str, cost: int | None
    ) -> Mapping[str, str]:
        """An answer's headers; those that others will have too are kept."""
        made = {**self.headers(exchange, form), **(answer.headers or {}), "cache-control": control}
        if cost is not None:
            made["x-query-cost"] = str(cost)
        if answer.headers or "origin" in exchange.headers:
            return made
        shared = SharedHeaders(made)
        if len(self._shared) < _MOST_SHARED:
            self._shared[form, control, cost] = shared
        return shared

    async def send_stored(self, exchange: Exchange, form: Form, stored: StoredAnswer) -> None:
        """Send an answer that is the same for everybody, or say that the client has it already."""
        seconds = max(0, int(stored.expires_at - time.time()))
        headers = {
            **self.headers(exchange, form),
            "etag": stored.etag,
            "cache-control": f"public, max-age={seconds}",
        }
        if matches_etag(exchange.headers.get("if-none-match"), stored.etag):
            await exchange.respond(304, b"", headers)
        else:
            await exchange.respond(200, stored.body, headers)

    async def send_parts(self, exchange: Exchange, parts: AsyncGenerator[dict[str, Any]], *, is_old: bool) -> None:
        """Send an incremental answer; `is_old` speaks the form of August 2022."""
        spec = "deferSpec=20220824" if is_old else "incrementalSpec=v0.2"
        headers = self.headers(exchange, Form.MULTIPART)
        headers["content-type"] = f'multipart/mixed; boundary="-"; {spec}'
        await exchange.stream(headers, incremental_chunks(parts, self.writer(exchange), is_old=is_old))

    def headers(self, exchange: Exchange, form: Form) -> dict[str, str]:
        """The headers that every answer of a form begins with."""
        return {
            "content-type": _CONTENT_TYPES[form],
            "cache-control": "no-store",
            "vary": self._vary,
            **cors_headers(exchange.headers, self._operations.options.allowed_origins),
        }

    def writer(self, exchange: Exchange) -> Write:
        """Encodes the bodies of one exchange."""
        return lambda body: self.encode(exchange, body)

    def encode(self, exchange: Exchange, body: object) -> bytes:
        """A body as JSON; one that has no JSON form is a fault, told to the observer."""
        request_id = exchange.request_id
        return encode(
            body,
            request_id=request_id,
            on_fault=lambda fault: self._operations.observer.fault(fault, None, request_id),
        )
