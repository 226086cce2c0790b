"""`gavel run` as a newcomer meets it: the first start, a listing published and found, the second start, the end."""

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.ports import free_port

pytestmark = pytest.mark.timeout(600)

READY_SECONDS = 180
ORPHAN_SECONDS = 60
"""Two on a quiet machine, which the supervisor's own tests hold; here the suite competes for the cores."""
SECOND_START_SECONDS = 60
"""Ten on a quiet machine; the suite shares its cores with itself."""


class Marketplace:
    """One `gavel run` on a folder of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.base = f"http://127.0.0.1:{port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GAVEL_")},
            "GAVEL_PORT": str(port),
            "GAVEL_DATA_DIR": str(folder),
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.log_path = folder.with_suffix(".log")  # a pipe that nobody reads would stop the marketplace when full

    def start(self) -> float:
        """Seconds until it was ready."""
        began = time.monotonic()
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cli", "run"], env=self.environment, stdout=log, stderr=subprocess.STDOUT
            )
        until(lambda: self.is_ready() or self.has_ended(), READY_SECONDS)
        assert not self.has_ended(), self.log_path.read_text()[-4000:]
        return time.monotonic() - began

    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.base}/readyz", timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cli", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=120, check=False)

    def ask(self, query: str, variables: dict[str, Any] | None = None, *, token: str | None = None) -> Any:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, "variables": variables or {}}
        reply = httpx.post(f"{self.base}/graphql", json=body, headers=headers, timeout=10).json()
        assert "errors" not in reply, reply["errors"]
        return reply["data"]

    def processes(self) -> list[int]:
        """Every process whose command line or environment names the folder."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    said = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                except OSError:
                    continue
                if str(self.folder).encode() in said:
                    found.append(int(entry.name))
        return found

    def end(self, how: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(30)


def until(is_so: Callable[[], bool], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends, "it took too long"
        time.sleep(0.1)


@contextmanager
def marketplace(folder: Path) -> Iterator[Marketplace]:
    running = Marketplace(folder, free_port())
    try:
        yield running
    finally:
        if not running.has_ended():
            running.end(signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to find orphans")
def test_from_the_first_start_to_the_last_process(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with marketplace(folder) as shop:
        shop.start()
        published_listings_are_found(shop)
        exports_are_taken_whole_or_not_at_all(shop, tmp_path)
        a_second_instance_says_why_it_cannot_start(shop)
        assert shop.end(signal.SIGINT) == 0
        until(lambda: shop.processes() == [], ORPHAN_SECONDS)

        assert shop.start() < SECOND_START_SECONDS
        found = shop.ask('{ search(text: "quokka") { totalCount } }')
        assert found["search"]["totalCount"] == 1
        shop.end(signal.SIGKILL)
        until(lambda: shop.processes() == [], ORPHAN_SECONDS)


def published_listings_are_found(shop: Marketplace) -> None:
    token = shop.command("token", "--user", "dealer-1").stdout.strip()
    category = (
        shop.ask('{ category(slug: "books") { id } }')["category"]
        or shop.ask('{ category(slug: "phones") { id } }')["category"]
    )
    content = {
        "title": "A quokka among the books",
        "description": "It is of porcelain, it smiles, and it has never been dropped.",
        "categoryId": category["id"],
        "priceMinor": 9_900,
        "city": "Paarl",
        "attributes": [],
    }
    created = shop.ask(
        """mutation ($content: ListingContentInput!) { createListing(input: {idempotencyKey: "j1", content: $content}) {
             ... on Listing { id } ... on Problem { code message } } }""",
        {"content": content},
        token=token,
    )["createListing"]
    published = shop.ask(
        """mutation ($id: ID!) { publishListing(input: {id: $id}) {
             ... on Listing { status } ... on Problem { message }
             ... on InvalidInput { problems { field message } } } }""",
        {"id": created["id"]},
        token=token,
    )["publishListing"]
    assert published == {"status": "ACTIVE"}

    def count() -> int:
        total: int = shop.ask('{ search(text: "quokka") { totalCount } }')["search"]["totalCount"]
        return total

    until(lambda: count() == 1, 60)
    document_id = base64.urlsafe_b64decode(created["id"] + "==").decode().partition(":")[2]
    for delivery, operation in (("d1", "create"), ("d1", "create"), ("d0", "delete")):
        # Twice the same, then one that is late and untrue: what content says now is what counts.
        assert deliver(shop, delivery, operation, {"_id": document_id, "_type": "listing", "_rev": "old"}) == 200
    assert deliver(shop, "d2", "update", {"_id": document_id, "_type": "listing"}, secret="wrong") == 400
    time.sleep(2)
    assert count() == 1


def deliver(
    shop: Marketplace, delivery: str, operation: str, payload: dict[str, str], *, secret: str | None = None
) -> int:
    key = secret or json.loads((shop.folder / "secrets.json").read_text())["webhook"]
    body = json.dumps(payload).encode()
    at = str(int(time.time() * 1000))
    digest = hmac.new(key.encode(), at.encode() + b"." + body, hashlib.sha256).digest()
    signature = f"t={at},v1={base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
    headers = {
        "content-type": "application/json",
        "sanity-webhook-signature": signature,
        "idempotency-key": delivery,
        "sanity-operation": operation,
    }
    return httpx.post(f"{shop.base}/webhooks/sanity", content=body, headers=headers, timeout=10).status_code


def exports_are_taken_whole_or_not_at_all(shop: Marketplace, folder: Path) -> None:
    export = folder / "mine.ndjson"
    export.write_text('{"_id": "thing-1", "_type": "unheardOf", "name": "kept"}\n{"_id": "thing-2"}\n')
    broken = shop.command("import", str(export))
    assert broken.returncode == 1
    assert "Line 2 of" in broken.stderr
    assert "Nothing was imported" in broken.stderr
    export.write_text('{"_id": "thing-1", "_type": "unheardOf", "name": "kept"}\n')
    assert "Imported 1 documents" in shop.command("import", str(export)).stdout


def a_second_instance_says_why_it_cannot_start(shop: Marketplace) -> None:
    port_taken = shop.command("run")
    assert port_taken.returncode == 1
    assert "GAVEL_PORT" in port_taken.stderr
    elsewhere = Marketplace(shop.folder, free_port()).command("run")
    assert elsewhere.returncode == 1
    assert "Traceback" not in elsewhere.stderr
    assert elsewhere.stderr.count("\n") <= 2
