"""The command line: run everything here, or one part of it in production."""

import sys

import typer
from rich.console import Console

from cli import auctions, content, flags, operations, personal_data, serving
from datasources.postgres.migrating import MigrationError
from domain.problems import UpstreamUnavailableError
from engines.identity import IdentityError
from engines.supervisor import EngineError
from local import LocalError
from opening import SettingsError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for each in (serving.app, content.app, operations.app, flags.app, auctions.app, personal_data.app):
    app.add_typer(each)


def main() -> None:
    """Run a command; what an operator can mend is one sentence and exit code 1, never a traceback."""
    try:
        app()
    except UpstreamUnavailableError as error:
        _end(error.public_message)
    except (EngineError, IdentityError, LocalError, MigrationError, SettingsError) as error:
        _end(str(error))


def _end(sentence: str) -> None:
    Console(stderr=True, soft_wrap=True).print(f"[red]gavel:[/red] {sentence}", highlight=False)
    sys.exit(1)
