"""Actions of the local content store: drafts, publishing, versions and releases."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from engines.content_lake.embedding import serving
from engines.content_lake.lakes import LakeSettings

TOKEN = {"authorization": "Bearer any"}


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[httpx.Client]:
    with serving(LakeSettings(data_dir=tmp_path)) as url, httpx.Client(base_url=url) as client:
        yield client


@pytest.fixture(scope="module")
def shared_lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Only refused actions are sent to it."""
    settings = LakeSettings(data_dir=tmp_path_factory.mktemp("lake"))
    with serving(settings) as url, httpx.Client(base_url=url) as client:
        mutate(client, {"create": {"_id": "a", "_type": "t"}}, {"create": {"_id": "drafts.b", "_type": "t"}})
        yield client


def mutate(lake: httpx.Client, *mutations: object) -> None:
    answer = lake.post("/v1/data/mutate/production", json={"mutations": mutations}, headers=TOKEN)
    assert answer.status_code == 200, answer.text


def act(lake: httpx.Client, *actions: dict[str, Any], status: int = 200, **extra: object) -> Any:
    for action in actions:
        action["actionType"] = f"sanity.action.{action.pop('do')}"
    answer = lake.post("/v2025-02-19/data/actions/production", json={"actions": actions, **extra}, headers=TOKEN)
    assert answer.status_code == status, answer.text
    return answer.json()


def stored(lake: httpx.Client, document_id: str) -> Any:
    documents = lake.get(f"/v2025-02-19/data/doc/production/{document_id}", headers=TOKEN).json()["documents"]
    return documents[0] if documents else None


def publishing(**extra: str) -> dict[str, Any]:
    return {"do": "document.publish", "draftId": "drafts.a", "publishedId": "a", **extra}


def test_publishing_replaces_the_published_document_and_ends_the_draft(lake: httpx.Client) -> None:
    mutate(lake, {"create": {"_id": "a", "_type": "t", "n": 1, "old": True}})
    created_at = stored(lake, "a")["_createdAt"]
    mutate(lake, {"create": {"_id": "drafts.a", "_type": "t", "n": 2}})
    answer = act(lake, publishing())
    published = stored(lake, "a")
    assert published["_rev"] == answer["transactionId"]
    assert (published["n"], published["_createdAt"]) == (2, created_at)
    assert "old" not in published
    assert stored(lake, "drafts.a") is None


def test_publishing_makes_marked_references_strong(lake: httpx.Client) -> None:
    reference = {"_ref": "target", "_weak": True, "_strengthenOnPublish": {"type": "t"}}
    mutate(lake, {"create": {"_id": "drafts.a", "_type": "t", "to": [{"_key": "k", **reference}]}})
    refused = act(lake, publishing(), status=409)
    assert refused["error"]["type"] == "actionError"
    assert refused["error"]["items"][0]["error"]["type"] == "documentReferenceDoesNotExistError"
    mutate(lake, {"create": {"_id": "target", "_type": "t"}})
    act(lake, publishing())
    assert stored(lake, "a")["to"] == [{"_key": "k", "_ref": "target"}]


def test_publishing_minds_both_revisions(lake: httpx.Client) -> None:
    mutate(lake, {"create": {"_id": "drafts.a", "_type": "t"}}, {"create": {"_id": "a", "_type": "t"}})
    revision = stored(lake, "a")["_rev"]
    for wrong in ({"ifDraftRevisionId": "x"}, {"ifPublishedRevisionId": "x"}):
        refused = act(lake, publishing(**wrong), status=409)
        assert refused["error"]["items"][0]["error"]["type"] == "documentRevisionIDDoesNotMatchError"
    act(lake, publishing(ifDraftRevisionId=revision, ifPublishedRevisionId=revision))


def test_a_draft_is_created_edited_replaced_and_discarded(lake: httpx.Client) -> None:
    act(lake, {"do": "document.create", "publishedId": "a", "attributes": {"_type": "t", "n": 1}})
    again = {"do": "document.create", "publishedId": "a", "attributes": {"_type": "t"}}
    assert act(lake, dict(again), status=409)["error"]["items"][0]["index"] == 0
    act(lake, {**again, "ifExists": "ignore"})
    act(lake, publishing())
    act(lake, {"do": "document.edit", "draftId": "drafts.a", "publishedId": "a", "patch": {"inc": {"n": 4}}})
    assert (stored(lake, "a")["n"], stored(lake, "drafts.a")["n"]) == (1, 5)
    act(lake, {"do": "document.replaceDraft", "publishedId": "a", "attributes": {"_type": "t", "m": 1}})
    assert "n" not in stored(lake, "drafts.a")
    act(lake, {"do": "document.discard", "draftId": "drafts.a"})
    assert stored(lake, "drafts.a") is None
    assert act(lake, {"do": "document.discard", "draftId": "drafts.a"}, status=409)


