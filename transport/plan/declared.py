"""How a field gets its value, read from its declaration: the only module here that looks inside Strawberry.

Strawberry wraps every resolver in a function that makes an info object and converts arguments on each call. What the
wrapper would do is known from the declaration, so a plan does it directly; a field that uses more than the plain
path (extensions, exception handlers, another info class) keeps its wrapper.
"""

import dis
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any, Protocol

from graphql import GraphQLField, GraphQLSchema, default_field_resolver
from strawberry import UNSET, Info
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

_STRAWBERRY_KEY = "strawberry-definition"
LOADED = "loaded"
"""Key of a field's metadata under which a `LevelRead` may stand."""

Convert = Callable[[dict[str, Any], Any], dict[str, Any]]
UNSET_TYPE = type(UNSET)


class LevelRead(Protocol):
    """A field whose value is a loader's record for one attribute of its parent; read once for a whole level.

    One with a true `is_kept` mostly reads memory, and bears that a read begins in one task and ends in another.
    """

    @property
    def by(self) -> str:
        """Name of the loader; fields of one level with the same name share one call."""
        ...

    @property
    def key(self) -> str:
        """The attribute of the parent that holds the key; None means that the field is null."""
        ...

    def read(self, context: Any, keys: Sequence[Any]) -> Awaitable[Sequence[Any]] | None:
        """Values (or exceptions) in the order of the distinct keys; None makes all of them null."""
        ...


@dataclass(frozen=True, slots=True)
class Attribute:
    """Read from the parent's attribute."""

    name: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """Read with all others of its level."""

    read: LevelRead


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A resolver called directly; names tell under which keyword it takes the parent and the info object.

    `is_public` says that it is declared to be the same for everybody.
    `sees_context_only` promises that no call can tell its info object from another of the same field and operation.
    """

    function: Callable[..., Any]
    takes_self: bool
    parents: tuple[str, ...]
    info: str | None
    is_async: bool
    sees_context_only: bool
    is_public: bool
    convert: Convert | None
    definition: Any


@dataclass(frozen=True, slots=True)
class Wrapped:
    """Called as graphql-core calls it."""

    resolve: Callable[..., Any]


Declared = Attribute | Loaded | Call | Wrapped


def read_declaration(schema: GraphQLSchema, field: GraphQLField) -> Declared:
    """The cheapest way to the same value."""
    wrapped = Wrapped(field.resolve or default_field_resolver)
    definition = (field.extensions or {}).get(_STRAWBERRY_KEY)
    converter = getattr(getattr(schema, "_strawberry_schema", None), "schema_converter", None)
    if not isinstance(definition, StrawberryField) or converter is None or definition.is_subscription:
        return wrapped
    if definition.extensions or converter._get_field_exception_handlers(definition):  # noqa: SLF001  # no accessor
        return wrapped
    if type(definition).get_result is not StrawberryField.get_result:
        return wrapped
    resolver = definition.base_resolver
    if resolver is None:
        is_plain = definition.default_resolver is getattr and definition.python_name.isidentifier()
        return Attribute(definition.python_name) if is_plain else wrapped
    level_read: LevelRead | None = definition.metadata.get(LOADED)
    if level_read is not None:
        return Loaded(level_read)
    if type(resolver) is not StrawberryResolver or converter.config.info_class is not Info:
        return wrapped
    return _call(definition, resolver, converter) if callable(resolver.wrapped_func) else wrapped


def _call(definition: StrawberryField, resolver: StrawberryResolver[Any], converter: Any) -> Call:
    def convert(values: dict[str, Any], info: Any) -> dict[str, Any]:
        return convert_arguments(
            values,
            definition.arguments,
            scalar_registry=converter.scalar_registry,
            config=converter.config,
            info=info,
        )

    function: Any = resolver.wrapped_func
    parents = (resolver.parent_parameter, resolver.root_parameter)
    info = resolver.info_parameter.name if resolver.info_parameter else None
    return Call(
        function=function,
        takes_self=resolver.self_parameter is not None,
        parents=tuple({each.name: None for each in parents if each is not None}),
        info=info,
        is_async=bool(definition.is_async),
        sees_context_only=info is not None and _reads_only_context(function, info),
        is_public=definition.metadata.get("scope") == "PUBLIC",
        convert=convert if definition.arguments else None,
        definition=definition,
    )


def _reads_only_context(function: Any, name: str) -> bool:
    """Whether a function's every use of that argument is `.context`, judged from its code; in doubt, no."""
    if not isinstance(function, FunctionType):
        return False
    code: CodeType = function.__code__
    taken = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if name not in taken or name in code.co_cellvars or {"locals", "vars", "eval", "exec", "dir"} & set(code.co_names):
        return False
    steps = list(dis.get_instructions(code))
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        names = step.argval if isinstance(step.argval, tuple) else (step.argval,)
        if name not in names:
            continue
        is_read = step.opname in {"LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_FAST_CHECK"}
        if not is_read or following is None or following.opname != "LOAD_ATTR" or following.argval != "context":
            return False
    return True


class PlanInfo(Info[Any, Any]):
    """Strawberry's info object whose rarely used parts are made when somebody looks at them."""

    context: Any = None

    def __init__(self, run: Any, definition: Any, late: Callable[[Any, Any], Any], above: Any) -> None:
        self.context = run.context
        self._field = definition
        self._late = late
        self._above = above
        self._run = run

    def __getattr__(self, name: str) -> Any:
        if name != "_raw_info":
            raise AttributeError(name)
        made = self.__dict__["_raw_info"] = self._late(self._run, self._above)
        return made
