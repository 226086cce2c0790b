"""Mutations of the local content store over HTTP: every kind, every refusal, all or nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from engines.content_lake.access import Caller, Tokens
from engines.content_lake.embedding import serving
from engines.content_lake.lakes import LakeSettings

EDITOR = {"authorization": "Bearer editor-token"}
VIEWER = {"authorization": "Bearer viewer-token"}
ADMIN = {"authorization": "Bearer admin-token"}
TOKENS = Tokens(
    {
        "editor-token": Caller("ed", "editor"),
        "viewer-token": Caller("vi", "viewer"),
        "admin-token": Caller("ad", "administrator"),
    }
)
MUTATE = "/v2025-02-19/data/mutate/production"


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[httpx.Client]:
    with serving(LakeSettings(data_dir=tmp_path, tokens=TOKENS)) as url, httpx.Client(base_url=url) as client:
        yield client


@pytest.fixture(scope="module")
def empty_lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Only refused mutations are sent to it."""
    settings = LakeSettings(data_dir=tmp_path_factory.mktemp("lake"), tokens=TOKENS)
    with serving(settings) as url, httpx.Client(base_url=url) as client:
        yield client


def mutate(lake: httpx.Client, *mutations: object, options: str = "", status: int = 200, **extra: object) -> Any:
    answer = lake.post(f"{MUTATE}?{options}", json={"mutations": list(mutations), **extra}, headers=EDITOR)
    assert answer.status_code == status, answer.text
    return answer.json()


def stored(lake: httpx.Client, document_id: str) -> Any:
    documents = lake.get(f"/v2025-02-19/data/doc/production/{document_id}", headers=EDITOR).json()["documents"]
    return documents[0] if documents else None


def first_item(answer: Any) -> Any:
    return answer["error"]["items"][0]["error"]


def test_a_created_document_gets_an_id_a_revision_and_times(lake: httpx.Client) -> None:
    answer = mutate(lake, {"create": {"_type": "listing"}}, options="returnDocuments=true")
    (result,) = answer["results"]
    assert result["operation"] == "create"
    assert result["document"]["_rev"] == answer["transactionId"]
    assert result["document"]["_createdAt"] == result["document"]["_updatedAt"]
    assert stored(lake, result["id"]) == result["document"]


def test_an_id_that_ends_in_a_dot_is_a_prefix(lake: httpx.Client) -> None:
    answer = mutate(lake, {"create": {"_id": "drafts.", "_type": "listing"}})
    assert answer["results"][0]["id"].startswith("drafts.")
    assert len(answer["results"][0]["id"]) > 20


def test_creating_twice_conflicts_and_creating_if_missing_does_nothing(lake: httpx.Client) -> None:
    mutate(lake, {"create": {"_id": "a", "_type": "t", "n": 1}})
    refused = mutate(lake, {"create": {"_id": "a", "_type": "t"}}, status=409)
    assert first_item(refused)["type"] == "documentAlreadyExistsError"
    ignored = mutate(lake, {"createIfNotExists": {"_id": "a", "_type": "t", "n": 2}})
    assert ignored["results"] == [{"id": "a", "operation": "none"}]
    replaced = mutate(lake, {"createOrReplace": {"_id": "a", "_type": "t", "m": 3}})
    assert replaced["results"] == [{"id": "a", "operation": "update"}]
    assert stored(lake, "a")["m"] == 3
    assert "n" not in stored(lake, "a")


def test_one_refused_mutation_takes_the_others_back(lake: httpx.Client) -> None:
    refused = mutate(
        lake, {"create": {"_id": "a", "_type": "t"}}, {"patch": {"id": "missing", "set": {"x": 1}}}, status=409
    )
    assert refused["error"]["items"][0]["index"] == 1
    assert first_item(refused)["type"] == "documentNotFoundError"
    assert stored(lake, "a") is None


def test_a_patch_at_another_revision_is_refused(lake: httpx.Client) -> None:
    first = mutate(lake, {"create": {"_id": "a", "_type": "t"}})["transactionId"]
    mutate(lake, {"patch": {"id": "a", "ifRevisionID": first, "set": {"n": 1}}})
    refused = mutate(lake, {"patch": {"id": "a", "ifRevisionID": first, "set": {"n": 2}}}, status=409)
    assert first_item(refused)["type"] == "documentRevisionIDDoesNotMatchError"
    assert first_item(refused)["expectedRevisionID"] == first
    assert stored(lake, "a")["n"] == 1


