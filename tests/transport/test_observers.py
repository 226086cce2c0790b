"""What operators see: metrics, logs, spans and reports, with ids and without secrets."""

import json

import pytest
import structlog
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry, generate_latest

from tests.transport import market
from tests.transport.conftest import connect_to
from transport.endpoint import create_endpoint
from transport.logs import Logs, configure_logs
from transport.metrics import Metrics, watch_endpoint
from transport.observers import Observer, Observers
from transport.sentry import SentryReports


def endpoint(*observers: Observer) -> object:
    return create_endpoint(market.schema, build_context=market.build_context, observer=Observers(*observers))


async def ask(observer: Observer, *documents: str) -> None:
    async with connect_to(endpoint(observer)) as client:
        for document in documents:
            await client.post("/graphql", json={"query": document}, headers={"x-request-id": "request-0001"})


async def test_metrics_count_operations_errors_refusals_and_faults() -> None:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    broken = "query Page { listings(first: 1) { edges { node { broken } } } }"
    await ask(metrics, "query Hello { hello }", "{", broken, "subscription { ticks { number } }")
    metrics.watch("gavel_breaker_open", "Open breakers.", lambda: {"redis": 1.0}, label="system")
    text = generate_latest(registry).decode()
    assert 'gavel_graphql_operations_total{kind="query",name="Hello",outcome="ok",protocol="http"} 1.0' in text
    assert 'gavel_graphql_errors_total{code="INTERNAL"} 1.0' in text
    assert 'gavel_graphql_refused_total{code="GRAPHQL_PARSE_FAILED",protocol="http"} 1.0' in text
    assert "gavel_graphql_faults_total 1.0" in text
    assert 'gavel_graphql_operation_seconds_count{kind="query",name="Hello"} 1.0' in text
    assert 'gavel_breaker_open{system="redis"} 1.0' in text


async def test_an_endpoint_shows_its_document_cache_and_live_connections() -> None:
    registry = CollectorRegistry()
    app = create_endpoint(market.schema, build_context=market.build_context)
    watch_endpoint(Metrics(registry), app)
    async with connect_to(app) as client:
        for _ in range(3):
            await client.post("/graphql", json={"query": "{ hello }"})
    text = generate_latest(registry).decode()
    assert 'gavel_graphql_documents_prepared{cache="hit"} 2.0' in text
    assert 'gavel_graphql_documents_prepared{cache="miss"} 1.0' in text
    assert 'gavel_graphql_live_connections{kind="all"} 0.0' in text


async def test_operation_names_of_strangers_cannot_multiply_labels() -> None:
    registry = CollectorRegistry()
    await ask(Metrics(registry, most_names=5), *(f"query Q{number} {{ hello }}" for number in range(20)))
    text = generate_latest(registry).decode()
    assert text.count("gavel_graphql_operation_seconds_count{") == 6


async def test_logs_carry_request_user_latency_route_and_operation(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    try:
        await ask(Logs("/graphql"), "query Page { listings(first: 1) { edges { node { broken } } } }")
    finally:
        structlog.reset_defaults()
    fault, line = (json.loads(text) for text in capsys.readouterr().out.splitlines())
    assert line["request_id"] == fault["request_id"] == "request-0001"
    assert (line["route"], line["operation"], line["user_id"], line["codes"]) == (
        "/graphql",
        "Page",
        None,
        ["INTERNAL"],
    )
    assert line["latency_ms"] > 0
    assert fault["exception"][0]["exc_type"] == "RuntimeError"


async def test_every_operation_is_a_span() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    await ask(Observers(), "query Hello { hello }")
    [span] = exporter.get_finished_spans()
    assert span.name == "query Hello"
    assert span.attributes is not None
    assert span.attributes["gavel.request_id"] == "request-0001"


async def test_faults_reach_sentry_under_the_request_id(monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[BaseException] = []
    monkeypatch.setattr("transport.sentry.sentry_sdk.capture_exception", reported.append)
    await ask(SentryReports(), "{ hello }", "{ listings(first: 1) { edges { node { broken } } } }")
    assert [str(fault) for fault in reported] == [market.SECRET]
