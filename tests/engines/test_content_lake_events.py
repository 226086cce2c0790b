"""Listen and live events of the local content store: order, resume, privacy, and tags as precise as the query."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from engines.content_lake.embedding import serving
from engines.content_lake.lakes import LakeSettings

TOKEN = {"authorization": "Bearer any"}
LISTEN = "/v2025-02-19/data/listen/production"
LIVE = "/v2025-02-19/data/live/events/production"


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[httpx.Client]:
    with serving(LakeSettings(data_dir=tmp_path)) as url, httpx.Client(base_url=url, timeout=15) as client:
        yield client


@pytest.fixture(scope="module")
def shared_lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        serving(LakeSettings(data_dir=tmp_path_factory.mktemp("lake"))) as url,
        httpx.Client(base_url=url, timeout=15) as client,
    ):
        yield client


def mutate(lake: httpx.Client, *mutations: object) -> str:
    answer = lake.post("/v1/data/mutate/production", json={"mutations": mutations}, headers=TOKEN)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["transactionId"])


class Events:
    """The events of one stream, read one after another."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.iter_lines()

    def next(self) -> dict[str, Any]:
        event: dict[str, Any] = {"event": "message", "id": "", "data": None}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if name in event:
                event[name] = value
            elif not line and event["data"] is not None:
                return {**event, "data": json.loads(event["data"])}
        raise AssertionError("the stream ended")


