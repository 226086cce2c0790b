"""Commands about content: importing, indexing, comparing, asking in GROQ."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from cli.terminal import console, settings
from domain.exports import BrokenLine
from engines.groq import GroqError, evaluate, explain, parse
from local.content import build_index, progress_bars
from local.engines import running_settings
from local.errors import LocalError
from opening import Patience, open_sources
from services.imports import import_export
from services.reindexing import Reconciled, reconcile

app = typer.Typer()


@app.command("import")
def import_content(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="An NDJSON export of a Sanity dataset.")],
) -> None:
    """Bring a content export into the content store; a broken line stops it before anything is written."""

    async def run_import() -> None:
        sources = open_sources(running_settings(settings()), Patience.OF_JOBS)
        folder = file.resolve().parent

        def read_file(name: str) -> bytes | None:
            path = (folder / name).resolve()
            return path.read_bytes() if path.is_relative_to(folder) and path.is_file() else None

        try:
            with file.open(encoding="utf-8", errors="replace") as lines, progress_bars(console) as report:
                outcome = await import_export(
                    sources, lines, read_file=read_file, prepare=lambda each: each, progress=report
                )
        finally:
            await sources.close()
        if isinstance(outcome, BrokenLine):
            raise LocalError(f"Line {outcome.number} of {file} is broken: {outcome.sentence}. Nothing was imported.")
        console.print(f"Imported {outcome.documents} documents and {outcome.assets} pictures.")
        if outcome.missing_files:
            console.print(f"{len(outcome.missing_files)} pictures were missing, first {outcome.missing_files[0]}.")

    asyncio.run(run_import())


@app.command()
def reindex() -> None:
    """Build the search index anew beside the old one, then swap them."""
    chosen = running_settings(settings())

    async def build() -> int:
        sources = open_sources(chosen, Patience.OF_JOBS)
        try:
            with progress_bars(console) as report:
                return await build_index(sources, chosen, report)
        finally:
            await sources.close()

    console.print(f"Indexed {asyncio.run(build())} listings.")


@app.command("reconcile")
def reconcile_stores() -> None:
    """Find and mend differences between content, record and search index."""

    async def compare() -> Reconciled:
        sources = open_sources(running_settings(settings()), Patience.OF_JOBS)
        try:
            return await reconcile(sources)
        finally:
            await sources.close()

    found = asyncio.run(compare())
    console.print(
        f"Compared {found.compared} listings: {found.missing} were missing, {found.outdated} outdated and"
        f" {found.orphaned} orphaned; all are mended."
    )


@app.command()
def groq(
    query: Annotated[str, typer.Argument(help="A GROQ query.")],
    file: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="NDJSON documents to ask.")] = None,
    explain_plan: Annotated[bool, typer.Option("--explain", help="Print how it would be evaluated.")] = False,
) -> None:
    """Evaluate a GROQ query over a file of documents, or show its plan."""
    try:
        parsed = parse(query)
        if explain_plan:
            print(explain(parsed))
            return
        lines = file.read_text(encoding="utf-8").splitlines() if file else []
        print(json.dumps(evaluate(parsed, [json.loads(line) for line in lines if line.strip()]), indent=2))
    except (GroqError, ValueError) as error:
        raise LocalError(str(error)) from error
