"""The built-in functions that need their arguments' values only, by full name."""

from __future__ import annotations

from collections.abc import Callable

from engines.groq.functions import arrays, basics, maths, portable_text, strings
from engines.groq.functions.geo import GEO_FUNCTIONS
from engines.groq.values import Value

EAGER: dict[str, Callable[..., Value]] = {
    "global::boost": basics.boost,
    "global::count": basics.count,
    "global::dateTime": basics.date_time,
    "global::defined": basics.defined,
    "global::length": basics.length,
    "global::lower": strings.lower,
    "global::path": basics.path,
    "global::pt": portable_text.as_portable_text,
    "global::round": maths.round_number,
    "global::string": strings.string,
    "global::upper": strings.upper,
    "array::compact": arrays.compact,
    "array::intersects": arrays.intersects,
    "array::join": arrays.join,
    "array::unique": arrays.unique,
    "math::avg": maths.average,
    "math::max": maths.greatest,
    "math::min": maths.least,
    "math::sum": maths.total,
    "pt::text": portable_text.text_of,
    "string::lower": strings.lower,
    "string::split": strings.split,
    "string::startsWith": strings.starts_with,
    "string::upper": strings.upper,
    **GEO_FUNCTIONS,
}

# Those whose answer is a new string or array, which takes room.
BUILDERS = frozenset(
    [
        "global::lower",
        "global::upper",
        "array::compact",
        "array::join",
        "array::unique",
        "pt::text",
        "string::lower",
        "string::split",
        "string::upper",
    ]
)
