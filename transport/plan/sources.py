"""The Python source of one object's selection: attributes read in line, resolvers called directly.

In the text `s` is the parent, `p` its path, `r` the run, `d` the object's result and `v` the value at hand. What a
line does not recognise as ready goes to the field's careful completion, what fails to the field's error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, Flag
from inspect import iscoroutinefunction
from math import isfinite
from typing import Any, Protocol

from graphql import (
    GraphQLEnumType,
    GraphQLNonNull,
    is_leaf_type,
)

from .arguments import arguments_of, fixed_arguments
from .completions import careful, complete_position, complete_value, failed, serializer
from .declared import Attribute, Call, Declared, Loaded, PlanInfo, Wrapped
from .infos import LateInfo, core_path
from .plain import PlainClasses
from .prototypes import Prototypes
from .reads import LoadedField
from .selected import LATER, Complete, MakeObject, SelectedField
from .writers import READY, Write, plain_writer

Fill = Callable[[Any, Any, Any], Any]


class CompiledSchema(Protocol):
    """What functions of all operations share."""

    plain: PlainClasses
    prototypes: Prototypes
    hide_suggestions: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """One response key: the lines that make its value, and the expression that then is its value."""

    key: str
    lines: list[str]
    value: str
    is_awaited: bool
    is_lasting: bool


class FunctionSource:
    """The text of the functions of one selection and the names that they use."""

    def __init__(self, make_object: MakeObject, schema: CompiledSchema) -> None:
        self._parts: list[_Part] = []
        self._shown: list[tuple[str, SelectedField | str]] = []
        self._names: dict[str, Any] = {"LATER": LATER, "plain": schema.plain, "isfinite": isfinite}
        self._make_object = make_object
        self._plain = schema.plain
        self._prototypes = schema.prototypes
        self._hide_suggestions = schema.hide_suggestions

    def compiled(
        self, *, shown: type | None = None, otherwise: Fill | None = None, is_kept: bool = False
    ) -> Callable[[Any, Any, Any], Any]:
        """The function; parents of another class than `shown` are left to `otherwise`.

        With `is_kept` the parents come from kept content, and what follows from them alone is made once.
        """
        lines = ["def fill(s, p, r):"]
        if shown is not None:
            lines.append(
                f" if s.__class__ is not {self._name('g', shown)}: return {self._name('h', otherwise)}(s, p, r)"
            )
        lasting = [each for each in self._parts if each.is_lasting]
        if is_kept and any(each.lines for each in lasting):
            lines += self._prototyped_lines(lasting)
        else:
            lines += _body(self._parts, {})
        return self._function(lines)

    @property
    def is_framed(self) -> bool:
        """Whether the JSON follows from the record alone, but for what loaders give for its attributes."""
        return all(isinstance(each, str) or each.is_framed for _, each in self._shown)

    def writer(self, shown: type | None) -> Write | None:
        """The quick way to the object's bytes, where all of it is attributes."""
        return plain_writer(self._shown, shown)

    def _prototyped_lines(self, lasting: list[_Part]) -> list[str]:
        rest = [each for each in self._parts if not each.is_lasting]
        table = self._prototypes.table()
        make = self._function(["def fill(s, p, r):", *_body(lasting, {each.key: "LATER" for each in self._parts})])
        kept, first = self._name("m", table), self._name("y", self._prototypes.maker(table, make))
        lines = [
            f" m = {kept}.get(id(s))",
            f" d = m[1] if m is not None and m[0] is s else {first}(s, p, r)",
        ]
        if not rest:
            return [*lines, " return d"]
        lines.append(" d = d.copy()")
        for each in rest:
            lines += [*each.lines, f" d[{each.key!r}] = {each.value}"]
        return [*lines, " return d"]

    def _function(self, lines: list[str]) -> Callable[[Any, Any, Any], Any]:
        exec(compile("\n".join(lines), "<plan>", "exec"), self._names)  # noqa: S102  # ours: every name in it is the schema's
        function: Callable[[Any, Any, Any], Any] = self._names["fill"]
        return function

    def add_type_name(self, key: str, name: str) -> None:
        """`__typename`, known without asking."""
        self._shown.append((key, name))
        self._parts.append(_Part(key, [], repr(name), is_awaited=False, is_lasting=True))

    def add(self, field: SelectedField) -> None:
        """One field."""
        is_awaited = isinstance(field.declared, Loaded) or _is_coroutine(field.declared)
        complete = complete_position(field.definition.type, field, self._make_object, self._plain)
        slow = self._name("c", careful(field, complete, self._plain))
        value = f"v{len(self._parts)}"
        lines = [" try:"]
        lines += [f"  {line}" for line in self._value_lines(field, complete, slow)]
        lines += [" except Exception as e:", f"  v = {self._name('x', failed(field))}(e, p, r)"]
        lines.append(f" {value} = v")
        self._shown.append((field.key, field))
        self._parts.append(_Part(field.key, lines, value, is_awaited, field.is_lasting))

    def _value_lines(self, field: SelectedField, complete: Complete, slow: str) -> list[str]:
        declared = field.declared
        if isinstance(declared, Loaded):
            wanted = self._name("w", self._loaded(field, declared, complete))
            return [
                f"k = s.{declared.read.key}",
                f"if k is None: v = {slow}(None, p, r, None)",
                "else:",
                f" r.wanted[{wanted}].append((k, p, d))",
                " v = LATER",
            ]
        if isinstance(declared, Attribute):
            return [f"v = s.{declared.name}", *self._completion_lines(field, slow)]
        if isinstance(declared, Wrapped):
            wrapped = self._name("f", _wrapped(field, declared, hide_suggestions=self._hide_suggestions))
            return [f"v = {wrapped}(s, p, r)", *self._completion_lines(field, slow)]
        call = self._call(field, declared)
        if _is_coroutine(declared):
            waiting = f"({call}, {self._name('q', complete)}, {self._name('t', field)}, {self._path(field)}, d)"
            return [f"r.pending.append({waiting})", "v = LATER"]
        return [f"v = {call}", *self._completion_lines(field, slow)]

    def _loaded(self, field: SelectedField, declared: Loaded, complete: Complete) -> LoadedField:
        output: Any = field.definition.type
        inner = output.of_type if isinstance(output, GraphQLNonNull) else output
        plain = complete_value(inner, field, self._make_object, self._plain)
        return LoadedField(field, complete, plain, read=declared.read, is_shareable=field.is_shareable_below)

    def _completion_lines(self, field: SelectedField, slow: str) -> list[str]:
        output = field.definition.type
        is_required = isinstance(output, GraphQLNonNull)
        inner: Any = output.of_type if isinstance(output, GraphQLNonNull) else output
        or_else = f"{slow}(v, p, r, None)"
        ready = READY.get(inner)
        if ready is not None:
            return [f"if not ({ready}{'' if is_required else ' or v is None'}): v = {or_else}"]
        names = _enum_names(inner)
        if names is not None:
            kind, by_name = names
            is_known = f"v.__class__ is {self._name('e', kind)}"
            return [f"v = {self._name('n', by_name)}[v._name_] if {is_known} else {or_else}"]
        if is_leaf_type(inner):
            return [f"v = {self._name('z', serializer(inner))}(v) if v.__class__ in plain else {or_else}"]
        done = self._name("o", complete_value(inner, field, self._make_object, self._plain))
        known = f"v = {done}(v, {self._path(field)}, r) if v.__class__ in plain else {or_else}"
        return [known if is_required else f"if v is not None: {known}"]

    def _call(self, field: SelectedField, declared: Call) -> str:
        info = ""
        fixed = fixed_arguments(field, declared.convert, hide_suggestions=self._hide_suggestions)
        if declared.info is not None or fixed is None:
            info = f"{self._name('i', _info_maker(field, declared))}(r, p)"
        parts = ["s"] if declared.takes_self else []
        parts += [f"{name}=s" for name in declared.parents]
        if fixed is None:
            arguments = arguments_of(field, declared.convert, hide_suggestions=self._hide_suggestions)
            parts.append(f"**{self._name('a', arguments)}(r, {info})")
        else:
            parts += [f"{name}={self._name('k', value)}" for name, value in fixed.items()]
        if declared.info is not None:
            parts.append(f"{declared.info}={info}")
        return f"{self._name('f', declared.function)}({', '.join(parts)})"

    def _name(self, prefix: str, value: Any) -> str:
        name = f"{prefix}{len(self._names)}"
        self._names[name] = value
        return name

    @staticmethod
    def _path(field: SelectedField) -> str:
        return f"(p, {field.key!r}, {field.parent_type.name!r})"


