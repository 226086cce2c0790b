"""The example operations: valid against the schema, with variables that fit and name documents of the demo."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, parse, validate
from graphql import build_schema as schema_of
from graphql.execution.values import get_variable_values

from demo import DATASET
from domain.nodes import decode_node_id
from schema.build import build_schema
from transport.analysis import estimate
from transport.field_facts import derive_field_facts, graphql_schema
from transport.options import Limits

ROOT = Path(__file__).parents[2]
OPERATIONS = sorted((ROOT / "examples/operations").glob("*.graphql"))
_VARIABLES = re.compile(r"^# variables: (.*)$", re.MULTILINE)
_MADE_BY_PEOPLE = {"Conversation", "SavedSearch"}
"""Records that no demo has; their examples say where the id comes from."""
_GLOBAL_ID = re.compile(r"[A-Za-z0-9_-]{20,}")


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return schema_of(build_schema().as_str())


@cache
def demo_slugs() -> frozenset[str]:
    documents = map(json.loads, DATASET.read_text(encoding="utf-8").splitlines())
    return frozenset(each["slug"]["current"] for each in documents if "slug" in each)


def variables_of(source: str) -> dict[str, Any]:
    """The sample variables in a comment above an operation; none without one."""
    found = _VARIABLES.search(source)
    variables: dict[str, Any] = json.loads(found[1]) if found else {}
    return variables


def texts_in(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text within a JSON value and the key it stands under."""
    if isinstance(value, str):
        yield key, value
    for name, inner in value.items() if isinstance(value, dict) else []:
        yield from texts_in(inner, name)
    for inner in value if isinstance(value, list) else []:
        yield from texts_in(inner, key)


def test_there_are_examples_of_the_main_tasks() -> None:
    names = {path.stem for path in OPERATIONS}
    assert {"listing-page", "listing-detail", "search", "categories", "like-listing", "create-listing"} <= names
    assert {"publish-listing", "favourite-listing", "upsert-profile", "public-profile", "viewer"} <= names


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_an_example_is_valid_and_its_variables_fit(path: Path, schema: GraphQLSchema) -> None:
    source = path.read_text(encoding="utf-8")
    document = parse(source)
    assert [error.message for error in validate(schema, document)] == []
    operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    assert len(operations) == 1
    coerced = get_variable_values(schema, operations[0].variable_definitions or (), variables_of(source))
    assert not isinstance(coerced, list), coerced


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_ids_and_slugs_in_variables_name_documents_of_the_demo(path: Path) -> None:
    export = DATASET.read_text(encoding="utf-8")
    for key, value in texts_in(variables_of(path.read_text(encoding="utf-8"))):
        if key == "slug":
            assert value in demo_slugs()
        if key in {"id", "categoryId", "categoryIds"} and decode_node_id(value).type_name not in _MADE_BY_PEOPLE:
            assert _GLOBAL_ID.fullmatch(value)
            assert f'"_id":"{decode_node_id(value).record_id}"' in export


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_an_example_stays_within_the_limits_of_the_endpoint(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    document = parse(source)
    operation = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    found, _ = estimate(document, operation, derive_field_facts(graphql_schema(build_schema())), variables_of(source))
    limits = Limits()
    assert found.cost <= limits.cost
    assert 0 < found.fields <= limits.fields
    assert found.depth <= limits.depth


def test_every_example_is_listed_in_the_readme() -> None:
    readme = (ROOT / "examples/README.md").read_text(encoding="utf-8")
    assert [path.name for path in OPERATIONS if f"({path.relative_to(ROOT / 'examples')})" not in readme] == []
