"""Requests read from the very same bytes before: clients repeat them more often than not."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, TypeVar

from .requests import GraphQLRequest, Standing

_MOST_KEPT: Final = 1_000
_LONGEST: Final = 4 * 1024
_SIMPLE: Final = frozenset({str, int, float, bool, type(None)})

R = TypeVar("R")


class KnownRequests:
    """The latest short bodies and what they ask; at most 1,000 of at most 4 KiB, least recently used first out.

    Only requests whose variables nobody can change are kept: simple values, behind a view. Everything that depends on
    who asks, on limits or on time is judged anew for each request.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, GraphQLRequest] = OrderedDict()

    def find(self, body: bytes) -> GraphQLRequest | None:
        """What these bytes ask, where they came before."""
        found = self._kept.get(body)
        if found is not None:
            self._kept.move_to_end(body)
        return found

    def keep(self, body: bytes, read: R) -> R | GraphQLRequest:
        """Remember what was read of a body, where it may be; the answer is what was read."""
        if not isinstance(read, GraphQLRequest) or len(body) > _LONGEST or read.extensions:
            return read
        if not _is_simple(read.variables):
            return read
        kept = replace(read, variables=MappingProxyType(dict(read.variables)), standing=Standing())
        self._kept[body] = kept
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return kept


def _is_simple(variables: Mapping[str, object]) -> bool:
    return all(value.__class__ in _SIMPLE for value in variables.values())