def _body(parts: list[_Part], places: dict[str, str]) -> list[str]:
    """Lines that make a result of the parts; `places` names all keys in their order where more follow later."""
    lines = [line for each in parts for line in each.lines]
    values = places | {each.key: each.value for each in parts}
    # What is awaited later is put into `d`; a selection without such fields is made as one literal.
    if any(each.is_awaited for each in parts):
        return [" d = {}", *lines, *[f" d[{key!r}] = {value}" for key, value in values.items()], " return d"]
    return [*lines, f" return {{{', '.join(f'{key!r}: {value}' for key, value in values.items())}}}"]


def _is_coroutine(declared: Declared) -> bool:
    return isinstance(declared, Call) and declared.is_async and iscoroutinefunction(declared.function)


def _enum_names(leaf: Any) -> tuple[type[Enum], dict[str, str]] | None:
    """The names that an enum's members are written as, where each member has one."""
    kind = getattr(leaf, "wrapped_cls", None)
    if not isinstance(leaf, GraphQLEnumType) or not isinstance(kind, type) or not issubclass(kind, Enum):
        return None
    if issubclass(kind, Flag):
        return None
    try:
        return kind, {member.name: leaf.coerce_output_value(member) for member in kind}
    except Exception:  # noqa: BLE001  # then each value is judged by itself
        return None


def _info_maker(field: SelectedField, declared: Call) -> Callable[[Any, Any], Any]:
    definition, key, type_name = declared.definition, field.key, field.parent_type.name

    def late(run: Any, above: Any) -> Any:
        return LateInfo(run, field, (above, key, type_name)).made()

    def make(run: Any, above: Any) -> PlanInfo:
        return PlanInfo(run, definition, late, above)

    def shared(run: Any, above: Any) -> Any:
        known = run.infos.get(field)
        if known is None:
            known = run.infos[field] = make(run, above)
        return known

    return shared if declared.sees_context_only else make


def _wrapped(field: SelectedField, declared: Wrapped, *, hide_suggestions: bool) -> Callable[[Any, Any, Any], Any]:
    resolve, key, type_name = declared.resolve, field.key, field.parent_type.name
    arguments = arguments_of(field, None, hide_suggestions=hide_suggestions)

    def call(source: Any, above: Any, run: Any) -> Any:
        path = core_path((above, key, type_name))
        info = run.core.build_resolve_info(field.definition, field.nodes, field.parent_type, path)
        return resolve(source, info, **arguments(run, info))

    return call
