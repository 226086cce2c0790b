"""Our path and text patch languages against Sanity's own JavaScript libraries, on generated cases."""

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from engines.content_lake.json_paths import parse_path
from engines.content_lake.locations import Location, locate
from engines.content_lake.text_patches import apply_text_patch

pytestmark = pytest.mark.node

FOLDER = Path(__file__).resolve().parents[1] / "node"
CASES = 400
PATH_CASES = 2_000
NAMES = ("a", "b", "c", "name")
STEPS = (
    "a",
    "b",
    "name",
    "[0]",
    "[-1]",
    "[1:3]",
    "[:2]",
    "[-2:]",
    "[*]",
    "[0,2]",
    "[a, b]",
    "[a == 1]",
    '[name == "x"]',
    "[a > 1]",
    "[a <= 2]",
    "[b?]",
    "[@ > 1]",
    '[_key == "k1"]',
    "[0, a > 1]",
    "['a']",
    "*",
    "..a",
    "..[b?]",
)
WORDS = ("the ", "old ", "bakkie ", "né ", "R300 000 ", "met ", "canopy ", "ö", "€", "\n", "%20", "+", "-", "@@ ")


@pytest.fixture(scope="module")
def node() -> str:
    program = shutil.which("node")
    if program is None:
        pytest.skip("Node.js is not installed")
    if not (FOLDER / "node_modules" / "@sanity" / "json-match").is_dir():
        pytest.skip("the packages of tests/node are not installed; `npm ci` there installs them")
    return program


def judge(node: str, cases: dict[str, Any]) -> Any:
    done = subprocess.run(
        [node, str(FOLDER / "sanity_judges.mjs")],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def some_value(chance: random.Random, depth: int, *, is_element: bool = False) -> Any:
    """A value without arrays directly in arrays, which the store's documents do not have either."""
    kind = chance.random()
    if depth == 0 or kind < 0.3:
        return chance.choice((1, 2, 3, "x", "k1", True, None))
    if kind < 0.65 and not is_element:
        elements = [some_value(chance, depth - 1, is_element=True) for _ in range(chance.randrange(5))]
        for position, element in enumerate(elements):
            if isinstance(element, dict) and chance.random() < 0.5:
                element["_key"] = f"k{position}"
        return elements
    return some_object(chance, depth)


def some_object(chance: random.Random, depth: int) -> dict[str, Any]:
    return {name: some_value(chance, depth - 1) for name in chance.sample(NAMES, chance.randrange(3, 5))}


def some_path(chance: random.Random) -> str:
    path = chance.choice(NAMES)
    for _ in range(chance.randrange(4)):
        step = chance.choice(STEPS)
        path += step if step.startswith(("[", "..")) else f".{step}"
    return path


def exists(document: Any, location: Location) -> bool:
    value = document
    for step in location:
        if isinstance(value, dict):
            known = step in value
        else:
            known = isinstance(value, list) and isinstance(step, int) and step < len(value)
        if not known:
            return False
        value = value[step]
    return True


def test_paths_select_what_the_reference_matcher_selects(node: str) -> None:
    chance = random.Random(2026)
    cases = [{"document": some_object(chance, 4), "path": some_path(chance)} for _ in range(PATH_CASES)]
    verdicts = judge(node, {"paths": cases, "texts": []})["locations"]
    selected = 0
    for case, verdict in zip(cases, verdicts, strict=True):
        document = case["document"]
        ours = [list(one) for one in locate(document, parse_path(str(case["path"]))) if exists(document, one)]
        assert sorted(ours, key=str) == sorted(verdict, key=str), case
        selected += len(ours)
    assert selected > PATH_CASES // 4


def test_text_patches_of_the_reference_library_apply(node: str) -> None:
    chance = random.Random(2027)
    texts = []
    for _ in range(CASES):
        words = [chance.choice(WORDS) for _ in range(chance.randrange(30))]
        changed = [word for word in words if chance.random() > 0.15]
        changed.insert(chance.randrange(len(changed) + 1), chance.choice(WORDS))
        before, after = "".join(words), "".join(changed)
        texts.append({"before": before, "after": after, "base": before})
    applied = 0
    for text, verdict in zip(texts, judge(node, {"paths": [], "texts": texts})["patches"], strict=True):
        if verdict["applied"] is None:
            continue  # the library itself cannot place some of its own patches in text that is not ASCII
        applied += 1
        assert verdict["applied"] == text["after"]
        assert apply_text_patch(text["before"], verdict["patch"]) == text["after"], (text, verdict)
    assert applied > CASES // 2


def test_text_patches_find_text_that_moved(node: str) -> None:
    before = "Toyota Hilux 2.8 GD-6, one owner, full service history, canopy included."
    after = "Toyota Hilux 2.8 GD-6, two owners, full service history, no canopy."
    bases = [f"{'x' * shift}{before}" for shift in (0, 1, 7, 40)]
    texts = [{"before": before, "after": after, "base": base} for base in bases]
    for text, verdict in zip(texts, judge(node, {"paths": [], "texts": texts})["patches"], strict=True):
        assert apply_text_patch(text["base"], verdict["patch"]) == verdict["applied"]
