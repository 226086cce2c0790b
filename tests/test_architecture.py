"""The house rules, held by tests: what the schema must say, how files are named and sized, who may read what."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)

from resolvers.permissions import Needs
from schema.build import build_schema
from schema.fields import NEEDS
from transport.field_facts import graphql_schema

ROOT = Path(__file__).parent.parent
LAYERS = (
    "cli", "local", "datasources", "demo", "domain", "engines", "jobs", "loaders", "resolvers",
    "schema", "services", "subscriptions", "transport", "webhooks",
)  # fmt: skip
LIMIT, LIMIT_OF_TESTS = 300, 400
BANNED_NAMES = {"utils", "helpers", "common", "core", "models", "types", "managers", "misc", "handlers"}

OPEN_MUTATIONS = {
    "recordView",  # visitors look at listings too; counted once per visitor and day
}
BOUNDED_LISTS = {
    "Auction.increments",  # a policy has at most some dozens of rows
    "Auction.nextBids",  # as many as asked for, at most 100
    "AttributeDefinition.options",  # written by editors, at most some dozens
    "BidsRemoved.removed",  # at most the bids of one person on one lot
    "Category.attributes",  # written by editors, at most some dozens
    "Category.children",  # the tree is read with at most 2,000 categories
    "Category.path",  # as deep as the tree
    "Conversation.participants",  # two
    "Facet.values",  # the search server gives at most 100
    "Flag.roles",  # one per role
    "InvalidInput.problems",  # one per input field
    "Listing.attributes",  # one per definition of the category
    "Listing.categoryPath",  # as deep as the tree
    "Listing.images",  # at most 24
    "Listing.tags",  # at most 12
    "ListingAttribute.options",  # one per option of the definition
    "Promotion.listings",  # at most 24
    "Message.attachments",  # at most 10
    "ModerationCase.reasons",  # one per rule of the filter
    "PropertyDetails.extras",  # one per option of the definition
    "Query.categories",  # the top of the tree
    "Query.features",  # one per flag there is
    "Query.nodes",  # as many as the ids given, at most 100
    "Query.suggest",  # at most 20
    "Sale.lots",  # at most 100
    "SearchConnection.facets",  # as many as asked for, at most 20
    "ServiceDetails.availability",  # one per option of the definition
    "Subscription.listingCounters",  # as many as the ids given, at most 100
    "Subscription.presence",  # as many as the ids given, at most 100
    "Subscription.auctionTicker",  # as many as the ids given, at most 100
    "Viewer.paymentMethods",  # at most ten
    "Viewer.notificationPreferences",  # one per kind of notification
    "Viewer.savedSearches",  # an account keeps at most 50
    "Viewer.roles",  # one per role
    "Wallet.available",  # one per currency
    "Wallet.owed",  # one per currency
    "Wallet.pending",  # one per currency
}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return graphql_schema(build_schema())


def sources() -> Iterator[Path]:
    yield from ROOT.glob("*.py")
    for layer in LAYERS:
        yield from (ROOT / layer).rglob("*.py")


def fields(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLField]]:
    for name, kind in schema.type_map.items():
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)) and not name.startswith("__"):
            yield from ((f"{name}.{field_name}", field) for field_name, field in kind.fields.items())


def test_the_committed_schema_is_what_the_code_says() -> None:
    assert (ROOT / "schema" / "schema.graphql").read_text() == build_schema().as_str() + "\n", "run 'make sdl'"


def test_every_type_field_and_argument_has_a_description(schema: GraphQLSchema) -> None:
    missing = [name for name, kind in schema.type_map.items() if not name.startswith("__") and not kind.description]
    missing += [name for name, field in fields(schema) if not field.description]
    missing += [
        f"{name}({argument_name})"
        for name, field in fields(schema)
        for argument_name, argument in field.args.items()
        if not argument.description and argument_name != "input"  # its type says what a mutation takes
    ]
    missing += [
        f"{name}.{field_name}"
        for name, kind in schema.type_map.items()
        if isinstance(kind, GraphQLInputObjectType)
        for field_name, field in kind.fields.items()
        if not field.description
    ]
    assert missing == []


def test_every_mutation_says_who_may_call_it(schema: GraphQLSchema) -> None:
    assert schema.mutation_type is not None
    for name, field in schema.mutation_type.fields.items():
        needs = field.extensions["strawberry-definition"].metadata.get(NEEDS)
        assert isinstance(needs, Needs), name
        assert (needs is Needs.NOBODY) == (name in OPEN_MUTATIONS), name


def test_every_mutation_can_answer_with_a_refusal(schema: GraphQLSchema) -> None:
    assert schema.mutation_type is not None
    problem = schema.type_map["Problem"]
    for name, field in schema.mutation_type.fields.items():
        result = get_named_type(field.type)
        assert isinstance(result, GraphQLUnionType), f"{name} must answer with a union"
        assert any(problem in member.interfaces for member in result.types), f"{name} cannot refuse"


def test_every_list_is_a_connection_or_bounded_by_something_named(schema: GraphQLSchema) -> None:
    unbounded = {
        name
        for name, field in fields(schema)
        if isinstance(get_nullable_type(field.type), GraphQLList)
        and not name.endswith((".edges", "Connection.nodes"))
        and not name.startswith("__")
    }
    assert unbounded == BOUNDED_LISTS


def test_fields_of_other_systems_may_be_null(schema: GraphQLSchema) -> None:
    for name in ("seller", "category", "counters", "viewerState"):
        listing = schema.type_map["Listing"]
        assert isinstance(listing, GraphQLObjectType)
        assert listing.fields[name].type is get_nullable_type(listing.fields[name].type), name
    assert schema.query_type is not None
    for name, field in schema.query_type.fields.items():
        if not is_leaf_type(get_named_type(field.type)) and name != "nodes":
            assert field.type is get_nullable_type(field.type), f"Query.{name} would take the whole answer with it"


def test_enums_are_written_in_capitals(schema: GraphQLSchema) -> None:
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLEnumType) and not name.startswith("__"):
            assert all(re.fullmatch(r"[A-Z][A-Z0-9_]*", value) for value in kind.values), name


def test_files_are_short_enough_to_be_read() -> None:
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in sources()
        if (lines := len(path.read_text().splitlines())) > LIMIT and "migrations/versions" not in str(path)
    }
    for folder in ("tests", "bench"):
        for path in (ROOT / folder).rglob("*.py"):
            if (lines := len(path.read_text().splitlines())) > LIMIT_OF_TESTS:
                too_long[str(path.relative_to(ROOT))] = lines
    assert too_long == {}


def test_every_module_begins_with_a_sentence() -> None:
    for path in sources():
        text = ast.get_docstring(ast.parse(path.read_text()))
        assert text, path
        assert re.search(r"[.!?]$", text.splitlines()[0]) or "\n" in text, path


def test_no_drawer_for_leftovers() -> None:
    assert [path for path in sources() if path.stem in BANNED_NAMES or BANNED_NAMES & set(path.parts)] == []


STRUCTURE = {
    "schema": {
        "build",
        "connections",
        "fields",
        "lifetimes",
        "mutation",
        "nodes",
        "problems",
        "query",
        "refs",
        "scalars",
        "subscription",
    },
    "resolvers": {"arguments", "context", "enums", "nodes", "permissions", "reading"},
    "loaders": {"batches", "sharing"},
}


def test_a_noun_has_the_same_name_in_every_layer() -> None:
    def nouns(layer: str) -> set[str]:
        return {path.stem for path in (ROOT / layer).glob("*.py")} - STRUCTURE[layer] - {"__init__"}

    known = nouns("schema") | {"counters"}
    for layer in ("resolvers", "loaders"):
        for name in nouns(layer):
            stems = {each.removesuffix("s") for each in known} | {"category"}
            assert name in known or any(name.startswith(f"{stem}_") for stem in stems), f"{layer}/{name}.py"


def test_only_the_composition_roots_read_the_configuration() -> None:
    allowed = {
        "app.py",
        "config.py",
        "local/bidding.py",
        "local/engines.py",
        "local/content.py",
        "opening.py",
        "cli/serving.py",
        "cli/terminal.py",
        "local/companions.py",
        "jobs/runner.py",
    }
    readers = {
        str(path.relative_to(ROOT))
        for path in sources()
        if re.search(r"^(from config import|import config)|os\.environ|os\.getenv", path.read_text(), re.MULTILINE)
        and not str(path.relative_to(ROOT)).startswith("engines/")
    }
    assert readers <= allowed


def _is_named(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def test_content_queries_are_constants() -> None:
    """Values reach GROQ as parameters only: the text of a query is a constant of its module, never built on the way.

    `written` puts a projection, made of constants too, into such a text.
    """
    asked = 0
    for path in (ROOT / "datasources" / "sanity").glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            asks = isinstance(call.func, ast.Attribute) and (
                call.func.attr == "query" or (call.func.attr == "records" and _is_named(call.func.value, "client"))
            )
            if (asks and not _is_named(call.args[0], "groq")) or _is_named(call.func, "written"):
                text = call.args[0]
                if isinstance(text, ast.Call) and _is_named(text.func, "written"):
                    continue
                name = text.value if isinstance(text, ast.Subscript) else text
                is_constant = isinstance(name, ast.Constant) or (isinstance(name, ast.Name) and name.id.isupper())
                assert is_constant, f"{path.name}:{call.lineno} builds its query"
                asked += 1
    assert asked > 10


FLOORS = {
    "strawberry-graphql": (0, 341, 2),
    "graphql-core": (3, 3, 2),
    "starlette": (1, 3, 1),
    "fastapi": (0, 109, 1),
    "redis": (8, 0, 0),
    "asyncpg": (0, 21, 0),
    "h11": (0, 16, 0),
    "httpx": (0, 23, 0),
    "orjson": (3, 9, 15),
    "uvicorn": (0, 11, 7),
    "websockets": (9, 1, 0),
}
"""Versions below these have published weaknesses."""


def test_locked_versions_have_no_known_weakness() -> None:
    locked = dict(re.findall(r"^([a-z0-9-]+)==([0-9.]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    for name, floor in FLOORS.items():
        assert tuple(int(part) for part in locked[name].split(".")) >= floor, name


def test_the_lock_has_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(each for group in project["optional-dependencies"].values() for each in group),
    ]
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert {re.split(r"[\[<>=]", each)[0] for each in wanted} <= locked
