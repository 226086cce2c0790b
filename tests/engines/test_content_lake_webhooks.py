"""Webhooks of the local content store: when they fire, what they carry, and how they are delivered."""

import base64
import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from engines.content_lake.embedding import serving
from engines.content_lake.lakes import LakeSettings

TOKEN = {"authorization": "Bearer any"}
HOOKS = "/v2021-10-04/hooks/projects/localproj"
SECRET = "not a real secret"


@dataclass
class Receiver:
    """A web server that remembers its calls and answers with the statuses it was given, then with 200."""

    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0
    url: str = ""

    def wait(self, count: int, seconds: float = 15) -> None:
        deadline = time.monotonic() + seconds
        while len(self.calls) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.calls) >= count

    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, body in self.calls]


def handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    guard = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with guard:
                receiver.busy += 1
                receiver.busiest = max(receiver.busiest, receiver.busy)
            body = self.rfile.read(int(self.headers["content-length"]))
            time.sleep(0.005)
            with guard:
                status = receiver.statuses.pop(0) if receiver.statuses else 200
                receiver.calls.append(({key.lower(): value for key, value in self.headers.items()}, body))
                receiver.busy -= 1
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            pass

    return Handler


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(receiver))
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield receiver
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def settings(tmp_path: Path) -> LakeSettings:
    return LakeSettings(data_dir=tmp_path, webhook_pause_seconds=0.05)


@pytest.fixture
def lake(settings: LakeSettings) -> Iterator[httpx.Client]:
    with serving(settings) as url, httpx.Client(base_url=url) as client:
        yield client


