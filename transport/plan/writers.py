"""Loaded values as the bytes that fill a frame's holes."""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any, Final

import orjson
from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLString,
)

from .declared import Attribute
from .selected import Complete, SelectedField

READY: Final[dict[GraphQLNamedType, str]] = {
    GraphQLString: "v.__class__ is str",
    GraphQLID: "v.__class__ is str",
    GraphQLBoolean: "v.__class__ is bool",
    GraphQLInt: "v.__class__ is int and -2147483648 <= v <= 2147483647",
    GraphQLFloat: "v.__class__ is float and isfinite(v)",
}
"""When a leaf's value is its own JSON form."""

_ENCODED: Final[dict[GraphQLNamedType, str]] = {
    GraphQLBoolean: 'b"true" if v else b"false"',
    GraphQLInt: 'b"%d" % v',
}
_BY_ENCODER: Final = "dumps(v)"

Write = Callable[[Any], bytes | None]
"""The JSON of one value of a known class; None where a closer look is needed."""
WriteAll = Callable[[Sequence[Any], Any], list[bytes]]
"""`write(values, run)` gives the JSON of each, or raises `NotPlainError`."""


class NotPlainError(Exception):
    """A value needs the careful way: an error, a null where none may be, or something that is not done at once."""


def plain_writer(parts: Sequence[tuple[str, SelectedField | str]], shown: type | None) -> Write | None:
    """A function for records whose selected fields are all attributes with leaves; None for other selections.

    A part is a response key with its field, or with the type's name.
    """
    lines = ["def write(s):"]
    names: dict[str, Any] = {"dumps": orjson.dumps, "isfinite": isfinite, "shown": shown}
    if shown is not None:
        lines.append(" if s.__class__ is not shown: return None")
    pattern: list[str] = []
    values: list[str] = []
    for number, (key, part) in enumerate(parts):
        if isinstance(part, str):
            pattern.append(f'"{key}":"{part}"')
            continue
        output: Any = part.definition.type
        leaf = output.of_type if isinstance(output, GraphQLNonNull) else output
        if not isinstance(part.declared, Attribute) or leaf not in READY:
            return None
        encoded = _ENCODED.get(leaf, _BY_ENCODER)
        lines.append(f" v = s.{part.declared.name}")
        if leaf is output:
            lines.append(f' if v is None: a{number} = b"null"')
            lines.append(f" elif {READY[leaf]}: a{number} = {encoded}")
            lines.append(" else: return None")
        else:
            lines.append(f" if not ({READY[leaf]}): return None")
            lines.append(f" a{number} = {'v' if leaf is GraphQLInt else encoded}")
        pattern.append(f'"{key}":{"%d" if leaf is GraphQLInt and leaf is not output else "%b"}')
        values.append(f"a{number}")
    text = f"{{{','.join(pattern)}}}".encode()
    lines.append(f" return {text!r} % ({', '.join(values)},)" if values else f" return {text!r}")
    exec(compile("\n".join(lines), "<writer>", "exec"), names)  # noqa: S102  # ours: every name in it is the schema's
    write: Write = names["write"]
    return write


def write_all(field: SelectedField, complete: Complete) -> WriteAll:
    """The bytes of many values of a loaded field, in their order."""
    place = (None, field.key, field.parent_type.name)

    def closely(value: Any, run: Any) -> bytes:
        scratch = run.scratch()
        try:
            if isinstance(value, Exception):
                raise value  # noqa: TRY301  # told apart here, not by each completion
            made = complete(value, place, scratch)
            if not scratch.is_touched and not scratch.wanted:
                return orjson.dumps(made)
        except Exception as error:
            raise NotPlainError from error
        raise NotPlainError

    def write(values: Sequence[Any], run: Any) -> list[bytes]:
        quick = field.write_plain
        if quick is None:
            return [closely(value, run) for value in values]
        try:
            made: list[Any] = list(map(quick, values))
        except Exception:  # noqa: BLE001  # looked at closely, it fails again in its place
            made = [None] * len(values)
        if None in made:
            made = [closely(value, run) if done is None else done for value, done in zip(values, made, strict=True)]
        return made

    return write
