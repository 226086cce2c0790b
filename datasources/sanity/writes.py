"""Which documents a write touches, as far as it says so."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from datasources.sanity.questions import Written

_SOMETHING = Written(None, None)


def written_by_mutations(mutations: Sequence[Mapping[str, Any]]) -> list[Written]:
    """What mutations touch; one that chooses its documents by a query may touch any."""
    return [
        _of_mutation(name, operand)
        for mutation in mutations
        for name, operand in mutation.items()
        if isinstance(operand, Mapping)
    ]


def _of_mutation(name: str, operand: Mapping[str, Any]) -> Written:
    if name.startswith("create"):
        return Written(operand.get("_id"), operand.get("_type"))
    return Written(operand.get("id"), None)


def written_by_actions(actions: Sequence[Mapping[str, Any]]) -> list[Written]:
    """What actions touch: the published document wherever one is named."""
    return [each for action in actions for each in _of_action(action)]


def _of_action(action: Mapping[str, Any]) -> Iterator[Written]:
    named = [action[name] for name in ("publishedId", "draftId") if isinstance(action.get(name), str)]
    if not named or str(action.get("actionType", "")).startswith("sanity.action.release"):
        yield _SOMETHING
    for document_id in named:
        yield Written(document_id, None)
