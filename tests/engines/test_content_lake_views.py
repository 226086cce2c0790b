"""Properties of the local content store: views, memory and disk never disagree, and no input breaks it."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.content_lake.datasets import LiveDataset
from engines.content_lake.embedding import serving
from engines.content_lake.faults import LakeError
from engines.content_lake.lakes import Lake, LakeSettings
from engines.content_lake.perspectives import Perspective
from engines.content_lake.records import new_transaction_id
from engines.content_lake.storage import StorageError
from engines.content_lake.transactions import Intent, Plan
from engines.content_lake.upkeep import publish_due_releases

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
IDS = ("a", "b", "drafts.a", "drafts.b", "versions.r1.a", "versions.r1.b", "private.c")
PERSPECTIVES = [
    Perspective(layers, is_public=is_public)
    for layers in (("published",), ("drafts",), ("raw",), ("raw", "no releases"), ("r1", "drafts"))
    for is_public in (False, True)
]

INTEGERS = st.integers(-(2**63), 2**64 - 1)
"""A larger number in a request is read as floating point."""

bodies = st.fixed_dictionaries(
    {"_type": st.sampled_from(["t", "u"])},
    optional={
        "n": st.integers(-5, 5),
        "to": st.fixed_dictionaries({"_ref": st.sampled_from(IDS)}, optional={"_weak": st.booleans()}),
        "slug": st.fixed_dictionaries({"current": st.sampled_from(["x", "y"])}),
        "_system": st.fixed_dictionaries({"delete": st.booleans()}),
    },
)
mutations = st.one_of(
    st.builds(
        lambda mode, document_id, body: {mode: {"_id": document_id, **body}},
        st.sampled_from(["create", "createOrReplace", "createIfNotExists"]),
        st.sampled_from(IDS),
        bodies,
    ),
    st.builds(lambda document_id: {"delete": {"id": document_id}}, st.sampled_from(IDS)),
    st.builds(lambda document_id, n: {"patch": {"id": document_id, "set": {"n": n}}}, st.sampled_from(IDS), INTEGERS),
    st.builds(lambda name: {"delete": {"query": f'*[_type == "{name}"]'}}, st.sampled_from(["t", "u"])),
)


def transact(dataset: LiveDataset, batch: list[Any]) -> bool:
    """Whether the transaction was accepted."""
    steps = [lambda plan, one=one: Plan.mutate(plan, one) for one in batch]
    intent = Intent(new_transaction_id(), NOW, "me", batch)
    try:
        dataset.transact(intent, steps, owe=lambda _: [], is_dry=False)
    except LakeError:
        return False
    return True


def contents(dataset: LiveDataset) -> dict[Perspective, list[Any]]:
    found = {}
    for perspective in PERSPECTIVES:
        with dataset.reading(perspective) as documents:
            found[perspective] = list(documents)
    return found


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(mutations, max_size=4), max_size=8))
def test_views_follow_every_transaction_and_equal_what_is_on_disk(batches: list[list[Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "d.sqlite"
        dataset = LiveDataset("d", path)
        contents(dataset)
        for batch in batches:
            before = orjson.dumps(dataset.snapshot())
            if not transact(dataset, batch):
                assert orjson.dumps(dataset.snapshot()) == before
        lived = contents(dataset)
        referrers = {document_id: set(dataset.referrers(document_id)) for document_id in IDS}
        dataset.close()
        reopened = LiveDataset("d", path)
        try:
            assert contents(reopened) == lived
            assert {one: set(reopened.referrers(one)) for one in IDS} == referrers
            for sources in referrers.values():
                assert all(reopened.find(source) for source in sources)
        finally:
            reopened.close()


@given(st.lists(st.lists(mutations, min_size=1, max_size=4), max_size=8))
@settings(max_examples=40, deadline=None)
def test_no_accepted_transaction_leaves_a_strong_reference_without_its_target(batches: list[list[Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        dataset = LiveDataset("d", Path(folder) / "d.sqlite")
        for batch in batches:
            transact(dataset, batch)
        missing = [target for target in IDS if dataset.find(target) is None]
        assert not [target for target in missing if dataset.referrers(target)]
        dataset.close()


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        serving(LakeSettings(data_dir=tmp_path_factory.mktemp("lake"))) as url,
        httpx.Client(base_url=url, headers={"authorization": "Bearer any"}) as client,
    ):
        yield client


words = st.sampled_from(
    ["_id", "_type", "id", "query", "params", "set", "unset", "insert", "after", "items", "inc", "a[", "*[", "drafts.a"]
)
scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text() | words
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words | st.text(), inner, max_size=4)
)
operations = st.sampled_from(["create", "createOrReplace", "createIfNotExists", "delete", "patch", "nothing"])


@settings(max_examples=150, deadline=None)
@given(st.one_of(values, st.builds(lambda name, body: {"mutations": [{name: body}]}, operations, values)))
def test_no_body_makes_the_store_fail(lake: httpx.Client, body: Any) -> None:
    try:
        content = orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        return  # larger than 64 bits or half a surrogate pair: not JSON that this encoder writes
    for path in ("mutate", "actions"):
        answer = lake.post(f"/v2025-02-19/data/{path}/production", content=content)
        assert answer.status_code < 500, answer.text
        assert isinstance(answer.json(), dict)


@settings(max_examples=100, deadline=None)
@given(st.text(), st.text(), st.text())
def test_no_url_makes_the_store_fail(lake: httpx.Client, query: str, perspective: str, parameter: str) -> None:
    params = {"query": query, "perspective": perspective, "$p": parameter}
    answer = lake.get("/v2025-02-19/data/query/production", params=params)
    assert answer.status_code < 500, answer.text


def test_a_body_nested_beyond_reason_is_refused(lake: httpx.Client) -> None:
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        for depth in (100, 300, 1_000, 100_000):
            deep = opening * depth + "1" + closing * depth
            for operation in ("createIfNotExists", "createOrReplace"):
                content = f'{{"mutations":[{{"{operation}":{{"_id":"deep","_type":"t","deep":{deep}}}}}]}}'
                assert lake.post("/v1/data/mutate/production", content=content).status_code in {400, 409}
            content = f'{{"mutations":[{{"patch":{{"id":"deep","set":{{"deep":{deep}}}}}}}]}}'
            assert lake.post("/v1/data/mutate/production", content=content).status_code in {400, 409}


def test_a_number_that_grows_too_large_is_refused(lake: httpx.Client) -> None:
    def mutate(mutation: dict[str, Any]) -> int:
        body = orjson.dumps({"mutations": [mutation]})
        return lake.post("/v1/data/mutate/production", content=body).status_code

    assert mutate({"createOrReplace": {"_id": "big", "_type": "t", "n": 2**63 - 1, "f": 1e308}}) == 200
    assert mutate({"patch": {"id": "big", "inc": {"n": 2**62}}}) == 200
    assert mutate({"patch": {"id": "big", "inc": {"f": 1.7e308}}}) == 400


def test_a_second_process_may_not_open_the_same_folder(tmp_path: Path) -> None:
    first = LiveDataset("d", tmp_path / "d.sqlite")
    with pytest.raises(StorageError, match="locked"):
        LiveDataset("d", tmp_path / "d.sqlite")
    first.close()
    LiveDataset("d", tmp_path / "d.sqlite").close()


async def test_a_scheduled_release_is_published_when_its_time_has_come(tmp_path: Path) -> None:
    lake = Lake(LakeSettings(data_dir=tmp_path, clock=lambda: NOW))
    dataset = lake.dataset("production")
    release = {"_id": "_.releases.r1", "_type": "system.release", "name": "r1", "state": "scheduled"}
    release["publishAt"] = "2026-11-21T09:00:00Z"
    assert transact(dataset, [{"create": release}, {"create": {"_id": "versions.r1.a", "_type": "t"}}])
    await publish_due_releases(lake, dataset, NOW)
    assert dataset.find("a") is None
    await publish_due_releases(lake, dataset, NOW + timedelta(hours=1))
    assert dataset.find("a") is not None
    assert (dataset.find("_.releases.r1") or {})["state"] == "published"
    lake.close()


def test_old_history_is_forgotten_but_no_document_and_no_transaction_id(tmp_path: Path) -> None:
    dataset = LiveDataset("d", tmp_path / "d.sqlite")
    for n in range(3):
        assert transact(dataset, [{"createOrReplace": {"_id": "a", "_type": "t", "n": n}}])
    ids = [row[0] for row in dataset.storage.read("SELECT id FROM transactions")]
    dataset.storage.prune("2026-11-21T08:00:00.000000Z")
    assert dataset.storage.read("SELECT count(*) FROM revisions") == [(3,)]
    dataset.storage.prune("2026-11-21T08:00:01.000000Z")
    assert dataset.storage.read("SELECT count(*) FROM revisions") == [(1,)]
    assert all(dataset.storage.has_transaction(one) for one in ids)
    assert (dataset.find("a") or {})["n"] == 2
    dataset.close()
