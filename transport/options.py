"""The frozen records that set a transport up: what it bounds, what it shows, and to whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Every bound that holds before and during an operation; the defaults are those of a public endpoint.

    Bytes are UTF-8 bytes of the decoded body, seconds are wall-clock seconds, counts are per document unless said.
    """

    body_bytes: int = 256 * 1024
    body_seconds: float = 10.0
    send_seconds: float = 45.0
    document_bytes: int = 64 * 1024
    tokens: int = 2_000
    nesting: int = 48
    depth: int = 12
    aliases: int = 30
    repeats: int = 30
    root_fields: int = 20
    directives: int = 50
    directives_per_field: int = 5
    fragments: int = 50
    spreads: int = 200
    operations: int = 10
    variables: int = 50
    list_items: int = 200
    json_depth: int = 24
    json_values: int = 5_000
    cost: int = 1_000
    fields: int = 20_000
    batch: int = 0
    query_seconds: float = 3.0
    mutation_seconds: float = 5.0
    live_per_viewer: int = 200
    live_per_address: int = 2_000
    live_per_topic: int = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketLimits:
    """Bounds of one WebSocket and of all sockets of one viewer or address; seconds and counts."""

    init_seconds: float = 10.0
    ping_seconds: float = 15.0
    idle_seconds: float = 45.0
    lifetime_seconds: float = 24 * 3600.0
    message_bytes: int = 256 * 1024
    messages_per_second: float = 20.0
    message_burst: int = 100
    operations: int = 100
    per_viewer: int = 20
    per_address: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may be spent per minute under one key; `burst` is how much of it at once."""

    per_minute: int
    burst: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """Requests and cost per minute; the anonymous request budget is S4-024, the rest prices work, not clicks (X-05)."""

    anonymous_requests: Budget = Budget(per_minute=100, burst=100)
    viewer_requests: Budget = Budget(per_minute=600, burst=200)
    anonymous_cost: Budget = Budget(per_minute=10_000, burst=5_000)
    viewer_cost: Budget = Budget(per_minute=60_000, burst=20_000)
    fallback_share: float = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleTab:
    """One ready-made tab of the GraphiQL page."""

    title: str
    query: str
    variables: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphiQLOptions:
    """What the GraphiQL page offers: example tabs, and in local mode where to fetch a token for a chosen user.

    `sign_in_path` answers GET with `[{"label", "token"}]`; None hides the choice. `assets_dir` holds the page's
    npm files (see `transport.graphiql.assets`); None falls back to a pinned CDN address with integrity hashes.
    """

    title: str = "GraphQL"
    examples: tuple[ExampleTab, ...] = ()
    sign_in_path: str | None = None
    assets_dir: str | None = None
    allow_cdn: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportOptions:
    """Everything about one endpoint that is a choice and not a rule."""

    path: str = "/graphql"
    limits: Limits = Limits()
    sockets: SocketLimits = SocketLimits()
    budgets: Budgets = Budgets()
    introspection: bool = False
    suggestions: bool = False
    errors_per_rule: int = 1
    plain_get: bool = False
    explain: bool = False
    graphiql: GraphiQLOptions | None = None
    allowed_origins: frozenset[str] = frozenset()
    trusted_proxies: frozenset[str] = frozenset()
    trusted_documents_only: bool = False
    automatic_persistence: bool = True
    compress_from_bytes: int = 1_024
    vary_on: tuple[str, ...] = ("accept-language",)
    heartbeat_seconds: float = 12.0
    most_loop_lag_seconds: float = 1.0
    security_headers: Mapping[str, str] = field(
        default_factory=lambda: {
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
            "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        }
    )
    strict_transport_security: bool = True

    @classmethod
    def development(cls, *, graphiql: GraphiQLOptions | None = None) -> Self:
        """The profile of a developer's machine: everything visible, GET open, plans in `extensions`."""
        return cls(
            introspection=True,
            suggestions=True,
            errors_per_rule=5,
            plain_get=True,
            explain=True,
            graphiql=graphiql or GraphiQLOptions(),
            strict_transport_security=False,
        )
