"""Recipes held to the code: what a how-to shows is what stands there."""

import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^( *)```python\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def shown(page: str) -> list[str]:
    """The Python of a page, as it would stand at the left edge."""
    text = (ROOT / "docs" / "howto" / page).read_text(encoding="utf-8")
    return [textwrap.dedent(each[2]).strip() for each in FENCE.finditer(text)]


def at_the_edge(path: str) -> str:
    """A module without any indentation, so that a snippet is found wherever it stands."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return "\n".join(each.strip() for each in lines)


@pytest.mark.parametrize(
    ("place", "path"), [*enumerate(["domain/notifications.py", "services/listing_notices.py"])], ids=["entry", "cause"]
)
def test_the_steps_of_adding_a_notification_kind_are_those_of_its_model_change(place: int, path: str) -> None:
    snippet = "\n".join(each.strip() for each in shown("add-a-notification-kind.md")[place].splitlines())
    assert snippet in at_the_edge(path)


def test_every_file_that_the_recipe_names_exists() -> None:
    text = (ROOT / "docs" / "howto" / "add-a-notification-kind.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:domain|services|tests)/[\w/]+\.py)`", text)
    assert len(named) >= 4
    assert [each for each in named if not (ROOT / each).exists()] == []
