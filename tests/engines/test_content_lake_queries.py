"""Queries of the local content store over HTTP: parameters, perspectives, privacy, errors, doc and export."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from engines.content_lake.embedding import serving
from engines.content_lake.lakes import LakeSettings

TOKEN = {"authorization": "Bearer any"}
QUERY = "/v2025-02-19/data/query/production"

DOCUMENTS = [
    {"_id": "a", "_type": "t", "title": "published a"},
    {"_id": "drafts.a", "_type": "t", "title": "draft a"},
    {"_id": "drafts.b", "_type": "t", "title": "draft b"},
    {"_id": "c", "_type": "t", "title": "published c", "to": {"_ref": "a"}},
    {"_id": "versions.r1.a", "_type": "t", "title": "release a"},
    {"_id": "versions.r1.c", "_type": "t", "title": "gone", "_system": {"delete": True}},
    {"_id": "secret.x", "_type": "t", "title": "private"},
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Read by every test; only the one about changes writes to it, and puts back what it changed."""
    with serving(LakeSettings(data_dir=tmp_path_factory.mktemp("lake"))) as url, httpx.Client(base_url=url) as client:
        body = {"mutations": [{"create": document} for document in DOCUMENTS]}
        assert client.post("/v1/data/mutate/production", json=body, headers=TOKEN).status_code == 200
        yield client


def ask(lake: httpx.Client, query: str, *, headers: dict[str, str] | None = None, **options: str) -> Any:
    answer = lake.get(QUERY, params={"query": query, **options}, headers=TOKEN if headers is None else headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


TITLES = "*[_type == 't'] | order(title).title"


@pytest.mark.parametrize(
    ("perspective", "titles"),
    [
        ("published", ["private", "published a", "published c"]),
        ("drafts", ["draft a", "draft b", "private", "published c"]),
        ("previewDrafts", ["draft a", "draft b", "private", "published c"]),
        ("r1", ["private", "release a"]),
        ("r1,drafts", ["draft b", "private", "release a"]),
        ("raw", ["draft a", "draft b", "gone", "private", "published a", "published c", "release a"]),
    ],
)
def test_a_perspective_chooses_the_variant(lake: httpx.Client, perspective: str, titles: list[str]) -> None:
    assert ask(lake, TITLES, perspective=perspective) == titles


def test_an_overlaid_document_keeps_its_published_id_and_names_its_origin(lake: httpx.Client) -> None:
    assert ask(lake, "*[_id == 'a'][0]{_id, _originalId}", perspective="drafts") == {
        "_id": "a",
        "_originalId": "drafts.a",
    }
    assert ask(lake, "*[_id == 'c'][0].to->title", perspective="drafts") == "draft a"


def test_views_follow_every_kind_of_change(lake: httpx.Client) -> None:
    def change(*mutations: object) -> None:
        body = {"mutations": mutations}
        assert lake.post("/v1/data/mutate/production", json=body, headers=TOKEN).status_code == 200

    for perspective in ("drafts", "raw", "r1"):
        ask(lake, TITLES, perspective=perspective)
    change(
        {"delete": {"id": "drafts.a"}},
        {"delete": {"id": "versions.r1.c"}},
        {"create": {"_id": "versions.r1.b", "_type": "t", "title": "release b"}},
        {"patch": {"id": "a", "set": {"title": "changed a"}}},
    )
    assert ask(lake, TITLES, perspective="drafts") == ["changed a", "draft b", "private", "published c"]
    assert ask(lake, TITLES, perspective="r1") == ["private", "published c", "release a", "release b"]
    assert len(ask(lake, TITLES, perspective="raw")) == 6
    change({"delete": {"id": "versions.r1.b"}}, *({"createOrReplace": document} for document in DOCUMENTS))
    assert ask(lake, TITLES, perspective="drafts") == ["draft a", "draft b", "private", "published c"]


def test_the_default_perspective_depends_on_the_api_version(lake: httpx.Client) -> None:
    def count(version: str) -> int:
        path = f"/{version}/data/query/production"
        return int(lake.get(path, params={"query": "count(*)"}, headers=TOKEN).json()["result"])

    assert count("v2025-02-19") == count("vX") == 3
    assert count("v2024-01-01") == count("v1") == 5


def test_an_anonymous_caller_never_sees_an_id_with_a_dot(lake: httpx.Client) -> None:
    for perspective in ("published", "drafts", "raw", "r1"):
        assert ask(lake, TITLES, headers={}, perspective=perspective) == ["published a", "published c"]
    doc = lake.get("/v2025-02-19/data/doc/production/a,drafts.a,none").json()
    assert [document["_id"] for document in doc["documents"]] == ["a"]
    assert doc["omitted"] == [{"id": "drafts.a", "reason": "permission"}, {"id": "none", "reason": "existence"}]
    exported = [json.loads(line)["_id"] for line in lake.get("/v1/data/export/production").text.splitlines()]
    assert exported == ["a", "c"]


def test_parameters_come_as_json_in_the_url_or_in_the_body(lake: httpx.Client) -> None:
    question = "*[title in $titles]._id"
    asked = lake.get(QUERY, params={"query": question, "$titles": '["published a"]'})
    assert asked.json()["result"] == ["a"]
    body = {"query": question, "params": {"titles": ["published c"]}}
    assert lake.post(f"{QUERY}?returnQuery=false", json=body).json()["result"] == ["c"]
    assert "query" not in lake.post(f"{QUERY}?returnQuery=false", json=body).json()
    bad = lake.get(QUERY, params={"query": question, "$titles": "nope"})
    assert bad.status_code == 400
    assert "$titles" in bad.json()["message"]
    missing = lake.get(QUERY, params={"query": question})
    assert missing.status_code == 400
    assert "titles" in missing.json()["error"]["description"]


def test_a_query_that_does_not_parse_says_where(lake: httpx.Client) -> None:
    answer = lake.get(QUERY, params={"query": "*[a ==]"})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["type"] == "queryParseError"
    assert error["query"] == "*[a ==]"
    assert 0 <= error["start"] <= error["end"] <= 7


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v2025-02-19/data/query/nowhere?query=*", 404),
        ("/v2025-02-19/data/query/production", 400),
        ("/v2025-02-19/data/query/production?query=*&perspective=raw,drafts", 400),
        ("/v2025-02-19/data/query/production?query=*&perspective=,", 400),
        ("/v2025-02-19/data/query/production?query=*&returnQuery=maybe", 400),
        ("/version/data/query/production?query=*", 400),
        ("/v1/nothing", 404),
        ("/v1/data/doc/production/,", 400),
    ],
)
def test_a_bad_request_gets_the_plain_envelope(lake: httpx.Client, path: str, status: int) -> None:
    answer = lake.get(path)
    assert answer.status_code == status
    body = answer.json()
    assert body["statusCode"] == status
    assert body["error"]
    assert body["message"]


