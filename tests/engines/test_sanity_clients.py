"""Sanity's own JavaScript clients against the local content store: they must not notice a difference."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from engines.content_lake.access import Caller, Tokens
from engines.content_lake.embedding import serving
from engines.content_lake.lakes import LakeSettings
from engines.content_lake.webhook_rules import sign

pytestmark = pytest.mark.node

FOLDER = Path(__file__).resolve().parents[1] / "node"
TOKENS = Tokens({"editor-token": Caller("ed", "administrator")})
INSTALL_SECONDS = 90
RUN_SECONDS = 90


@pytest.fixture(scope="module")
def node() -> str:
    """The path of Node.js, with the packages of tests/node installed."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None:
        pytest.skip("Node.js is not installed")
    if not (FOLDER / "node_modules" / "@sanity" / "client").is_dir():
        if npm is None:
            pytest.skip("npm is not installed, and neither are the packages of tests/node")
        command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        try:
            subprocess.run(command, cwd=FOLDER, capture_output=True, timeout=INSTALL_SECONDS, check=True)
        except subprocess.TimeoutExpired:
            pytest.skip(f"npm did not install the packages of tests/node within {INSTALL_SECONDS} s")
        except subprocess.CalledProcessError as fault:
            pytest.skip(f"npm could not install the packages of tests/node: {fault.stderr.decode()[-300:]}")
    return program


