"""TypeScript for clients: what is committed is what the schema gives, it type-checks, and it refuses mistakes."""

import fcntl
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from graphql import FieldNode, InlineFragmentNode, SelectionSetNode, Visitor, parse, visit

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PROGRAMS = EXAMPLES / "node_modules" / ".bin"
INSTALL_SECONDS = 240
RUN_SECONDS = 120
_REPORT = re.compile(r"misuse\.ts\((\d+),\d+\): error")

MISUSE = """import { connect, like, listingPage } from "EXAMPLES/client";
import { LikeListingDocument, ListingDetailDocument } from "EXAMPLES/generated/operations";
import type { Condition, Scalars } from "EXAMPLES/generated/schema";

export async function page(): Promise<void> {
  const request = connect({ url: "http://127.0.0.1:8000/graphql" });
  await request(LikeListingDocument); // wrong: without its id
  await request(LikeListingDocument, { id: 7 }); // wrong: an id is a text
  await like(request, "TGlzdGluZzox");
  const { likeListing } = await request(LikeListingDocument, { id: "TGlzdGluZzox" });
  likeListing.state.hasLiked; // wrong: it may be a problem
  if (likeListing.__typename === "ListingMarked") likeListing.state.hasLiked;
  if ("code" in likeListing) likeListing.message;
  const { listing } = await request(ListingDetailDocument, { slug: "a" });
  if (listing?.details?.__typename === "VehicleDetails") listing.details.make;
  listing?.details?.make; // wrong: only vehicles have it
  const found = await listingPage(request, { priceToMinor: 100_00, currency: "ZAR" });
  found.edges; // wrong: listings may be out of order
  const node = found?.edges[0]?.node;
  const amount: string | undefined = node?.price?.amountMinor; // wrong: minor units are a number
  const at: Date | null | undefined = node?.publishedAt; // wrong: a time is a text
  const condition: Condition = "LIKE_OLD"; // wrong: no such condition
  const json: Scalars["JSON"]["output"] = amount ?? at ?? condition;
  json.length; // wrong: any JSON at all
  await listingPage(request, { colour: "red" }); // wrong: no such filter
}
"""


def run(program: str, *arguments: str, seconds: int = RUN_SECONDS) -> subprocess.CompletedProcess[str]:
    """Run one program in the examples' folder; nothing is asked of the network but by `npm ci`."""
    return subprocess.run(
        [program, *arguments], cwd=EXAMPLES, capture_output=True, text=True, timeout=seconds, check=False
    )


def is_installed() -> bool:
    """Whether npm has put in place what the lock file names."""
    installed = EXAMPLES / "node_modules" / ".package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= (EXAMPLES / "package-lock.json").stat().st_mtime


@pytest.fixture(scope="session")
def npm_packages() -> None:
    """Skips where Node, npm or the package registry is missing."""
    if shutil.which("node") is None or (npm := shutil.which("npm")) is None:
        pytest.skip("needs Node.js and npm")
    with (EXAMPLES / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Runs beside this one share the folder.
        if is_installed():
            return
        try:
            done = run(npm, "ci", "--ignore-scripts", "--prefer-offline", seconds=INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            pytest.skip(f"`npm ci` in examples took longer than {INSTALL_SECONDS} s")
        if done.returncode:
            pytest.skip(f"`npm ci` in examples failed: {done.stderr.strip()[-300:]}")


@pytest.mark.node
@pytest.mark.usefixtures("npm_packages")
def test_the_committed_types_are_what_the_schema_and_the_examples_give() -> None:
    done = run(str(PROGRAMS / "graphql-codegen"), "--config", "codegen.ts", "--check")
    assert done.returncode == 0, f"run `npm run codegen` in examples and commit:\n{(done.stdout + done.stderr)[-2000:]}"


@pytest.mark.node
@pytest.mark.usefixtures("npm_packages")
def test_the_client_type_checks_strictly() -> None:
    done = run(str(PROGRAMS / "tsc"), "--noEmit", "--strict", "--project", "tsconfig.json")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.node
@pytest.mark.usefixtures("npm_packages")
def test_the_types_refuse_each_mistake_and_nothing_else(tmp_path: Path) -> None:
    source = MISUSE.replace("EXAMPLES", EXAMPLES.as_posix())
    (tmp_path / "misuse.ts").write_text(source)
    project = {"extends": (EXAMPLES / "tsconfig.json").as_posix(), "include": ["misuse.ts"]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(project))
    done = run(str(PROGRAMS / "tsc"), "--noEmit", "--strict", "--project", str(tmp_path))
    wrong = [number for number, line in enumerate(source.splitlines(), 1) if "// wrong" in line]
    assert [int(number) for number in _REPORT.findall(done.stdout)] == wrong, done.stdout


class UntoldResults(Visitor):
    """Collects selections of several types that do not ask which one came."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def enter_selection_set(self, node: SelectionSetNode, *_: object) -> None:
        names = {each.name.value for each in node.selections if isinstance(each, FieldNode)}
        branches = [each for each in node.selections if isinstance(each, InlineFragmentNode)]
        if branches and "__typename" not in names and node.loc:
            self.found.append(f"line {node.loc.start_token.line}")


@pytest.mark.parametrize("path", sorted((EXAMPLES / "operations").glob("*.graphql")), ids=lambda path: path.stem)
def test_an_example_asks_which_member_of_a_union_came(path: Path) -> None:
    results = UntoldResults()
    visit(parse(path.read_text()), results)
    assert results.found == [], "add __typename: clients narrow by it"
