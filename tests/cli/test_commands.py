"""The command line: every command is offered under its name, and a small one does not load the whole product."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import typer
from typer.testing import CliRunner

import cli


def test_every_command_of_every_module_is_offered() -> None:
    modules = sorted(set(cli._MODULES.values()))
    defined = {
        name: module for module in modules for name in typer.main.get_group(import_module(f"cli.{module}").app).commands
    }
    assert defined == cli._MODULES
    written = {path.stem for path in Path(cli.__file__).parent.glob("*.py") if "typer.Typer(" in path.read_text()}
    assert written == {*modules, "__init__"}


def test_help_tells_what_each_command_does() -> None:
    shown = CliRunner().invoke(cli.app, ["--help"]).output
    assert all(name in shown for name in cli._MODULES)
    assert "Print a token of the local identity issuer." in shown


def test_an_unknown_command_is_refused_by_name() -> None:
    refused = CliRunner().invoke(cli.app, ["frobnicate"])
    assert refused.exit_code == 2
    assert "frobnicate" in refused.output


def test_a_token_is_made_without_the_schema_or_the_stores() -> None:
    program = "import cli.people, sys; print(*({'sqlalchemy', 'strawberry', 'redis', 'fastapi'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []
