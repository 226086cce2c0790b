"""Commands for operators: parked jobs, the schema, trusted documents."""

import asyncio
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from cli.terminal import console, settings
from datasources.postgres import jobs as queue
from datasources.postgres.connections import Work
from datasources.redis.documents import TrustedList
from local.engines import running_settings
from local.errors import LocalError
from opening import Patience, open_sources
from schema.build import build_schema
from transport.documents import Documents
from transport.field_facts import derive_field_facts, graphql_schema
from transport.manifests import ManifestError, PushReport, push_manifest
from transport.options import TransportOptions

T = TypeVar("T")
SDL = Path(__file__).parents[1] / "schema" / "schema.graphql"

app = typer.Typer()
jobs = typer.Typer(no_args_is_help=True, help="Look after jobs that were parked because they kept failing.")
app.add_typer(jobs, name="jobs")


@jobs.command("failed")
def show_failed_jobs() -> None:
    """List the parked jobs, the newest first."""
    parked = asyncio.run(_in_record(queue.failed_jobs))
    for each in parked:
        console.print(f"{each.job_id}  {each.entrypoint}  {each.attempts} attempts  {each.failed_at:%Y-%m-%d %H:%M}")
    if not parked:
        console.print("No job is parked.")


@jobs.command("requeue")
def requeue_jobs(ids: Annotated[list[int], typer.Argument(help="Ids that 'gavel jobs failed' shows.")]) -> None:
    """Let parked jobs run again."""
    asyncio.run(_in_record(lambda connection: queue.requeue(connection, ids)))
    console.print(f"Asked for {len(ids)} jobs to run again.")


async def _in_record(work: Work[T]) -> T:
    sources = open_sources(running_settings(settings()), Patience.OF_JOBS)
    try:
        return await sources.database.write("cli.jobs", work)
    finally:
        await sources.close()


@app.command()
def sdl(
    check: Annotated[bool, typer.Option("--check", help="Fail when the committed file differs.")] = False,
) -> None:
    """Write the schema to schema/schema.graphql."""
    text = build_schema().as_str() + "\n"
    if check:
        if SDL.read_text() != text:
            raise LocalError("schema/schema.graphql is not what the code says; run 'gavel sdl'.")
        return
    SDL.write_text(text)


documents = typer.Typer(no_args_is_help=True, help="Look after the trusted documents of our own clients.")
app.add_typer(documents, name="documents")


@documents.command("push")
def push_documents(
    manifest: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Made by Apollo, Relay or codegen.")],
) -> None:
    """Check every document of a manifest against the schema and trust them all, or none."""

    async def push() -> PushReport:
        sources = open_sources(running_settings(settings()), Patience.OF_JOBS)
        schema = graphql_schema(build_schema())
        known = Documents(schema, derive_field_facts(schema), TransportOptions())
        try:
            return await push_manifest(manifest.read_bytes(), documents=known, store=TrustedList(sources.live))
        finally:
            await sources.close()

    try:
        report = asyncio.run(push())
    except ManifestError as error:
        raise LocalError(f"{manifest}: {error}") from error
    if report.refused:
        listed = "".join(f"\n  {name}: {why}" for name, why in report.refused.items())
        raise LocalError(f"Nothing was trusted; these documents cannot be:{listed}")
    console.print(f"{report.documents} documents are trusted, {report.added} of them new.")
