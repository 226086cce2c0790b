"""Hashes for texts: Apollo's automatic protocol, trusted lists, and the manifests that fill them."""

import json
from collections.abc import Mapping

import pytest

from tests.transport import market
from tests.transport.conftest import build, connect_to
from tests.transport.market import BlockedError
from transport.documents import digest_of
from transport.endpoint import GraphQLEndpoint, create_endpoint
from transport.manifests import ManifestError, push_manifest, read_manifest
from transport.options import TransportOptions
from transport.persisted_documents import MemoryDocumentStore, TrustedDocuments

TEXT = "query Hello { hello }"


def persisted(digest: str, query: str | None = None) -> dict[str, object]:
    body: dict[str, object] = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}
    return body if query is None else {**body, "query": query}


async def test_apq_misses_registers_and_then_knows_the_hash() -> None:
    async with connect_to(build()) as client:
        miss = await client.post("/graphql", json=persisted(digest_of(TEXT)))
        assert miss.json()["errors"][0] == {
            "message": "PersistedQueryNotFound",
            "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"},
        }
        assert (await client.post("/graphql", json=persisted(digest_of(TEXT), TEXT))).json()["data"] == {
            "hello": "world"
        }
        assert (await client.post("/graphql", json=persisted(digest_of(TEXT)))).json()["data"] == {"hello": "world"}


async def test_a_wrong_hash_is_refused_and_nothing_is_stored() -> None:
    async with connect_to(build()) as client:
        lie = await client.post("/graphql", json=persisted(digest_of(TEXT), "{ me }"))
        assert lie.status_code == 400
        again = await client.post("/graphql", json=persisted(digest_of(TEXT)))
        assert again.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


async def test_only_valid_documents_are_kept() -> None:
    async with connect_to(build()) as client:
        for _ in range(2):
            await client.post("/graphql", json=persisted(digest_of("{ gone }"), "{ gone }"))
            again = await client.post("/graphql", json=persisted(digest_of("{ gone }")))
            assert again.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


class Away:
    async def find(self, digest: str) -> str | None:
        raise BlockedError


@pytest.mark.parametrize(("trusted_only", "status"), [(False, 200), (True, 503)])
async def test_without_its_list_a_trusting_endpoint_is_unavailable_and_any_other_goes_on(
    *, trusted_only: bool, status: int
) -> None:
    app = create_endpoint(
        market.schema,
        build_context=market.build_context,
        options=TransportOptions(trusted_documents_only=trusted_only),
        trusted_documents=Away(),
    )
    async with connect_to(app) as client:
        assert (await client.post("/graphql", json=persisted(digest_of(TEXT), TEXT))).status_code == status


@pytest.mark.parametrize("asked", [1, [], {}, {"version": 2, "sha256Hash": "a"}, {"version": 1, "sha256Hash": 1}])
async def test_a_malformed_persisted_query_is_400(asked: object) -> None:
    async with connect_to(build()) as client:
        response = await client.post("/graphql", json={"extensions": {"persistedQuery": asked}})
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


async def test_the_memory_store_forgets_the_least_recently_used() -> None:
    store = MemoryDocumentStore(max_entries=2)
    for name in ("a", "b"):
        await store.keep(name, name, owner="")
    await store.find("a")
    await store.keep("c", "c", owner="")
    assert [await store.find(name) for name in ("a", "b", "c")] == ["a", None, "c"]


def trusting() -> GraphQLEndpoint:
    return create_endpoint(
        market.schema,
        build_context=market.build_context,
        options=TransportOptions(trusted_documents_only=True),
        trusted_documents=TrustedDocuments({"relay-id-1": TEXT}),
    )


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": "relay-id-1"},
        {"id": "relay-id-1"},
        {"doc_id": "relay-id-1"},
        {"query": TEXT},
        persisted(digest_of(TEXT)),
        persisted("sha256:" + digest_of(TEXT)),
        persisted(digest_of(TEXT), TEXT),
    ],
)
async def test_trusted_documents_run_by_every_clients_way_of_naming_them(body: dict[str, object]) -> None:
    async with connect_to(trusting()) as client:
        assert (await client.post("/graphql", json=body)).json()["data"] == {"hello": "world"}


@pytest.mark.parametrize(
    "body", [{"query": "{ me }"}, {"documentId": "other"}, persisted(digest_of("{ me }"), "{ me }")]
)
async def test_in_trusted_mode_nothing_else_is_executed(body: dict[str, object]) -> None:
    async with connect_to(trusting()) as client:
        response = await client.post("/graphql", json=body)
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "DOCUMENT_NOT_TRUSTED")


class Kept(dict[str, str]):
    async def keep_trusted(self, documents: Mapping[str, str]) -> int:
        before = len(self)
        self.update(documents)
        return len(self) - before


APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [{"id": digest_of(TEXT), "name": "Hello", "type": "query", "body": TEXT}],
}


@pytest.mark.parametrize(
    ("manifest", "key"),
    [
        (APOLLO, digest_of(TEXT)),
        ({"b1946ac92492d2347c6235b4d2611184": TEXT}, "b1946ac92492d2347c6235b4d2611184"),
        ({f"sha256:{digest_of(TEXT)}": TEXT}, digest_of(TEXT)),
    ],
)
async def test_manifests_of_apollo_relay_and_codegen_are_pushed(manifest: object, key: str) -> None:
    kept = Kept()
    report = await push_manifest(json.dumps(manifest).encode(), documents=build().operations.documents, store=kept)
    assert (report.documents, report.refused) == (1, {})
    assert kept[key] == kept[digest_of(TEXT)] == TEXT


async def test_a_manifest_with_one_bad_document_is_refused_whole_and_names_it() -> None:
    kept = Kept()
    manifest = json.dumps({"good": TEXT, "outdated": "{ gone }"}).encode()
    report = await push_manifest(manifest, documents=build().operations.documents, store=kept)
    assert list(report.refused) == ["outdated"]
    assert "gone" in report.refused["outdated"]
    assert not kept


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"operations": []}', b'{"a b": "{ x }"}', b'{"long-id": 1}'])
def test_a_manifest_that_is_none_is_named_so(content: bytes) -> None:
    with pytest.raises(ManifestError, match=r"\."):
        read_manifest(content)
