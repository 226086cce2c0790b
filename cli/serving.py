"""Commands that serve: everything on this machine, or the API and the worker alone."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from prometheus_client import start_http_server

from app import Application
from cli.terminal import console, settings
from config import Profile, Settings, SettingsError, production_problems
from datasources.guards import settle
from datasources.postgres.migrating import migrate
from engines import lifeline
from engines.supervisor import LocalEngines
from jobs.registry import every_kind
from jobs.runner import run_worker
from local.companions import fetch_page_files, worker_process
from local.content import prepare
from local.engines import announced, require_free_port, start_engines
from local.people import people, token_for
from opening import Patience, open_mail_room, open_payments, open_sources
from transport.compressed_sockets import CompressedSocketProtocol
from transport.http_protocols import HttpProtocol
from transport.socket_protocols import SocketProtocol

DRAIN_SECONDS = 3
LARGEST_FRAME = 512 * 1024

app = typer.Typer()


@app.command()
def run() -> None:
    """Start the whole marketplace on this machine."""
    chosen = settings()
    require_free_port(chosen.host, chosen.port)
    # A terminal's Ctrl-C and a service manager's SIGTERM end the same way: everything started here stops. A shell that
    # starts us behind it makes us deaf to the former.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with (
        console.status("Starting the engines ...") as status,
        LocalEngines(chosen.data_dir, progress=lambda _, sentence: status.update(f"{sentence} ...")) as engines,
    ):
        ready = start_engines(chosen, engines)
        status.stop()
        asyncio.run(prepare(chosen, ready, console))
        fetch_page_files(engines.data_dir)
        with announced(ready), worker_process(ready):
            _say_where(ready)
            # The server raises Ctrl-C again once it has drained; here that is the ordinary end.
            with contextlib.suppress(KeyboardInterrupt):
                serve_forever(Application(ready, sign_in_choices=lambda: _sign_in_choices(engines.data_dir)), ready)


def _say_where(ready: Settings) -> None:
    base = f"http://{ready.host}:{ready.port}"
    console.print(f"\n[bold]Gavel is running.[/bold]  GraphiQL and the API: [bold]{base}/graphql[/bold]")
    console.print(f"  health {base}/livez {base}/readyz   metrics {base}/metrics   content {ready.sanity_url}/studio")
    if ready.resend_url:
        console.print(f"  every mail that is sent: {ready.resend_url}")
    console.print("  sign in: choose somebody in GraphiQL, or send the token that this prints as a Bearer header:")
    console.print(f"    {_program()} token --user dealer-1          (Ctrl-C stops everything)\n")


def _program() -> str:
    """How this program was called, as it can be typed again from here."""
    called = Path(sys.argv[0]).resolve()
    return str(called.relative_to(Path.cwd())) if called.is_relative_to(Path.cwd()) else called.name


def _sign_in_choices(data_dir: Path) -> list[dict[str, str]]:
    return [
        {"label": f"{each.user} ({each.name}, {', '.join(each.roles)})", "token": token_for(data_dir, each.user, None)}
        for each in people()
    ]


def serve_forever(application: Application, chosen: Settings, *, over_asgi: bool = False) -> None:
    """Serve until a signal ends it; `over_asgi` leaves everything to uvicorn's own implementation."""
    configuration = uvicorn.Config(
        application,
        host=chosen.host,
        port=chosen.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        http="httptools" if over_asgi else HttpProtocol,
        ws="websockets-sansio" if over_asgi else sockets_of(chosen),
        ws_max_size=LARGEST_FRAME,
        ws_per_message_deflate=False,
    )
    # What is loaded by now stays: the collector need not look at it again, and looks at the rest less often.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    uvicorn.Server(configuration).run()


def sockets_of(chosen: Settings) -> type[SocketProtocol]:
    """What carries WebSockets below ASGI."""
    return CompressedSocketProtocol if chosen.socket_compression else SocketProtocol


@app.command()
def serve() -> None:
    """Serve the API only; every system is named by its GAVEL_..._URL."""
    chosen = settings()
    if chosen.profile is Profile.PRODUCTION and (problems := production_problems(chosen)):
        raise SettingsError("Production cannot start:\n  " + "\n  ".join(problems))
    require_free_port(chosen.host, chosen.port)
    serve_forever(Application(chosen), chosen)


@app.command()
def work(with_parent: Annotated[bool, typer.Option(hidden=True)] = False) -> None:
    """Work on queued jobs and schedules until stopped."""
    if with_parent:
        # The stores end in the same moment: there is nothing to finish, and the next worker takes the jobs over.
        lifeline.die_with_parent(signal.SIGKILL, os.getppid())
        lifeline.die_with_stdin(signal.SIGKILL)
    chosen = settings()
    logging.getLogger("pgqueuer").setLevel(logging.ERROR)  # our own line already tells each failure
    if chosen.worker_metrics_port:
        start_http_server(chosen.worker_metrics_port, addr=chosen.host)
    asyncio.run(_work(chosen))


async def _work(chosen: Settings) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    sources = open_sources(chosen, Patience.OF_JOBS)
    provider = open_payments(chosen, Patience.OF_JOBS)
    mail_room = open_mail_room(chosen, sources)
    kinds = every_kind(
        flush_every=timedelta(seconds=chosen.counters_flush_seconds), provider=provider, mail_room=mail_room
    )
    try:
        direct = chosen.database_direct_url.get_secret_value() or chosen.database_url.get_secret_value()
        await run_worker(sources, direct, stop, kinds=kinds)
    finally:
        mails = mail_room.provider if mail_room is not None else None
        await settle([each.close() for each in (sources, provider, mails) if each is not None])


@app.command("migrate")
def migrate_database() -> None:
    """Bring the database of GAVEL_DATABASE_DIRECT_URL (or GAVEL_DATABASE_URL) to the newest schema."""
    chosen = settings()
    url = chosen.database_direct_url.get_secret_value() or chosen.database_url.get_secret_value()
    if not url:
        raise SettingsError("GAVEL_DATABASE_DIRECT_URL names no database.")
    asyncio.run(migrate(url))
    console.print("The database has the newest schema.")
