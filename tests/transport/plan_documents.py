"""Random operations over any schema, and the comparison of two answers to them."""

import json
from random import Random
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
    parse,
    validate,
)

from transport.documents import PreparedOperation, digest_of

TEXTS = ("", "a", "7", "true", "Listing:listing-1", "é\n")


class Writer:
    """Writes one operation; everything it chooses follows from the seed."""

    def __init__(self, schema: GraphQLSchema, seed: int, values: dict[str, list[Any]] | None = None) -> None:
        self.schema = schema
        self.random = Random(seed)
        self.values = values or {}
        self.variables: dict[str, Any] = {}
        self.declared: list[str] = []
        self.fragments: list[str] = []
        self.budget = 30

    def operation(self, kind: str = "query") -> tuple[str, dict[str, Any]]:
        root = {"query": self.schema.query_type, "mutation": self.schema.mutation_type}.get(
            kind, self.schema.subscription_type
        )
        assert root is not None
        body = self.selection(root, 5, most=1 if kind == "subscription" else 5)
        variables = f"({', '.join(self.declared)})" if self.declared else ""
        return "\n".join([f"{kind} Random{variables} {body}", *self.fragments]), self.variables

    def selection(self, kind: Any, depth: int, most: int = 6) -> str:
        parts = [self.part(kind, depth, allow_fragments=most > 1) for _ in range(self.random.randint(1, most))]
        found = [part for part in parts if part]
        return "{ " + " ".join(found or ["__typename"]) + " }"

    def part(self, kind: Any, depth: int, *, allow_fragments: bool) -> str:
        chance = self.random.random()
        if allow_fragments and chance < 0.12:
            inside = self.random.choice(self.possible(kind))
            condition = "" if inside is kind and self.random.random() < 0.5 else f"on {inside.name} "
            return f"... {condition}{self.condition()}{self.selection(inside, depth)}"
        if allow_fragments and chance < 0.2:
            inside = self.random.choice(self.possible(kind))
            name = f"F{len(self.fragments)}"
            self.fragments.append("")
            self.fragments[int(name[1:])] = f"fragment {name} on {inside.name} {self.selection(inside, depth)}"
            twice = f" ...{name}" if self.random.random() < 0.2 else ""
            return f"...{name} {self.condition()}{twice}"
        if chance < 0.25 or isinstance(kind, GraphQLUnionType):
            return "__typename" if self.random.random() < 0.7 else "kind: __typename"
        return self.field(kind, depth)

    def possible(self, kind: Any) -> list[Any]:
        if isinstance(kind, GraphQLObjectType):
            return [kind, *kind.interfaces]
        return [kind, *self.schema.get_possible_types(kind)]

    def field(self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        name, field = self.random.choice(list(kind.fields.items()))
        named = get_named_type(field.type)
        is_composite = is_composite_type(named)
        self.budget -= 1
        if is_composite and (depth <= 0 or self.budget < 0):
            return ""
        arguments = self.arguments(field)
        alias = ""
        if arguments or self.random.random() < 0.2:
            alias = f"{kind.name[:3].lower()}{self.random.randint(0, 10_000)}_{name}: "
        text = f"{alias}{name}{arguments} {self.condition()}"
        if not is_composite:
            return text
        text += self.selection(named, depth - 1)
        if self.random.random() < 0.15:  # the same field again, with another selection to merge
            text += f" {alias}{name}{arguments} {self.selection(named, depth - 1)}"
        return text

    def condition(self) -> str:
        chance = self.random.random()
        if chance > 0.12:
            return ""
        word = self.random.choice(("skip", "include"))
        value = self.random.random() < 0.5
        if chance < 0.06:
            return f"@{word}(if: {str(value).lower()}) "
        return f"@{word}(if: {self.variable('Boolean!', value)}) "

    def arguments(self, field: GraphQLField) -> str:
        given = [
            f"{name}: {self.argument(argument)}"
            for name, argument in field.args.items()
            if is_required_argument(argument) or self.random.random() < 0.4
        ]
        return f"({', '.join(given)})" if given else ""

    def argument(self, argument: GraphQLArgument) -> str:
        value = self.value(argument.type)
        if self.random.random() < 0.5:
            return self.variable(str(argument.type), value)
        return self.literal(argument.type, value)

    def variable(self, kind: str, value: Any) -> str:
        name = f"v{len(self.declared)}"
        if not kind.endswith("!") and self.random.random() < 0.2:
            self.declared.append(f"${name}: {kind}")
            return f"${name}"  # declared and not given
        self.declared.append(f"${name}: {kind}")
        self.variables[name] = value
        return f"${name}"

    def value(self, kind: Any) -> Any:
        """A JSON value of an input type."""
        if not isinstance(kind, GraphQLNonNull) and self.random.random() < 0.1:
            return None
        inner = get_nullable_type(kind)
        if isinstance(inner, GraphQLList):
            return [self.value(inner.of_type) for _ in range(self.random.randint(0, 3))]
        if isinstance(inner, GraphQLInputObjectType):
            return {
                name: self.value(each.type)
                for name, each in inner.fields.items()
                if is_required_input_field(each) or self.random.random() < 0.5
            }
        if isinstance(inner, GraphQLEnumType):
            return self.random.choice(list(inner.values))
        name = getattr(inner, "name", "")
        if name in self.values:
            return self.random.choice(self.values[name])
        if name == "Boolean":
            return self.random.random() < 0.5
        if name == "Float":
            return self.random.choice((0.5, -3.0, 2))
        if name in {"String", "ID"}:
            return self.random.choice(TEXTS)
        return self.random.choice((0, 1, 2, 3, 7))

    def literal(self, kind: Any, value: Any) -> str:
        inner = get_nullable_type(kind)
        if value is None:
            return "null"
        if isinstance(inner, GraphQLList):
            return f"[{', '.join(self.literal(inner.of_type, each) for each in value)}]"
        if isinstance(inner, GraphQLInputObjectType):
            fields = (f"{name}: {self.literal(inner.fields[name].type, each)}" for name, each in value.items())
            return f"{{{', '.join(fields)}}}"
        return value if isinstance(inner, GraphQLEnumType) else json.dumps(value)


def prepared(source: str, document: DocumentNode | None = None) -> PreparedOperation:
    found = document or parse(source)
    definition = next(each for each in found.definitions if isinstance(each, OperationDefinitionNode))
    name = definition.name.value if definition.name else None
    return PreparedOperation(
        found, definition, definition.operation.value, name, digest_of(source), is_incremental=False
    )


def random_operation(
    schema: GraphQLSchema, seed: int, kind: str = "query", values: dict[str, list[Any]] | None = None
) -> tuple[PreparedOperation, dict[str, Any], str] | None:
    """An operation that validates, or None where this seed gives none."""
    source, variables = Writer(schema, seed, values).operation(kind)
    document = parse(source)
    if validate(schema, document):
        return None
    return prepared(source, document), variables, source


def type_name_of(value: Any) -> str:
    """How a value without a JSON form is shown: scalars let anything through."""
    return type(value).__name__


def shown(result: ExecutionResult) -> str:
    """A result with the order of its keys and errors."""
    errors = [(error.message, error.path, error.locations) for error in result.errors or []]
    return f"{json.dumps(result.data, default=type_name_of)} {errors}"


def shown_without_order(result: ExecutionResult) -> tuple[str, dict[str, Any]]:
    """A result whose errors came at their own times.

    Errors are grouped by the position that is null because of them. Where that is the error's own position, the
    message counts; below a position that took its children with it, which of them came first is a matter of time.
    """
    groups: dict[str, Any] = {}
    for error in result.errors or []:
        position: list[Any] = []
        value: Any = result.data
        for key in error.path or []:
            if value is None:
                break
            value = value[key]
            position.append(key)
        assert value is None, f"{error.path} failed and is not null"
        is_own = position == error.path
        groups[str(position)] = (error.message, error.locations) if is_own else "propagated"
    return json.dumps(result.data, default=type_name_of), groups
