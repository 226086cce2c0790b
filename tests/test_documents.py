"""The documents of the project held to the code: links, commands, settings, codes, and what they must not name."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import transport.errors
from cli import app
from config import Settings, production_problems
from local.content import content_webhook
from opening import trusted_issuers

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
SETTING = re.compile(r"GAVEL_[A-Z_]*[A-Z]")
OF_OTHERS = {"GAVEL_TEST_POSTGRES_URL", "GAVEL_TEST_REDIS_URL", "GAVEL_GROQ_CASES", "GAVEL_URL"}
"""What the tests read, and what an example of a client does."""
CODE = re.compile(r"BadInputError\(\s*\"([A-Z_]+)\"")
REFUSAL = re.compile(r"code(?:: str)? ?= ?\"([A-Z_]+)\"")


def documents() -> list[Path]:
    """The Markdown that belongs to the project; the pages of the demo marketplace link within that."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    paths = [ROOT / name for name in listed] or [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]
    return sorted(path for path in paths if path.exists() and not path.is_relative_to(ROOT / "demo" / "tables"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, by GitHub's rule."""
    headings = HEADING.findall(FENCE.sub("", path.read_text(encoding="utf-8")))
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("path", documents(), ids=named)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    for target in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        found = (path.parent / name).resolve() if name else path
        assert found.exists(), f"{target} does not exist."
        assert not anchor or anchor in anchors(found), f"{target} has no such heading."


def commands(group: Any, prefix: str = "") -> Iterator[str]:
    """Every command that can be typed after `gavel`."""
    context = typer.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield from commands(command, f"{prefix}{name} ") if hasattr(command, "list_commands") else (prefix + name,)


COMMANDS = set(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", documents(), ids=named)
def test_every_command_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    groups = {each.partition(" ")[0] for each in COMMANDS if " " in each}
    for name in re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE):
        assert name in targets, f"make {name}"
    for first, second in re.findall(r"(?:^|`|bin/)gavel ([a-z][a-z-]*)(?: ([a-z]+))?", text, re.MULTILINE):
        found = f"{first} {second}" if first in groups else first
        assert found in COMMANDS, f"gavel {found}"


@pytest.mark.parametrize("path", documents(), ids=named)
def test_every_setting_named_exists(path: Path) -> None:
    known = {f"GAVEL_{name.upper()}" for name in Settings.model_fields} | OF_OTHERS
    assert set(SETTING.findall(path.read_text(encoding="utf-8"))) <= known


def test_the_reference_holds_every_setting_with_its_default() -> None:
    text = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        row = re.search(rf"^\| `GAVEL_{name.upper()}` \| ([^|]*) \|", text, re.MULTILINE)
        assert row is not None, name
        default = field.get_default()
        plain = default.get_secret_value() if hasattr(default, "get_secret_value") else default
        plain = (
            str(getattr(plain, "value", plain)).lower() if isinstance(plain, bool) else getattr(plain, "value", plain)
        )
        shown = row[1].strip()
        assert shown == f"`{plain}`" if plain not in ("", ()) else shown.startswith("empty"), name


def test_the_examples_of_issuers_are_accepted() -> None:
    text = (ROOT / "docs/howto/real-services.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert len(examples) >= 2
    for example in examples:
        assert trusted_issuers(Settings(issuers=example))


def test_the_webhook_described_is_the_one_that_local_runs_make() -> None:
    text = (ROOT / "docs/howto/real-services.md").read_text(encoding="utf-8")
    wanted = content_webhook(Settings())
    assert f"`{wanted.filter}`" in text
    assert f"`{wanted.projection}`" in text


def test_the_settings_shown_for_production_may_serve_it() -> None:
    text = (ROOT / "docs/howto/run-in-production.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"^GAVEL_([A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert production_problems(Settings(**{name.lower(): value for name, value in shown.items()})) == []


def test_the_reference_holds_every_command() -> None:
    text = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
    assert {each for each in COMMANDS if f"`gavel {each}" not in text} == set()
    targets = re.findall(r"^([a-z-]+):.* ## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {each for each in targets if f"`make {each}`" not in text} == set()


def test_the_reference_holds_every_code() -> None:
    text = (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8")
    sources = [
        path.read_text(encoding="utf-8")
        for folder in ("domain", "datasources", "services", "resolvers", "subscriptions")
        for path in (ROOT / folder).rglob("*.py")
    ]
    codes = {code for source in sources for pattern in (CODE, REFUSAL) for code in pattern.findall(source)}
    codes |= {value for name, value in vars(transport.errors).items() if name.isupper() and isinstance(value, str)}
    assert {code for code in codes if f"`{code}`" not in text} == set()


@pytest.mark.parametrize("path", documents(), ids=named)
def test_no_document_names_a_machine_or_its_makers(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(
        r"/(?:work|tmp|root|home)/|\bissue #?\d|\bpull request #|registry\.npmjs|pypi\.org|/simple/", text
    )
