"""A headless Chromium that tests can ask questions in JavaScript."""

import asyncio
import itertools
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

Ask = Callable[[str], Awaitable[Any]]


@asynccontextmanager
async def browsing(url: str, profile: Path) -> AsyncIterator[Ask]:
    """Open a page; yields a function that evaluates JavaScript in it. Skips where there is no Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium is installed")
    process = await asyncio.create_subprocess_exec(
        program,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--remote-debugging-port=0",
        f"--user-data-dir={profile}",
        url,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        target = await _find_page(profile, url)
        async with connect(target, max_size=2**24) as devtools:
            numbers = itertools.count(1)

            async def ask(expression: str) -> Any:
                number = next(numbers)
                parameters = {"expression": expression, "awaitPromise": True, "returnByValue": True}
                await devtools.send(json.dumps({"id": number, "method": "Runtime.evaluate", "params": parameters}))
                async with asyncio.timeout(15):
                    while (answer := json.loads(await devtools.recv())).get("id") != number:
                        pass
                if "error" in answer:
                    return None  # the page is being replaced; ask again
                assert "exceptionDetails" not in answer["result"], answer
                return answer["result"]["result"].get("value")

            yield ask
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # its helpers too: one that is left would outlive the tests
        await process.wait()


async def eventually(ask: Ask, expression: str) -> Any:
    """The first true value of an expression; fails after ten seconds."""
    for _ in range(100):
        value = await ask(expression)
        if value:
            return value
        await asyncio.sleep(0.1)
    raise AssertionError(f"never true: {expression}: {await ask('document.body.innerText')}")


async def _find_page(profile: Path, url: str) -> str:
    for _ in range(150):
        try:
            port = (profile / "DevToolsActivePort").read_text().split()[0]
            async with httpx.AsyncClient() as client:
                pages = (await client.get(f"http://127.0.0.1:{port}/json/list")).json()
            return next(str(page["webSocketDebuggerUrl"]) for page in pages if page["url"].startswith(url))
        except (OSError, IndexError, StopIteration, httpx.HTTPError):
            await asyncio.sleep(0.1)
    raise AssertionError("Chromium did not start")
