"""Runs one local server's ASGI application under uvicorn: loopback only, quiet, quick to stop, bound to its parent."""

import argparse
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import uvicorn
from starlette.middleware.trustedhost import TrustedHostMiddleware

from engines import lifeline

LOOPBACK_HOSTS = ("127.0.0.1", "::1", "localhost")
GRACEFUL_STOP_SECONDS = 1
BACKLOG = 512

AppFactory = Callable[[argparse.Namespace], Any]
ArgumentAdder = Callable[[argparse.ArgumentParser], None]


def serve(
    app_factory: AppFactory, *, name: str, add_arguments: ArgumentAdder | None = None, argv: Sequence[str] | None = None
) -> None:
    """Parse the command line, make the application and serve it until SIGTERM, SIGINT or the end of the parent.

    `app_factory(arguments)` gets the parsed arguments: `data_dir` (a Path that exists), `base_url` (where it will be
    reached) and whatever `add_arguments` put on the parser. `--port 0` takes a free port, `--fd N` is an inherited
    listening socket. Requests under another host name are refused: a page on the web must not reach a local server
    through a name that resolves to loopback.
    """
    arguments = _parser(name, add_arguments).parse_args(argv)
    try:
        arguments.data_dir.mkdir(parents=True, exist_ok=True)
        listener = _listen(arguments)
    except OSError as error:
        sys.exit(f"{name}: cannot start: {error.strerror or error}.")
    if arguments.with_parent:
        lifeline.die_with_parent(signal.SIGTERM, os.getppid())
        lifeline.die_with_stdin(signal.SIGTERM)
    host, port = listener.getsockname()[:2]
    arguments.base_url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    configuration = uvicorn.Config(
        TrustedHostMiddleware(app_factory(arguments), allowed_hosts=[*LOOPBACK_HOSTS, "[::1]"]),
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="auto",
        timeout_graceful_shutdown=GRACEFUL_STOP_SECONDS,
        timeout_keep_alive=75,
    )
    if arguments.fd is None:
        print(f"{name} listens on {arguments.base_url}", flush=True)  # noqa: T201 - tells a person where
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again after a graceful stop
        uvicorn.Server(configuration).run(sockets=[listener])


def _parser(name: str, add_arguments: ArgumentAdder | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m engines.{name}")
    parser.add_argument("--data-dir", type=Path, required=True, help="where everything it keeps is stored")
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--port", type=int, help="port to listen on; 0 takes a free one")
    place.add_argument("--fd", type=int, help="number of an inherited listening socket")
    parser.add_argument("--host", choices=LOOPBACK_HOSTS, default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--with-parent", action="store_true", help="stop with the parent, or when stdin closes")
    if add_arguments is not None:
        add_arguments(parser)
    return parser


def _listen(arguments: argparse.Namespace) -> socket.socket:
    if arguments.fd is not None:
        return socket.socket(fileno=arguments.fd)
    family = socket.AF_INET6 if arguments.host == "::1" else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((arguments.host, arguments.port))
    listener.listen(BACKLOG)
    return listener
