"""How a field is declared: an attribute of the record, a resolver, a loader's record, a mutation with what it needs."""

import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry

from resolvers.context import Context, Info
from resolvers.permissions import Needs, refusal_for
from resolvers.reading import READS as SAID
from schema.lifetimes import Lifetime
from schema.topics import Topic

NEEDS = "needs"
"""Key under which a mutation's field metadata holds what it asks of the viewer."""
LOADED = "loaded"
"""Key under which a loaded field's metadata holds its `LevelRead`."""
READS = "reads"
"""Key under which a field's metadata holds what it reads: fields of the record it is shown on, or fields by record."""


def attribute(
    description: str,
    *,
    list_size: int | None = None,
    reads: Sequence[str] | Mapping[type[Any], Sequence[str]] | None = None,
) -> Any:
    """A field read from the record's attribute of the same name; a list says how long it usually is, for its cost.

    `reads` names the record's fields behind a property, or fields by record where others are behind it; a property
    without it reads all of its own record.
    """
    return strawberry.field(description=description, metadata=_weight(list_size) | _said(reads))


def _said(reads: Sequence[str] | Mapping[type[Any], Sequence[str]] | None) -> dict[str, Any]:
    if reads is None:
        return {}
    if isinstance(reads, Mapping):
        return {READS: {record: frozenset(names) for record, names in reads.items()}}
    return {READS: frozenset(reads)}


def resolved(
    by: Callable[..., Any], *, description: str, list_size: int | None = None, kept: Lifetime | None = None
) -> Any:
    """A field computed by a resolver; the class annotation decides its GraphQL type.

    `kept` says that its value is the same for everybody and for how long: without it no answer with the field is kept.
    """
    said = getattr(by, SAID, None)
    metadata = _weight(list_size) | _hint(kept) | ({} if said is None else {READS: said})
    return strawberry.field(resolver=by, description=description, metadata=metadata)


def followed(by: Callable[..., Any], *, description: str, topic: Topic | None = None) -> Any:
    """A field that answers with a stream of events.

    `topic` says that they are the same for everybody who gives the same arguments, so that all watchers may share them;
    without it each viewer's are made anew.
    """
    metadata = {} if topic is None else {"topic": topic}
    return strawberry.subscription(resolver=by, description=description, metadata=metadata)


@dataclass(frozen=True, slots=True)
class LevelRead:
    """What a loaded field reads: an executor may collect the keys of a whole level and read them in one call."""

    by: str
    key: str
    needs_viewer: bool
    is_kept: bool
    """Whether it reads content, which is mostly in memory."""

    def read(self, context: Context, keys: Sequence[Any]) -> Awaitable[Sequence[Any]] | None:
        """Values in the order of distinct keys; None where every one is null for this viewer."""
        if self.needs_viewer and context.viewer.user is None:
            return None
        found: Awaitable[Sequence[Any]] = getattr(context.loaders, self.by).read(keys)
        return found

    async def load(self, context: Context, key: Any) -> Any:
        """One value."""
        if key is None or (self.needs_viewer and context.viewer.user is None):
            return None
        return await getattr(context.loaders, self.by).load(key)


def loaded(*, by: str, key: str, description: str, needs_viewer: bool = False, kept: Lifetime | None = None) -> Any:
    """The record that the loader `by` has for the parent's attribute `key`; null without a key.

    With `needs_viewer` it is null for visitors.
    """
    declared = LevelRead(by, key, needs_viewer, is_kept=kept is not None)

    async def load(info: Info, root: strawberry.Parent[Any]) -> Any:
        return await declared.load(info.context, getattr(root, key))

    return strawberry.field(resolver=load, description=description, metadata={LOADED: declared} | _hint(kept))


def _weight(list_size: int | None) -> dict[str, Any]:
    return {} if list_size is None else {"list_size": list_size}


def _hint(kept: Lifetime | None) -> dict[str, Any]:
    return {} if kept is None else {"max_age": kept.seconds, "scope": "PUBLIC", "tags": kept.tags}


def mutation(by: Callable[..., Awaitable[Any]], *, needs: Needs, description: str) -> Any:
    """A mutation whose permission is checked first; the refusal is a member of its result union."""

    @functools.wraps(by)
    async def guarded(*args: Any, **kwargs: Any) -> Any:
        info = kwargs["info"] if "info" in kwargs else next(each for each in args if isinstance(each, strawberry.Info))
        refusal = refusal_for(info.context.viewer, needs)
        return refusal if refusal is not None else await by(*args, **kwargs)

    return strawberry.mutation(
        resolver=guarded, description=f"{description} ({needs.value.capitalize()}.)", metadata={NEEDS: needs}
    )


__all__ = ["LOADED", "NEEDS", "READS", "Info", "LevelRead", "attribute", "followed", "loaded", "mutation", "resolved"]