def test_patches_and_deletes_work_by_query(lake: httpx.Client) -> None:
    mutate(lake, *({"create": {"_id": f"d{n}", "_type": "t", "n": n}} for n in range(4)))
    by_query = {"query": "*[_type == $type && n >= 2]", "params": {"type": "t"}}
    answer = mutate(lake, {"patch": {**by_query, "inc": {"n": 10}}})
    assert [result["id"] for result in answer["results"]] == ["d2", "d3"]
    assert stored(lake, "d3")["n"] == 13
    mutate(lake, {"delete": {"query": "*[n > 5]._id"}})
    assert stored(lake, "d2") is None
    assert stored(lake, "d1") is not None
    broken = mutate(lake, {"delete": {"query": "*["}}, status=400)
    assert broken["error"]["type"] == "queryParseError"


def test_a_strong_reference_must_exist_and_protects_its_target(lake: httpx.Client) -> None:
    reference = {"_type": "reference", "_ref": "target"}
    missing = mutate(lake, {"create": {"_id": "a", "_type": "t", "to": reference}}, status=409)
    assert first_item(missing)["type"] == "documentReferenceDoesNotExistError"
    mutate(lake, {"create": {"_id": "a", "_type": "t", "to": reference}}, {"create": {"_id": "target", "_type": "t"}})
    refused = mutate(lake, {"delete": {"id": "target"}}, status=409)
    assert first_item(refused) | {"description": ""} == {
        "type": "documentHasExistingReferencesError",
        "description": "",
        "id": "target",
        "referencingIDs": ["a"],
    }
    changed = mutate(lake, {"createOrReplace": {"_id": "target", "_type": "other"}}, status=409)
    assert first_item(changed)["id"] == "target"
    mutate(lake, {"delete": {"id": "target"}}, {"delete": {"id": "a"}})
    assert stored(lake, "target") is None


def test_a_weak_reference_protects_nothing(lake: httpx.Client) -> None:
    mutate(lake, {"create": {"_id": "a", "_type": "t", "to": {"_ref": "nowhere", "_weak": True}}})
    mutate(lake, {"create": {"_id": "nowhere", "_type": "t"}})
    mutate(lake, {"delete": {"id": "nowhere"}})
    assert stored(lake, "a") is not None


def test_a_dry_run_answers_and_changes_nothing(lake: httpx.Client) -> None:
    answer = mutate(lake, {"create": {"_id": "a", "_type": "t"}}, options="dryRun=true&returnDocuments=true")
    assert answer["results"][0]["document"]["_id"] == "a"
    assert stored(lake, "a") is None


def test_a_transaction_id_becomes_the_revision_and_works_once(lake: httpx.Client) -> None:
    mutate(lake, {"create": {"_id": "a", "_type": "t"}}, transactionId="chosen-1")
    assert stored(lake, "a")["_rev"] == "chosen-1"
    again = mutate(lake, {"delete": {"id": "a"}}, transactionId="chosen-1", status=409)
    assert first_item(again)["type"] == "transactionAlreadyExistsError"
    assert stored(lake, "a") is not None


def test_array_keys_are_made_when_asked_for(lake: httpx.Client) -> None:
    body = {"_id": "a", "_type": "t", "items": [{"x": 1}, {"_key": "mine", "y": [{"z": 1}]}]}
    mutate(lake, {"create": body}, options="autoGenerateArrayKeys=true")
    items = stored(lake, "a")["items"]
    assert len(items[0]["_key"]) == 12
    assert items[1]["_key"] == "mine"
    assert items[1]["y"][0]["_key"]


@pytest.mark.parametrize(
    "mutation",
    [
        {},
        "create",
        {"create": {"_type": "t"}, "delete": {"id": "a"}},
        {"replace": {"_id": "a"}},
        {"create": {"_id": "a"}},
        {"create": {"_id": "no spaces", "_type": "t"}},
        {"create": {"_id": "-dash", "_type": "t"}},
        {"create": {"_id": "a..b", "_type": "t"}},
        {"create": {"_id": "x" * 129, "_type": "t"}},
        {"create": {"_id": 5, "_type": "t"}},
        {"createOrReplace": {"_type": "t"}},
        {"delete": {}},
        {"delete": {"id": "a", "query": "*"}},
        {"patch": {"set": {"a": 1}}},
        {"create": {"_id": "wide", "_type": "t", **{f"a{n}": n for n in range(1001)}}},
    ],
)
def test_a_malformed_mutation_is_named_and_changes_nothing(empty_lake: httpx.Client, mutation: object) -> None:
    answer = empty_lake.post(MUTATE, json={"mutations": [mutation]}, headers=EDITOR)
    assert answer.status_code in {400, 409}
    assert first_item(answer.json())["description"]
    assert empty_lake.get("/v1/data/export/production", headers=EDITOR).text == ""


