"""The command line: run everything here, or one part of it in production."""

import gc
import sys
from importlib import import_module
from typing import Any, Final

import typer
from rich.console import Console
from typer.core import TyperGroup

from domain.problems import OperatorError, UpstreamUnavailableError
from engines.identity import IdentityError
from engines.supervisor import EngineError

_MODULES: Final = {
    "run": "serving",
    "serve": "serving",
    "work": "serving",
    "migrate": "serving",
    "import": "content",
    "reindex": "content",
    "reconcile": "content",
    "groq": "content",
    "jobs": "operations",
    "token": "people",
    "sdl": "operations",
    "documents": "operations",
    "flags": "flags",
    "rebuild-auction": "auctions",
    "demo-auction": "auctions",
    "export-person": "personal_data",
    "erase-person": "personal_data",
}


class Commands(TyperGroup):
    """Every command by name; the module of one is loaded when it is asked for, since all of them take seconds."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # click's signature
        """The names, as help shows them."""
        return list(_MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name, or None."""
        module = _MODULES.get(cmd_name)
        if module is None:
            return None
        return typer.main.get_group(_loaded(module).app).get_command(ctx, cmd_name)


def _loaded(module: str) -> Any:
    """A module of commands. All of it stays: looking for garbage in it, then and at the end, took a third of all."""
    name = f"cli.{module}"
    if name in sys.modules:
        return sys.modules[name]
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()
        gc.enable()


app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def gavel() -> None:
    """One GraphQL schema for a marketplace: run it here, or serve one part of it."""


def main() -> None:
    """Run a command; what an operator can mend is one sentence and exit code 1, never a traceback."""
    try:
        app()
    except UpstreamUnavailableError as error:
        _end(error.public_message)
    except (EngineError, IdentityError, OperatorError) as error:
        _end(str(error))


def _end(sentence: str) -> None:
    Console(stderr=True, soft_wrap=True).print(f"[red]gavel:[/red] {sentence}", highlight=False)
    sys.exit(1)