def test_unpublishing_keeps_the_content_as_a_draft(lake: httpx.Client) -> None:
    mutate(lake, {"create": {"_id": "a", "_type": "t", "n": 1}})
    act(lake, {"do": "document.unpublish", "draftId": "drafts.a", "publishedId": "a"})
    assert stored(lake, "a") is None
    assert stored(lake, "drafts.a")["n"] == 1


def test_deleting_asks_for_the_draft_by_name(lake: httpx.Client) -> None:
    mutate(lake, {"create": {"_id": "a", "_type": "t"}}, {"create": {"_id": "drafts.a", "_type": "t"}})
    act(lake, {"do": "document.delete", "publishedId": "a", "includeDrafts": []}, status=400)
    act(lake, {"do": "document.delete", "publishedId": "a", "includeDrafts": ["drafts.a"]})
    assert stored(lake, "a") is None
    assert stored(lake, "drafts.a") is None


def test_a_release_publishes_all_its_versions_at_once(lake: httpx.Client) -> None:
    mutate(lake, {"create": {"_id": "a", "_type": "t", "n": 1}}, {"create": {"_id": "gone", "_type": "t"}})
    act(
        lake,
        {"do": "release.create", "releaseId": "r1", "metadata": {"title": "Spring"}},
        {"do": "document.version.create", "publishedId": "a", "baseId": "a", "versionId": "versions.r1.a"},
        {"do": "document.version.create", "publishedId": "b", "document": {"_id": "versions.r1.b", "_type": "t"}},
        {"do": "document.version.replace", "document": {"_id": "versions.r1.a", "_type": "t", "n": 2}},
        {"do": "document.version.unpublish", "publishedId": "gone", "versionId": "versions.r1.gone"},
        {"do": "document.version.create", "publishedId": "c", "document": {"_id": "versions.r1.c", "_type": "t"}},
        {"do": "document.version.discard", "versionId": "versions.r1.c"},
    )
    assert stored(lake, "a")["n"] == 1
    assert stored(lake, "_.releases.r1")["metadata"]["title"] == "Spring"
    act(lake, {"do": "release.publish", "releaseId": "r1"})
    assert stored(lake, "a")["n"] == 2
    assert stored(lake, "b") is not None
    assert stored(lake, "c") is None
    assert stored(lake, "gone") is None
    assert stored(lake, "versions.r1.a") is None
    assert stored(lake, "_.releases.r1")["state"] == "published"


def test_a_release_moves_only_between_its_states(lake: httpx.Client) -> None:
    release = {"releaseId": "r1"}
    act(lake, {"do": "release.create", **release})
    act(lake, {"do": "release.edit", **release, "patch": {"set": {"metadata.title": "New"}}})
    act(lake, {"do": "release.edit", **release, "patch": {"set": {"state": "published"}}}, status=400)
    act(lake, {"do": "release.unschedule", **release}, status=400)
    act(lake, {"do": "release.schedule", **release, "publishAt": "2030-01-01T00:00:00Z"})
    assert stored(lake, "_.releases.r1")["publishAt"] == "2030-01-01T00:00:00Z"
    act(lake, {"do": "release.unschedule", **release}, {"do": "release.archive", **release})
    act(lake, {"do": "release.delete", **release})
    assert stored(lake, "_.releases.r1") is None


@pytest.mark.parametrize(
    "action",
    [
        {"do": "document.explode"},
        {"do": "document.publish"},
        {"do": "document.publish", "draftId": "drafts.b", "publishedId": "a"},
        {"do": "document.publish", "draftId": "a", "publishedId": "a"},
        {"do": "document.edit", "draftId": "drafts.a", "publishedId": "a", "patch": []},
        {"do": "document.discard", "draftId": "a"},
        {"do": "document.version.create", "publishedId": "a", "document": {"_id": "a", "_type": "t"}},
        {"do": "document.delete", "publishedId": "a", "includeDrafts": "drafts.a"},
        {"do": "release.publish", "releaseId": "none"},
    ],
)
def test_an_action_that_makes_no_sense_is_named(shared_lake: httpx.Client, action: dict[str, Any]) -> None:
    action = {**action, "actionType": f"sanity.action.{action['do']}"}
    answer = shared_lake.post("/v2025-02-19/data/actions/production", json={"actions": [action]}, headers=TOKEN)
    assert answer.status_code in {400, 409}
    assert answer.json()["error"]["items"][0]["error"]["description"]


def test_a_dry_run_changes_nothing_and_readers_may_not_act(lake: httpx.Client) -> None:
    act(lake, {"do": "document.create", "publishedId": "a", "attributes": {"_type": "t"}}, dryRun=True)
    assert stored(lake, "drafts.a") is None
    answer = lake.post("/v2025-02-19/data/actions/production", json={"actions": []})
    assert answer.status_code == 403
    assert answer.json()["error"]["type"] == "actionError"