def test_a_body_that_is_no_json_or_too_large_is_refused(lake: httpx.Client) -> None:
    assert lake.post(MUTATE, content=b"{nonsense", headers=EDITOR).json()["error"] == "Bad Request"
    assert lake.post(MUTATE, json={"mutation": []}, headers=EDITOR).status_code == 400
    assert lake.post(MUTATE, content=b" " * (4 * 1024 * 1024 + 1), headers=EDITOR).status_code == 413
    assert lake.post(f"{MUTATE}?visibility=never", json={"mutations": []}, headers=EDITOR).status_code == 400


def test_roles_decide_who_may_write(lake: httpx.Client) -> None:
    body = {"mutations": [{"create": {"_id": "a", "_type": "t"}}]}
    for headers in ({}, VIEWER):
        refused = lake.post(MUTATE, json=body, headers=headers)
        assert refused.status_code == 403
        assert first_item(refused.json())["type"] == "insufficientPermissionsError"
    unknown = lake.post(MUTATE, json=body, headers={"authorization": "Bearer stolen"})
    assert unknown.json()["message"] == "Session not found"
    assert lake.put("/v1/datasets/staging", headers=EDITOR).status_code == 403
    assert lake.put("/v1/datasets/staging", headers=ADMIN).json()["datasetName"] == "staging"


def test_an_import_is_all_or_nothing_and_names_the_broken_line(lake: httpx.Client) -> None:
    path = "/v2025-02-19/data/import/production"
    line = '{"_id":"a","_type":"t","_createdAt":"2020-01-01T00:00:00Z","_updatedAt":"2020-02-01T00:00:00Z"}'
    broken = lake.post(path, content=f"{line}\n{{broken\n", headers=ADMIN)
    assert broken.status_code == 400
    assert broken.json()["error"]["line"] == 2
    assert stored(lake, "a") is None
    assert lake.post(path, content=f"{line}\n\n", headers=ADMIN).json()["operations"] == {"create": 1}
    assert stored(lake, "a")["_updatedAt"] == "2020-02-01T00:00:00Z"
    assert lake.post(path, content=line, headers=EDITOR).status_code == 403


def test_a_reference_that_an_import_left_open_does_not_forbid_edits(lake: httpx.Client) -> None:
    line = '{"_id":"a","_type":"t","to":{"_ref":"left-out"}}'
    assert lake.post("/v2025-02-19/data/import/production", content=line, headers=ADMIN).status_code == 200
    mutate(lake, {"patch": {"id": "a", "set": {"n": 1}}})
    refused = mutate(lake, {"patch": {"id": "a", "set": {"other": {"_ref": "missing"}}}}, status=409)
    assert first_item(refused)["referenceID"] == "missing"


def test_the_past_of_a_document_can_be_read(lake: httpx.Client) -> None:
    first = mutate(lake, {"create": {"_id": "a", "_type": "t", "n": 1}})["transactionId"]
    second = mutate(lake, {"patch": {"id": "a", "set": {"n": 2}}})["transactionId"]
    mutate(lake, {"delete": {"id": "a"}})
    history = "/v2025-02-19/data/history/production"
    assert lake.get(f"{history}/documents/a?revision={first}", headers=EDITOR).json()["documents"][0]["n"] == 1
    assert lake.get(f"{history}/documents/a?revision={second}", headers=EDITOR).json()["documents"][0]["n"] == 2
    assert lake.get(f"{history}/documents/a", headers=EDITOR).json()["documents"] == []
    lines = lake.get(f"{history}/transactions/a?excludeContent=true", headers=EDITOR).text.splitlines()
    assert len(lines) == 3
    assert first in lines[0]
    newest = lake.get(f"{history}/transactions/a?reverse=true&limit=1", headers=EDITOR).text
    assert '"mutations":[{"delete":{"id":"a"}}]' in newest
    assert lake.get(f"{history}/transactions/a?limit=0", headers=EDITOR).status_code == 400
    assert lake.get(f"{history}/documents/a").status_code == 401
