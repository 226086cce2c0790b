"""What a resolver reads of records, said beside it: what nobody says or selects is not fetched."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Final, TypeVar, get_type_hints

READS: Final = "__reads__"
"""The attribute under which a resolver says what it reads."""

F = TypeVar("F", bound=Callable[..., Any])


def reads(wanted: Mapping[type[Any], Sequence[str]]) -> Callable[[F], F]:
    """Say which fields of which records a resolver looks at: of its parent, and of others that it fetches.

    What it hands on for its field's selection is not among them. Without this everything counts as looked at, in the
    whole operation; with too little, reading the rest is an error.
    """
    for record, names in wanted.items():
        for name in names:
            _check(record, name)
    found = {record: frozenset(names) for record, names in wanted.items()}

    def declare(resolver: F) -> F:
        setattr(resolver, READS, found)
        return resolver

    return declare


def _check(record: type[Any], name: str) -> None:
    outer, _, inner = name.partition(".")
    if not is_dataclass(record) or outer not in {each.name for each in fields(record)}:
        raise TypeError(f"{record.__name__} has no field {outer!r}.")
    if inner:
        _check(get_type_hints(record)[outer], inner)
