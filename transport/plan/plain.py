"""Classes of values that need no second look: seen once, then known by their class."""

from types import GeneratorType
from typing import Any

from graphql.pyutils import Undefined

_NEVER_PLAIN = (Exception, GeneratorType, type(None), type(Undefined))


class PlainClasses(set[type]):
    """Classes whose instances are neither awaitable, nor exceptions, nor null: seen once, then known by class."""

    def learn(self, value: Any) -> None:
        """Remember a value's class if it is one of them; a bounded number, for classes made at run time."""
        kind = value.__class__
        if (
            kind is type(value)
            and not isinstance(value, _NEVER_PLAIN)
            and not hasattr(value, "__await__")
            and len(self) < 10_000
        ):
            self.add(kind)