@contextmanager
def opened(lake: httpx.Client, path: str, headers: dict[str, str] | None = None, **params: str) -> Iterator[Events]:
    with lake.stream("GET", path, params=params, headers=TOKEN if headers is None else headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Events(answer)


def test_one_transaction_gives_one_event_for_each_matching_document(lake: httpx.Client) -> None:
    with opened(lake, LISTEN, query='*[_type == "a"]') as events:
        assert events.next()["event"] == "welcome"
        transaction_id = mutate(lake, *({"create": {"_id": f"d{n}", "_type": "ab"[n % 2]}} for n in range(5)))
        received = [events.next() for _ in range(3)]
    assert [event["id"] for event in received] == [f"{transaction_id}#d{n}" for n in (0, 2, 4)]
    assert [event["data"]["transactionCurrentEvent"] for event in received] == [0, 1, 2]
    assert {event["data"]["transactionTotalEvents"] for event in received} == {3}
    assert "result" not in received[0]["data"]


@pytest.mark.parametrize(
    "query",
    [
        '*[_type == "a"][5...10]{title} | order(title)',
        '*[_type in ["a", "]"]][7]',
        '*[_type == "a"] | order(_id)[3]._id',
    ],
)
def test_only_the_filter_of_a_query_decides_what_is_heard(shared_lake: httpx.Client, query: str) -> None:
    with opened(shared_lake, LISTEN, query=query) as events:
        events.next()
        mutate(shared_lake, {"createOrReplace": {"_id": "heard", "_type": "a"}}, {"delete": {"id": "heard"}})
        mutate(shared_lake, {"create": {"_id": "heard", "_type": "b"}}, {"delete": {"id": "heard"}})
        mutate(shared_lake, {"create": {"_id": "heard", "_type": "a"}})
        assert events.next()["data"]["transition"] == "appear"
        mutate(shared_lake, {"delete": {"id": "heard"}})
        assert events.next()["data"]["transition"] == "disappear"


def test_a_deletion_disappears(lake: httpx.Client) -> None:
    first = mutate(lake, {"create": {"_id": "a", "_type": "t"}})
    with opened(lake, LISTEN, query="*", includePreviousRevision="true", effectFormat="mendoza") as events:
        events.next()
        mutate(lake, {"delete": {"query": '*[_id == "a"]'}})
        data = events.next()["data"]
    assert data["transition"] == "disappear"
    assert data["previousRev"] == first == data["previous"]["_rev"]
    assert data["mutations"] == [{"delete": {"id": "a"}}]
    assert data["effects"]["apply"] == [0, None]


def test_a_listener_resumes_where_it_was_cut_off(lake: httpx.Client) -> None:
    with opened(lake, LISTEN, query="*", enableResume="true") as events:
        assert events.next()["event"] == "welcome"
        mutate(lake, {"create": {"_id": "a", "_type": "t"}})
        last = events.next()["id"]
    missed = mutate(lake, {"create": {"_id": "b", "_type": "t"}})
    with opened(lake, LISTEN, {**TOKEN, "last-event-id": last}, query="*", enableResume="true") as events:
        assert events.next()["event"] == "welcomeback"
        assert events.next()["id"] == f"{missed}#b"
    with opened(lake, LISTEN, {**TOKEN, "last-event-id": "unknown#b"}, query="*", enableResume="true") as events:
        assert events.next()["event"] == "reset"


def test_drafts_and_private_documents_are_heard_of_only_by_those_who_may(lake: httpx.Client) -> None:
    changes = [{"create": {"_id": name, "_type": "t"}} for name in ("drafts.a", "secret.b", "c")]
    with (
        opened(lake, LISTEN, {}, query="*", includeAllVersions="true") as anonymous,
        opened(lake, LISTEN, query="*") as published,
        opened(lake, LISTEN, query="*", includeAllVersions="true") as everything,
    ):
        for events in (anonymous, published, everything):
            events.next()
        mutate(lake, *changes)
        assert anonymous.next()["data"]["documentId"] == "c"
        assert [published.next()["data"]["documentId"] for _ in range(2)] == ["secret.b", "c"]
        assert [everything.next()["data"]["documentId"] for _ in range(3)] == ["drafts.a", "secret.b", "c"]


def tags(lake: httpx.Client, query: str) -> set[str]:
    answer = lake.get("/v2025-02-19/data/query/production", params={"query": query}, headers=TOKEN)
    return set(answer.json()["syncTags"])


@pytest.mark.parametrize(
    ("query", "is_stale"),
    [
        ('*[_id == "seen"][0]', True),
        ('*[_id == "other"][0]', False),
        ('*[_id in ["other", "seen"]]', True),
        ('*[_type == "listing"]', True),
        ('*[_type == "user"]', False),
        ('*[_type == "user"]{"listings": *[references(^._id)]}', True),
        ('*[_type == "user" && _id == "u2"]{"listings": *[references(^._id)]}', False),
        ('*[slug.current == "was"]', True),
        ('*[slug.current == "will-be"]', True),
        ('*[slug.current == "elsewhere"]', False),
        ('*[_type == "page"]{to->}', True),
        ("count(*)", True),
        ("1 + 1", False),
    ],
)
def test_a_query_is_stale_exactly_when_it_read_something_that_changed(
    shared_lake: httpx.Client, query: str, *, is_stale: bool
) -> None:
    mutate(
        shared_lake,
        {"createOrReplace": {"_id": "u1", "_type": "user"}},
        {"createOrReplace": {"_id": "u2", "_type": "user"}},
        {"createOrReplace": {"_id": "other", "_type": "note", "slug": {"current": "elsewhere"}}},
        {"createOrReplace": {"_id": "seen", "_type": "listing", "slug": {"current": "was"}, "seller": {"_ref": "u1"}}},
        {"createOrReplace": {"_id": "p", "_type": "page", "to": {"_ref": "seen"}}},
    )
    read = tags(shared_lake, query)
    with opened(shared_lake, LIVE, {}) as events:
        events.next()
        mutate(shared_lake, {"patch": {"id": "seen", "set": {"slug.current": "will-be"}}})
        message = events.next()
    assert bool(read & set(message["data"]["tags"])) == is_stale


def test_live_events_resume_and_say_when_the_place_is_lost(lake: httpx.Client) -> None:
    with opened(lake, LIVE, {}) as events:
        welcome = events.next()
        assert welcome["event"] == "welcome"
    mutate(lake, {"create": {"_id": "drafts.a", "_type": "t"}})
    mutate(lake, {"create": {"_id": "a", "_type": "t"}})
    with opened(lake, LIVE, {"last-event-id": welcome["id"]}) as events:
        assert events.next() == {**welcome, "data": {}}
        message = events.next()
        assert message["event"] == "message"
    for lost in ("999", "what"):
        with opened(lake, LIVE, {"last-event-id": lost}) as events:
            events.next()
            restart = events.next()
            assert (restart["event"], restart["id"]) == ("restart", message["id"])
    assert lake.get(LIVE, params={"includeDrafts": "true"}).status_code == 401


def test_a_query_that_cannot_be_read_is_told_on_the_channel(lake: httpx.Client) -> None:
    with opened(lake, LISTEN, query="*[") as events:
        refusal = events.next()
    assert refusal["event"] == "channelError"
    assert refusal["data"]["message"]
