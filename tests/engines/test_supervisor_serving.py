"""How a local server is run: on loopback only, quiet, quick to stop, and never outliving its parent."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVER = """
import sys
from engines.serving import serve

def create_app(arguments):
    async def app(scope, receive, send):
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": arguments.base_url.encode(), "more_body": True})
            if scope["path"] == "/forever":
                await receive()
                await receive()
            await send({"type": "http.response.body"})
    return app

serve(create_app, name="sample")
"""
Running = subprocess.Popen[str]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Running]]:
    running: list[Running] = []
    yield running
    for process in running:
        process.kill()
        process.communicate()


def start(running: list[Running], folder: Path, *arguments: str, stdin: int | None = None) -> tuple[Running, str]:
    command = [sys.executable, "-c", SERVER, "--data-dir", str(folder), "--port", "0", *arguments]
    process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    running.append(process)
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    return process, line.rpartition("http://")[2]


def ask(address: str, path: str = "/", *, host: str | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection(address, timeout=5)
    connection.request("GET", path, headers={"host": host or address})
    answer = connection.getresponse()
    told = answer.status, answer.read().decode()
    connection.close()
    return told


def test_it_says_where_it_listens_and_nothing_else(started: list[Running], tmp_path: Path) -> None:
    process, address = start(started, tmp_path / "made" / "for" / "it")
    assert ask(address) == (200, f"http://{address}")
    assert (tmp_path / "made" / "for" / "it").is_dir()
    assert ask(address, host="rebound.example")[0] == 400
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=10) == ("", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_promptly_while_an_answer_is_still_under_way(
    started: list[Running], tmp_path: Path, number: signal.Signals
) -> None:
    process, address = start(started, tmp_path)
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"GET /forever HTTP/1.1\r\nhost: {address}\r\n\r\n".encode())
        assert connection.recv(100)
        begun = time.monotonic()
        process.send_signal(number)
        process.wait(10)
        assert time.monotonic() - begun < 4


def test_it_ends_when_the_pipe_from_its_parent_closes(started: list[Running], tmp_path: Path) -> None:
    process, _ = start(started, tmp_path, "--with-parent", stdin=subprocess.PIPE)
    assert process.poll() is None
    assert process.stdin is not None
    process.stdin.close()
    process.stdin = None
    process.wait(5)


def test_a_taken_port_and_an_unwritable_folder_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = str(holder.getsockname()[1])
        for folder, port in ((tmp_path, taken), (tmp_path / "file" / "data", "0")):
            command = [sys.executable, "-c", SERVER, "--data-dir", str(folder), "--port", port]
            ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
            assert ended.returncode == 1
            assert ended.stderr.startswith("sample: cannot start: ")
            assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--host", "0.0.0.0"], ["--port", "1", "--fd", "2"], []])
def test_other_addresses_and_unclear_places_are_refused(tmp_path: Path, arguments: list[str]) -> None:
    command = [sys.executable, "-c", SERVER, "--data-dir", str(tmp_path), *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env=dict(os.environ))
    assert ended.returncode == 2
    assert "usage: python -m engines.sample" in ended.stderr
