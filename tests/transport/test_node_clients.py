"""Audits and clients written by others, run against a real server."""

from pathlib import Path

import pytest
from graphql import print_schema

from tests.transport import market
from tests.transport.conftest import build
from tests.transport.live_servers import run_node, serving
from transport.field_facts import graphql_schema
from transport.options import TransportOptions

pytestmark = pytest.mark.node


async def test_every_audit_of_graphql_http_passes_in_the_development_profile() -> None:
    async with serving(build(TransportOptions.development())) as port:
        audits = await run_node("audits.mjs", f"http://127.0.0.1:{port}/graphql")
    assert [audit for audit in audits if audit["status"] != "ok"] == []
    assert len(audits) == 61


async def test_the_clients_people_use_work_unchanged() -> None:
    async with serving(build()) as port:
        checks = await run_node("clients.mjs", str(port))
    assert [check for check in checks if not check["ok"]] == []
    found = {check["name"]: check["value"] for check in checks}
    assert found["apollo apq post"] == {"hello": "world", "requests": 3}, "miss, text, and then the hash alone"
    assert found["apollo apq get"] == {"hello": "world", "requests": 3}
    assert found["graphql-ws validation error"] == "GRAPHQL_VALIDATION_FAILED"
    numbers = [value for name, value in found.items() if name.endswith("subscription")]
    assert numbers == [[0, 1, 2]] * 6


async def test_relay_compiles_its_documents_against_the_schema(tmp_path: Path) -> None:
    sdl = tmp_path / "schema.graphql"
    sdl.write_text(print_schema(graphql_schema(market.schema)))
    [result] = await run_node("relay.mjs", str(sdl))
    assert result["ok"], result["output"]
    assert len(result["artifacts"]) == 6
