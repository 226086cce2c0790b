"""The production profile: what it hides, and what it refuses to start with."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping

import httpx
import pytest

from config import Profile, Settings, production_problems
from local.engines import environment_of
from tests.api.conftest import Asker, serving
from tests.ports import free_port

ORIGIN = "https://shop.example"


@pytest.fixture
def production(marketplace: Settings) -> Settings:
    """The test's marketplace as if its engines were somebody's servers."""
    return marketplace.model_copy(
        update={"profile": Profile.PRODUCTION, "trusted_origins": (ORIGIN,), "allow_loopback": True}
    )


def environment(settings: Settings, **changes: str) -> dict[str, str]:
    """The settings as a service manager would pass them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GAVEL_")}
    return kept | environment_of(settings) | changes


def test_every_missing_secret_and_every_local_stand_in_is_named(marketplace: Settings) -> None:
    empty = production_problems(Settings(profile=Profile.PRODUCTION))
    names = (
        "DATABASE_URL", "REDIS_URL", "SANITY_URL", "SANITY_TOKEN", "SANITY_WEBHOOK_SECRET",
        "SEARCH_URL", "SEARCH_KEY", "STRIPE_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET", "MAIL_SECRET",
        "PUBLIC_URL", "CURSOR_SECRET", "ISSUERS", "TRUSTED_ORIGINS", "RESEND_KEY",
    )  # fmt: skip
    assert [problem.split()[0] for problem in empty] == [f"GAVEL_{name}" for name in names]
    local = production_problems(marketplace.model_copy(update={"trusted_origins": (ORIGIN,)}))
    assert [problem.split()[0] for problem in local] == [
        f"GAVEL_{name}" for name in ("DATABASE_URL", "REDIS_URL", "SANITY_URL", "SEARCH_URL", "ISSUERS")
    ]


def test_the_command_refuses_with_one_sentence_for_each() -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GAVEL_")}
    command = [sys.executable, "-m", "cli", "serve"]
    refused = subprocess.run(
        command, env=kept | {"GAVEL_PROFILE": "production"}, capture_output=True, text=True, timeout=60, check=False
    )
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert refused.stderr.count("GAVEL_") == 16


@pytest.fixture
def served(production: Settings) -> Iterator[str]:
    """`gavel serve` in production, as a process of its own."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "serve"],
        env=environment(production, GAVEL_PORT=str(port)), stdout=subprocess.DEVNULL,
    )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    ends = time.monotonic() + 100
    while time.monotonic() < ends:
        try:
            if httpx.get(f"{base}/readyz", timeout=2).status_code == 200:
                break
        except httpx.TransportError:
            time.sleep(0.1)
    yield base
    began = time.monotonic()
    process.terminate()
    process.wait(20)
    assert time.monotonic() - began < 10


def test_production_serves_and_ends_within_ten_seconds(served: str) -> None:
    reply = httpx.post(f"{served}/graphql", json={"query": "{ categories { title } }"}, timeout=10)
    assert reply.json()["data"]["categories"]
    page = httpx.get(f"{served}/graphql", headers={"accept": "text/html"}, timeout=10)
    assert "<html" not in page.text.lower()


@pytest.fixture
async def closed(production: Settings, tokens: Mapping[str, str]) -> object:
    async with serving(production, tokens) as asker:
        yield asker


async def test_the_schema_cannot_be_read_or_guessed(closed: Asker) -> None:
    for query in ("{ __schema { types { name } } }", '{ __type(name: "Query") { name } }'):
        answer = await closed(query)
        assert "data" not in answer.body or answer.body["data"] is None
        assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"]
    guessed = await closed("{ listin { id } }")
    assert "listing" not in str(guessed.body).replace("listin ", "").replace('"listin"', "")
    assert "Did you mean" not in str(guessed.body)


async def test_plans_and_calls_are_not_shown(closed: Asker) -> None:
    answer = await closed("{ categories { title } }")
    assert "calls" not in answer.body.get("extensions", {})
    assert "plan" not in answer.body.get("extensions", {})


async def test_a_plain_get_is_refused_and_foreign_pages_are_kept_out(closed: Asker) -> None:
    plain = await closed.http.get("/graphql", params={"query": "{ categories { title } }"})
    assert plain.status_code >= 400
    reply = await closed.http.post(
        "/graphql", json={"query": "{ categories { title } }"}, headers={"origin": "https://evil.example"}
    )
    assert reply.headers.get("access-control-allow-origin") is None
    ours = await closed.http.post("/graphql", json={"query": "{ categories { title } }"}, headers={"origin": ORIGIN})
    assert ours.headers["access-control-allow-origin"] == ORIGIN


PROBES = {
    "aliases": "{ " + " ".join(f"a{number}: __typename" for number in range(101)) + " }",
    "directives": "{ __typename " + "@aa" * 10 + " }",
    "the same field again": "{ " + "__typename " * 500 + " }",
    "circular introspection": "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
}
"""What smoke tests of GraphQL endpoints send to find one that does too much for a small request."""


@pytest.mark.parametrize("probe", PROBES)
async def test_a_small_request_for_too_much_is_refused_with_one_error(closed: Asker, probe: str) -> None:
    answer = await closed(PROBES[probe])
    assert answer.body.get("data") is None
    assert len(answer.body["errors"]) <= 2


async def test_other_ways_in_are_closed(closed: Asker) -> None:
    http, query = closed.http, "{ categories { title } }"
    batch = await http.post("/graphql", json=[{"query": query}] * 10)
    form = await http.post("/graphql", data={"query": query})
    by_get = await http.get("/graphql", params={"query": 'mutation { likeListing(input: {id: "x"}) { __typename } }'})
    for reply in (batch, form, by_get):
        assert reply.status_code >= 400
        assert "data" not in reply.json() or reply.json()["data"] is None
    traced = await closed(query)
    assert "tracing" not in traced.body.get("extensions", {})
