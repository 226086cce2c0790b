"""Commands about one person's data."""

import asyncio
import os
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from cli.terminal import console, settings
from datasources.postgres.users import find_accounts
from datasources.sources import Sources
from local.engines import running_settings
from local.errors import LocalError
from local.people import people
from opening import Patience, open_sources
from services.personal_data import erase, export_lines, request_erasure

app = typer.Typer()

Person = Annotated[str, typer.Argument(help="The account, by id, identity, profile or demo name.")]


@app.command("export-person")
def export_person(user: Person, file: Annotated[Path, typer.Argument(help="Where to write, as NDJSON.")]) -> None:
    """Write everything that is one person's."""

    async def write() -> int:
        sources = open_sources(running_settings(settings()), Patience.OF_JOBS)
        partial = file.with_name(f".{file.name}.partial")
        count = 0
        try:
            account = await _account(sources, user)
            with os.fdopen(_private(partial), "wb") as out:
                async for line in export_lines(sources, account):
                    out.write(line)
                    count += 1
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)
            await sources.close()
        return count

    console.print(f"{asyncio.run(write())} records in {file}", highlight=False, soft_wrap=True)


@app.command("erase-person")
def erase_person(
    user: Person, *, here: Annotated[bool, typer.Option("--here", help="At once, not by a worker.")] = False
) -> None:
    """Anonymise one person's data."""

    async def run() -> str:
        sources = open_sources(running_settings(settings()), Patience.OF_JOBS)
        try:
            account = await _account(sources, user)
            if here:
                return f"{await erase(sources, account)} rows of account {account} were erased or anonymised."
            is_new = await request_erasure(sources, account, actor="cli")
            return (
                f"A worker will erase account {account}." if is_new else f"Account {account} is being erased already."
            )
        finally:
            await sources.close()

    console.print(asyncio.run(run()), highlight=False, soft_wrap=True)


async def _account(sources: Sources, name: str) -> UUID:
    demo = {each.user: each.external_id for each in people()}
    found = await find_accounts(sources.database, demo.get(name, name))
    if len(found) != 1:
        many = "More than one account is" if found else "No account is"
        raise LocalError(f"{many} known as {name}.")
    return found[0]


def _private(path: Path) -> int:
    """A file that only its owner may read."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise LocalError(f"{path.parent} cannot be written: {error.strerror}.") from error
