"""The studio page of the local content store, in a real browser where there is one."""

import contextlib
import html
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from engines.content_lake.access import Caller, Tokens
from engines.content_lake.embedding import serving
from engines.content_lake.lakes import LakeSettings

TOKEN = {"authorization": "Bearer any"}
HOSTILE = "<img src=x onerror=\"document.title='broken into'\">"
BROWSERS = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    settings = LakeSettings(data_dir=tmp_path_factory.mktemp("lake"))
    with serving(settings) as url, httpx.Client(base_url=url) as client:
        mutations = [
            {"create": {"_id": "hilux", "_type": "listing", "title": "Hilux 2022", "price": 280_000}},
            {"create": {"_id": "drafts.polo", "_type": "listing", "title": HOSTILE}},
            {"create": {"_id": "cars", "_type": "category", "title": "Cars"}},
        ]
        answer = client.post("/v1/data/mutate/production", json={"mutations": mutations}, headers=TOKEN)
        assert answer.status_code == 200
        yield client


@pytest.fixture(scope="module")
def browser() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium is installed")
    return found


def rendered(browser: str, lake: httpx.Client, folder: Path, **place: str) -> str:
    """The page as it stands when its first steps are done."""
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        f"--user-data-dir={folder}",
        "--virtual-time-budget=15000",
        "--dump-dom",
        f"{lake.base_url}/studio?{urlencode(place)}",
    ]
    page, problems = folder / "page.html", folder / "problems.txt"
    # Files, not pipes: a helper of the browser's that outlives it would hold a pipe open for ever.
    with page.open("w") as out, problems.open("w") as complaints:
        process = subprocess.Popen(command, stdout=out, stderr=complaints, start_new_session=True)
    try:
        process.wait(timeout=60)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert 'data-ready="true"' in page.read_text(), problems.read_text()[-2000:]
    return page.read_text()


def inside(page: str, element: str) -> str:
    found = re.search(rf'<(\w+)[^>]*\bid="{element}"[^>]*>(.*?)</\1>', page, re.DOTALL)
    assert found is not None
    return found[2]


def test_the_page_shows_types_documents_and_one_as_json(browser: str, lake: httpx.Client, tmp_path: Path) -> None:
    page = rendered(browser, lake, tmp_path, type="listing", id="drafts.polo")
    assert "2 documents" in inside(page, "types")
    assert "1 document<" in inside(page, "types")
    assert "Hilux 2022" in inside(page, "documents")
    assert json.loads(html.unescape(inside(page, "document")))["title"] == HOSTILE
    assert "&lt;img src=x" in inside(page, "documents")
    assert "<img" not in page
    assert "<title>Content studio</title>" in page
    assert inside(page, "problem") == ""


def test_the_groq_box_shows_result_time_and_plan(browser: str, lake: httpx.Client, tmp_path: Path) -> None:
    page = rendered(browser, lake, tmp_path, query="*[_type == $type].title", params='{"type": "category"}')
    assert json.loads(html.unescape(inside(page, "result"))) == ["Cars"]
    assert re.fullmatch(r"\d+ ms", inside(page, "took"))
    assert "_type" in inside(page, "plan")


def test_a_query_that_does_not_parse_is_told_on_the_page(browser: str, lake: httpx.Client, tmp_path: Path) -> None:
    page = rendered(browser, lake, tmp_path, query="*[_type ==")
    assert "xpected" in inside(page, "problem")


def test_the_page_needs_nothing_from_elsewhere(lake: httpx.Client) -> None:
    for path in ("/studio", "/studio/studio.js", "/studio/studio.css"):
        answer = lake.get(path)
        assert answer.status_code == 200
        assert "://" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert lake.get("/studio/storage.py").status_code == 404
    assert lake.get("/studio/..%2fstorage.py").status_code == 404


def test_the_plan_of_a_query_is_told(lake: httpx.Client) -> None:
    answer = lake.post("/studio/plan", json={"query": '*[_id == "a"]'}, headers=TOKEN)
    assert "_id" in answer.json()["plan"]
    assert lake.post("/studio/plan", json={"query": "*["}, headers=TOKEN).status_code == 400
    assert lake.post("/studio/plan", json={"query": 5}, headers=TOKEN).status_code == 400


def test_the_page_shows_nothing_to_those_who_may_not_read(tmp_path: Path) -> None:
    settings = LakeSettings(data_dir=tmp_path, tokens=Tokens({"secret": Caller("me", "viewer")}))
    with serving(settings) as url, httpx.Client(base_url=url) as client:
        assert client.get("/studio/summary").status_code == 401
        assert client.get("/studio/summary", headers=TOKEN).status_code == 401
        viewer = client.get("/studio/summary", headers={"authorization": "Bearer secret"}).json()
    assert viewer == {"datasets": ["production"], "dataset": "production", "types": {}}
