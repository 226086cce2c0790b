"""Which functions exist and how many arguments each takes; a call is checked while it is parsed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MANY: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Signature:
    """The least and the greatest number of arguments, and what is special about the call."""

    least: int
    greatest: int
    selector_at: int | None = None
    needs_delta: bool = False


def _exactly(count: int) -> Signature:
    return Signature(count, count)


FUNCTIONS: Final[dict[str, dict[str, Signature]]] = {
    "global": {
        "after": Signature(0, 0, needs_delta=True),
        "before": Signature(0, 0, needs_delta=True),
        "boost": _exactly(2),
        "coalesce": Signature(0, MANY),
        "count": _exactly(1),
        "dateTime": _exactly(1),
        "defined": _exactly(1),
        "geo": _exactly(1),
        "identity": _exactly(0),
        "length": _exactly(1),
        "lower": _exactly(1),
        "now": _exactly(0),
        "operation": Signature(0, 0, needs_delta=True),
        "path": _exactly(1),
        "pt": _exactly(1),
        "references": Signature(1, MANY),
        "round": Signature(1, 2),
        "string": _exactly(1),
        "upper": _exactly(1),
    },
    "array": {
        "compact": _exactly(1),
        "intersects": _exactly(2),
        "join": _exactly(2),
        "unique": _exactly(1),
    },
    "dateTime": {"now": _exactly(0)},
    "delta": {
        "changedAny": Signature(1, 1, selector_at=0, needs_delta=True),
        "changedOnly": Signature(1, 1, selector_at=0, needs_delta=True),
        "operation": _exactly(0),
    },
    "diff": {
        "changedAny": Signature(3, 3, selector_at=2),
        "changedOnly": Signature(3, 3, selector_at=2),
    },
    "documents": {
        "get": _exactly(1),
        "incomingGlobalDocumentReferenceCount": _exactly(0),
        "incomingRefCount": _exactly(0),
    },
    "geo": {
        "contains": _exactly(2),
        "distance": _exactly(2),
        "intersects": _exactly(2),
        "latLng": _exactly(2),
    },
    "math": {
        "avg": _exactly(1),
        "max": _exactly(1),
        "min": _exactly(1),
        "sum": _exactly(1),
    },
    "media": {"aspect": _exactly(2)},
    "pt": {"text": _exactly(1)},
    "releases": {"all": _exactly(0)},
    "sanity": {
        "dataset": _exactly(0),
        "partOfRelease": _exactly(1),
        "projectId": _exactly(0),
        "versionOf": _exactly(1),
    },
    "string": {
        "lower": _exactly(1),
        "split": _exactly(2),
        "startsWith": _exactly(2),
        "upper": _exactly(1),
    },
    "text": {
        "query": _exactly(1),
        "semanticSimilarity": _exactly(1),
    },
    "user": {"attributes": _exactly(0)},
}

PIPE_FUNCTIONS: Final[dict[str, Signature]] = {
    "order": Signature(1, MANY),
    "score": Signature(1, MANY),
}