@pytest.fixture(scope="module")
def shared_lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Only refused webhooks are sent to it."""
    settings = LakeSettings(data_dir=tmp_path_factory.mktemp("lake"))
    with serving(settings) as url, httpx.Client(base_url=url) as client:
        yield client


def mutate(lake: httpx.Client, *mutations: object) -> str:
    answer = lake.post("/v1/data/mutate/production", json={"mutations": mutations}, headers=TOKEN)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["transactionId"])


def hook(lake: httpx.Client, receiver: Receiver, **rule: object) -> dict[str, Any]:
    top: dict[str, object] = {key: rule.pop(key) for key in ("secret", "includeDrafts", "headers") if key in rule}
    body: dict[str, object] = {"url": receiver.url, "name": "test", "dataset": "production", "rule": rule, **top}
    answer = lake.post(HOOKS, json=body, headers=TOKEN)
    assert answer.status_code == 201, answer.text
    described: dict[str, Any] = answer.json()
    return described


def verify(receiver: Receiver, place: int) -> None:
    headers, body = receiver.calls[place]
    found = re.fullmatch(r"t=(\d+),v1=([A-Za-z0-9_-]{43})", headers["sanity-webhook-signature"])
    assert found is not None
    assert abs(int(found[1]) / 1000 - time.time()) < 60
    wanted = hmac.new(SECRET.encode(), f"{found[1]}.".encode() + body, hashlib.sha256).digest()
    assert found[2] == base64.urlsafe_b64encode(wanted).decode().rstrip("=")


def test_a_call_carries_the_document_and_the_documented_headers(lake: httpx.Client, receiver: Receiver) -> None:
    made = hook(lake, receiver, secret=SECRET, headers={"X-Mine": "yes"})
    transaction_id = mutate(lake, {"create": {"_id": "a", "_type": "listing", "title": "Hilux 2022 & né"}})
    receiver.wait(1)
    headers, body = receiver.calls[0]
    assert json.loads(body)["_rev"] == transaction_id
    expected = {
        "content-type": "application/json",
        "x-mine": "yes",
        "sanity-transaction-id": transaction_id,
        "sanity-dataset": "production",
        "sanity-document-id": "a",
        "sanity-project-id": "localproj",
        "sanity-webhook-id": made["id"],
        "sanity-operation": "create",
    }
    assert {name: headers[name] for name in expected} == expected
    assert headers["sanity-transaction-time"].endswith("Z")
    assert len(headers["idempotency-key"]) == 32
    verify(receiver, 0)


def test_the_filter_sees_both_sides_of_the_change(lake: httpx.Client, receiver: Receiver) -> None:
    hook(
        lake,
        receiver,
        on=["update"],
        filter='_type == "listing" && delta::changedAny(price) && before().price < after().price',
        projection='{_id, "was": before().price, "is": price, "how": delta::operation()}',
    )
    mutate(lake, {"create": {"_id": "a", "_type": "listing", "price": 1}})
    mutate(lake, {"patch": {"id": "a", "set": {"title": "x"}}})
    mutate(lake, {"patch": {"id": "a", "set": {"price": 5}}})
    mutate(lake, {"patch": {"id": "a", "set": {"price": 2}}})
    mutate(lake, {"create": {"_id": "b", "_type": "other", "price": 1}}, {"patch": {"id": "b", "inc": {"price": 1}}})
    mutate(lake, {"patch": {"id": "a", "set": {"price": 9}}})
    receiver.wait(2)
    assert receiver.bodies() == [
        {"_id": "a", "was": 1, "is": 5, "how": "update"},
        {"_id": "a", "was": 2, "is": 9, "how": "update"},
    ]


def test_a_deletion_tells_what_was_there(lake: httpx.Client, receiver: Receiver) -> None:
    hook(lake, receiver, on=["delete"], filter='_type == "listing"')
    mutate(lake, {"create": {"_id": "a", "_type": "listing", "title": "gone"}})
    mutate(lake, {"delete": {"id": "a"}})
    receiver.wait(1)
    assert receiver.bodies()[0]["title"] == "gone"
    assert receiver.calls[0][0]["sanity-operation"] == "delete"


def test_drafts_are_silent_unless_asked_for(lake: httpx.Client, receiver: Receiver) -> None:
    hook(lake, receiver)
    mutate(lake, {"create": {"_id": "drafts.a", "_type": "t"}}, {"create": {"_id": "versions.r.a", "_type": "t"}})
    hook(lake, receiver, includeDrafts=True, projection="{_id}")
    mutate(lake, {"create": {"_id": "drafts.b", "_type": "t"}})
    receiver.wait(1)
    time.sleep(0.1)
    assert receiver.bodies() == [{"_id": "drafts.b"}]


def test_a_projection_may_follow_a_reference(lake: httpx.Client, receiver: Receiver) -> None:
    hook(lake, receiver, filter='_type == "listing"', projection='{"category": category->title}')
    category = {"create": {"_id": "c", "_type": "category", "title": "Cars"}}
    mutate(lake, category, {"create": {"_id": "a", "_type": "listing", "category": {"_ref": "c"}}})
    mutate(lake, {"patch": {"id": "c", "set": {"title": "Vehicles"}}})
    mutate(lake, {"patch": {"id": "a", "set": {"n": 1}}})
    receiver.wait(2)
    assert receiver.bodies() == [{"category": "Cars"}, {"category": "Vehicles"}]


def test_a_busy_or_broken_receiver_gets_the_same_call_again(lake: httpx.Client, receiver: Receiver) -> None:
    receiver.statuses = [500, 429, 503]
    hook(lake, receiver, secret=SECRET)
    mutate(lake, {"create": {"_id": "a", "_type": "t"}})
    receiver.wait(4)
    time.sleep(0.2)
    assert len(receiver.calls) == 4
    assert len({headers["idempotency-key"] for headers, _ in receiver.calls}) == 1
    verify(receiver, 3)


def test_a_refusal_is_final(lake: httpx.Client, receiver: Receiver) -> None:
    receiver.statuses = [404, 302]
    hook(lake, receiver)
    for document_id in ("a", "b", "c"):
        mutate(lake, {"create": {"_id": document_id, "_type": "t"}})
    receiver.wait(3)
    time.sleep(0.2)
    assert [body["_id"] for body in receiver.bodies()] == ["a", "b", "c"]


def test_calls_of_one_webhook_go_out_one_at_a_time_and_in_order(lake: httpx.Client, receiver: Receiver) -> None:
    hook(lake, receiver)
    for number in range(10):
        mutate(lake, {"create": {"_id": f"d{number}", "_type": "t"}}, {"create": {"_id": f"e{number}", "_type": "t"}})
    receiver.wait(20)
    assert [body["_id"] for body in receiver.bodies()] == [f"{side}{n}" for n in range(10) for side in "de"]
    assert receiver.busiest == 1


def test_what_is_owed_survives_a_restart(settings: LakeSettings, receiver: Receiver) -> None:
    receiver.statuses = [503] * 1000
    with serving(settings) as url, httpx.Client(base_url=url) as lake:
        hook(lake, receiver)
        mutate(lake, {"create": {"_id": "a", "_type": "t"}})
        receiver.wait(1)
    receiver.statuses = []
    before = len(receiver.calls)
    with serving(settings):
        receiver.wait(before + 1)
    assert receiver.bodies()[-1]["_id"] == "a"
    assert len({headers["idempotency-key"] for headers, _ in receiver.calls}) == 1


def test_webhooks_are_listed_changed_and_removed(lake: httpx.Client, receiver: Receiver) -> None:
    made = hook(lake, receiver, filter='_type == "a"')
    changed = lake.patch(f"{HOOKS}/{made['id']}", json={"isDisabledByUser": True}, headers=TOKEN).json()
    assert changed == {**made, "isDisabledByUser": True}
    assert lake.get(HOOKS, headers=TOKEN).json() == [changed]
    assert lake.delete(f"{HOOKS}/{made['id']}", headers=TOKEN).status_code == 200
    assert lake.get(HOOKS, headers=TOKEN).json() == []
    assert lake.delete(f"{HOOKS}/{made['id']}", headers=TOKEN).status_code == 404
    assert lake.get(HOOKS).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.update(url="ftp://somewhere"),
        lambda body: body.update(rule={"on": ["explode"]}),
        lambda body: body.update(rule={"filter": "_type =="}),
        lambda body: body.update(rule={"projection": '{"n": count(*)}'}),
        lambda body: body.update(httpMethod="BREW"),
        lambda body: body.update(headers=["x"]),
        lambda body: body.update(secret=5),
    ],
)
def test_a_webhook_that_cannot_work_is_refused(
    shared_lake: httpx.Client, change: Callable[[dict[str, Any]], None]
) -> None:
    body: dict[str, Any] = {"url": "http://127.0.0.1:9/x"}
    change(body)
    answer = shared_lake.post(HOOKS, json=body, headers=TOKEN)
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_webhooks_come_from_a_file_too(tmp_path: Path, receiver: Receiver) -> None:
    path = tmp_path / "hooks.json"
    path.write_text(json.dumps([{"url": receiver.url, "filter": '_type == "t"', "projection": "{_id}"}]))
    with serving(LakeSettings(data_dir=tmp_path, webhooks=path)) as url, httpx.Client(base_url=url) as lake:
        mutate(lake, {"create": {"_id": "a", "_type": "t"}}, {"create": {"_id": "b", "_type": "u"}})
        receiver.wait(1)
    assert receiver.bodies() == [{"_id": "a"}]