def test_another_project_and_an_unknown_token_are_refused(lake: httpx.Client) -> None:
    params = {"query": "*"}
    assert lake.get(QUERY, params=params, headers={"x-sanity-project-id": "localproj"}).status_code == 200
    assert lake.get(QUERY, params=params, headers={"x-sanity-project-id": "other"}).status_code == 404
    assert lake.get(QUERY, params=params, headers={"authorization": "Basic x"}).status_code == 401


def test_an_export_is_filtered_by_type(lake: httpx.Client) -> None:
    lines = lake.get("/v1/data/export/production?types=t,u", headers=TOKEN).text.splitlines()
    assert len(lines) == len(DOCUMENTS)
    assert lake.get("/v1/data/export/production?types=u", headers=TOKEN).text == ""


def test_all_versions_of_a_document_can_be_read_without_content(lake: httpx.Client) -> None:
    path = "/v2025-02-19/data/doc/production/a?includeAllVersions=true&excludeContent=true"
    documents = lake.get(path, headers=TOKEN).json()["documents"]
    assert [document["_id"] for document in documents] == ["a", "drafts.a", "versions.r1.a"]
    assert "title" not in documents[0]


def test_pages_of_this_machine_may_call_and_others_may_not(lake: httpx.Client) -> None:
    check = "/v2025-02-19/check/cors"
    assert lake.get(check, headers={"origin": "http://localhost:3333"}).json() == {
        "result": {"allowed": True, "withCredentials": True}
    }
    assert not lake.get(check, headers={"origin": "https://evil.example"}).json()["result"]["allowed"]
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    assert lake.options(QUERY, headers={"origin": "http://localhost:3333", **asked}).status_code == 200
    assert lake.options(QUERY, headers={"origin": "https://evil.example", **asked}).status_code == 400


def test_a_query_knows_where_it_runs_and_for_whom(lake: httpx.Client) -> None:
    assert ask(lake, "[sanity::projectId(), sanity::dataset(), identity()]") == ["localproj", "production", "local"]
    assert ask(lake, "identity()", headers={}) == "<anonymous>"


def test_the_store_answers_its_health(lake: httpx.Client) -> None:
    assert lake.get("/health").json() == {"status": "ok"}


def test_a_long_query_goes_through_the_url_up_to_its_limit(lake: httpx.Client) -> None:
    padded = "*[_id == 'a'][0].title //" + "x" * 11_000
    assert ask(lake, padded) == "published a"
    assert lake.get(QUERY, params={"query": padded + "x" * 4_000}).status_code == 414
    assert lake.post(QUERY, json={"query": padded + "x" * 50_000}).status_code == 200
    assert lake.post(QUERY, json={"query": padded + "x" * 100_000}).status_code == 413
