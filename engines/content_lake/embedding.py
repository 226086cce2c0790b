"""Serves a lake from a thread of the running process: for programs and tests that want one without a second process."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import uvicorn

from engines.content_lake.app import create_app
from engines.content_lake.lakes import LakeSettings

START_SECONDS = 30.0


@contextmanager
def serving(settings: LakeSettings) -> Iterator[str]:
    """The base URL of a lake that answers until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = create_app(replace(settings, public_url=url))
        configuration = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=1)
        server = uvicorn.Server(configuration)
        thread = threading.Thread(target=server.run, args=([listener],), name="content-lake", daemon=True)
        thread.start()
        try:
            deadline = time.monotonic() + START_SECONDS
            while not server.started and thread.is_alive() and time.monotonic() < deadline:
                time.sleep(0.005)
            yield url
        finally:
            server.should_exit = True
            thread.join(START_SECONDS)
