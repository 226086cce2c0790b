"""The endpoint: one ASGI application that serves a schema over HTTP, WebSocket and SSE."""

from typing import Any

from graphql import GraphQLSchema

from .budgets import GuardedRateLimiter, LocalRateLimiter, RateLimiter
from .cached_answers import AnswerStore, MemoryAnswerStore
from .direct_exchanges import Direct
from .documents import Documents
from .draining import Drain
from .exchanges import AsgiExchange, Receive, Scope, Send
from .executors import CoreExecutor, Executor
from .field_facts import StrawberrySchema, derive_field_facts, graphql_schema
from .http import HttpHandler
from .identities import Authenticate, BuildContext, Know, everyone_is_anonymous, know_nobody
from .load import Load
from .observers import Observer, Observers
from .operations import Operations
from .options import TransportOptions
from .persisted_documents import DocumentResolver, DocumentSource, DocumentStore, MemoryDocumentStore
from .websockets import SocketHandler


class GraphQLEndpoint:
    """An ASGI application for one schema; mount it at `options.path`."""

    def __init__(self, operations: Operations, *, drain: Drain, answers: AnswerStore) -> None:
        self.operations = operations
        self.drain = drain
        self.answers = answers
        load = Load(most_lag_seconds=operations.options.most_loop_lag_seconds)
        self._http = HttpHandler(operations, drain=drain, load=load, answers=answers)
        self.direct = Direct.to(self._http.handle, operations.options)
        self._sockets = SocketHandler(operations, drain=drain, load=load)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request or one WebSocket."""
        if scope["type"] == "http":
            await self._http.handle(AsgiExchange(scope, receive, send, self.operations.options))
        elif scope["type"] == "websocket":
            await self._sockets.handle(scope, receive, send)


def create_endpoint(  # noqa: PLR0913  # the one place where an endpoint's parts are named
    schema: StrawberrySchema | GraphQLSchema,
    *,
    build_context: BuildContext,
    options: TransportOptions | None = None,
    authenticate: Authenticate = everyone_is_anonymous,
    know: Know = know_nobody,
    limiter: RateLimiter | None = None,
    document_store: DocumentStore | None = None,
    trusted_documents: DocumentSource | None = None,
    observer: Observer | None = None,
    executor: Executor | None = None,
    drain: Drain | None = None,
    answer_store: AnswerStore | None = None,
) -> GraphQLEndpoint:
    """Wire an endpoint; whatever is not given runs inside this process."""
    chosen = options or TransportOptions()
    core = graphql_schema(schema)
    facts = derive_field_facts(core)
    watcher: Any = observer or Observers()
    store = document_store or MemoryDocumentStore()
    return GraphQLEndpoint(
        Operations(
            options=chosen,
            field_facts=facts,
            documents=Documents(core, facts, chosen),
            resolver=DocumentResolver(
                trusted=trusted_documents,
                trusted_only=chosen.trusted_documents_only,
                store=store if chosen.automatic_persistence else None,
                max_bytes=chosen.limits.document_bytes,
            ),
            executor=executor or CoreExecutor(core, suggestions=chosen.suggestions),
            limiter=GuardedRateLimiter(
                limiter or LocalRateLimiter(),
                share=chosen.budgets.fallback_share,
                on_outage=lambda error: watcher.fault(error, None, "rate-limiter"),
            ),
            authenticate=authenticate,
            know=know,
            build_context=build_context,
            observer=watcher,
        ),
        drain=drain or Drain(),
        answers=answer_store or MemoryAnswerStore(),
    )
