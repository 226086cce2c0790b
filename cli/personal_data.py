"""Commands about one person's data."""

import asyncio
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from cli.terminal import console, settings
from local.engines import running_settings
from opening import Patience, open_sources
from services.personal_data import erase, export_lines, request_erasure

app = typer.Typer()

Person = Annotated[UUID, typer.Argument(help="The id of the account.")]


@app.command("export-person")
def export_person(user: Person, file: Annotated[Path, typer.Argument(help="Where to write, as NDJSON.")]) -> None:
    """Write everything that is one person's."""

    async def write() -> int:
        sources = open_sources(running_settings(settings()), Patience.OF_JOBS)
        count = 0
        try:
            with file.open("wb") as out:
                async for line in export_lines(sources, user):
                    out.write(line)
                    count += 1
        finally:
            await sources.close()
        return count

    console.print(f"{asyncio.run(write())} records in {file}")


@app.command("erase-person")
def erase_person(
    user: Person, *, here: Annotated[bool, typer.Option("--here", help="At once, not by a worker.")] = False
) -> None:
    """Anonymise one person's data."""

    async def run() -> str:
        sources = open_sources(running_settings(settings()), Patience.OF_JOBS)
        try:
            if here:
                return f"{await erase(sources, user)} rows were erased"
            return "asked for" if await request_erasure(sources, user, actor="cli") else "asked for already"
        finally:
            await sources.close()

    console.print(asyncio.run(run()))