def run(node: str, script: str, *arguments: str, stdin: str = "") -> Any:
    done = subprocess.run(
        [node, str(FOLDER / script), *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def steps(node: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What each step of the client script gave."""
    with serving(LakeSettings(data_dir=tmp_path_factory.mktemp("lake"), tokens=TOKENS)) as url:
        yield run(node, "sanity_client.mjs", url, "localproj")


def test_no_step_of_the_script_broke(steps: dict[str, Any]) -> None:
    assert {name: step["fault"] for name, step in steps.items() if "fault" in step} == {}


def test_the_client_creates_and_replaces(steps: dict[str, Any]) -> None:
    step = steps["create"]
    assert step["created"]["title"] == "Hilux 2022"
    assert step["again"]["statusCode"] == 409
    assert step["again"]["details"]["items"][0]["error"]["type"] == "documentAlreadyExistsError"
    assert step["ignored"]["_rev"] == step["created"]["_rev"]
    assert step["replaced"]["title"] == "Ranger"
    assert len(step["named"]["_id"]) == 36


def test_the_client_fetches_by_get_and_post(steps: dict[str, Any]) -> None:
    step = steps["fetch"]
    assert step["byGet"] == {"title": "Ranger", "price": 300_000}
    assert step["byPost"] == step["anonymously"] == "Ranger"
    assert step["full"]["query"] == "count(*)"
    assert step["full"]["result"] == 2
    assert step["full"]["syncTags"][0].startswith("s1:")
    assert step["error"]["statusCode"] == 400
    assert step["error"]["message"].startswith("GROQ query parse error")
    assert step["error"]["details"]["type"] == "queryParseError"


def test_the_client_sees_perspectives(steps: dict[str, Any]) -> None:
    assert steps["perspectives"] == {
        "published": ["Ranger"],
        "drafts": ["draft"],
        "raw": ["Ranger", "draft", "release"],
        "r1,drafts": ["release"],
    }


def test_the_client_gets_documents(steps: dict[str, Any]) -> None:
    step = steps["documents"]
    assert step["one"]["_id"] == "bakkie"
    assert step["none"] is None
    assert step["hidden"] is None
    assert [document and document["_id"] for document in step["many"]] == ["bakkie", None, "drafts.bakkie"]


def test_the_client_patches(steps: dict[str, Any]) -> None:
    step = steps["patch"]
    patched = step["byId"]
    assert patched["title"].startswith("Ranger XLT")
    assert patched["seller"] == {"name": "Thandi"}
    assert patched["views"] == 2
    assert "price" not in patched
    assert all(tag["_key"] for tag in patched["tags"])
    assert [tag["label"] for tag in step["inserted"]["tags"]] == ["diesel", "tow bar", "4x4"]
    assert [tag["label"] for tag in step["replaced"]["tags"]] == ["diesel", "canopy", "4x4"]
    assert step["stale"]["details"]["items"][0]["error"]["expectedRevisionID"] == patched["_rev"]
    assert step["byQuery"][0]["touched"] is True
    assert step["missing"]["statusCode"] == 409


def test_the_client_runs_transactions(steps: dict[str, Any]) -> None:
    step = steps["transaction"]
    assert step["done"]["documentIds"] == ["cat", "car", "car"]
    assert step["halves"]["statusCode"] == 409
    assert step["half"] is None
    refusal = step["protectedTarget"]["details"]["items"][0]["error"]
    assert (refusal["type"], refusal["referencingIDs"]) == ("documentHasExistingReferencesError", ["car"])
    assert step["dry"]["_id"] == "dry"
    assert step["dryDocument"] is None
    assert step["deleted"]["documentIds"] == ["car"]
    assert step["byQuery"]["documentIds"] == ["cat"]


def test_the_client_listens(steps: dict[str, Any]) -> None:
    step = steps["listen"]
    welcome, *mutations = step["events"]
    assert welcome["type"] == "welcome"
    assert [event["transition"] for event in mutations] == ["appear", "update", "disappear", "appear"]
    for earlier, later in pairwise(mutations):
        assert later["previousRev"] == earlier["resultRev"]
    assert mutations[0]["previous"] is None
    assert mutations[1]["previous"]["n"] == 1
    assert mutations[1]["result"]["n"] == 2
    assert mutations[1]["mutations"] == [{"patch": {"id": "w", "set": {"n": 2}}}]
    assert mutations[1]["eventId"] == f"{mutations[1]['transactionId']}#w"
    assert step["refused"]["name"] == "ChannelError"


def test_the_client_hears_which_queries_are_stale(steps: dict[str, Any]) -> None:
    step = steps["live"]
    assert step["welcome"]["type"] == "welcome"
    assert set(step["syncTags"]) & set(step["message"]["tags"])
    assert step["message"]["id"] != step["welcome"]["id"]
    assert set(step["draftMessage"]["tags"]) - set(step["message"]["tags"])


def test_the_client_publishes(steps: dict[str, Any]) -> None:
    step = steps["action"]
    assert step["page"]["_rev"] == step["published"]["transactionId"]
    assert step["draft"] is None
    assert step["refused"]["details"]["type"] == "actionError"


def test_the_client_uploads(steps: dict[str, Any]) -> None:
    step = steps["assets"]
    assert step["image"]["metadata"]["dimensions"]["aspectRatio"] == 1
    assert step["image"]["metadata"]["lqip"].startswith("data:image/")
    assert step["isSame"]
    assert (step["file"]["title"], step["text"]) == ("Terms", "terms")


def test_the_client_hears_that_its_dataset_is_gone(steps: dict[str, Any]) -> None:
    step = steps["datasets"]
    assert step["created"]["datasetName"] == "passing"
    assert step["names"] == ["passing", "production"]
    assert step["disconnected"]["name"] == "DisconnectError"
    assert step["gone"]["statusCode"] == 404


def test_the_client_learns_who_it_is(steps: dict[str, Any]) -> None:
    assert steps["identity"]["me"]["id"] == "ed"
    assert steps["identity"]["unknown"]["statusCode"] == 401


def test_the_webhook_toolkit_accepts_our_signatures_and_no_others(node: str) -> None:
    secret, now = "not a real secret", int(time.time() * 1000)
    body = json.dumps({"_id": "a", "title": "Bakkie né, R300 000"}, ensure_ascii=False)
    good = sign(secret, body.encode(), now)
    calls = [
        {"signature": good, "body": body, "secret": secret},
        {"signature": good, "body": body + " ", "secret": secret},
        {"signature": good, "body": body, "secret": "another"},
        {"signature": good.replace(str(now), str(now + 1)), "body": body, "secret": secret},
    ]
    assert run(node, "sanity_webhook.mjs", stdin=json.dumps(calls)) == [True, False, False, False]
