"""Limits of the local content store: request rates, slow queries beside quick ones, and its command line."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from engines.content_lake.embedding import serving
from engines.content_lake.faults import LakeError
from engines.content_lake.lakes import LakeSettings
from engines.content_lake.rates import RateLimit

TOKEN = {"authorization": "Bearer any"}
ROOT = Path(__file__).parents[2]


def test_a_rate_is_enforced_only_when_it_is_configured(tmp_path: Path) -> None:
    settings = LakeSettings(data_dir=tmp_path, writes_per_second=2.0)
    with serving(settings) as url, httpx.Client(base_url=url) as lake:
        body = {"mutations": [{"create": {"_type": "t"}}]}
        answers = [lake.post("/v1/data/mutate/production", json=body, headers=TOKEN) for _ in range(12)]
        reads = [lake.get("/v1/data/query/production?query=1") for _ in range(12)]
    assert {answer.status_code for answer in answers} == {200, 429}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["ratelimit-limit"] == "2"
    assert refused.json()["statusCode"] == 429
    assert {answer.status_code for answer in reads} == {200}


def test_a_bucket_fills_at_its_rate() -> None:
    limit = RateLimit(10.0)
    for _ in range(10):
        limit.check("a", now=0.0)
    with pytest.raises(LakeError):
        limit.check("a", now=0.05)
    limit.check("b", now=0.05)
    limit.check("a", now=0.2)


def test_health_answers_while_a_heavy_query_runs(tmp_path: Path) -> None:
    with serving(LakeSettings(data_dir=tmp_path)) as url, httpx.Client(base_url=url, timeout=60) as lake:
        for start in range(0, 500, 250):
            mutations = [{"create": {"_id": f"d{n}", "_type": "t", "n": n}} for n in range(start, start + 250)]
            assert lake.post("/v1/data/mutate/production", json={"mutations": mutations}, headers=TOKEN).is_success
        heavy = "count(*[count(*[n % 7 == ^.n % 5]) > count(*[n % 3 == ^.n % 11])])"
        done: list[int] = []

        def ask() -> None:
            done.append(httpx.get(f"{url}/v1/data/query/production", params={"query": heavy}, timeout=60).status_code)

        thread = threading.Thread(target=ask)
        thread.start()
        slowest = 0.0
        answers = 0
        while thread.is_alive() and answers < 200:
            started = time.perf_counter()
            assert lake.get("/health").status_code == 200
            slowest = max(slowest, time.perf_counter() - started)
            answers += 1
            time.sleep(0.02)
        thread.join(60)
    assert done in ([200], [400]), "the query ends by itself or by its time limit"
    assert answers > 3
    assert slowest < 2


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("tokens", "{", "is not JSON"),
        ("tokens", '{"secret": "emperor"}', "needs a role"),
        ("webhooks", '[{"url": "nowhere"}]', "Webhook 1"),
        ("webhooks", '[{"url": "http://x", "filter": "=="}]', "not valid GROQ"),
    ],
)
def test_a_broken_file_ends_the_start_with_one_sentence(tmp_path: Path, name: str, content: str, sentence: str) -> None:
    path = tmp_path / "given.json"
    path.write_text(content)
    command = [sys.executable, "-m", "engines.content_lake", "--data-dir", str(tmp_path), "--port", "0"]
    done = subprocess.run(
        [*command, f"--{name}", str(path)], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_no_query_sees_half_a_transaction(tmp_path: Path) -> None:
    with serving(LakeSettings(data_dir=tmp_path)) as url, httpx.Client(base_url=url, timeout=30) as lake:
        refused: list[int] = []

        def write() -> None:
            with httpx.Client(base_url=url, timeout=30, headers=TOKEN) as client:
                for number in range(120):
                    mutations = [{"createOrReplace": {"_id": side, "_type": "t", "n": number}} for side in ("x", "y")]
                    answer = client.post("/v1/data/mutate/production", json={"mutations": mutations})
                    refused.extend([answer.status_code] * (not answer.is_success))

        thread = threading.Thread(target=write)
        thread.start()
        seen: set[int] = set()
        while thread.is_alive():
            for query in ('*[_id in ["x", "y"]].n', '*[_type == "t"].n', "*[].n"):
                answer = lake.get("/v1/data/query/production", params={"query": query})
                values = answer.json()["result"]
                assert len(set(values)) <= 1, values
                assert len(values) in {0, 2}
                seen.update(values)
        thread.join()
    assert refused == []
    assert len(seen) > 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_open_streams_do_not_hold_up_the_end_of_the_server(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "engines.content_lake", "--data-dir", str(tmp_path), "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        path = "/v1/data/{}/production"
        with (
            httpx.Client(base_url=url, timeout=20) as client,
            client.stream("GET", path.format("listen"), params={"query": "*"}) as listening,
            client.stream("GET", path.format("live/events")) as living,
        ):
            assert next(listening.iter_bytes()).startswith(b"event: welcome")
            assert next(living.iter_bytes()).startswith(b"event: welcome")
            process.send_signal(number)
            _, complaints = process.communicate(timeout=20)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    assert complaints == ""
