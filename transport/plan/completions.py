"""Completing values as the specification says: null checks, lists, leaves, objects and run-time types."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from graphql import (
    GraphQLAbstractType,
    GraphQLError,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    default_type_resolver,
    is_abstract_type,
    is_leaf_type,
    located_error,
)
from graphql.pyutils import Undefined, inspect, is_awaitable, is_iterable

from .infos import LateInfo, field_path
from .plain import PlainClasses
from .runs import discard
from .selected import LATER, Complete, MakeObject, Path, SelectedField, keys_of


def complete_position(output: Any, field: SelectedField, make_object: MakeObject, plain: PlainClasses) -> Complete:
    """The completion of one position: a field's value or an item of its list."""
    if isinstance(output, GraphQLNonNull):
        inner = complete_position(output.of_type, field, make_object, plain)
        missing = f"Cannot return null for non-nullable field {field.parent_type}.{field.definition_name}."

        def required(value: Any, path: Path, run: Any) -> Any:
            completed = inner(value, path, run)
            if completed is None:
                raise TypeError(missing)
            return completed

        return required
    complete = complete_value(output, field, make_object, plain)

    def optional(value: Any, path: Path, run: Any) -> Any:
        if value is None or value is Undefined:
            return None
        if isinstance(value, Exception):
            raise value
        return complete(value, path, run)

    return optional


def complete_value(output: Any, field: SelectedField, make_object: MakeObject, plain: PlainClasses) -> Complete:
    """The completion of values that are there: neither null, nor awaitable, nor exceptions."""
    if isinstance(output, GraphQLList):
        return _complete_list(output, field, make_object, plain)
    if is_leaf_type(output):
        serialize = serializer(output)
        return lambda value, _path, _run: serialize(value)
    if is_abstract_type(output):
        return _complete_abstract(output, field, make_object)
    return make_object(output, field)


def careful(field: SelectedField, complete: Complete, plain: PlainClasses) -> Callable[[Any, Any, Any, Any], Any]:
    """A field's completion for any value: an awaitable joins the run, its place stands empty until then."""
    key, type_name = field.key, field.parent_type.name

    def careful_complete(value: Any, above: Any, run: Any, container: Any) -> Any:
        path = (above, key, type_name)
        if value.__class__ not in plain:
            if is_awaitable(value):
                run.pending.append((value, complete, field, path, container))
                return LATER
            plain.learn(value)
        return complete(value, path, run)

    return careful_complete


def failed(field: SelectedField) -> Callable[[Exception, Any, Any], None]:
    """What becomes of an error at a field: recorded where null may stand, raised to the field above elsewhere."""
    key, type_name, is_required = field.key, field.parent_type.name, not field.nullable[0]

    def fail(cause: Exception, above: Any, run: Any) -> None:
        path = (above, key, type_name)
        error = located_error(cause, field.nodes, keys_of(path))
        if is_required:
            raise error from cause
        run.add(error, path)

    return fail


def serializer(leaf: GraphQLLeafType) -> Callable[[Any], Any]:
    """A leaf's `coerce_output_value` that refuses to answer null."""
    coerce = leaf.coerce_output_value

    def serialize(value: Any) -> Any:
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise TypeError(
                f"Expected `{inspect(leaf)}.coerce_output_value({inspect(value)})` to return non-nullable value,"
                f" returned: {inspect(coerced)}"
            )
        return coerced

    return serialize


def _complete_list(
    output: GraphQLList[Any], field: SelectedField, make_object: MakeObject, plain: PlainClasses
) -> Complete:
    is_required = isinstance(output.of_type, GraphQLNonNull)
    complete = complete_position(output.of_type, field, make_object, plain)
    item_type = output.of_type.of_type if is_required else output.of_type
    complete_plain = complete_value(item_type, field, make_object, plain)
    not_a_list = f"Expected Iterable, but did not find one for field '{field.parent_type}.{field.definition_name}'."

    def complete_list(value: Any, path: Path, run: Any) -> Any:
        if value.__class__ is not list and value.__class__ is not tuple:
            if hasattr(value, "__aiter__"):
                run.pending.append((_collected(value, field, path), complete_list, field, path, None))
                return LATER
            if not is_iterable(value):
                raise GraphQLError(not_a_list)
        items: list[Any] = []
        put = items.append
        entries = enumerate(value)
        for index, item in entries:
            at = (path, index, None)
            try:
                if item.__class__ in plain:
                    put(complete_plain(item, at, run))
                elif is_awaitable(item):
                    run.pending.append((item, complete, field, at, items))
                    put(LATER)
                else:
                    plain.learn(item)
                    put(complete(item, at, run))
            except Exception as cause:  # whatever a resolver raises is its field's error
                error = located_error(cause, field.nodes, keys_of(at))
                if is_required:
                    _give_up(entries)
                    raise error from cause
                run.add(error, at)
                put(None)
        return items

    return complete_list


def _give_up(entries: Iterator[tuple[int, Any]]) -> None:
    with suppress(Exception):
        for _, item in entries:
            discard(item)


async def _collected(items: Any, field: SelectedField, path: Path) -> list[Any]:
    iterator = items.__aiter__()
    try:
        return [item async for item in iterator]
    except Exception as cause:
        close = getattr(iterator, "aclose", None)
        if close is not None:
            await close()
        raise located_error(cause, field.nodes, keys_of(path)) from cause


def checked_object(object_type: GraphQLObjectType, field: SelectedField, fill: Complete) -> Complete:
    """An object after its type's `is_type_of`, where it has one."""
    is_type_of: Any = object_type.is_type_of
    if is_type_of is None:
        return fill

    def wrong(value: Any) -> GraphQLError:
        return GraphQLError(f"Expected value of type '{object_type}' but got: {inspect(value)}.", field.nodes)

    def check(value: Any, path: Path, run: Any) -> Any:
        answer = is_type_of(value, LateInfo(run, field, field_path(path)))
        if answer is not True:
            if is_awaitable(answer):

                def decide(is_of_type: Any, at: Path, later: Any) -> Any:
                    if not is_of_type:
                        raise wrong(value)
                    return fill(value, at, later)

                run.pending.append((answer, decide, field, path, None))
                return LATER
            if not answer:
                raise wrong(value)
        return fill(value, path, run)

    return check


def _complete_abstract(output: GraphQLAbstractType, field: SelectedField, make_object: MakeObject) -> Complete:
    resolve_type: Any = output.resolve_type or default_type_resolver
    known: dict[str, Complete] = {}

    def by_name(name: Any, value: Any, run: Any, info: Any) -> Complete:
        complete = known.get(name) if isinstance(name, str) else None
        if complete is None:
            found = run.core.ensure_valid_runtime_type(name, output, field.details, info, value)
            complete = known[found.name] = make_object(found, field)
        return complete

    def complete_abstract(value: Any, path: Path, run: Any) -> Any:
        info = LateInfo(run, field, field_path(path))
        name = resolve_type(value, info, output)
        if name.__class__ is not str and is_awaitable(name):

            def dispatch(found: Any, at: Path, later: Any) -> Any:
                return by_name(found, value, later, info)(value, at, later)

            run.pending.append((name, dispatch, field, path, None))
            return LATER
        return by_name(name, value, run, info)(value, path, run)

    return complete_abstract
